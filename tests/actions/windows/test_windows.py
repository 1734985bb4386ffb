"""办理时间 are made, changed, opened and closed, each with its audit row."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions import services
from app.actions.office.window_changes import edit_window
from app.actions.windows.own import window_facts
from app.actions.windows.windows import close_window, create_window, delete_window, new_window, open_window
from app.extensions import db
from app.models import AuditEvent, Window
from app.rules.people.roles import SYSTEM
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed, NotFound
from app.rules.settings import NO_SETTINGS, WrongSettings, plain
from app.rules.windows import WindowFacts
from app.services import SERVICES
from app.services.graduation.options import GraduationOptions
from app.services.graduation.words import NOTICE
from tests.builders import NOW, application, examinee, staff, ticket
from tests.reviewing import actor
from tests.second_service import registered

DAY = timedelta(days=1)


def form(**over: Any) -> WindowFacts:
    """`over`: fields of the window, or options of its service by their names."""
    made = new_window("graduation", "2026 年下半年", NOW - DAY, NOW + 10 * DAY)
    own = {name: over.pop(name) for name in plain(made.options).keys() & over.keys()}
    return replace(made, **{"options": replace(made.options, **own), **over})


def row(number: int) -> Window:
    db.session.rollback()
    return db.session.get_one(Window, number, populate_existing=True)


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def test_a_window_is_made_with_the_notice_of_the_manual(both: Flask) -> None:
    made = row(create_window(form(), by=SYSTEM, on=NOW))
    assert made.notice == NOTICE.strip()
    assert window_facts(made).is_open(NOW)
    assert actions() == ["window.created"]


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"name": " "}, "name"),
        ({"closes_at": NOW - DAY}, "closes_at"),
        ({"fixes_close_at": NOW}, "fixes_close_at"),
        ({"fee": -1}, "fee"),
        ({"fee": 5000, "pay_opens_at": NOW}, "pay_closes_at"),
        ({"fee": 5000, "pay_opens_at": NOW, "pay_closes_at": NOW}, "pay_closes_at"),
        ({"pay_opens_at": NOW, "pay_closes_at": NOW + DAY}, "fee"),
        ({"stages": 3}, "stages"),
        ({"statement_min": 900}, "statement_max"),
        ({"service": "marriage"}, "service"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(app: Flask, over: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        create_window(form(**over), by=SYSTEM, on=NOW)
    assert refusal.value.field == field
    assert db.session.scalar(select(Window.id)) is None


def test_an_edit_writes_down_what_changed_and_a_stale_one_is_refused(both: Flask) -> None:
    number = create_window(form(), by=SYSTEM, on=NOW)
    made = row(number)
    made_for = made.fee
    edit_window(number, replace(window_facts(made), fee=5000), version=made.version, by=SYSTEM, on=NOW)
    assert row(number).fee == 5000
    assert db.session.scalars(select(AuditEvent.detail).order_by(AuditEvent.id.desc())).first() == {
        "before": {"fee": made_for},
        "after": {"fee": 5000},
    }
    with pytest.raises(ChangedMeanwhile):
        edit_window(number, form(fee=9), version=1, by=SYSTEM, on=NOW)
    edit_window(number, window_facts(row(number)), by=SYSTEM, on=NOW)
    assert actions() == ["window.created", "window.edited"]


def test_only_a_service_that_can_be_applied_for_gets_a_window(both: Flask) -> None:
    """A window of any other would be a card without a page on everybody's home."""
    assert [each.code for each in SERVICES] == services.codes()
    with pytest.raises(Invalid, match="业务应为 graduation 之一"):
        create_window(form(service="exemption"), by=SYSTEM, on=NOW)


def test_the_service_of_a_used_window_stays(both: Flask) -> None:
    number = create_window(form(), by=SYSTEM, on=NOW)
    application(ticket(examinee()), row(number))
    with registered(), pytest.raises(NotAllowed):
        edit_window(number, form(service="exemption", options=NO_SETTINGS), by=SYSTEM, on=NOW)


def test_closing_keeps_when_it_was_to_close_and_opening_brings_that_back(both: Flask) -> None:
    number, planned = create_window(form(), by=SYSTEM, on=NOW), NOW + 10 * DAY
    close_window(number, by=SYSTEM, on=NOW)
    assert not window_facts(row(number)).is_open(NOW)
    assert row(number).planned_closes_at == planned
    open_window(number, by=SYSTEM, on=NOW + DAY)
    assert (row(number).closes_at, row(number).planned_closes_at) == (planned, None)
    close_window(number, by=SYSTEM, on=NOW + 2 * DAY)
    open_window(number, until=NOW + 3 * DAY, by=SYSTEM, on=NOW + 2 * DAY)
    assert (row(number).closes_at, row(number).planned_closes_at) == (NOW + 3 * DAY, None)
    with pytest.raises(Invalid):  # over, and nothing was planned beyond
        open_window(number, by=SYSTEM, on=NOW + 4 * DAY)
    assert actions() == ["window.created", *["window.closed", "window.opened"] * 2]


def test_once_what_was_planned_is_over_too_opening_needs_a_new_end(app: Flask) -> None:
    number = create_window(form(), by=SYSTEM, on=NOW)
    close_window(number, by=SYSTEM, on=NOW)
    with pytest.raises(Invalid) as refusal:
        open_window(number, by=SYSTEM, on=NOW + 11 * DAY)
    assert refusal.value.field == "until"
    edit_window(number, replace(window_facts(row(number)), closes_at=NOW + 12 * DAY), by=SYSTEM, on=NOW)
    assert row(number).planned_closes_at is None


def test_a_window_that_nobody_used_is_deleted_and_a_used_one_says_why_not(both: Flask) -> None:
    number, used = (create_window(form(name=name), by=SYSTEM, on=NOW) for name in ("写错的", "用过的"))
    admin = actor(staff("admin"))
    delete_window(number, by=admin, on=NOW, token="a" * 32)
    delete_window(number, by=admin, on=NOW, token="a" * 32)  # sent twice
    assert db.session.get(Window, number) is None
    deleted = db.session.scalars(select(AuditEvent.detail).where(AuditEvent.action == "window.deleted")).one()
    assert (deleted["before"]["name"], deleted["before"]["closes_at"]) == ("写错的", (NOW + 10 * DAY).isoformat())
    application(ticket(examinee()), row(used))
    with pytest.raises(NotAllowed, match="“用过的”已经用过，不能删除：有 1 项申请（其中草稿 1 份）"):
        delete_window(used, by=SYSTEM, on=NOW)
    with pytest.raises(NotFound):
        delete_window(99, by=SYSTEM, on=NOW)


def test_a_coming_window_is_opened_early_and_cannot_be_closed(both: Flask) -> None:
    number = create_window(form(opens_at=NOW + DAY), by=SYSTEM, on=NOW)
    with pytest.raises(NotAllowed):
        close_window(number, by=SYSTEM, on=NOW)
    open_window(number, by=SYSTEM, on=NOW)
    assert window_facts(row(number)).is_open(NOW)


def test_an_absent_window_is_not_found(app: Flask) -> None:
    with pytest.raises(NotFound):
        open_window(99, by=SYSTEM, on=NOW)


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"portrait_width": 99}, "portrait_height"),
        ({"portrait_height": 2001}, "portrait_height"),
        ({"portrait_background": "green"}, "portrait_background"),
        ({"statement_min": 0}, "statement_max"),
        ({"statement_max": 5001}, "statement_max"),
        ({"name": "长" * 61}, "name"),
    ],
)
def test_what_no_constraint_keeps_is_refused_in_an_edit_too(both: Flask, over: dict[str, Any], field: str) -> None:
    number = create_window(form(), by=SYSTEM, on=NOW)
    with pytest.raises(Invalid) as refusal:
        edit_window(number, form(**over), by=SYSTEM, on=NOW)
    assert refusal.value.field == field
    assert (row(number).version, actions()) == (1, ["window.created"])


def test_options_are_stored_whole_and_read_typed(both: Flask) -> None:
    number = create_window(form(portrait=True, portrait_background="blue", statement_max=900), by=SYSTEM, on=NOW)
    said = GraduationOptions(portrait=True, portrait_background="blue", statement_max=900)
    assert row(number).options == plain(said)
    assert window_facts(row(number)).options == said


def test_an_edit_of_options_is_written_down_by_their_names(both: Flask) -> None:
    number = create_window(form(statement_min=250), by=SYSTEM, on=NOW)
    edit_window(number, form(statement_min=250, refuse_missing=True, stages=1), by=SYSTEM, on=NOW)
    assert (row(number).version, row(number).options["statement_min"]) == (2, 250)
    newest = select(AuditEvent.detail).order_by(AuditEvent.id.desc())
    assert db.session.scalars(newest).first() == {
        "before": {"stages": 2, "refuse_missing": False},
        "after": {"stages": 1, "refuse_missing": True},
    }


def test_stored_options_that_the_program_never_wrote_are_refused(both: Flask) -> None:
    number = create_window(form(), by=SYSTEM, on=NOW)
    for wrong, said in (
        ({"portrait": 1}, "not bool"),
        ({"statement_min": 900}, "字数"),
        ({"portrait_width": 50}, "像素"),
    ):
        store_options(number, wrong)
        with pytest.raises(WrongSettings, match=said):
            window_facts(row(number))


def test_unknown_and_absent_options_do_no_harm(both: Flask) -> None:
    number = create_window(form(), by=SYSTEM, on=NOW)
    store_options(number, {"portrait": True, "colour": "red"})
    assert window_facts(row(number)).options == GraduationOptions(portrait=True)


def store_options(number: int, options: dict[str, Any]) -> None:
    row(number).options = options
    db.session.commit()


def test_a_window_of_a_service_that_is_gone_is_still_read(both: Flask) -> None:
    with registered():
        number = create_window(new_window("exemption", "2027 年", NOW, NOW + DAY), by=SYSTEM, on=NOW)
    assert window_facts(row(number)).options == NO_SETTINGS


def test_the_options_of_another_service_are_no_ones(app: Flask) -> None:
    with pytest.raises(TypeError):
        create_window(form(options=NO_SETTINGS), by=SYSTEM, on=NOW)

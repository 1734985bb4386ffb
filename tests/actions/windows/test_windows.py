"""办理时间 are made, changed, opened and closed, each with its audit row."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import services
from app.actions.applications.cases import window_facts
from app.actions.windows.windows import (
    GRADUATION_NOTICE,
    SERVICES,
    WindowForm,
    close_window,
    create_window,
    edit_window,
    form_of,
    open_window,
)
from app.extensions import db
from app.models import AuditEvent, Window
from app.rules.people.roles import SYSTEM
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed, NotFound
from tests.builders import NOW, application, examinee, ticket

DAY = timedelta(days=1)


def form(**over: Any) -> WindowForm:
    return replace(WindowForm("2026 年下半年", NOW - DAY, NOW + 10 * DAY), **over)


def row(number: int) -> Window:
    db.session.rollback()
    return db.session.get_one(Window, number, populate_existing=True)


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def test_a_window_is_made_with_the_notice_of_the_manual(both: Flask) -> None:
    made = row(create_window(form(), by=SYSTEM, on=NOW))
    assert made.notice == GRADUATION_NOTICE.strip()
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
    edit_window(number, replace(form_of(made), fee=5000), version=made.version, by=SYSTEM, on=NOW)
    assert row(number).fee == 5000
    assert db.session.scalars(select(AuditEvent.detail).order_by(AuditEvent.id.desc())).first() == {"fee": 5000}
    with pytest.raises(ChangedMeanwhile):
        edit_window(number, form(fee=9), version=1, by=SYSTEM, on=NOW)
    edit_window(number, form_of(row(number)), by=SYSTEM, on=NOW)
    assert actions() == ["window.created", "window.edited"]


def test_only_a_service_that_can_be_applied_for_gets_a_window(both: Flask) -> None:
    """A window of any other would be a card without a page on everybody's home."""
    assert {each.code: each.title for each in services.SERVICES} == SERVICES
    with pytest.raises(Invalid, match="业务应为 graduation 之一"):
        create_window(form(service="exemption"), by=SYSTEM, on=NOW)


def test_the_service_of_a_used_window_stays(both: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SERVICES, "exemption", "课程免考")
    number = create_window(form(), by=SYSTEM, on=NOW)
    application(ticket(examinee()), row(number))
    with pytest.raises(NotAllowed):
        edit_window(number, form(service="exemption"), by=SYSTEM, on=NOW)


def test_closing_ends_it_now_and_opening_needs_a_new_end(both: Flask) -> None:
    number = create_window(form(), by=SYSTEM, on=NOW)
    close_window(number, by=SYSTEM, on=NOW)
    assert not window_facts(row(number)).is_open(NOW)
    with pytest.raises(Invalid):
        open_window(number, by=SYSTEM, on=NOW)
    open_window(number, until=NOW + DAY, by=SYSTEM, on=NOW)
    assert window_facts(row(number)).is_open(NOW)
    assert actions() == ["window.created", "window.closed", "window.opened"]


def test_a_coming_window_is_opened_early_and_cannot_be_closed(both: Flask) -> None:
    number = create_window(form(opens_at=NOW + DAY), by=SYSTEM, on=NOW)
    with pytest.raises(NotAllowed):
        close_window(number, by=SYSTEM, on=NOW)
    open_window(number, by=SYSTEM, on=NOW)
    assert window_facts(row(number)).is_open(NOW)


def test_an_absent_window_is_not_found(app: Flask) -> None:
    with pytest.raises(NotFound):
        open_window(99, by=SYSTEM, on=NOW)

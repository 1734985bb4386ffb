"""A 办理时间 is changed only after it was said whom that touches, and asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.payments.orders import open_order
from app.actions.windows.own import window_facts
from app.extensions import db
from app.models import Application, AuditEvent, Order, Window
from app.rules.people.roles import Actor
from app.rules.window_changes import outgrown
from app.web.admin.window_form import WindowForm
from tests import builders
from tests.builders import NOW
from tests.reviewing import PAYING, Desk, approved, myself, submitted
from tests.web.admin.test_admin import FORM, WINDOWS, admin, answer, only, post  # noqa: F401

pytestmark = pytest.mark.usefixtures("admin")


def form_of(window: Window, **over: str) -> dict[str, str]:
    """What the window's page posts."""
    row = db.session.get_one(Window, window.id, populate_existing=True)
    held = {name: value for name, value in WindowForm.of(window_facts(row)).values().items() if value}
    return {**held, "version": str(row.version), **over}


def words(page: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"<[^>]*>", "", page.split("<main")[1]))


@pytest.fixture
def desk(app: Flask) -> Desk:
    app.clock.now = PAYING  # type: ignore[attr-defined]
    made = approved()
    open_order(made.public_id, by=myself(made), on=PAYING)
    submitted()
    return made


@pytest.fixture
def signed_in(client: Any, desk: Desk, admin: Any) -> None:  # noqa: F811
    builders.sign_in(client, person=admin, on=PAYING)


@pytest.mark.usefixtures("signed_in")
def test_a_new_fee_says_whom_it_touches_and_changes_nothing_until_it_is_confirmed(client: Any, desk: Desk) -> None:
    here = f"{WINDOWS}/{desk.window.id}"
    asked = post(client, here, **form_of(desk.window, fee="115"))
    assert asked.status_code == 200
    told = words(asked.text)
    for said in (
        "已提交，在审核1",
        "审核通过，没有缴费1",
        "没有支付的订单1",
        "¥50.00¥115.00",
        "改按¥115.00缴",
        "1笔没有支付的订单（金额与新的费用不同的）关闭",
    ):
        assert said in told, said
    for address in (
        f"/staff/orders/due?window={desk.window.id}",
        f"/staff/orders?state=open&amp;window={desk.window.id}",
    ):
        assert f'href="{address}"' in asked.text
        assert client.get(address.replace("&amp;", "&")).status_code == 200
    assert only(Window).fee == 5000
    done = answer(client, asked)
    assert (done.status_code, done.location) == (303, WINDOWS)
    assert only(Window).fee == 11500
    assert "1 笔没有支付的订单已关闭" in client.get(WINDOWS).text
    assert only(Order).state == "closed"


@pytest.mark.usefixtures("signed_in")
def test_what_was_confirmed_is_that_change_and_no_other(client: Any, desk: Desk) -> None:
    here = f"{WINDOWS}/{desk.window.id}"
    asked = post(client, here, **form_of(desk.window, fee="115"))
    other = answer(client, asked, fee="8")
    assert other.status_code == 200  # asked again
    assert "¥8.00" in words(other.text)
    assert only(Window).fee == 5000
    back = answer(client, asked, act="choose")
    assert back.status_code == 200
    assert 'value="115"' in back.text  # 返回修改: as it was typed


@pytest.mark.usefixtures("signed_in")
def test_an_order_made_before_the_answer_is_asked_about_again(client: Any, app: Flask) -> None:
    window = only(Window)
    db.session.execute(db.update(Order).values(state="closed"))
    db.session.commit()
    asked = post(client, f"{WINDOWS}/{window.id}", **form_of(window, fee="0"))
    assert "订单" not in words(asked.text)
    owing = db.session.scalars(select(Application).where(Application.state == "approved")).one()
    open_order(owing.public_id, by=Actor("examinee", owing.examinee_id, "考生"), on=PAYING)
    again = answer(client, asked)
    assert again.status_code == 409
    assert "涉及的申请或订单多了" in again.text
    assert "1笔没有支付的订单" in words(again.text)
    assert only(Window).fee == 5000
    assert answer(client, again).status_code == 303
    assert only(Window).fee == 0


def before(monkeypatch: pytest.MonkeyPatch, place: str, happen: Callable[[], Any]) -> None:
    """Let this happen once between the look and the act, when every answer has been read."""
    module, _, name = place.rpartition(".")
    real, left = getattr(import_module(module), name), [happen]

    def acting(*given: Any, **more: Any) -> Any:
        if left:
            left.pop()()
        return real(*given, **more)

    monkeypatch.setattr(place, acting)


@pytest.mark.usefixtures("signed_in")
def test_who_is_approved_between_the_look_and_the_change_is_asked_about(
    client: Any, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = post(client, f"{WINDOWS}/{desk.window.id}", **form_of(desk.window, fee="115"))
    before(monkeypatch, "app.web.admin.windows.edit_window", lambda: approved(window=desk.window))
    again = answer(client, asked)
    assert again.status_code == 409
    assert "涉及的申请或订单多了" in again.text
    assert "审核通过，没有缴费2" in words(again.text)
    assert only(Window).fee == 5000
    assert [order.state for order in db.session.scalars(select(Order))] == ["open"]
    assert answer(client, again).status_code == 303
    assert only(Window).fee == 11500


def test_the_first_who_comes_where_nothing_was_asked_is_asked_about(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = builders.window()
    before(monkeypatch, "app.web.admin.windows.edit_window", lambda: approved(window=row))
    asked = post(client, f"{WINDOWS}/{row.id}", **form_of(row, fee="115"))
    assert asked.status_code == 409
    assert "审核通过，没有缴费1" in words(asked.text)
    assert only(Window).fee == 5000
    assert answer(client, asked).status_code == 303
    assert only(Window).fee == 11500


@pytest.mark.parametrize(("act", "function"), [("close", "close_window"), ("open", "open_window")])
def test_a_draft_begun_before_the_act_is_asked_about_again(
    client: Any, monkeypatch: pytest.MonkeyPatch, act: str, function: str
) -> None:
    row = builders.window(closes_at=NOW + timedelta(days=3))
    asked = post(client, f"{WINDOWS}/{row.id}", act=act)
    before(
        monkeypatch,
        f"app.web.admin.windows.{function}",
        lambda: builders.application(builders.ticket(builders.examinee()), row),
    )
    again = answer(client, asked, until="2027-06-01T09:00")
    assert again.status_code == 409
    assert "草稿1" in words(again.text)
    assert only(Window).version == 1
    assert answer(client, again).status_code == 303
    assert only(Window).version == 2


def test_a_busy_site_can_be_answered() -> None:
    assert not outgrown((300, 50, 2), (330, 55, 2))
    assert not outgrown((300, 50, 2), (200, 10, 1))
    assert outgrown((27, 0, 1), (27, 1, 1))
    assert outgrown((1, 1, 1), (2, 1, 1))
    assert outgrown((300, 50, 2), (300, 50, 3))


@pytest.mark.usefixtures("signed_in")
def test_no_fee_completes_what_is_approved(client: Any, desk: Desk) -> None:
    asked = post(
        client, f"{WINDOWS}/{desk.window.id}", **form_of(desk.window, fee="0", pay_opens_at="", pay_closes_at="")
    )
    assert "1项审核通过而没有缴费的申请随即办结" in words(asked.text)
    assert desk.row.state == "approved"
    assert answer(client, asked).status_code == 303
    assert desk.row.state == "completed"
    assert "1 项审核通过的申请已办结" in client.get(WINDOWS).text


@pytest.mark.usefixtures("signed_in")
def test_a_fee_of_zero_takes_the_dates_of_payment_along_and_says_so(client: Any, desk: Desk) -> None:
    asked = post(client, f"{WINDOWS}/{desk.window.id}", **form_of(desk.window, fee="0"))
    assert asked.status_code == 200
    assert re.search("缴费开始时间[^没]*没有设缴费截止时间[^没]*没有设费用¥50.00不收费", words(asked.text))
    assert answer(client, asked).status_code == 303
    assert (only(Window).fee, only(Window).pay_opens_at, only(Window).pay_closes_at) == (0, None, None)


def test_a_slip_is_asked_about_and_can_be_meant(client: Any) -> None:
    builders.window(name=FORM["name"])
    sent = {**FORM, "pay_opens_at": "2027-04-01T09:00", "pay_closes_at": "2027-04-10T16:00"}
    asked = post(client, f"{WINDOWS}/new", **sent)
    assert asked.status_code == 200
    assert "以前就结束，没有人能缴费" in asked.text
    assert f"已经有 1 个办理时间也叫“{FORM['name']}”" in asked.text
    assert len(db.session.scalars(select(Window)).all()) == 1
    assert answer(client, asked).status_code == 303
    made = db.session.scalars(select(Window).order_by(Window.id.desc())).first()
    assert made is not None
    answered = post(client, f"{WINDOWS}/{made.id}", **form_of(made, review_days="9"))  # is not asked about again
    assert answered.status_code == 303


@pytest.mark.parametrize("name", ["2027 年上半年", "２０２７ 年上半年", "  2027年 上半年", "\u30002027年上半年"])
def test_two_names_that_read_alike_are_asked_about(client: Any, name: str) -> None:
    builders.window(name="2027年上半年")
    asked = post(client, f"{WINDOWS}/new", **{**FORM, "name": name})
    assert asked.status_code == 200
    assert "已经有 1 个办理时间也叫" in asked.text
    assert answer(client, asked).status_code == 303
    made = db.session.scalars(select(Window).order_by(Window.id.desc())).first()
    assert made is not None
    assert made.name == made.name.strip()


def test_an_unused_window_is_deleted_after_a_question_and_a_used_one_says_why_not(client: Any) -> None:
    row = builders.window()
    assert ">删除<" in client.get(f"{WINDOWS}/{row.id}").text
    asked = post(client, f"{WINDOWS}/{row.id}", act="delete")
    assert "不能恢复" in asked.text
    assert answer(client, asked).status_code == 303
    assert db.session.scalar(select(Window.id)) is None
    assert db.session.scalars(select(AuditEvent.action)).all() == ["window.deleted"]
    used = submitted().window
    assert ">删除<" not in client.get(f"{WINDOWS}/{used.id}").text
    post(client, f"{WINDOWS}/{used.id}", act="delete")
    assert "已经用过，不能删除：有 1 项申请" in client.get(WINDOWS).text
    assert db.session.scalar(select(Window.id)) == used.id


def test_closing_says_what_becomes_of_those_returned(client: Any) -> None:
    row = builders.window(closes_at=NOW + timedelta(days=3), fixes_close_at=NOW + timedelta(days=9))
    given = {"state": "returned", "submissions": 1, "submitted_at": NOW}
    builders.application(builders.ticket(builders.examinee()), row, **given)
    told = words(post(client, f"{WINDOWS}/{row.id}", act="close").text)
    assert "1项退回修改的不受影响，仍可以修改后再提交，到" in told


def test_closing_says_what_becomes_of_drafts(client: Any) -> None:
    row = builders.window(closes_at=NOW + timedelta(days=3))
    builders.application(builders.ticket(builders.examinee()), row)
    told = words(post(client, f"{WINDOWS}/{row.id}", act="close").text)
    assert "草稿1" in told
    assert "1份草稿留着，没有提交的不会办理" in told
    assert "以后可以恢复" in told

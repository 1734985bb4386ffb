"""With several 准考证号 nothing vanishes: home and the switcher name what is under way on each, and one tap leads there."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app.actions.people.tickets import ticket_to_open
from app.actions.windows.extensions import extend
from app.config import DEMO
from app.extensions import db
from app.models import School, Ticket
from app.models.base import transaction
from tests import builders as build
from tests.builders import NOW, csrf_of
from tests.reviewing import actor, approved, returning, submitted
from tests.signing import log_in, on_roster
from tests.sites import without_table
from tests.traced import statements

PAYING = NOW + timedelta(days=21)


@pytest.fixture
def two(app: Flask) -> tuple[Ticket, Ticket]:
    """Tickets of one person: the first is open after sign-in."""
    build.school()
    build.plan()
    person = build.examinee()
    other = build.ticket(person, registered_on=NOW.date() - timedelta(days=900))
    return build.ticket(person, registered_on=NOW.date()), other


@pytest.fixture
def online(app: Flask) -> None:
    """The training cashier is there, as in a demonstration."""
    app.extensions["kaoji"] = replace(app.extensions["kaoji"], kind=DEMO)


def main(page: str) -> str:
    return page[page.index("<main") : page.index("</main>")]


def shown(page: str) -> str:
    """The ticket in the header."""
    found = re.search(r'准考证号 </span><span class="num">(\d+)<', page)
    assert found is not None
    return found[1]


def draft(tick: Ticket, window: Any = None, **over: Any) -> str:
    row = build.application(tick, window or build.window(), at_step="statement", reached="statement", **over)
    return f"/applications/{row.public_id}"


def test_home_names_the_draft_of_another_ticket_and_one_tap_opens_it(client: FlaskClient, two: Any) -> None:
    first, other = two
    address = draft(other, answers=build.answers())
    build.sign_in(client, tick=first)
    page = main(client.get("/").text)
    note = page[page.index(other.number) : page.index("继续填写")]
    assert "申请毕业还没有提交" in note
    assert "汉语言文学" in note
    assert f'href="{address}/statement">继续填写' in page
    opened = client.get(f"{address}/statement")
    assert opened.status_code == 200
    assert shown(opened.text) == other.number
    assert "已切换" in opened.text
    assert shown(client.get("/scores/latest").text) == other.number


@pytest.mark.usefixtures("online")
def test_home_lists_everything_that_waits_the_earliest_end_first(client: FlaskClient, app: Flask) -> None:
    app.clock.now = PAYING
    times = {"pay_opens_at": PAYING - timedelta(days=1), "pay_closes_at": PAYING + timedelta(days=9)}
    fixing = build.window(name="要修改", closes_at=PAYING, fixes_close_at=PAYING + timedelta(days=2), **times)
    back = submitted(window=fixing)
    back.decide("return", build.staff(), returning("statement.statement"))
    tickets = [build.ticket(back.person) for _ in range(2)]
    writing = build.window(name="草稿", closes_at=PAYING + timedelta(days=5))
    draft(tickets[0], writing)
    paying = build.window(name="待缴费", closes_at=PAYING - timedelta(days=1), **times)
    build.application(tickets[1], paying, state="approved", submitted_at=NOW, submissions=1)
    build.sign_in(client, tick=back.ticket, on=PAYING)
    page = main(client.get("/").text)
    acts = [page.index(words) for words in (">点击查看原因<", ">继续填写<", ">支付毕业审定费<")]
    assert acts == sorted(acts)
    assert all(tick.number in page for tick in tickets)


def test_home_says_what_became_of_a_draft_of_another_ticket_that_was_not_submitted(
    client: FlaskClient, app: Flask, two: Any
) -> None:
    first, other = two
    window = build.window()
    draft(other, window)
    app.clock.now = window.closes_at + timedelta(minutes=1)
    build.sign_in(client, tick=first, on=app.clock.now)
    page = main(client.get("/").text)
    note = page[page.index(other.number) :]
    assert "办理时间已于 " in note
    assert "草稿都还在，但申请没有提交" in note
    build.application(other, build.window(name="下一次"), state="school_review", submitted_at=NOW, submissions=1)
    assert "草稿都还在" not in client.get("/").text  # applied for in the next one


@pytest.mark.parametrize("here", [True, False], ids=["of this ticket", "of another"])
def test_home_says_how_a_fee_that_was_not_paid_in_time_is_paid(
    client: FlaskClient, app: Flask, two: Any, here: bool
) -> None:
    first, other = two
    times = {"pay_opens_at": PAYING, "pay_closes_at": PAYING + timedelta(days=9)}
    build.application(other, build.window(**times), state="approved", submitted_at=NOW, submissions=1)
    app.clock.now = PAYING + timedelta(days=90)
    build.sign_in(client, tick=other if here else first, on=app.clock.now)
    page = main(client.get("/").text)
    greeting = page[: page.index("</section>")]
    assert "审核通过，还没有缴费" in greeting
    assert "缴费时间已于" in greeting
    assert (other.number in greeting) is not here


@pytest.mark.parametrize("state", ["school_review", "rejected"])
def test_what_waits_for_others_is_no_task_on_home(client: FlaskClient, two: Any, state: str) -> None:
    first, other = two
    build.application(other, build.window(), state=state, submitted_at=NOW, submissions=1)
    build.sign_in(client, tick=first)
    assert other.number not in main(client.get("/").text)


def test_the_switcher_says_major_school_and_state_of_each(client: FlaskClient, two: Any) -> None:
    first, other = two
    build.store(School(code="10002", name="另一所大学"))
    with transaction() as session:
        mine = session.get_one(Ticket, first.id)
        mine.school_code, mine.status, mine.major_code = "10002", "停考", "999999"
    draft(other)
    build.sign_in(client, tick=first)
    page = client.get("/scores/latest").text
    switcher = page[page.index('<details class="tickets"') : page.index("</details>")]
    parts = {
        n: re.sub(r"<[^>]+>|\s+", " ", part) for n, part in re.findall(r'value="(\d+)"(.*?)</label>', switcher, re.S)
    }
    assert all(word in parts[first.number] for word in ("停考", "999999", "另一所大学"))
    assert all(word in parts[other.number] for word in ("在籍", "汉语言文学（本科）", "华东某大学", "申请毕业", "草稿"))


@pytest.mark.parametrize("place", ["", "/statement", "/confirm"])
def test_opening_an_application_switches_to_its_ticket(client: FlaskClient, two: Any, place: str) -> None:
    first, other = two
    address = draft(other)
    build.sign_in(client, tick=first)
    client.get(address + place)
    assert shown(client.get("/").text) == other.number


def test_what_a_browser_sends_or_fetches_by_itself_switches_nothing(client: FlaskClient, two: Any) -> None:
    first, other = two
    address = draft(other, answers=build.answers())
    build.sign_in(client, tick=first)
    form = {"csrf_token": csrf_of(client.get("/").text), "act": "autosave", "statement": "还没写完"}
    assert client.post(f"{address}/statement", data=form).status_code == 200
    for header in ({"Sec-Purpose": "prefetch"}, {"X-Look": "1"}):
        assert client.get(f"{address}/statement", headers=header).status_code == 200
    assert shown(client.get("/").text) == first.number


def test_somebody_elses_application_switches_nothing(client: FlaskClient, two: Any) -> None:
    stranger = build.ticket(build.examinee(name="别人"))
    address = draft(stranger)
    build.sign_in(client, tick=two[0])
    assert client.get(address).status_code == 404
    assert shown(client.get("/").text) == two[0].number


@pytest.mark.sqlite  # by its driver
def test_pages_of_somebody_with_two_tickets_ask_little_and_of_others_nothing_more(
    client: FlaskClient, two: Any
) -> None:
    address = draft(two[1], answers=build.answers())
    build.sign_in(client, tick=two[1])
    for page in ("/", f"{address}/statement"):
        client.get(page)
        db.session.remove()
        with statements(db.engine) as sent:
            assert client.get(page).status_code == 200
        assert len(sent) <= 6, sent
        assert sum("declared_school" in one for one in sent) == 1
    lonely = client.application.test_client()
    build.sign_in(lonely, tick=build.ticket(build.examinee()))
    with statements(db.engine) as sent:
        lonely.get("/")
    assert not any("declared_school" in one for one in sent)


def test_a_page_of_a_failed_database_still_has_its_header(client: FlaskClient, two: Any, app: Flask) -> None:
    build.sign_in(client, tick=two[0])
    client.get("/")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with without_table("score"):
        answer = client.get("/scores/latest")
    assert answer.status_code in (500, 503)
    assert all(tick.number in answer.text for tick in two)


def opens(tick: Ticket, on: Any = NOW) -> int | None:
    return ticket_to_open(db.session(), tick.examinee_id, on)


def test_sign_in_opens_the_one_with_something_open_else_the_latest_registered(two: Any) -> None:
    first, other = two
    assert opens(first) == first.id
    draft(other)
    assert opens(first) == other.id
    assert opens(first, NOW + timedelta(days=40)) == first.id  # closed, not submitted


@pytest.mark.parametrize("way", ["roster", "here"])
def test_sign_in_opens_no_ticket_that_has_graduated_while_there_is_another(two: Any, way: str) -> None:
    first, other = two
    if way == "here":
        over = {"submitted_at": NOW, "submissions": 1, "major_code": first.major_code}
        build.application(first, build.window(), state="completed", **over)
    else:
        change = update(Ticket).where(Ticket.id == first.id).values(graduated_majors=f"{first.major_code}、1")
        with transaction() as session:
            session.execute(change)
    assert opens(first) == other.id


@pytest.mark.parametrize(
    ("mine", "theirs"), [("school_review", "draft"), ("completed", "school_review"), ("rejected", "approved")]
)
def test_what_one_can_do_goes_before_what_is_under_way_and_this_before_what_is_over(
    two: Any, mine: str, theirs: str
) -> None:
    first, other = two
    window = build.window()
    later = {"saved_at": NOW + timedelta(minutes=5)}
    for tick, state, more in ((first, mine, later), (other, theirs, {})):
        over = {} if state == "draft" else {"submitted_at": NOW, "submissions": 1}
        build.application(tick, window, state=state, **over, **more)
    assert opens(first) == other.id


def test_of_two_drafts_the_latest_saved_is_opened(two: Any) -> None:
    first, other = two
    window = build.window()
    draft(first, window)
    draft(other, window, saved_at=NOW + timedelta(minutes=5))
    assert opens(first) == other.id


def test_a_longer_time_of_ones_own_counts(two: Any) -> None:
    first, other = two
    window = build.window()
    draft(other, window)
    late = window.closes_at + timedelta(days=1)
    assert opens(first, late) == first.id
    extend(
        other.id, window.id, "apply", late + timedelta(days=1), "住院", by=actor(build.staff("office_reviewer")), on=NOW
    )
    assert opens(first, late) == other.id


@pytest.mark.usefixtures("known_captcha")
def test_the_ticket_last_used_is_opened_by_the_next_sign_in(site: Flask, browser: FlaskClient) -> None:
    person = on_roster(site, tickets=2)
    for number in (*person.tickets, person.tickets[0]):
        log_in(browser, person.number)
        browser.post("/ticket", data={"csrf_token": csrf_of(browser.get("/password").text), "ticket": number})
        site.clock.now += timedelta(minutes=1)
        browser.post("/logout", data={"csrf_token": csrf_of(browser.get("/password").text)})
        log_in(browser, person.number)
        assert shown(browser.get("/").text) == number
        browser.post("/logout", data={"csrf_token": csrf_of(browser.get("/password").text)})


@pytest.mark.usefixtures("known_captcha")
def test_an_application_opened_is_use_of_its_ticket(site: Flask, browser: FlaskClient) -> None:
    person = on_roster(site, tickets=2)
    log_in(browser, person.number)
    before = shown(browser.get("/").text)
    with site.app_context():
        other = db.session.query(Ticket).filter(Ticket.number.in_(person.tickets), Ticket.number != before).one()
        address = draft(other, build.window(closes_at=NOW + timedelta(minutes=5)))
    browser.get(address)
    site.clock.now += timedelta(minutes=10)  # nothing is open any more
    log_in(site.test_client(), person.number)
    again = site.test_client()
    log_in(again, person.number)
    assert shown(again.get("/").text) != before


@pytest.mark.usefixtures("online")
def test_a_note_for_payment_of_another_ticket_pays_that(client: FlaskClient, app: Flask) -> None:
    desk = approved()
    app.clock.now = PAYING
    build.sign_in(client, tick=build.ticket(desk.person), on=PAYING)
    page = client.get("/").text
    assert desk.ticket.number in main(page)
    answer = client.post(f"/applications/{desk.public_id}/pay", data={"csrf_token": csrf_of(page)})
    assert answer.status_code == 303
    assert "/orders/" in answer.location

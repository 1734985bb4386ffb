"""What the queue's rows say of files in hand and decisions that wait, the marks of the evidence, and pages under change."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from app.actions.applications import leases
from app.actions.applications.submit import submit, withdraw
from app.actions.review import undo
from app.actions.review.opinions import Opinion
from app.extensions import db
from app.models import Application, PendingDecision
from app.models.base import transaction
from app.rules.evidence.flags import stored
from app.services.graduation import GRADUATION
from tests import builders
from tests.builders import NOW, csrf_of
from tests.reviewing import LATER, Desk, actor, missing_course, myself, submitted
from tests.traced import by_core
from tests.web.staff.queue.test_staff_queue import link, many, tickets

QUEUE = "/staff/applications"
FIVE = timedelta(minutes=5)


def signed_in(app: Any, role: str = "school_reviewer", **over: Any) -> Any:
    """A browser of somebody of the staff; `.person` is who."""
    client = app.test_client()
    client.person = builders.staff(role, **over)
    builders.sign_in(client, person=client.person)
    return client


def later(desk: Desk, by: Any, decision: str = "pass") -> None:
    undo.decide_later(
        desk.public_id,
        decision,
        Opinion(message="说明"),
        service=GRADUATION,
        by=actor(by),
        on=NOW,
        seen=desk.seen,
        after=FIVE,
    )


def marked(desk: Desk, *flags: str) -> None:
    with transaction() as session:
        row = session.get_one(Application, desk.row.id)
        row.flags, row.flagged = stored(flags), bool(flags)


def row_of(page: str, desk: Desk) -> str:
    return next(row for row in page.split("<tr") if desk.ticket.number in row)


# --- who has it


def test_a_row_says_who_has_the_file_open_and_until_when(both: Any) -> None:
    mine, theirs = signed_in(both, name="周明"), signed_in(both, name="吴芳")
    desk, free = submitted(), submitted(on=LATER)
    mine.get(f"{QUEUE}/{desk.public_id}")
    assert "审核中 · 你，保留到 12:15" in row_of(mine.get(QUEUE).text, desk)
    page = theirs.get(QUEUE).text
    assert "审核中 · 周明，保留到 12:15" in row_of(page, desk)
    assert "审核中" not in row_of(page, free)
    both.clock.now = NOW + timedelta(minutes=15)
    assert "审核中" not in theirs.get(QUEUE).text


def test_a_decision_that_waits_is_counted_down_and_only_its_reviewer_takes_it_back(both: Any) -> None:
    mine, theirs = signed_in(both, name="周明"), signed_in(both, name="吴芳")
    desk = submitted()
    later(desk, mine.person)
    both.clock.now = NOW + timedelta(seconds=29)
    page = mine.get(f"{QUEUE}?state=school_review").text
    assert re.search(r'已决定：通过（<span role="timer" data-left="271">4:31</span> 内可撤销）', row_of(page, desk))
    assert desk.ticket.number not in mine.get(QUEUE).text  # it waits for nobody
    row = row_of(theirs.get(f"{QUEUE}?state=school_review").text, desk)
    assert "已决定：通过 · 周明" in row
    assert 'name="undo"' not in row
    for client, stays in ((theirs, 1), (mine, 0)):
        token = csrf_of(client.get(QUEUE).text)
        client.post(f"{QUEUE}/undo", data={"csrf_token": token, "undo": desk.public_id})
        assert db.session.query(PendingDecision).count() == stays
    assert desk.ticket.number in mine.get(QUEUE).text


def test_what_can_be_taken_back_has_a_tab_of_its_own_while_there_is_something(app: Any) -> None:
    mine, theirs = signed_in(app), signed_in(app)
    desk, other = submitted(), submitted(on=LATER)
    assert "可撤销" not in mine.get(QUEUE).text
    later(desk, mine.person, "reject")
    later(other, theirs.person)
    page = mine.get(f"{QUEUE}?state=decided").text
    assert tickets(page) == [desk.ticket.number]
    assert re.search(r'可撤销 <span class="num">1</span>', page)
    assert re.search(r'全部 <span class="num">2</span>', page)
    app.clock.now = NOW + FIVE
    assert tickets(mine.get(f"{QUEUE}?state=decided").text) == []
    assert tickets(mine.get(f"{QUEUE}?state=rejected").text) == [desk.ticket.number]


# --- marks


def test_the_marks_of_the_evidence_are_filters_that_combine_with_each_other_and_with_the_rest(both: Any) -> None:
    client = signed_in(both, "office_reviewer")
    blurred, double, plain = submitted(), submitted("10002", on=LATER), submitted(on=LATER)
    gap = submitted(without=(missing_course(),), on=LATER + FIVE)
    for desk, flags in ((blurred, ("unclear",)), (double, ("unclear", "double")), (plain, ()), (gap, ("double",))):
        marked(desk, *flags)
    for query, found in {
        "flag=unclear": [blurred, double],
        "flag=double": [double, gap],
        "flag=unclear,double": [double],
        "flag=double,missing": [gap],
        "flag=unclear&school=10574": [blurred],
        "flag=code": [],
        "flag=unclear,nonsense": [],
    }.items():
        page = client.get(f"{QUEUE}?state=school_review&{query}").text
        assert tickets(page) == [desk.ticket.number for desk in found], query
        assert f'待初审 <span class="num">{len(found)}</span>' in page
    row = row_of(client.get(f"{QUEUE}?state=school_review").text, double)
    assert "看不清" in row
    assert "重复使用" in row


def test_the_marks_stay_in_the_address_in_the_boxes_and_in_a_saved_view(app: Any) -> None:
    client = signed_in(app)
    marked(submitted(), "unclear", "double")
    token = csrf_of(client.get(QUEUE).text)
    form = {"csrf_token": token, "flag": ["unclear", "double"], "major": "050101"}
    address = client.post(f"{QUEUE}/find", data=form).location
    assert address == f"{QUEUE}?major=050101&flag=unclear%2Cdouble"
    page = client.get(address).text
    assert re.findall(r'name="flag" value="(\w+)" checked', page) == ["unclear", "double"]
    kept = client.post(
        f"{QUEUE}/views", data={"csrf_token": token, "query": address.partition("?")[2], "name": "可疑的"}
    )
    assert kept.location == address
    assert "flag=unclear%2Cdouble" in client.get(QUEUE).text  # only han characters are kept as they are (Filters.kept)


def test_a_submission_that_shares_a_paper_is_found_by_its_mark(app: Any) -> None:
    client = signed_in(app)
    first, second = submitted(), submitted(on=LATER)  # the builders' people state the same number
    assert tickets(client.get(f"{QUEUE}?flag=double").text) == [first.ticket.number, second.ticket.number]
    withdraw(second.public_id, by=myself(second), on=LATER)
    with transaction() as session:
        row = session.get_one(Application, second.row.id)
        degree = {**row.answers["prior_degree"], "diploma_number": "103311201806007777", "record_code": "777777777777"}
        row.answers = {**row.answers, "prior_degree": degree}
    submit(second.public_id, GRADUATION, by=myself(second), on=LATER)
    assert tickets(client.get(f"{QUEUE}?flag=double").text) == []


# --- pages while others work


@pytest.mark.parametrize("state", ["", "all"])
def test_what_comes_and_goes_between_two_pages_is_neither_shown_twice_nor_lost(both: Any, state: str) -> None:
    """New files arrive (at the end, as submissions do), others are decided, on the pages before and after."""
    client = signed_in(both)
    numbers, long = (
        many(130),
        builders.window(closes_at=NOW + timedelta(days=500), pay_opens_at=None, pay_closes_at=None),
    )
    seen, page, turn = [], client.get(f"{QUEUE}?state={state}").text, 0
    gone: set[str] = set()
    while True:
        seen += tickets(page)
        address = link(page, "next")
        if not address:
            break
        turn += 1
        with transaction() as session:  # one that was shown and one that was not are decided; it leaves 待我审核
            for index in (turn * 3, 129 - turn * 3):
                ident = session.query(Application.id).order_by(Application.id).offset(index).limit(1).scalar()
                session.get_one(Application, ident).state = "office_review"
                if numbers[index] not in seen:
                    gone.add(numbers[index])
        if turn == 1:
            submitted(window=long, on=NOW + timedelta(days=400))
        page = client.get(address).text
    assert len(seen) == len(set(seen))
    stays = set(numbers) - (gone if state == "" else set())
    assert stays <= set(seen)
    assert len(set(seen) - set(numbers)) == 1  # the new one, on the last page


# --- what it costs


def test_the_page_with_all_of_it_asks_six_statements_at_most(app: Any) -> None:
    client, other = signed_in(app, "school_lead", school_code="10574", name="李组长"), builders.staff()
    desks = [submitted(on=NOW + timedelta(minutes=n)) for n in range(4)]
    leases.hold(desks[0].public_id, by=actor(other), on=NOW)
    later(desks[1], client.person)
    token = csrf_of(client.get(QUEUE).text)
    address = client.post(
        f"{QUEUE}/bulk", data={"csrf_token": token, "act": "pass", "pick": [desk.public_id for desk in desks[2:]]}
    ).location
    client.post(address, data={"csrf_token": token, "pick": [desk.public_id for desk in desks[2:]], "undo": "1"})
    with by_core() as sent:
        page = client.get(f"{QUEUE}?state=school_review&flag=double").text
    assert "批量通过的 2 件还没有生效" in page
    assert len(tickets(page)) == 4
    assert len(sent) <= 6, sent

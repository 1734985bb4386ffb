"""缺成绩 from report to answer, and the list of everybody, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from app.actions.records.forecast import Wanted, forecast
from app.actions.records.holdings import office_of
from app.actions.records.missing_scores import answer, ask, questions_of
from app.extensions import db
from app.models import AuditEvent, ScoreQuestion, SiteText
from app.rules.people.roles import Actor
from app.rules.plans.missing_scores import MOST_OPEN, Claim, QuestionState
from app.rules.refusals import ChangedMeanwhile, Incomplete, Invalid, NotAllowed, NotFound
from tests import builders as build
from tests.builders import NOW
from tests.reviewing import actor

CLAIM = Claim("00540", "外国文学史", "2026-04", "黄浦区第三考点", "座位 12")
LATER = NOW + timedelta(hours=1)


def asked(tick: Any, claim: Claim = CLAIM, school: str = "10574") -> Any:
    me = Actor("examinee", tick.examinee_id, "林晓雯")
    return ask(tick.number, school, "050101", claim, by=me, on=NOW)


def test_a_question_is_kept_once_while_it_waits(both: Flask) -> None:
    tick = build.ticket(build.examinee())
    first, second = asked(tick), asked(tick)
    assert (first.first_time, second.first_time) == (True, False)
    assert first.id == second.id
    row = db.session.get_one(ScoreQuestion, first.id)
    assert (row.session, row.state, row.school_code, row.answered_at) == ("2026-04", "open", "10574", None)
    assert [event.action for event in AuditEvent.query] == ["question.asked"]


def test_the_database_itself_keeps_a_second_one_out(both: Flask) -> None:
    tick = build.ticket(build.examinee())
    asked(tick)
    again = ScoreQuestion(
        ticket_id=tick.id, school_code="10574", course_code="00540", session="2026-04", place="x", asked_at=NOW
    )
    with pytest.raises(IntegrityError):
        build.store(again)


def test_somebody_elses_ticket_does_not_exist(both: Flask) -> None:
    mine, other = build.ticket(build.examinee()), build.ticket(build.examinee())
    with pytest.raises(NotFound):
        ask(other.number, "10574", "", CLAIM, by=Actor("examinee", mine.examinee_id, "我"), on=NOW)


@pytest.mark.parametrize(
    ("field", "claim"),
    [
        ("course", Claim("", "", "2026-04", "某处", "")),
        ("session", Claim("00540", "", "", "某处", "")),
        ("session", Claim("00540", "", "第四次", "某处", "")),
        ("session", Claim("00540", "", "2026-12", "某处", "")),
        ("place", Claim("00540", "", "2026-04", "", "")),
        ("place", Claim("00540", "", "2026-04", "某" * 81, "")),
        ("text", Claim("00540", "", "2026-04", "某处", "字" * 501)),
    ],
)
def test_a_claim_that_says_too_little_or_too_much_is_refused_at_its_field(app: Flask, field: str, claim: Claim) -> None:
    tick = build.ticket(build.examinee())
    with pytest.raises(Incomplete) as refused:
        asked(tick, claim)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert ScoreQuestion.query.count() == 0


def test_no_more_than_twenty_wait_at_a_time(app: Flask) -> None:
    tick = build.ticket(build.examinee())
    for number in range(MOST_OPEN):
        asked(tick, Claim(f"1{number:04}", "", "2026-04", "某处", ""))
    with pytest.raises(NotAllowed):
        asked(tick)


def test_an_answer_is_given_once_and_in_scope(both: Flask) -> None:
    tick = build.ticket(build.examinee())
    ident = asked(tick).id
    stranger, school, office = build.staff(school_code="99999"), build.staff(), build.staff("office_reviewer")
    with pytest.raises(NotFound):
        answer(ident, QuestionState.REFUSED, "没有报名", by=actor(stranger), on=LATER)
    with pytest.raises(NotFound):
        answer(ident, QuestionState.REFUSED, "没有报名", by=actor(build.staff("finance")), on=LATER)
    with pytest.raises(Invalid, match="原因"):
        answer(ident, QuestionState.REFUSED, "", by=actor(school), on=LATER)
    with pytest.raises(Invalid):
        answer(ident, QuestionState.OPEN, "再等等", by=actor(school), on=LATER)
    answer(ident, QuestionState.REFUSED, "没有报名", by=actor(school), on=LATER)
    with pytest.raises(ChangedMeanwhile):
        answer(ident, QuestionState.REFUSED, "另一个答复", by=actor(office), on=LATER)
    (seen,) = questions_of(db.session(), tick.id)
    assert (seen.word, seen.answer, seen.answered_at) == ("不成立", "没有报名", LATER)
    assert [event.action for event in AuditEvent.query.order_by(AuditEvent.id)] == [
        "question.asked",
        "question.refused",
    ]


def test_added_needs_a_grade_of_the_course(both: Flask) -> None:
    tick = build.ticket(build.examinee())
    ident, office = asked(tick).id, build.staff("office_reviewer")
    with pytest.raises(Invalid, match="还没有这门课程的成绩"):
        answer(ident, QuestionState.ADDED, "", by=actor(office), on=LATER)
    build.scores(tick, {"00540": "71"}, origin="补录")
    answer(ident, QuestionState.ADDED, "", by=actor(office), on=LATER)
    assert questions_of(db.session(), tick.id)[0].word == "已补录"
    assert asked(tick).first_time


def test_the_local_minimum_comes_with_the_ticket_by_level(both: Flask) -> None:
    tick = build.ticket(build.examinee())
    roster = office_of(db.session(), tick.id, date(2026, 11, 24)).ticket
    assert [roster.record(level).local_minimum for level in ("专科", "本科", "")] == [0, 0, 0]
    build.store(SiteText(key="local_minimum_associate", value="5"))
    build.store(SiteText(key="local_minimum_bachelor", value="四"))
    roster = office_of(db.session(), tick.id, date(2026, 11, 24)).ticket
    assert [roster.record(level).local_minimum for level in ("专科", "本科", "")] == [5, 0, 0]


def test_the_list_takes_the_option_chosen_in_an_application(both: Flask) -> None:
    build.school()
    plan = build.plan("080901/2026")
    tick = build.ticket(build.examinee(), major_code="080901")
    extras = {code for case in plan.extras for code in case.courses}
    build.scores(tick, build.all_passed(plan, without=tuple(extras)))
    day = date(2026, 11, 24)
    (line,) = forecast(db.session(), Wanted(), day)
    assert (line.ticket, line.verdict, line.missing) == (tick.number, "待核", "")
    chosen = {"major": "080901.10574.2026", "extra_option_1": "电子电工信息类", "extra_option_2": "内地考生"}
    build.application(tick, build.window(), answers=build.answers(scores=chosen))
    (line,) = forecast(db.session(), Wanted(), day)
    assert line.verdict == "尚缺"
    assert line.missing.startswith("02318 ")


def test_a_long_list_is_read_in_batches_and_misses_nobody(both: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    import app.actions.records.forecast as module

    monkeypatch.setattr(module, "_tickets", module._tickets.limit(2))
    build.school()
    plan = build.plan()
    person, done = build.examinee(), []
    tickets = [build.ticket(person) for _ in range(5)]
    for tick in tickets:
        build.scores(tick, build.all_passed(plan))
    lines = list(forecast(db.session(), Wanted(), date(2026, 11, 24), done.append))
    assert [line.ticket for line in lines] == sorted(tick.number for tick in tickets)
    assert sum(done) == 5
    assert len(done) == 3

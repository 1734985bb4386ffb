"""The hot pages ask the database little: six statements at most, the session row included."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from app.actions.applications.submit import submit
from app.actions.review import undo
from app.actions.review.notes import add_note
from app.actions.review.opinions import Opinion
from app.actions.review.reasons import KEPT
from app.extensions import db
from app.models import Evidence, ScoreQuestion
from app.models.base import transaction
from app.services.graduation import GRADUATION
from tests import builders as build
from tests.reviewing import LATER, Desk, actor, missing_course, myself, ok, returning, submitted
from tests.traced import statements

pytestmark = pytest.mark.sqlite
MOST = 6
STEPS = ("notice", "profile", "scores", "statement", "prior-degree", "confirm")


def cost(client: FlaskClient, url: str) -> list[str]:
    """What the second visit sends: the first fills what is kept between requests (words of the site, parsed plans)."""
    assert client.get(url).status_code == 200, url
    db.session.remove()
    with statements(db.engine) as sent:
        assert client.get(url).status_code == 200
    return sent


@pytest.fixture
def draft(app: Flask, client: FlaskClient) -> str:
    """The address of an application that has come to the last step."""
    build.school()
    plan = build.plan()
    tick = build.ticket(build.examinee())
    build.scores(tick, build.all_passed(plan))
    row = build.application(tick, build.window(), answers=build.answers(), reached="confirm", at_step="confirm")
    build.sign_in(client, tick=tick)
    return f"/applications/{row.public_id}"


def test_the_sign_in_page_asks_little(app: Flask, client: FlaskClient) -> None:
    build.window()
    sent = cost(client, "/login")
    assert len(sent) <= MOST, sent


def test_home_asks_little(client: FlaskClient, draft: str) -> None:
    sent = cost(client, "/")
    assert len(sent) <= MOST, sent


@pytest.mark.parametrize("step", STEPS)
def test_a_step_asks_little(client: FlaskClient, draft: str, step: str) -> None:
    sent = cost(client, f"{draft}/{step}")
    assert len(sent) <= MOST, sent


def test_the_scores_step_of_somebody_who_lacks_a_course_asks_little(app: Flask, client: FlaskClient) -> None:
    build.school()
    plan = build.plan()
    tick = build.ticket(build.examinee())
    build.scores(tick, build.all_passed(plan, without=(plan.courses[0].code,)))
    row = build.application(tick, build.window(), answers=build.answers(), reached="confirm", at_step="scores")
    build.sign_in(client, tick=tick)
    assert "还不符合毕业条件" in client.get(f"/applications/{row.public_id}/scores").text
    sent = cost(client, f"/applications/{row.public_id}/scores")
    assert len(sent) <= MOST + 1, sent  # what was reported missing


def test_a_save_asks_little(client: FlaskClient, draft: str) -> None:
    form = {"csrf_token": build.csrf_of(client.get(f"{draft}/statement").text), "act": "next"}
    db.session.remove()
    with statements(db.engine) as sent:
        answer = client.post(f"{draft}/statement", data={**form, "statement": build.STATEMENT + "完。"})
    assert answer.status_code == 303
    assert len(sent) <= 4, sent  # the session's row, the case, the draft under the lock, the draft written


def test_a_request_never_holds_two_connections(client: FlaskClient, draft: str) -> None:
    form = {"csrf_token": build.csrf_of(client.get(f"{draft}/statement").text), "act": "next"}
    db.session.remove()
    held: list[int] = []
    pool = db.engine.pool
    note = lambda *given: held.append(pool.checkedout())  # type: ignore[attr-defined]  # noqa: E731
    event.listen(db.engine, "checkout", note)
    try:
        assert client.get("/").status_code == 200
        visits = len(held)
        assert client.get(draft).status_code == 200  # reads by prepared statements, then through the session
        assert (
            client.post(f"{draft}/statement", data={**form, "statement": build.STATEMENT + "完。"}).status_code == 303
        )
    finally:
        event.remove(db.engine, "checkout", note)
    assert visits == 1  # home reads four times on one connection
    assert max(held) == 1, held


def test_a_page_visited_before_has_none_of_its_statements_parsed_anew(client: FlaskClient, draft: str) -> None:
    """Neither after hundreds of other statements nor for another person: parsing costs several times the statement."""
    other = build.ticket(build.examinee())
    visitor = client.application.test_client()
    build.sign_in(visitor, tick=other)
    pages = [f"{draft}/{step}" for step in STEPS]
    parsed: list[tuple[object, ...]] = []

    def note(*act: object) -> int:
        parsed.append(act)
        return 0

    def everybody() -> None:
        assert [client.get(page).status_code for page in ("/", *pages)] == [200] * 7
        assert visitor.get("/").status_code == 200

    everybody()
    with db.engine.connect() as connection:
        for i in range(300):
            connection.exec_driver_sql(f"SELECT {i}")
        driver = connection.connection.driver_connection
        driver.set_authorizer(
            note
        )  # SQLite asks it whenever it parses a statement; setting it makes every known one be parsed once more
    everybody()
    assert parsed
    parsed.clear()
    everybody()
    driver.set_authorizer(None)
    assert not parsed, parsed[:5]


def test_the_queue_asks_little(client: FlaskClient, app: Flask) -> None:
    for _ in range(3):
        submitted()
    build.sign_in(client, person=build.staff())
    sent = cost(client, "/staff/applications")
    assert len(sent) <= MOST, sent


FILE = 10  # of the review page, the session's row and the lease among them


def opened(app: Flask, client: FlaskClient, desk: Desk) -> list[str]:
    """What opening a file sends when nothing is kept between requests but the parsed plans."""
    url = f"/staff/applications/{desk.public_id}"
    assert client.get(url).status_code == 200
    for kept in ("kaoji.site", KEPT):
        app.extensions.pop(kept, None)
    db.session.remove()
    with statements(db.engine) as sent:
        assert client.get(url).status_code == 200
    return sent


def test_opening_a_file_asks_little(client: FlaskClient, app: Flask) -> None:
    desk = submitted()
    submitted(on=LATER)
    build.sign_in(client, person=build.staff())
    sent = opened(app, client, desk)
    assert any(line.startswith("INSERT INTO lease") for line in sent)
    assert len(sent) <= FILE, sent


def test_opening_a_file_with_a_long_history_asks_no_more(client: FlaskClient, app: Flask) -> None:
    """Returned and corrected, a course missing and reported, notes, a paper that another one used, and at the final stage."""
    desk, reviewer = history(), build.staff("office_reviewer")
    build.sign_in(client, person=reviewer)
    decided = submitted(on=LATER)
    decided.decide("pass", build.staff())
    later = {"service": GRADUATION, "on": app.clock.now, "seen": decided.seen, "after": LATER - build.NOW}
    undo.decide_later(decided.public_id, "pass", Opinion(), by=actor(reviewer), **later)
    sent = opened(app, client, desk)
    page = client.get(f"/staff/applications/{desk.public_id}").text
    for shown in (
        "待终审",
        "第 2 次提交",
        "请看第二页",
        "疑似重复使用",
        "已核验，未变",
        "考生报告缺成绩",
        "撤销",
        "以前的审核",
        "二维码或条码是",
    ):
        assert shown in page, shown
    assert len(sent) <= FILE + 1, sent  # who may draw files is asked first where one waits for a blind second look


def history() -> Desk:
    """A file at the final stage to which all of that happened."""
    course, school, office = missing_course(), build.staff(), build.staff("office_reviewer", name="吴芳")
    desk, other = submitted(without=(course,)), submitted()
    with transaction() as session:
        mine, theirs = (
            session.query(Evidence).filter_by(application_id=each.row.id, slot="record_photo").one()
            for each in (desk, other)
        )
        mine.sha256, mine.codes, mine.mark = theirs.sha256, ["Z9Y8X7W6V5U4T3S2"], "3" * 256
    build.store(
        ScoreQuestion(
            ticket_id=desk.ticket.id,
            school_code="10574",
            major_code="050101",
            course_code=course,
            session="2026-04",
            place="某考点",
            asked_at=build.NOW,
        )
    )
    waived = Opinion(ok("profile.phone", "statement.statement").findings, waivers={course: "已复核"})
    desk.decide("pass", school, waived)
    desk.decide(
        "return", office, Opinion({**ok("profile.phone").findings, **returning("statement.statement").findings})
    )
    corrected(desk)
    add_note(desk.public_id, "请看第二页", by=actor(office), on=LATER)
    return desk


def corrected(desk: Desk) -> None:
    """Handed in again, with what was returned written anew."""
    with transaction() as session:
        row = session.merge(desk.row)
        row.answers = {**row.answers, "statement": {"statement": build.STATEMENT + "补充。"}}
    submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)

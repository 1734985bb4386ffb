"""An act that a hand turned into bytes or no JSON is told as unreadable, and hides no other, wherever acts are read."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import load_workbook
from sqlalchemy import select, text, update

from app.actions.applications.completion import complete_by_office, undo_completion
from app.actions.audit import Unreadable, read_events, record
from app.actions.exports import exports
from app.actions.exports.exports import Narrowed
from app.actions.imports.corrected import corrected
from app.actions.payments.on_the_spot import record_offline
from app.actions.people.alarms import alarms
from app.actions.people.reveals import note_picture
from app.actions.spot_checks.drawing import Rule, draw
from app.actions.spot_checks.second_look import check
from app.actions.upkeep.clock import JUMPED, jumps
from app.extensions import db
from app.models import AuditEvent
from app.models.base import transaction
from app.rules.people.roles import SYSTEM
from app.web.account.queries import last_sign_in
from tests import builders
from tests.builders import NOW, csrf_of
from tests.reviewing import PAYING, actor, approved, submitted, url
from tests.sites import without_table

AUDIT = "/admin/audit"
SPOILT = (
    "detail = x'ff00fe'",
    "detail = CAST(x'ff00fe' AS TEXT)",
    "detail = '[1]'",
    "detail = '{'",
    "at = 'nothing'",
    "actor_label = CAST(x'ff00fe' AS TEXT)",
    "action = x'ff00fe'",
    "subject = 'spot_check', detail = x'ff00fe'",
)
each_way = pytest.mark.parametrize("spoilt", SPOILT)
pytestmark = pytest.mark.sqlite  # PostgreSQL keeps no such bytes


@contextmanager
def by_hand() -> Iterator[Any]:
    with db.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER IF EXISTS audit_event_no_update"))
        yield connection


def spoil(how: str, where: str = "id = 3") -> int:
    """Change one act; return its id."""
    with by_hand() as connection:
        ident = connection.execute(text(f"SELECT max(id) FROM audit_event WHERE {where}")).scalar()
        connection.execute(text(f"UPDATE audit_event SET {how} WHERE id = {ident}"))
    db.session.rollback()
    return int(ident)


def act(action: str, **detail: Any) -> None:
    with transaction() as session:
        record(session, on=NOW, by=SYSTEM, action=action, subject="site", subject_id=None, detail=detail)


def rows(page: str) -> list[str]:
    return re.findall(r"<tr>.*?</tr>", page.split("<tbody>", 1)[1], re.DOTALL) if "<tbody>" in page else []


@pytest.fixture
def desks(app: Flask) -> Any:
    paid, other = approved(), submitted()
    record_offline(paid.public_id, "No.1", by=actor(builders.staff("finance")), on=PAYING)
    return paid, other


@each_way
def test_the_page_of_acts_says_so_of_that_one(client: FlaskClient, desks: Any, spoilt: str) -> None:
    spoil(spoilt)
    with db.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_link_no_update"))
        connection.execute(text("UPDATE audit_link SET laid_at = 'nothing'"))
    builders.sign_in(client, person=builders.staff("auditor"))
    answer = client.get(AUDIT)
    assert answer.status_code == 200
    shown = rows(answer.text)
    assert len(shown) > 5
    (odd,) = [row for row in shown if "读不懂" in row]
    assert ">3<" in odd
    assert "kaoji verify" in odd


@each_way
def test_so_does_the_export_and_the_others_are_whole(app: Flask, desks: Any, tmp_path: Path, spoilt: str) -> None:
    admin = actor(builders.staff("admin"))

    def lines(name: str) -> list[dict[str, str]]:
        exports.export("audit", tmp_path / name, narrowed=Narrowed(), columns=None, by=admin, on=NOW, reason="核查")
        read = list(csv.DictReader(io.StringIO((tmp_path / name).read_text("utf-8-sig"))))
        return [row for row in read if row["动作代码"] != "export.audit"]

    before = lines("before.csv")
    spoil(spoilt)
    after = lines("after.csv")
    assert len(after) == len(before) > 8
    (odd,) = [row for row in after if "读不懂" in row["详情"]]
    assert (odd["序号"], odd["动作"], "kaoji verify" in odd["详情"]) == ("3", "", True)
    assert [row for row in after if row is not odd] == [row for row in before if row["序号"] != "3"]


def test_the_page_exports_it_as_a_workbook_with_the_columns_chosen(client: FlaskClient, desks: Any) -> None:
    builders.sign_in(client, person=builders.staff("auditor"))
    spoil("detail = x'ff00fe'")
    given = {"csrf_token": csrf_of(client.get("/staff/exports/audit").text), "file": "xlsx", "reason": "核查"}
    answer = client.post("/staff/exports/audit", data={**given, "columns": ["id", "action_key", "stored"]})
    assert answer.status_code == 200
    found = load_workbook(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    (odd,) = [row for row in found if "读不懂" in str(row[-1])]
    assert odd[:2] in ([3, ""], ["3", ""])
    assert len(found) > 8


@pytest.mark.parametrize("spoilt", SPOILT[:4])
def test_draws_are_still_found_by_ticket_on_the_page_and_in_the_export(
    client: FlaskClient, app: Flask, spoilt: str
) -> None:
    person, lead = builders.staff(school_code="10574"), builders.staff("school_lead", school_code="10574")
    desks = [submitted(), submitted()]
    for desk in desks:
        desk.decide("pass", person)
    rule = Rule(window_id=desks[0].window.id, stage="school_review", way="number", amount=2)
    draw(rule, by=actor(lead), on=PAYING)
    check(1, 1, "agree", {}, "", by=actor(lead), on=PAYING)
    spoil(spoilt, "action = 'spot_check.checked'")
    builders.sign_in(client, person=builders.staff("auditor"))
    admin = actor(builders.staff("admin"))
    for desk in desks:
        page = client.get(f"{AUDIT}?q={desk.ticket.number}")
        assert (page.status_code, "spot_check.drawn" in page.text) == (200, True)
        assert exports.count("audit", Narrowed(q=desk.ticket.number), by=admin, on=PAYING) == len(rows(page.text))


@each_way
def test_a_file_shows_its_other_acts_and_that_one_is_unreadable(client: FlaskClient, desks: Any, spoilt: str) -> None:
    paid, _ = desks
    reviewer = builders.staff("office_reviewer")
    ident = spoil(spoilt, "subject = 'application' AND action = 'application.pass_school'")
    builders.sign_in(client, person=reviewer)
    answer = client.get(url(paid))
    assert answer.status_code == 200
    told = answer.text.split("全部经过（")[1]
    assert ("这一条读不懂" in told) is ("subject" not in spoilt)  # else it is none of this file's any more
    assert (f"操作记录 {ident} " in told) is ("subject" not in spoilt)
    for words in ("提交", "办结"):
        assert f"<b>{words}</b>" in told


@each_way
def test_the_examinee_reads_the_rest_of_the_progress(client: FlaskClient, desks: Any, spoilt: str) -> None:
    paid, _ = desks
    office = actor(builders.staff("office_reviewer"))
    undo_completion(paid.public_id, "录错", by=office, on=PAYING + timedelta(hours=1))
    complete_by_office(paid.public_id, by=office, on=PAYING + timedelta(hours=2))
    spoil(spoilt, "action = 'application.undo_completion'")
    builders.sign_in(client, tick=paid.ticket)
    answer = client.get(f"/applications/{paid.public_id}")
    assert (answer.status_code, "已重新办结" in answer.text) == (200, True)


@each_way
def test_administrators_read_their_first_page(client: FlaskClient, app: Flask, spoilt: str) -> None:
    admin = builders.staff("admin")
    for number in ("1", "2"):
        act("alarm.many_strays", strays=number)
        act(JUMPED, seconds=number)
    act("sign_in.ok")
    with by_hand() as connection:
        mine = update(AuditEvent).where(AuditEvent.action == "sign_in.ok")
        connection.execute(mine.values(subject="staff", subject_id=admin.id))
        for action in ("alarm.many_strays", JUMPED, "sign_in.ok"):
            first = f"SELECT min(id) FROM audit_event WHERE action = '{action}'"
            connection.execute(text(f"UPDATE audit_event SET {spoilt} WHERE id = ({first})"))
    builders.sign_in(client, person=admin)
    answer = client.get("/staff")
    assert (answer.status_code, "没有记录的文件" in answer.text) == (200, True)
    assert "2" in [each.said[-1:] for each in alarms(db.session(), NOW)]
    assert [seconds for _, seconds in jumps(NOW)][:1] == [2]
    act("sign_in.ok")
    last_sign_in(db.session(), admin.id)


@each_way
def test_an_import_still_tells_what_the_office_put_right(app: Flask, spoilt: str) -> None:
    for number in ("010126100001", "010126100002"):
        act("ticket.corrected", ticket=number)
    spoil(spoilt, "action = 'ticket.corrected'")
    assert ("010126100001", "", "") in corrected(db.session(), "ticket.corrected")


@each_way
def test_a_picture_that_is_opened_again_is_still_written_down(app: Flask, desks: Any, spoilt: str) -> None:
    paid, _ = desks
    auditor = actor(builders.staff("auditor"))
    for picture in (1, 2):
        note_picture(paid.row.id, picture, "x", by=auditor, on=NOW)
    spoil(spoilt, "action = 'evidence.viewed'")
    note_picture(paid.row.id, 2, "x", by=auditor, on=NOW)
    note_picture(paid.row.id, 1, "x", by=auditor, on=NOW)
    looks = db.session.scalars(select(AuditEvent.id).where(AuditEvent.actor_id == auditor.id)).all()
    assert len(looks) == (2 if "actor_label" in spoilt else 3)  # which picture it was is still read there


def test_each_of_many_is_found_and_a_real_fault_is_none_of_them(app: Flask) -> None:
    for number in range(40):
        act("site.edited", names=number)
    first = db.session.scalar(select(AuditEvent.id).where(AuditEvent.action == "site.edited").limit(1)) or 0
    odd = (first, first + 7, first + 8, first + 39)
    with by_hand() as connection:
        connection.execute(text(f"UPDATE audit_event SET detail = x'ff' WHERE id IN {odd}"))
    db.session.rollback()
    query = select(AuditEvent.id, AuditEvent.detail).where(AuditEvent.action == "site.edited").order_by(AuditEvent.id)
    found = read_events(db.session(), query, lambda row: row.id)
    assert found == [Unreadable(ident) if ident in odd else ident for ident in range(first, first + 40)]
    assert read_events(db.session(), query.limit(2).offset(7), lambda row: row.id) == found[7:9]
    with without_table("audit_event"), pytest.raises(Exception, match="no such table"):
        read_events(db.session(), query, lambda row: row.id)

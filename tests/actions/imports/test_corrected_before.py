"""A file that puts back what the office corrected by hand is told so, row by row; the import itself goes on."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select

from app.actions.corrections import asking
from app.actions.corrections.asking import SCORE, TICKET, Act
from app.actions.imports import ImportResult, import_examinees
from app.extensions import db
from app.models import Examinee, Score, Ticket
from tests.actions.imports.test_fallen_scores import NUMBER, load, person, table
from tests.builders import NOW, plan, school, staff
from tests.reviewing import actor

KEY = b"k" * 32
HEADER = "准考证号 证件号码 姓名 报考学校代码"


def correct(subject: str, ident: int, **fields: str) -> None:
    by = actor(staff("office_reviewer"))
    given = asking.present(db.session(), subject, ident) | {"reason": "原件核对"} | fields
    key = asking.ask(subject, ident, given, by=by, on=NOW)
    shown = asking.asked(db.session(), key, by=by, on=NOW).plan.print
    asking.confirm(key, Act(by, NOW, KEY, shown, True))


def score(tick: Ticket, course: str) -> Any:
    return db.session.scalars(select(Score).where(Score.ticket_id == tick.id, Score.course_code == course)).one()


def warned(result: ImportResult) -> list[tuple[int, str, str]]:
    return [(each.row, each.column, each.value) for each in result.warnings if "考办在" in each.reason]


def test_a_score_that_was_corrected_or_withdrawn_and_comes_again(app: Flask) -> None:
    tick = person()
    correct(SCORE, score(tick, "00540").id, mark="58")
    correct(SCORE, score(tick, "00541").id, withdraw="1")
    again = (f"{NUMBER} 00529 2026-04 60", f"{NUMBER} 00540 2026-04 85", f"{NUMBER} 00541 2026-04 良好")
    result = load(*again, check=True)
    assert warned(result) == [(3, "成绩", "85"), (4, "成绩", "良好")]
    assert "更正过这门成绩" in result.warnings[0].reason
    assert "作废过这条成绩" in result.warnings[1].reason
    assert load(f"{NUMBER} 00540 2026-04 58").warnings == ()


def test_a_school_that_was_corrected_and_comes_again(app: Flask) -> None:
    plan()
    school("10269")
    tick = person()
    wrong = tick.school_code
    correct(TICKET, tick.id, school_code="10269")
    number = db.session.get_one(Examinee, tick.examinee_id).id_number
    rows = [f"{NUMBER} {number} 李小明 {code}" for code in (wrong, "10269")]
    found = [
        warned(
            import_examinees(
                table(HEADER, row), by=actor(staff()), on=NOW, file_name="考生.csv", secret=KEY, check=True
            )
        )
        for row in rows
    ]
    assert found == [[(2, "报考学校代码", wrong)], []]

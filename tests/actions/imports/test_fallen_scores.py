"""A score that falls below passing after an application or graduation is listed; an unknown school is told."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select

from app.actions.imports import ImportResult, import_examinees, import_scores
from app.adapters.documents.tables import Table
from app.extensions import db
from app.models import AuditEvent, Ticket
from app.rules.people.roles import SYSTEM
from tests.builders import NOW, application, examinee, id_number, plan, school, scores, ticket, window

NUMBER = "010126100001"


def table(header: str, *rows: str) -> Table:
    titles = tuple(header.split())
    lines = [(line, dict(zip(titles, row.split(), strict=True))) for line, row in enumerate(rows, start=2)]
    return Table("", titles, lines)


def load(*rows: str, check: bool = False) -> ImportResult:
    file = table("准考证号 课程代码 考次 成绩", *rows)
    return import_scores(file, by=SYSTEM, on=NOW, file_name="成绩.csv", check=check)


def person(number: str = NUMBER, **over: Any) -> Ticket:
    tick = ticket(examinee(name="李小明"), number=number, **over)
    scores(tick, {"00540": "85", "00541": "良好", "00529": "58"})
    return tick


def acts() -> list[tuple[str, int | None, dict[str, Any]]]:
    db.session.rollback()
    rows = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "score.fell").order_by(AuditEvent.id))
    return [(row.subject, row.subject_id, row.detail) for row in rows]


def test_a_fall_after_an_application_names_who_what_and_which(both: Flask) -> None:
    case = application(person(), window(), state="school_review", submitted_at=NOW, counted="00540、00541")
    rows = (f"{NUMBER} 00540 2026-04 45", f"{NUMBER} 00541 2026-04 -0", f"{NUMBER} 00529 2026-04 40")
    checked = load(*rows, check=True)
    assert acts() == []
    result = load(*rows)
    assert result.fallen == checked.fallen
    first, second = result.fallen
    for word in (NUMBER, "李小明", "00540", "2026-04", "由 85 改为 45", "申请毕业", "待初审", "计入了这门课程"):
        assert word in first
    assert "由 良好 改为 违规" in second
    told = {"ticket": NUMBER, "session": "2026-04"}
    assert acts() == [
        ("application", case.id, {**told, "course": "00540", "before": "85", "after": "45"}),
        ("application", case.id, {**told, "course": "00541", "before": "良好", "after": "-0"}),
    ]


def test_a_fall_after_graduation_is_listed_too(both: Flask) -> None:
    application(person(), window(), state="completed", submitted_at=NOW)
    other = person("010126100002", graduated_majors="050101")
    result = load(f"{NUMBER} 00540 2026-04 --", "010126100002 00540 2026-04 59.5")
    done, before = result.fallen
    assert "已办结" in done
    assert "已毕业的专业：050101" in before
    assert acts()[1][:2] == ("ticket", other.id)


def test_what_is_no_fall_or_concerns_nobody_who_applied_is_not_listed(both: Flask) -> None:
    person()
    application(person("010126100002"), window(), submitted_at=None)
    application(person("010126100003"), window(name="另一批"), state="school_review", submitted_at=NOW)
    result = load(
        f"{NUMBER} 00540 2026-04 45",  # no application
        "010126100002 00540 2026-04 45",  # a draft
        "010126100003 00540 2026-04 60",  # still passed
        "010126100003 00541 2026-10 30",  # another time, beside the pass
        "010126100003 00529 2026-04 --",  # never passed
    )
    assert result.fallen == ()
    assert acts() == []


def roster(*rows: str, header: str = "证件号码 姓名 准考证号 报考学校代码 报考专业代码") -> ImportResult:
    return import_examinees(table(header, *rows), by=SYSTEM, on=NOW, file_name="a.csv", secret=b"x" * 32)


def test_an_unknown_school_of_a_roster_is_told_once(both: Flask) -> None:
    school("10574")
    plan("050101/2024")
    rows = [
        f"{id_number(serial=n)} 甲 01012610000{n} {code} 050101"
        for n, code in enumerate(("10574", "99999", "99999"), 1)
    ]
    result = roster(*rows)
    assert (result.errors, result.new) == ((), 3)
    (told,) = result.warnings
    assert (told.row, told.column, told.value) == (3, "报考学校代码", "99999")
    assert "没有这个学校代码，共 2 行" in told.reason


def test_an_unknown_major_and_a_version_that_no_plan_has_are_told_once_each(both: Flask) -> None:
    school("10574")
    plan("050101/2024")
    given = ("050101 2024", "050101 2019", "050101 2019", "080999 2019")
    rows = [f"{id_number(serial=n)} 甲 01012610000{n} 10574 {said}" for n, said in enumerate(given, 1)]
    result = roster(*rows, header="证件号码 姓名 准考证号 报考学校代码 报考专业代码 计划版本")
    assert (result.errors, result.new) == ((), 4)
    version, major = result.warnings
    assert (version.row, version.column, version.value) == (3, "计划版本", "2019")
    assert "专业 050101 没有这个版本的计划，共 2 行" in version.reason
    assert (major.row, major.column, major.value) == (5, "报考专业代码", "080999")
    assert "没有这个专业的计划" in major.reason


def test_a_code_of_a_roster_that_is_known_with_a_zero_before_it_is_refused(both: Flask) -> None:
    school("00574")
    plan("050101/2024")
    result = roster(f"{id_number()} 甲 {NUMBER} 574 50101")
    assert [(error.column, "是不是 0" in error.reason) for error in result.errors] == [
        ("报考学校代码", True),
        ("报考专业代码", True),
    ]

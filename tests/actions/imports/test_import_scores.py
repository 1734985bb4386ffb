"""Scores: all rows or none, every error named, and the same file twice changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.imports import ImportResult, import_scores
from app.adapters.documents.tables import Table, read_table
from app.extensions import db
from app.models import AuditEvent, Score
from app.rules.people.roles import SYSTEM
from tests.builders import NOW, examinee, ticket

HEADER = ("准考证号", "课程代码", "课程名称", "考次", "成绩", "取得方式")


def table(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> Table:
    return Table("", header, [(line, dict(zip(header, row, strict=True))) for line, row in enumerate(rows, start=2)])


def load(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER, check: bool = False) -> ImportResult:
    return import_scores(table(*rows, header=header), by=SYSTEM, on=NOW, file_name="成绩.csv", check=check)


def stored() -> list[tuple[str, ...]]:
    db.session.rollback()
    columns = (Score.course_code, Score.course_name, Score.session, Score.mark, Score.origin)
    return [tuple(row) for row in db.session.execute(select(*columns).order_by(Score.course_code, Score.session))]


@pytest.fixture
def number(both: Flask) -> str:
    ticket(examinee(), number="010126100001")
    return "010126100001"


def test_a_new_row_a_changed_row_and_an_unchanged_row_are_counted(number: str) -> None:
    assert (
        load((number, "00540", "外国文学史", "2026-04", "58", ""), (number, "00541", "", "2026-04", "70", "")).new == 2
    )
    again = load(
        (number, "00540", "外国文学史", "2026-04", "85", "统考"),
        (number, "00541", "", "2026-04", "70", ""),
        (number, "10196", "", "2026-04", "良好", "实践"),
    )
    assert (again.new, again.changed, again.unchanged, again.ok) == (1, 1, 1, True)
    assert stored() == [
        ("00540", "外国文学史", "2026-04", "85", "统考"),
        ("00541", "", "2026-04", "70", "统考"),
        ("10196", "", "2026-04", "良好", "实践"),
    ]


def test_the_same_file_again_changes_nothing(number: str) -> None:
    rows = ((number, "00540", "外国文学史", "2026-04", "免考", "免考"), (number, "00541", "", "202604", " 85.0 ", ""))
    load(*rows)
    before = stored()
    again = load(*rows)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)
    assert stored() == before


def test_an_empty_cell_and_an_absent_row_leave_what_is_there(number: str) -> None:
    load((number, "00540", "外国文学史", "2026-04", "85", ""), (number, "00541", "语言学概论", "2026-04", "70", ""))
    load((number, "00540", "", "2026-04", "90", ""))
    assert stored() == [
        ("00540", "外国文学史", "2026-04", "90", "统考"),
        ("00541", "语言学概论", "2026-04", "70", "统考"),
    ]


def test_every_error_of_the_file_is_named_and_nothing_is_written(number: str) -> None:
    result = load(
        (number, "00540", "", "2026-04", "85", ""),
        ("010126109999", "00540", "", "2026-04", "85", ""),
        (number, "541", "", "2026-13", "101", "自考"),
        (number, "00540", "", "2026-04", "60", "统考"),
        (number, "", "", "2026-04", "60", ""),
    )
    assert [(error.row, error.column) for error in result.errors] == [
        (3, "准考证号"),
        (4, "课程代码"),
        (4, "考次"),
        (4, "成绩"),
        (4, "取得方式"),
        (5, "准考证号、课程代码、考次、取得方式"),
        (6, "课程代码"),
    ]
    reasons = {(error.row, error.column): (error.value, error.reason) for error in result.errors}
    assert reasons[3, "准考证号"] == ("010126109999", "没有这个准考证号，请先导入考生")
    assert reasons[4, "成绩"][0] == "101"
    assert reasons[5, "准考证号、课程代码、考次、取得方式"][1] == "与第 2 行重复"
    assert reasons[6, "课程代码"] == ("", "必须填写")
    assert stored() == []


def test_a_check_reports_and_writes_nothing(number: str) -> None:
    result = load((number, "00540", "", "2026-04", "85", ""), check=True)
    assert (result.new, result.checked_only) == (1, True)
    assert "检查通过" in result.summary()
    assert stored() == []
    assert db.session.scalar(select(AuditEvent.id)) is None


def test_an_unknown_column_and_a_missing_one_are_named(number: str) -> None:
    result = load((number, "00540", "85", "x"), header=("准考证号", "课程代码", "成绩", "分数"))
    assert [(error.row, error.column, error.reason) for error in result.errors] == [
        (1, "分数", "不认识的列，请删除或改正列名"),
        (1, "考次", "缺少必需的列"),
    ]


def test_a_wrong_header_hides_no_wrong_cell(number: str) -> None:
    beside = ("准考证号", "课程代码", "考次", "成绩", "分数")
    result = load(
        (number, "00540", "2026-04", "101", "x"), ("999999999999", "00540", "2026-04", "85", ""), header=beside
    )
    assert [(error.row, error.column) for error in result.errors] == [(1, "分数"), (2, "成绩"), (3, "准考证号")]
    result = load((number, "540", "101"), header=("准考证号", "课程代码", "成绩"))  # without 考次 no row has a key
    assert [(error.row, error.column) for error in result.errors] == [(1, "考次"), (2, "课程代码"), (2, "成绩")]
    assert [error.column for error in load(("x",), header=("别的表",)).errors] == [
        "别的表",
        "准考证号",
        "课程代码",
        "考次",
        "成绩",
    ]


def test_an_import_leaves_an_audit_row_with_its_counts(number: str) -> None:
    load((number, "00540", "", "2026-04", "85", ""))
    event = db.session.scalars(select(AuditEvent)).one()
    assert event.action == "import.scores"
    assert event.detail == {"file": "成绩.csv", "new": 1, "changed": 0, "unchanged": 0}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_every_encoding_that_excel_makes_is_read(number: str, tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "成绩.csv"
    file.write_bytes(
        f"准考证号,课程代码,课程名称,考次,成绩\r\n{number},00540,外国文学史,2026-04,++\r\n".encode(encoding)
    )
    assert import_scores(read_table(file), by=SYSTEM, on=NOW, file_name=file.name).new == 1
    assert stored() == [("00540", "外国文学史", "2026-04", "++", "统考")]


def test_a_file_with_a_header_and_nothing_else_is_an_error(number: str) -> None:
    assert [error.reason for error in load().errors] == ["文件只有表头，没有内容"]

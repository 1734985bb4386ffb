"""Schools and plans: a used plan is never changed."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from sqlalchemy import select

from app.actions.imports import ImportResult, import_file, import_plans, read_file
from app.adapters.documents.tables import Table
from app.extensions import db
from app.models import PlanRow, School
from app.rules.people.roles import SYSTEM
from tests.builders import NOW, application, examinee, ticket, window

KEY = {"专业代码": "630201", "学校代码": "*", "计划版本": "2026"}


def sheet(name: str, *rows: dict[str, str]) -> Table:
    header = tuple(dict.fromkeys(title for row in rows for title in row))
    return Table(name, header, [(line, {t: row.get(t, "") for t in header}) for line, row in enumerate(rows, start=2)])


def workbook(credits: str = "5", version: str = "2026") -> list[Table]:
    key = {**KEY, "计划版本": version}
    course = {"课程名称": "基础会计学", "学分": credits, "类别": "必考", "考试方式": "笔试"}
    return [
        sheet("专业", {**key, "专业名称": "会计", "层次": "专科", "总学分下限": "5"}),
        sheet("课程", {**key, "序号": "1", "课程代码": "00041", **course}),
    ]


def load(tables: list[Table], check: bool = False) -> ImportResult:
    return import_plans(tables, by=SYSTEM, on=NOW, file_name="计划.xlsx", check=check)


def plan() -> PlanRow:
    db.session.rollback()
    return db.session.scalars(select(PlanRow).execution_options(populate_existing=True)).one()


def test_a_plan_is_new_then_unchanged_then_changed(both: Flask) -> None:
    assert load(workbook()).new == 1
    assert load(workbook()).unchanged == 1
    assert load(workbook(credits="6")).changed == 1
    assert plan().body["courses"][0]["credits"] == 6


def test_a_plan_that_was_applied_on_is_not_changed(both: Flask) -> None:
    load(workbook())
    application(ticket(examinee()), window(), plan_id=plan().id, state="school_review", submitted_at=NOW)
    refused = load(workbook(credits="6"))
    assert [(e.sheet, e.row, e.column) for e in refused.errors] == [("专业", 2, "计划版本")]
    assert "请另用新的计划版本" in refused.errors[0].reason
    assert plan().body["courses"][0]["credits"] == 5
    assert load(workbook()).unchanged == 1
    assert load(workbook(credits="6", version="2027")).new == 1


def test_a_draft_alone_does_not_hold_a_plan(both: Flask) -> None:
    load(workbook())
    application(ticket(examinee()), window(), plan_id=plan().id)
    assert load(workbook(credits="6")).changed == 1


def test_the_faults_of_a_workbook_name_their_sheet_and_nothing_is_written(both: Flask) -> None:
    tables = workbook(credits="很多")
    refused = load(tables)
    assert ("课程", 2, "学分", "很多") in [(e.sheet, e.row, e.column, e.value) for e in refused.errors]
    assert db.session.scalar(select(PlanRow.id)) is None


def test_names_that_no_font_can_print_are_pointed_out(app: Flask) -> None:
    tables = workbook()
    tables[1].rows[0][1]["课程名称"] = "印刷学\U0002a6a6"
    result = load(tables)
    assert (result.new, [warning.value for warning in result.warnings]) == (1, ["印刷学\U0002a6a6"])
    school = sheet("学校", {"学校代码": "99001", "学校名称": "华东\U0002a6a6大学"})
    result = import_file("schools", [school], by=SYSTEM, on=NOW, file_name="学校.csv", secret=b"k" * 32)
    assert (result.new, [warning.row for warning in result.warnings]) == (1, [2])


def test_schools_are_updated_by_code_and_an_empty_cell_leaves_what_is_there(both: Flask, tmp_path: Path) -> None:
    file = tmp_path / "学校.csv"

    def load_schools(text: str) -> ImportResult:
        file.write_text(text, encoding="utf-8-sig")
        return import_file(
            "schools", read_file("schools", file), by=SYSTEM, on=NOW, file_name=file.name, secret=b"k" * 32
        )

    assert load_schools("学校代码,学校名称,联系电话\n99001,华东某大学,021-0000 0001\n99002,浦江某学院,\n").new == 2
    again = load_schools("学校代码,学校名称,联系电话\n99001,华东某大学,\n99002,浦江某大学,\n")
    assert (again.new, again.changed, again.unchanged) == (0, 1, 1)
    db.session.rollback()
    found = {row.code: (row.name, row.phone) for row in db.session.scalars(select(School))}
    assert found == {"99001": ("华东某大学", "021-0000 0001"), "99002": ("浦江某大学", "")}
    bad = load_schools("学校代码,学校名称,网址\n99001,甲,javascript:alert(1)\n99001,乙,\n")
    assert [(error.row, error.column) for error in bad.errors] == [(2, "网址"), (3, "学校代码")]

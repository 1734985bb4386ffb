"""Files as offices have them: titles above the header, numbers and remarks beside it, hidden sheets, columns by other names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.actions.imports import ImportResult, import_file, read_file
from app.actions.imports.columns import TABLES
from app.actions.imports.headers import SYNONYMS, meant
from app.actions.imports.plan_columns import PLANS
from app.adapters.documents.error_copy import write_error_copy
from app.adapters.documents.tables import BadTable, read_table
from app.rules.people.roles import SYSTEM
from tests.adapters.documents.workbooks import write
from tests.builders import NOW, examinee, ticket

HEADER = ["学校代码", "学校名称"]
ROW = ["10574", "华南师范大学"]


def imported(kind: str, path: Path) -> ImportResult:
    tables = read_file(kind, path)
    return import_file(kind, tables, by=SYSTEM, on=NOW, file_name=path.name, secret=b"x" * 32, check=True)


TITLES: dict[str, list[list[Any]]] = {
    "a title in merged cells": [["2026 年主考学校名单", None]],
    "a title and a blank row": [["2026 年主考学校名单"], []],
    "a title and who made it": [["2026 年主考学校名单"], ["制表单位：考办", "日期：2026-10-01"]],
    "three titles": [["附件 1"], ["主考学校名单"], ["（内部资料）"]],
}


@pytest.mark.parametrize("above", TITLES)
def test_what_stands_above_the_header_is_skipped(app: Flask, tmp_path: Path, above: str) -> None:
    result = imported("schools", write(tmp_path / "a.xlsx", {"名单": [*TITLES[above], HEADER, ROW]}))
    assert (result.errors, result.new) == ((), 1)
    told = [(warning.row, warning.value) for warning in result.warnings]
    assert told == ([(2, "制表单位：考办 日期：2026-10-01")] if "who" in above else [])


def test_rows_below_a_title_keep_their_numbers_and_so_does_the_copy_with_errors(app: Flask, tmp_path: Path) -> None:
    rows = [["名单"], HEADER, ROW, ["10 574", "甲"]]
    path = write(tmp_path / "a.xlsx", {"名单": rows})
    result = imported("schools", path)
    assert [(error.row, error.column) for error in result.errors] == [(4, "学校代码")]
    write_error_copy(read_file("schools", path), result.errors, tmp_path / "b.xlsx")
    assert [row[0] for row in read_table(tmp_path / "b.xlsx").rows] == [3, 4]
    wrong = imported("schools", write(tmp_path / "c.xlsx", {"名单": [["名单"], ["学校代码", "校名"], ROW]}))
    assert {error.row for error in wrong.errors} == {2}


def test_a_title_above_the_header_is_skipped_in_a_csv_and_in_each_sheet_of_plans(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("2026 年名单,\n学校代码,学校名称\n10574,甲\n", encoding="gb18030")
    assert imported("schools", tmp_path / "a.csv").new == 1
    sheets = {
        name: [[f"{name}表"], ["序号", *(title for title in titles if title != "序号")], *rows]
        for name, (titles, rows) in plan().items()
    }
    result = imported("plans", write(tmp_path / "b.xlsx", sheets))
    assert (result.errors, result.new) == ((), 1)


def plan() -> dict[str, tuple[list[str], list[list[Any]]]]:
    """A small plan, each row beginning with its 序号, beside an empty row with a number."""
    key = ["630201", "*", "2026"]
    return {
        "专业": (
            ["专业代码", "学校代码", "计划版本", "专业名称", "层次", "总学分下限", "备注"],
            [["1", *key, "会计", "专科", "5", "旧名会计电算化"], ["2"]],
        ),
        "课程": (
            ["专业代码", "学校代码", "计划版本", "课程代码", "课程名称", "学分", "类别", "考试方式"],
            [["1", *key, "00041", "基础会计学", "5", "必考", "笔试"], ["2"]],
        ),
    }


@pytest.mark.parametrize("kind", [*TABLES, "plans"])
def test_a_serial_number_and_a_remark_are_no_unknown_columns(app: Flask, tmp_path: Path, kind: str) -> None:
    if kind == "plans":
        sheets = {
            name: [["序号", *titles, *(["备注"] if "备注" not in titles else [])], *rows]
            for name, (titles, rows) in plan().items()
        }
    else:
        specs = TABLES[kind]
        if kind == "scores":
            ticket(examinee(), number="010126100001")
        titles = ["序号", *(spec.title for spec in specs), "备注"]
        sheets = {"a": [titles, [1, *(spec.example for spec in specs), "看过"], [2]]}
    result = imported(kind, write(tmp_path / "a.xlsx", sheets))
    assert (result.errors, result.new) == ((), 1)


def test_the_first_visible_sheet_is_read_and_the_others_are_named(app: Flask, tmp_path: Path) -> None:
    sheets: dict[str, Any] = {
        "代码表": [["10001", "甲"], ["10002", "乙"]],
        "空白": [],
        "今年": [HEADER, ROW],
        "去年": [HEADER, ["10559", "暨南大学"]],
        "Sheet4": [],
    }
    result = imported("schools", write(tmp_path / "a.xlsx", sheets, hidden=["代码表"]))
    assert (result.errors, result.new) == ((), 1)
    assert [(note.sheet, note.reason) for note in result.warnings] == [
        ("代码表", "没有读：是隐藏的工作表"),
        ("去年", "没有读：只读第一个可见的工作表"),
    ]
    with pytest.raises(BadTable, match="隐藏的工作表不读"):
        imported("schools", write(tmp_path / "b.xlsx", {"空": [], "名单": [HEADER, ROW]}, hidden=["名单"]))


def test_a_hidden_sheet_of_plans_is_not_read(app: Flask, tmp_path: Path) -> None:
    sheets: dict[str, Any] = {name: [["序号", *titles], *rows] for name, (titles, rows) in plan().items()}
    result = imported("plans", write(tmp_path / "a.xlsx", {**sheets, "草稿": [["甲"], ["乙"]]}, hidden=["草稿"]))
    assert (result.errors, result.new) == ((), 1)


@pytest.mark.parametrize(
    ("kind", "title", "offered"),
    [
        ("examinees", "身份证号", "证件号码"),
        ("examinees", "身 份 证 号", "证件号码"),
        ("examinees", "*准考证号（12位）", "准考证号"),
        ("examinees", "专业代码", "报考专业代码"),
        ("scores", "分数", "成绩"),
        ("scores", "课程编号", "课程代码"),
        ("scores", "考试时间", "考次"),
        ("schools", "院校名称", "学校名称"),
        ("schools", "学校名", "学校名称"),
    ],
)
def test_an_unknown_column_is_refused_and_the_probable_one_offered(
    app: Flask, tmp_path: Path, kind: str, title: str, offered: str
) -> None:
    titles = [title if spec.title == offered else spec.title for spec in TABLES[kind]]
    result = imported(kind, write(tmp_path / "a.xlsx", {"a": [titles, [spec.example for spec in TABLES[kind]]]}))
    shown = "".join(title.split())
    (error,) = [error for error in result.errors if error.column == shown]
    assert f"是不是“{offered}”？" in error.reason
    assert error.value == shown


def test_the_offer_names_no_column_that_is_there_already(app: Flask, tmp_path: Path) -> None:
    result = imported(
        "scores",
        write(
            tmp_path / "a.xlsx", {"a": [["准考证号", "课程代码", "考次", "成绩", "分数"], ["1", "2", "3", "4", "5"]]}
        ),
    )
    (error,) = [error for error in result.errors if error.column == "分数"]
    assert error.reason == "不认识的列，请删除或改正列名"


def test_an_unknown_column_of_plans_is_offered_the_probable_one(app: Flask, tmp_path: Path) -> None:
    sheets = {name: [["序号", *titles], *rows] for name, (titles, rows) in plan().items()}
    sheets["课程"][0][4] = "课程编号"
    result = imported("plans", write(tmp_path / "a.xlsx", sheets))
    assert "是不是“课程代码”？" in next(error.reason for error in result.errors if error.column == "课程编号")


def test_every_synonym_leads_to_a_column_that_exists_and_to_one_alone_within_its_kind() -> None:
    sheets = [[spec.title for spec in specs] for specs in (*TABLES.values(), *PLANS.values())]
    assert set(SYNONYMS) <= {title for titles in sheets for title in titles}
    for titles in sheets:
        for column in titles:
            for word in SYNONYMS.get(column, ()):
                assert word in titles or meant(word, titles) in titles

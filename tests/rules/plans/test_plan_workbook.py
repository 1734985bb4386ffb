"""Plans workbooks: real plans come through unharmed, and every contradiction is named at its row."""

import copy
from datetime import date
from decimal import Decimal

import pytest

from app.demo.real_plans import real_plans
from app.rules.plans.plan import Plan
from app.rules.plans.workbook import parse_workbook
from tests.rules.plans.plan_builders import BUSINESS, COMPUTING, NEW_050101, course, elective, plan
from tests.rules.plans.sheets import Content, sheets_of


def spoil(content: Content, sheet: str, row: int, **cells: str) -> Content:
    spoilt = copy.deepcopy(content)
    next(values for number, values in spoilt[sheet] if number == row).update(cells)
    return spoilt


def rows_of(found: Plan, code: str) -> int:
    """The row number of a course in the sheet 课程."""
    return 2 + [row.code for row in found.courses].index(code)


def test_real_plans_come_through_unharmed() -> None:
    result = parse_workbook(sheets_of(*real_plans()))
    assert result.errors == []
    assert result.warnings == []
    assert result.plans == real_plans()


def test_spreadsheet_forms_of_numbers_dates_and_codes_are_read() -> None:
    content = spoil(
        sheets_of(BUSINESS), "专业", 2, 专业代码="530601.0", 起用日期="2024-07-01 00:00:00", 课程门数下限="15.0"
    )
    for number, cells in content["课程"]:
        cells["专业代码"] = " ５３０６０１ "
        if number == 2:
            cells.update(学分="2.0", 计入门数="", 起用日期="2024/7/1", 停用日期="2030-01-01T00:00:00")
    result = parse_workbook(content)
    assert result.errors == []
    found = result.plans[0]
    assert (found.major_code, found.course_floor, found.starts_on) == ("530601", 15, date(2024, 7, 1))
    assert (found.courses[0].starts_on, found.courses[0].ends_on) == (date(2024, 7, 1), date(2030, 1, 1))
    assert found.courses[0].credits == Decimal(2)
    assert found.courses[0].counted


def test_unknown_sheets_and_columns_are_refused_by_name() -> None:
    content = spoil(sheets_of(BUSINESS), "课程", 3, 难度="高") | {"说明书": [(2, {"a": "b"})]}
    reasons = [fault.reason for fault in parse_workbook(content).errors]
    assert any("说明书" in reason for reason in reasons)
    assert any("难度" in reason for reason in reasons)


def test_an_absent_column_is_named_once() -> None:
    content = sheets_of(BUSINESS)
    for _, cells in content["课程"]:
        del cells["学分"]
    errors = parse_workbook(content).errors
    assert [(fault.row, fault.column) for fault in errors] == [(1, "学分")]


def test_a_workbook_without_courses_says_so() -> None:
    assert any(fault.sheet == "课程" for fault in parse_workbook({"专业": sheets_of(BUSINESS)["专业"]}).errors)


def test_blank_rows_are_skipped() -> None:
    content = sheets_of(BUSINESS)
    content["课程"].insert(4, (99, dict.fromkeys(content["课程"][0][1], " ")))
    assert parse_workbook(content).errors == []


FAULTS = [
    (NEW_050101, "专业", 2, {"总学分下限": "200"}, "总学分下限", "达不到总学分下限"),
    (NEW_050101, "专业", 2, {"课程门数下限": "40"}, "课程门数下限", "达不到课程门数下限"),
    (NEW_050101, "专业", 2, {"层次": "硕士"}, "层次", "专科/本科"),
    (NEW_050101, "专业", 2, {"停用日期": "2024-07-01"}, "停用日期", "之后"),
    (NEW_050101, "专业", 2, {"起用日期": "2024-02-30"}, "起用日期", "应为日期"),
    (NEW_050101, "专业", 2, {"专业名称": ""}, "专业名称", "不能为空"),
    (NEW_050101, "课程", 4, {"课程组": "不存在"}, "课程组", "不在工作表"),
    (NEW_050101, "课程", 4, {"课程组": ""}, "课程组", "必须属于"),
    (NEW_050101, "课程", 3, {"课程代码": "03708"}, "课程代码", "与第 2 行重复"),
    (NEW_050101, "课程", 3, {"学分": "四"}, "学分", "应为不小于 0 的数"),
    (NEW_050101, "课程", 3, {"学分": "-4"}, "学分", "应为不小于 0 的数"),
    (NEW_050101, "课程", 3, {"类别": "必修"}, "类别", "必考/选考/加考"),
    (NEW_050101, "课程", 3, {"考试方式": "口试"}, "考试方式", "笔试/实践/论文"),
    (NEW_050101, "课程", 3, {"计入门数": "对"}, "计入门数", "是 或 否"),
    (NEW_050101, "课程", 3, {"专业代码": "999999"}, "专业代码", "没有这个"),
    (BUSINESS, "课程", 7, {"对应理论课": "99999"}, "对应理论课", "不在本计划"),
    (BUSINESS, "课程", 7, {"对应理论课": "00897"}, "对应理论课", "本身是实践课"),
    (NEW_050101, "课程组", 3, {"最少门数": "9"}, "最少门数", "达不到 9 门"),
    (NEW_050101, "课程组", 3, {"最少学分": "90"}, "最少学分", "达不到 90 学分"),
    (NEW_050101, "课程组", 3, {"最多门数": "2"}, "最多门数", "小于最少门数"),
    (NEW_050101, "课程组", 3, {"最多学分": "10"}, "最多学分", "小于最少学分"),
    (NEW_050101, "课程组", 3, {"适用条件": "已选 数学"}, "适用条件", "不在工作表"),
    (NEW_050101, "课程组", 3, {"适用条件": "如果"}, "适用条件", "应为空"),
    (NEW_050101, "课程组", 3, {"适用条件": "已选 选设课"}, "适用条件", "以自己为条件"),
    (NEW_050101, "课程组", 4, {"适用条件": "已选 外语"}, "课程组", "同一条件"),
    (COMPUTING, "加考", 3, {"须加考课程": "99999"}, "须加考课程", "不在工作表"),
    (COMPUTING, "加考", 5, {"须加考课程": "02318、04731"}, "须加考课程", "不在本情形中"),
    (COMPUTING, "加考", 7, {"可不考课程": "99999"}, "可不考课程", "不在工作表"),
    (COMPUTING, "加考", 7, {"可不考课程": "00024"}, "可不考课程", "同时"),
    (COMPUTING, "加考", 5, {"最少门数": "4"}, "最少门数", "达不到 4 门"),
    (COMPUTING, "加考", 4, {"情形": "计算机类"}, "情形", "同一情形"),
    (NEW_050101, "顶替", 2, {"可顶替的计划课程代码": "99999"}, "可顶替的计划课程代码", "不在本计划"),
    (NEW_050101, "顶替", 5, {"最少门数": "1"}, "最少门数", "不一致"),
    (NEW_050101, "顶替", 5, {"使用期限": "2030-01-01"}, "使用期限", "不一致"),
    (NEW_050101, "顶替", 2, {"最少门数": "3"}, "最少门数", "达不到 3 门"),
    (NEW_050101, "顶替", 2, {"已合格课程代码": "13000"}, "已合格课程代码", "不能顶替自己"),
]


@pytest.mark.parametrize(("source", "sheet", "row", "cells", "column", "words"), FAULTS)
def test_each_fault_is_named_at_its_row(
    source: Plan, sheet: str, row: int, cells: dict[str, str], column: str, words: str
) -> None:
    result = parse_workbook(spoil(sheets_of(source), sheet, row, **cells))
    named = [f for f in result.errors if (f.sheet, f.row, f.column) == (sheet, row, column) and words in f.reason]
    assert len(named) == 1, result.errors
    assert named[0].value == (cells.get(column) if column in cells else named[0].value)


def test_all_planted_faults_are_named_in_one_go() -> None:
    content = sheets_of(NEW_050101)
    planted = [
        ("专业", 2, "总学分下限", "200"),
        ("课程", 3, "课程代码", "03708"),
        ("课程", 4, "课程组", "不存在"),
        ("课程", 6, "学分", "很多"),
        ("课程", 7, "类别", "必修"),
        ("课程", 8, "对应理论课", "99999"),
        ("课程", 9, "计入门数", "yes"),
        ("课程", 10, "起用日期", "下周"),
        ("课程组", 3, "最少门数", "9"),
        ("课程组", 4, "适用条件", "未选 数学"),
        ("顶替", 2, "可顶替的计划课程代码", "99999"),
        ("顶替", 5, "最少门数", "1"),
    ]
    for sheet, row, column, value in planted:
        content = spoil(content, sheet, row, **{column: value})
    result = parse_workbook(content)
    named = {(fault.sheet, fault.row, fault.column, fault.value) for fault in result.errors}
    assert {(sheet, row, column, value) for sheet, row, column, value in planted} == named
    assert result.plans == []


def test_a_sum_that_does_not_agree_is_a_warning() -> None:
    result = parse_workbook(spoil(sheets_of(BUSINESS), "课程", 2, 学分="3"))
    assert result.errors == []
    assert [fault.column for fault in result.warnings] == ["总学分下限"]
    assert "71" in result.warnings[0].reason


def test_released_courses_that_the_floor_still_needs_are_a_warning() -> None:
    result = parse_workbook(spoil(sheets_of(COMPUTING), "加考", 7, 计入总学分="否"))
    assert result.errors == []
    assert any("计入总学分" in fault.reason for fault in result.warnings)


def test_the_same_plan_twice_and_a_bad_version_are_refused() -> None:
    content = sheets_of(BUSINESS)
    content["专业"].append((3, dict(content["专业"][0][1])))
    assert "第 2 行" in parse_workbook(content).errors[0].reason
    assert any(
        f.column == "计划版本" for f in parse_workbook(spoil(sheets_of(BUSINESS), "专业", 2, 计划版本="1/2")).errors
    )


def test_groups_that_contradict_each_other_are_refused() -> None:
    groups = copy.deepcopy(sheets_of(plan(elective("10001", "甲"), floor=5)))
    groups["课程组"] = [
        (
            2,
            {
                "专业代码": "000001",
                "学校代码": "*",
                "计划版本": "1",
                "课程组": "甲",
                "最少门数": "1",
                "适用条件": "已选 乙",
            },
        ),
        (3, {"专业代码": "000001", "学校代码": "*", "计划版本": "1", "课程组": "乙", "最多门数": "1", "适用条件": ""}),
    ]
    assert any("没有课程" in fault.reason for fault in parse_workbook(groups).errors)


def test_a_course_may_have_two_periods_but_not_overlapping_ones() -> None:
    first = course("10001", 5, ends_on=date(2026, 1, 1))
    second = course("10001", 6, starts_on=date(2026, 1, 1))
    assert parse_workbook(sheets_of(plan(first, second, floor=6))).errors == []
    late = course("10001", 6, starts_on=date(2025, 1, 1))
    assert "重复" in parse_workbook(sheets_of(plan(first, late, floor=6))).errors[0].reason

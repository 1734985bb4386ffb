"""Plans in the shape of other provinces', written as workbooks, and examinees one course short in each possible way.

What the engine says is held against the slow reading in oracle.py, course by course: nobody chose the examples by hand.
法学: directions of which one is taken whole, a course in two groups, a theory with two practices. 护理 (专科): practices
without a theory, half credits, a group with a most of credits, rows that are not counted. 机械: 加考 by credits that count
into the floor, 1→2 and 3→2 顶替 with a limit, a course that changed its credits on a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations

import pytest
from rustpy_xlsxwriter import write_worksheets

from app.adapters.documents.tables import read_workbook
from app.rules.plans.eligibility import Assessment, Missing, Verdict, assess
from app.rules.plans.marks import Grade
from app.rules.plans.plan import Plan
from app.rules.plans.workbook import parse_workbook
from tests.plans_elsewhere import course, whole
from tests.rules.plans.oracle import oracle_met

ON = date(2026, 11, 20)
LAW = {"专业代码": "030101", "学校代码": "*", "计划版本": "2023"}
NURSING = {"专业代码": "520201", "学校代码": "10475", "计划版本": "2022"}
MACHINES = {"专业代码": "080202", "学校代码": "10497", "计划版本": "2025"}
ELECTIVE, EXTRA, PRACTICE, THESIS = "选考", "加考", "实践", "论文"

SHEETS = {
    "专业": [
        {**LAW, "专业名称": "法学", "层次": "本科", "总学分下限": "43", "课程门数下限": "8"},
        {**NURSING, "专业名称": "护理", "层次": "专科", "总学分下限": "26.5", "课程门数下限": "5"},
        {**MACHINES, "专业名称": "机械设计制造及其自动化", "层次": "本科", "总学分下限": "25"},
    ],
    "课程": [
        course(LAW, "1", "41001", "4"),
        course(LAW, "2", "41002", "6"),
        course(LAW, "3", "41003", "5"),
        course(LAW, "3", "41004", "1", exam=PRACTICE, 对应理论课="41003"),
        course(LAW, "3", "41005", "2", exam=PRACTICE, 对应理论课="41003"),
        course(LAW, "4", "41010", "5", ELECTIVE, 课程组="诉讼方向"),
        course(LAW, "5", "41011", "6", ELECTIVE, 课程组="诉讼方向"),
        course(LAW, "6", "41020", "4", ELECTIVE, 课程组="商法方向"),
        course(LAW, "7", "41021", "7", ELECTIVE, 课程组="商法方向"),
        course(LAW, "8", "41030", "4", ELECTIVE, 课程组="选修"),
        course(LAW, "9", "41031", "5", ELECTIVE, 课程组="选修、素质"),
        course(LAW, "10", "41032", "3", ELECTIVE, 课程组="选修、素质"),
        course(LAW, "11", "41033", "6", ELECTIVE, 课程组="选修"),
        course(LAW, "12", "49999", "0", exam=THESIS),
        course(NURSING, "1", "51001", "4.5"),
        course(NURSING, "2", "51002", "5"),
        course(NURSING, "2", "51003", "1.5", exam=PRACTICE, 对应理论课="51002"),
        course(NURSING, "3", "51004", "8", exam=PRACTICE),
        course(NURSING, "4", "51005", "2", exam=PRACTICE, 计入门数="否"),
        course(NURSING, "5", "51010", "3", ELECTIVE, 课程组="人文"),
        course(NURSING, "6", "51011", "3", ELECTIVE, 课程组="人文"),
        course(NURSING, "7", "51012", "2.5", ELECTIVE, 课程组="人文"),
        course(NURSING, "8", "51013", "4", ELECTIVE, 课程组="人文"),
        course(MACHINES, "1", "61001", "7"),
        course(MACHINES, "2", "61002", "4", 停用日期="2026-01-01"),
        course(MACHINES, "2", "61002", "5", 起用日期="2026-01-01"),
        course(MACHINES, "3", "61003", "4"),
        course(MACHINES, "4", "61004", "6"),
        course(MACHINES, "5", "61005", "3", EXTRA),
        course(MACHINES, "6", "61006", "4", EXTRA),
        course(MACHINES, "7", "61007", "2", EXTRA),
        course(MACHINES, "8", "69999", "0", exam=THESIS, 计入门数="否"),
    ],
    "课程组": [
        {**LAW, "课程组": "诉讼方向", "最少门数": "全部", "适用条件": "未选 商法方向"},
        {**LAW, "课程组": "商法方向", "最少门数": "全部", "适用条件": "未选 诉讼方向"},
        {**LAW, "课程组": "选修", "最少门数": "3", "最少学分": "13", "最多门数": "3"},
        {**LAW, "课程组": "素质", "最少门数": "1"},
        {**NURSING, "课程组": "人文", "最少门数": "2", "最少学分": "5.5", "最多学分": "6"},
    ],
    "加考": [
        {**MACHINES, "情形": "同类专业", "说明": "无须加考", "须加考课程": "61005", "计入总学分": "是"},
        {
            **MACHINES, "情形": "其他专业", "说明": "加考不少于 6 学分", "须加考课程": "61005、61006、61007",
            "最少学分": "6", "可不考课程": "61003", "计入总学分": "是",
        },
    ],
    "顶替": [
        {**MACHINES, "顶替组": "一顶二", "已合格课程代码": "60901", "可顶替的计划课程代码": "61001、61004", "使用期限": "2025-01-01"},
        {**MACHINES, "顶替组": "三顶二", "已合格课程代码": "60902", "可顶替的计划课程代码": "61003", "最少门数": "2"},
        {**MACHINES, "顶替组": "三顶二", "已合格课程代码": "60903", "可顶替的计划课程代码": "61002", "最少门数": "2"},
        {**MACHINES, "顶替组": "三顶二", "已合格课程代码": "60904", "可顶替的计划课程代码": "61003", "最少门数": "2"},
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Complete:
    """Somebody who meets a plan with just these courses."""

    major: str
    passed: str
    choice: str = ""


COMPLETE = {
    "诉讼": Complete("030101", "41001 41002 41003 41004 41005 41010 41011 41030 41031 41033 49999"),
    "商法": Complete("030101", "41001 41002 41003 41004 41005 41020 41021 41032 41031 41033 49999"),
    "两个方向都有": Complete("030101", "41001 41002 41003 41004 41005 41010 41011 41020 41030 41031 41033 49999"),
    "护理": Complete("520201", "51001 51002 51003 51004 51005 51010 51011"),
    "护理多一门": Complete("520201", "51001 51002 51003 51004 51005 51010 51012 51013"),
    "机械": Complete("080202", "61001 61002 61003 61004 61005 61006 69999", "同类专业"),
    "机械加考": Complete("080202", "61001 61002 61004 61005 61006 61007 69999", "其他专业"),
    "机械一顶二": Complete("080202", "60901 61002 61003 61005 61006 69999", "同类专业"),
    "机械三顶二": Complete("080202", "61001 61004 60902 60904 61005 61006 69999", "同类专业"),
}
SPOILT = ("", "59", "-0", "+0", "--", "不合格")


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Plan]:
    """The plans by 专业代码, through a real workbook."""
    path = tmp_path_factory.mktemp("plans") / "plans.xlsx"
    write_worksheets([(name, whole(rows)) for name, rows in SHEETS.items()], str(path))
    book = parse_workbook({name: table.rows for name, table in read_workbook(path).items()})
    assert book.errors == []
    return {plan.major_code: plan for plan in book.plans}


def on_the_day(plan: Plan) -> Plan:
    return replace(plan, courses=tuple(row for row in plan.courses if row.active(ON)))


def grades_of(codes: list[str], spoilt: dict[str, str]) -> list[Grade]:
    marks = {code: spoilt.get(code, "合格" if code.endswith("9999") else "72") for code in codes}
    return [Grade(code, f"课程{code}", "2024-10", mark) for code, mark in marks.items() if mark]


def ways_out(item: Missing) -> Iterator[tuple[str, ...]]:
    """Every way that the answer names to fill what is missing."""
    yield from ([(item.code,)] if item.code else combinations([code for code, _ in item.options], item.needed))


@pytest.mark.parametrize("name", COMPLETE)
def test_each_plan_is_met_by_who_has_everything(plans: dict[str, Plan], name: str) -> None:
    one = COMPLETE[name]
    answer = asked(plans, one, {})
    assert answer.verdict is Verdict.MET, answer.reasons
    assert oracle_met(on_the_day(plans[one.major]), grades_of(one.passed.split(), {}), {"": one.choice})


@pytest.mark.parametrize("mark", SPOILT)
@pytest.mark.parametrize("name", COMPLETE)
def test_one_course_less_is_told_as_an_exhaustive_search_finds_it(plans: dict[str, Plan], name: str, mark: str) -> None:
    one = COMPLETE[name]
    plan, codes = on_the_day(plans[one.major]), one.passed.split()
    short = 0
    for code in codes:
        answer = asked(plans, one, {code: mark})
        still = oracle_met(plan, grades_of(codes, {code: mark}), {"": one.choice})
        assert answer.met is still, (code, answer.reasons)
        if still:
            continue
        short += 1
        assert answer.short is not None, code
        assert answer.missing, code
        assert sum(item.needed for item in answer.missing) == answer.short, code
        for filled in ways_out(answer.missing[0]) if len(answer.missing) == 1 else ():
            enough = [*grades_of(codes, {code: mark}), *(Grade(new, "", "2026-04", "60") for new in filled)]
            assert oracle_met(plan, enough, {"": one.choice}), (code, filled)
    assert short >= 5


def test_a_course_that_counts_more_since_a_day_may_reach_the_floor(plans: dict[str, Plan]) -> None:
    codes = ["61001", "61002", "61003", "61004", "61005", "69999"]
    plan = plans["080202"]
    before, after = (
        assess(plan, grades_of(codes, {}), {"": "同类专业"}, day) for day in (date(2025, 12, 31), date(2026, 1, 1))
    )
    assert (before.credits_earned, before.verdict) == (24, Verdict.SHORT)
    assert any("总学分" in reason.text for reason in before.reasons)
    assert (after.credits_earned, after.verdict) == (25, Verdict.MET)


def asked(plans: dict[str, Plan], one: Complete, spoilt: dict[str, str]) -> Assessment:
    return assess(plans[one.major], grades_of(one.passed.split(), spoilt), {"": one.choice}, ON)

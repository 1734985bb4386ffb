"""Three plans in the shape of other provinces, as an office's workbook, with examinees who fall short in every way there is.

The rules they need: a pair under one 序号, either-or, a group with 门数 and 学分 (会计, 专科); 加考 by two 情形组 with 可不考 and
n of m, a thesis (软件, 本科); a group that depends on another, 顶替 1→1 and 2→1 with 使用期限, half credits, 注册截止 (新闻, 本科).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rustpy_xlsxwriter import write_worksheets

from tests.builders import id_number

ACCOUNTING = {"专业代码": "530302", "学校代码": "99001", "计划版本": "2023"}
SOFTWARE = {"专业代码": "080902", "学校代码": "99001", "计划版本": "2025"}
NEWS = {"专业代码": "050301", "学校代码": "*", "计划版本": "2022"}
Row = dict[str, str]


def course(plan: Row, number: str, code: str, credits: str, kind: str = "必考", exam: str = "笔试", **more: str) -> Row:
    name = more.pop("课程名称", f"课程{code}")
    head = {**plan, "序号": number, "课程代码": code, "课程名称": name, "学分": credits, "类别": kind, "考试方式": exam}
    return {**head, **more}


SHEETS: dict[str, list[Row]] = {
    "专业": [
        {**ACCOUNTING, "专业名称": "大数据与会计", "层次": "专科", "总学分下限": "33", "课程门数下限": "7"},
        {**SOFTWARE, "专业名称": "软件工程", "层次": "本科", "总学分下限": "20", "课程门数下限": "4"},
        {**NEWS, "专业名称": "新闻学", "层次": "本科", "总学分下限": "22.5", "注册截止日期": "2024-07-01"},
    ],
    "课程": [
        course(ACCOUNTING, "1", "10001", "3"),
        course(ACCOUNTING, "2", "10002", "5"),
        course(ACCOUNTING, "2", "10003", "2", exam="实践", 对应理论课="10002"),
        course(ACCOUNTING, "3", "10004", "5"),
        course(ACCOUNTING, "4", "10010", "6", "选考", 课程组="语言"),
        course(ACCOUNTING, "4", "10011", "6", "选考", 课程组="语言"),
        course(ACCOUNTING, "5", "10020", "4", "选考", 课程组="选修"),
        course(ACCOUNTING, "6", "10021", "5", "选考", 课程组="选修"),
        course(ACCOUNTING, "7", "10022", "3", "选考", 课程组="选修"),
        course(ACCOUNTING, "8", "10023", "6", "选考", 课程组="选修"),
        course(ACCOUNTING, "9", "10030", "4"),
        course(SOFTWARE, "1", "20001", "4"),
        course(SOFTWARE, "2", "20002", "4"),
        course(SOFTWARE, "3", "20003", "6"),
        course(SOFTWARE, "4", "20004", "5"),
        course(SOFTWARE, "5", "20005", "4"),
        course(SOFTWARE, "5", "20006", "1", exam="实践", 对应理论课="20005"),
        course(SOFTWARE, "6", "29999", "0", exam="论文", 计入门数="否"),
        course(SOFTWARE, "7", "21001", "3", "加考", 课程名称="程序设计基础(一)"),
        course(SOFTWARE, "8", "21002", "4", "加考"),
        course(SOFTWARE, "9", "21003", "5", "加考"),
        course(NEWS, "1", "30001", "6"),
        course(NEWS, "2", "30002", "4.5"),
        course(NEWS, "3", "30010", "7", "选考", 课程组="外语"),
        course(NEWS, "3", "30011", "7", "选考", 课程组="外语"),
        course(NEWS, "4", "30020", "5", "选考", 课程组="选设"),
        course(NEWS, "5", "30021", "6", "选考", 课程组="选设"),
        course(NEWS, "6", "30022", "4", "选考", 课程组="选设"),
    ],
    "课程组": [
        {**ACCOUNTING, "课程组": "语言", "最少门数": "1", "最多门数": "1"},
        {**ACCOUNTING, "课程组": "选修", "最少门数": "2", "最少学分": "8"},
        {**NEWS, "课程组": "外语", "最少门数": "0", "最多门数": "1"},
        {**NEWS, "课程组": "选设", "最少门数": "1", "最少学分": "5", "适用条件": "已选 外语"},
        {**NEWS, "课程组": "选设", "最少门数": "全部", "适用条件": "未选 外语"},
    ],
    "加考": [
        {**SOFTWARE, "情形组": "前置学历", "情形": "计算机类", "说明": "无须加考"},
        {**SOFTWARE, "情形组": "前置学历", "情形": "其他工科", "说明": "加考一门", "须加考课程": "21001"},
        {
            **SOFTWARE, "情形组": "前置学历", "情形": "非工科", "说明": "三门选两门", "须加考课程": "21001、21002、21003",
            "最少门数": "2",
        },
        {**SOFTWARE, "情形组": "身份", "情形": "内地", "说明": "无须加考"},
        {
            **SOFTWARE, "情形组": "身份", "情形": "港澳台", "说明": "换考一门", "须加考课程": "21003",
            "可不考课程": "20001",
        },
    ],
    "顶替": [
        {
            **NEWS, "顶替组": "旧甲", "已合格课程代码": "39001", "可顶替的计划课程代码": "30001", "使用期限": "2025-01-01",
        },
        {**NEWS, "顶替组": "旧乙", "已合格课程代码": "39002", "可顶替的计划课程代码": "30002", "最少门数": "2"},
        {**NEWS, "顶替组": "旧乙", "已合格课程代码": "39003", "可顶替的计划课程代码": "30002", "最少门数": "2"},
    ],
}  # fmt: skip

ACCOUNTANT = ("10001", "10002", "10003", "10004", "10010", "10020", "10021", "10030")
ENGINEER = ("20001", "20002", "20003", "20004", "20005", "20006", "29999")
EXTRAS = ("21001", "21002", "21003")
REPORTER = ("30001", "30002", "30010", "30020")
SILENT = ("30001", "30002", "30020", "30021", "30022")


@dataclass(frozen=True)
class Expected:
    """An examinee: what was passed (or with which mark), and what the list must say. verdict '' is: not on the list."""

    plan: Row
    passed: tuple[str, ...]
    verdict: str
    missing: frozenset[str] = frozenset()  # codes in 缺少课程; a choice names all its options
    marks: Mapping[str, str] | None = None
    sessions: Mapping[str, str] | None = None
    names: Mapping[str, str] | None = None
    registered: str = "2023-03-01"


def short(plan: Row, passed: tuple[str, ...], *missing: str, **more: object) -> Expected:
    return Expected(plan, passed, "尚缺", frozenset(missing), **more)  # type: ignore[arg-type]


def met(plan: Row, passed: tuple[str, ...], verdict: str = "符合", **more: object) -> Expected:
    return Expected(plan, passed, verdict, **more)  # type: ignore[arg-type]


def without(codes: tuple[str, ...], *gone: str) -> tuple[str, ...]:
    return tuple(code for code in codes if code not in gone)


def people() -> dict[str, Expected]:
    """Every way to be complete, and every way to fall one course short. Name of the case -> what is expected."""
    found: dict[str, Expected] = {
        "会计齐全": met(ACCOUNTING, ACCOUNTANT),
        "会计日语": met(ACCOUNTING, (*without(ACCOUNTANT, "10010"), "10011")),
        "会计缺外语": short(ACCOUNTING, without(ACCOUNTANT, "10010"), "10010", "10011"),
        "会计选修差一门": short(ACCOUNTING, without(ACCOUNTANT, "10020"), "10020", "10022", "10023"),
        "会计选修门数够学分不够": short(ACCOUNTING, (*without(ACCOUNTANT, "10021"), "10022"), "10021", "10023"),
        "会计两门外语只计一门": short(ACCOUNTING, (*without(ACCOUNTANT, "10020"), "10011"), "10020", "10022", "10023"),
        "会计五十九分": short(ACCOUNTING, ACCOUNTANT, "10004", marks={"10004": "59"}),
        "会计违规": short(ACCOUNTING, ACCOUNTANT, "10004", marks={"10004": "-0"}),
        "会计缺考": short(ACCOUNTING, ACCOUNTANT, "10004", marks={"10004": "--"}),
        "会计取消": short(ACCOUNTING, ACCOUNTANT, "10004", marks={"10004": "+0"}),
        "会计满分": met(ACCOUNTING, ACCOUNTANT, marks={"10004": "++"}),
        "会计免考": met(ACCOUNTING, ACCOUNTANT, marks={"10004": "免考"}),
        "会计差两门": Expected(ACCOUNTING, without(ACCOUNTANT, "10001", "10004"), ""),
        "软件没选情形": met(SOFTWARE, ENGINEER, "待核"),
        "软件全部加考": met(SOFTWARE, (*ENGINEER, *EXTRAS)),
        "软件论文不合格": short(SOFTWARE, (*ENGINEER, *EXTRAS), "29999", marks={"29999": "不合格"}),
        "软件论文良好": met(SOFTWARE, (*ENGINEER, *EXTRAS), marks={"29999": "良好"}),
        "软件同名免加考": met(SOFTWARE, (*ENGINEER, "88888", "21002", "21003"), names={"88888": "程序设计基础（一）"}),
        "软件港澳台": met(SOFTWARE, (*without(ENGINEER, "20001"), *EXTRAS), "待核"),
        "新闻外语": met(NEWS, REPORTER),
        "新闻不考外语": met(NEWS, SILENT),
        "新闻选设差一门": short(NEWS, without(REPORTER, "30020"), "30020", "30021"),
        "新闻选设学分不够": short(NEWS, (*without(REPORTER, "30020"), "30022"), "30020", "30021"),
        "新闻不考外语差一门": short(NEWS, without(SILENT, "30022"), "30022", "30010", "30011"),
        "新闻旧课顶替": met(NEWS, (*without(REPORTER, "30001"), "39001"), sessions={"39001": "2024-10"}),
        "新闻旧课过期": short(NEWS, (*without(REPORTER, "30001"), "39001"), "30001", sessions={"39001": "2025-04"}),
        "新闻两门顶一门": met(NEWS, (*without(REPORTER, "30002"), "39002", "39003")),
        "新闻两门只有一门": short(NEWS, (*without(REPORTER, "30002"), "39002"), "30002"),
        "新闻注册太晚": Expected(NEWS, REPORTER, "", registered="2024-09-01"),
        "新闻注册不详": met(NEWS, REPORTER, "待核", registered=""),
    }
    for code in without(ACCOUNTANT, "10010", "10020", "10021"):
        found[f"会计缺{code}"] = short(ACCOUNTING, without(ACCOUNTANT, code), code)
    for code in without(ENGINEER, "20001"):
        found[f"软件缺{code}"] = short(SOFTWARE, without((*ENGINEER, *EXTRAS), code), code)
    for code in ("30001", "30002"):
        found[f"新闻缺{code}"] = short(NEWS, without(REPORTER, code), code)
    return found


def write_files(folder: Path, declared: bool = True) -> dict[str, str]:
    """schools.csv, plans.xlsx, examinees.csv, scores.csv in `folder`; name of the case by 准考证号."""
    texts = [(name, whole(rows)) for name, rows in SHEETS.items()]
    write_worksheets(texts, str(folder / "plans.xlsx"))
    write(folder / "schools.csv", [{"学校代码": "99001", "学校名称": "华东某大学", "联系电话": "021-0000 0001"}])
    roster, scores, cases = [], [], {}
    for number, (case, one) in enumerate(people().items(), start=1):
        ticket = f"0101{number:08}"
        cases[ticket] = case
        major = {"报考专业代码": one.plan["专业代码"], "报考学校代码": "99001"} if declared else {}
        roster.append(
            {
                "证件号码": id_number(serial=number),
                "姓名": "林晓雯",
                "准考证号": ticket,
                "注册日期": one.registered,
                **major,
            }
        )
        scores += [
            {
                "准考证号": ticket,
                "课程代码": code,
                "课程名称": (one.names or {}).get(code, ""),
                "考次": (one.sessions or {}).get(code, "2024-10"),
                "成绩": (one.marks or {}).get(code, "75"),
                "取得方式": "统考",
            }
            for code in one.passed
        ]
    write(folder / "examinees.csv", roster)
    write(folder / "scores.csv", scores)
    return cases


def whole(rows: list[Row]) -> list[Row]:
    """The rows of a sheet, each with every column of it."""
    titles = dict.fromkeys(title for row in rows for title in row)
    return [{title: row.get(title, "") for title in titles} for row in rows]


def write(path: Path, rows: list[Row]) -> None:
    """A CSV file with a BOM, as Excel writes it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)

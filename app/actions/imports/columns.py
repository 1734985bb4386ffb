"""The columns of every kind of import: how a cell is read, what a spreadsheet may have done to it, how the template explains it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.actions.imports import cells
from app.actions.imports import changed as kinds
from app.actions.imports.cells import Parser
from app.actions.imports.changed import Kind
from app.rules.people.code_lists import NATIONS, POLITICAL_STATUSES
from app.rules.people.identity import ID_TYPES
from app.rules.people.roles import RECORD_STATES
from app.rules.plans.marks import Origin

SERIAL, REMARK = "序号", "备注"
TAKEN = "导出说明"
"""Last column of a CSV that this program wrote (app/adapters/documents/lists.py): who took it."""
ASIDE = (SERIAL, REMARK, TAKEN)
"""Columns that any file may have; not imported where a kind has no column of that name."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file. `parse` takes a non-empty cell's text and raises ValueError with a Chinese reason.

    `example`, `allowed` and `note` explain it in the template: an example, the values that may stand there, what else to know.
    """

    title: str
    parse: Parser
    required: bool = False
    kind: Kind = kinds.TEXT
    example: str = ""
    allowed: str = ""
    note: str = ""


def _either(words: Sequence[str]) -> str:
    return "、".join(words)


def _names(codes: Sequence[tuple[str, str]]) -> str:
    return "、".join(name for _, name in codes)


SCHOOLS = (
    Column("学校代码", cells.code, True, kinds.SCHOOL, "10574"),
    Column("学校名称", cells.text(80), True, example="华南师范大学"),
    Column("联系电话", cells.telephone, kind=kinds.TELEPHONE, example="020-87110000", note="考生在登录页看得到"),
    Column("咨询时间", cells.text(80), example="工作日 9:00-17:00"),
    Column("地址", cells.text(200), example="广州市天河区中山大道西 55 号"),
    Column("网址", cells.website, kind=kinds.WORD, example="https://www.example.edu.cn"),
    Column("办理须知", cells.long_text(5000), example="请在一周内缴费。", note="审核通过以后、办结以前显示给考生"),
    Column("办结须知", cells.long_text(5000), example="毕业证书由邮政寄出。", note="办结以后显示给考生"),
)
EXAMINEES = (
    Column("证件类型", cells.one_of(ID_TYPES), False, kinds.WORD, ID_TYPES[0], _either(ID_TYPES), "空着是居民身份证"),
    Column("证件号码", cells.id_number, True, kinds.IDENTITY, "110101199003074477"),
    Column("姓名", cells.text(80), True, example="李小明"),
    Column("性别", cells.one_of(("男", "女")), False, kinds.WORD, "男", "男、女", "空着时按居民身份证号码"),
    Column("出生日期", cells.day, False, kinds.DAY, "1990-03-07", "", "空着时按居民身份证号码"),
    Column("民族", cells.listed(NATIONS, "民族"), False, kinds.LISTED, "汉族", _names(NATIONS)),
    Column("政治面貌", cells.political_status, False, kinds.LISTED, "群众", _names(POLITICAL_STATUSES)),
    Column("手机号码", cells.phone, kind=kinds.MOBILE, example="13800138000", note="考生自己确认过的不再改"),
    Column("准考证号", cells.ticket_number, True, kinds.TICKET, "010126100001", "", "一行一个，已有的是更新"),
    Column("考籍状态", cells.one_of(RECORD_STATES), False, kinds.WORD, RECORD_STATES[0], _either(RECORD_STATES)),
    Column("状态截止日期", cells.day, kind=kinds.DAY, example="2027-06-30"),
    Column("注册日期", cells.day, kind=kinds.DAY, example="2022-09-01"),
    Column("报考专业代码", cells.code, kind=kinds.MAJOR, example="080901"),
    Column("报考学校代码", cells.code, kind=kinds.SCHOOL, example="10574"),
    Column("计划版本", cells.code, kind=kinds.VERSION, example="2026"),
    Column("已毕业专业代码", cells.codes, kind=kinds.MAJOR, example="630201、530601", note="多个之间用顿号"),
    Column("初始密码", cells.initial, False, kinds.CODE, "Kj862915", "6 到 64 位", "空着是证件号码的末六位"),
)
SCORES = (
    Column("准考证号", cells.ticket_number, True, kinds.TICKET, "010126100001", "", "先导入考生"),
    Column("课程代码", cells.course_code, True, kinds.COURSE, "00037"),
    Column("课程名称", cells.text(80), example="美学"),
    Column("考次", cells.session, True, kinds.SESSION, "2026-10", "", "10 月不要写成 2026.10"),
    Column("成绩", cells.mark, True, kinds.MARK, "85", "0、1 到 100，或“成绩写法”一页列出的写法"),
    Column("取得方式", cells.origin, False, kinds.WORD, "统考", _either(tuple(Origin)), "空着是统考"),
)
TABLES: Mapping[str, tuple[Column, ...]] = {"schools": SCHOOLS, "examinees": EXAMINEES, "scores": SCORES}

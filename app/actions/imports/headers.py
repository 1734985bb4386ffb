"""Titles as offices write them: the column that was probably meant is offered, never taken."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import get_close_matches

from app.rules.text import LONGEST_CODE, normalised

# column -> what offices call it
SYNONYMS: dict[str, tuple[str, ...]] = {
    "证件号码": (
        "身份证号",
        "身份证号码",
        "身份证",
        "证件号",
        "公民身份号码",
        "身份证件号码",
        "身份证件号",
        "证件编号",
    ),
    "证件类型": ("证件种类", "证件名称", "身份证件类型"),
    "姓名": ("考生姓名", "名字", "学生姓名", "考生"),
    "准考证号": ("准考证", "准考证号码", "准考证编号", "考号", "考生号", "考生编号", "考籍号"),
    "出生日期": ("出生年月", "出生年月日", "生日", "出生时间"),
    "手机号码": ("手机", "手机号", "电话", "移动电话", "联系方式", "电话号码"),
    "考籍状态": ("状态", "学籍状态"),
    "状态截止日期": ("状态截止", "停考截止日期"),
    "注册日期": ("入籍日期", "注册时间", "报名日期"),
    "报考专业代码": ("专业代码", "报考专业", "专业", "专业编码", "专业代号"),
    "报考学校代码": ("学校代码", "主考学校代码", "报考学校", "主考学校", "院校代码", "主考院校代码"),
    "计划版本": ("版本", "计划年份", "专业计划版本"),
    "已毕业专业代码": ("已毕业专业", "毕业专业代码"),
    "初始密码": ("密码", "口令"),
    "课程代码": ("课程号", "课程编号", "课程编码", "课程代号", "科目代码", "课码", "代码"),
    "课程名称": ("课程", "课程名", "科目", "科目名称"),
    "考次": ("考试时间", "考试日期", "考试年月", "考试次", "考期", "年月", "考试批次"),
    "成绩": ("分数", "得分", "考试成绩", "总分", "总成绩", "卷面成绩"),
    "取得方式": ("成绩来源", "来源", "成绩类型", "成绩类别"),
    "学校代码": ("主考学校代码", "院校代码", "学校编号", "报考学校代码", "主考院校代码"),
    "学校名称": ("主考学校", "学校", "院校名称", "主考学校名称", "院校"),
    "联系电话": ("电话", "咨询电话", "电话号码"),
    "咨询时间": ("办公时间", "接待时间"),
    "地址": ("通讯地址", "联系地址", "学校地址"),
    "网址": ("网站", "主页", "官网"),
    "专业代码": ("专业编码", "专业代号", "报考专业代码", "专业编号"),
    "专业名称": ("专业", "专业名"),
    "层次": ("学历层次", "办学层次", "专业层次"),
    "总学分下限": ("总学分", "最低学分", "毕业学分", "应修学分"),
    "课程门数下限": ("课程门数", "总门数", "最低门数", "门数"),
    "起用日期": ("启用日期", "开始日期", "生效日期"),
    "停用日期": ("停止日期", "失效日期", "结束日期"),
    "学分": ("课程学分", "学分数"),
    "类别": ("课程类别", "课程性质", "性质", "必选考"),
    "考试方式": ("考核方式", "考核形式", "考试形式"),
    "课程组": ("组", "组名", "选考组"),
    "对应理论课": ("理论课代码", "理论课程代码", "对应理论课代码"),
}
_DECORATION = re.compile(r"[(\[【〔].*?[)\]】〕]|[*●★:：#.、\s]")


def meant(title: str, columns: Collection[str]) -> str:
    """Return the column of `columns` that a title probably means, or ""."""
    plain = _plain(title)
    for column in columns:
        if plain == column or plain in SYNONYMS.get(column, ()):
            return column
    return next(iter(get_close_matches(plain, columns, 1, 0.6)), "")


def recognised(columns: Collection[str]) -> frozenset[str]:
    """Return the titles by which a header is told from a row above it."""
    return frozenset((*columns, *(word for column in columns for word in SYNONYMS.get(column, ()))))


def unknown_column(title: str, absent: Collection[str]) -> str:
    """Return why a column is refused. `absent`: columns that the file does not have, of which one was probably meant."""
    if guess := meant(title, absent):
        return f"不认识的列，是不是“{guess}”？请改正列名，或删除这一列"
    return "不认识的列，请删除或改正列名"


def _plain(title: str) -> str:
    return _DECORATION.sub("", normalised(title, "NFKC", LONGEST_CODE))

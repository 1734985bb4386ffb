"""The sheets of a plans workbook and their columns, as `columns.py`; the cells are read by app/rules/plans/workbook.py."""

from __future__ import annotations

from app.actions.imports import changed as kinds
from app.actions.imports.changed import Kind
from app.actions.imports.columns import REMARK, Column
from app.rules.plans.plan import Exam, Requirement
from app.rules.plans.workbook import COLUMNS, KEY_COLUMNS

_KINDS: dict[str, Kind] = {
    "专业代码": kinds.MAJOR,
    "学校代码": kinds.SCHOOL,
    "计划版本": kinds.VERSION,
    "层次": kinds.WORD,
    "总学分下限": kinds.NUMBER,
    "课程门数下限": kinds.NUMBER,
    "起用日期": kinds.DAY,
    "停用日期": kinds.DAY,
    "注册截止日期": kinds.DAY,
    "使用期限": kinds.DAY,
    "课程代码": kinds.COURSE,
    "对应理论课": kinds.COURSE,
    "须加考课程": kinds.COURSE,
    "可不考课程": kinds.COURSE,
    "已合格课程代码": kinds.COURSE,
    "可顶替的计划课程代码": kinds.COURSE,
    "学分": kinds.NUMBER,
    "类别": kinds.WORD,
    "考试方式": kinds.WORD,
    "适用条件": kinds.WORD,
    "计入门数": kinds.WORD,
    "计入总学分": kinds.WORD,
    "最少门数": kinds.NUMBER,
    "最少学分": kinds.NUMBER,
    "最多门数": kinds.NUMBER,
    "最多学分": kinds.NUMBER,
    REMARK: kinds.FREE,
}
# column (of a sheet) -> example, allowed values, what else to know
_SAID: dict[str, tuple[str, str, str]] = {
    "专业代码": ("080901", "", ""),
    "学校代码": ("10574", "", "* 是所有学校"),
    "计划版本": ("2026", "", "不能含点号和斜线"),
    "专业名称": ("计算机科学与技术", "", ""),
    "层次": ("本科", "专科、本科", ""),
    "总学分下限": ("75", "", "可以有两位小数"),
    "课程门数下限": ("14", "", "整数"),
    "起用日期": ("2026-01-01", "", "从这一天起（含）"),
    "停用日期": ("2030-01-01", "", "到这一天为止（不含），在起用日期之后"),
    "注册截止日期": ("2025-07-01", "", "注册日期在这一天以前的考生可用"),
    "序号": ("1", "", "同一序号的几门课最多算一门"),
    "课程代码": ("00037", "", ""),
    "课程名称": ("美学", "", ""),
    "学分": ("5", "", "可以是 0，可以有两位小数"),
    "类别": ("必考", "、".join(Requirement), ""),
    "考试方式": ("笔试", "、".join(Exam), ""),
    "课程组": ("选考一组", "", "选考课程必填；工作表“课程”里多个之间用顿号"),
    "对应理论课": ("00037", "", "实践课填它的理论课代码"),
    "计入门数": ("是", "是、否", "空着是“是”"),
    "加考.计入总学分": ("否", "是、否", "空着是“否”"),
    "课程组.最少门数": ("2", "整数或“全部”", ""),
    "最少门数": ("1", "", "整数"),
    "最少学分": ("6", "", ""),
    "最多门数": ("4", "", "整数"),
    "最多学分": ("12", "", "超过的学分不计"),
    "适用条件": ("已选 选考一组", "空着、已选 组名、未选 组名", ""),
    "说明": ("四门中选两门", "", ""),
    "情形组": ("跨专业", "", "每个情形组选一种情形"),
    "情形": ("非本专业毕业", "", ""),
    "加考.说明": ("专科不是本专业的考生", "", ""),
    "须加考课程": ("00040、00041", "", "多个之间用顿号"),
    "可不考课程": ("00015", "", "多个之间用顿号"),
    "顶替组": ("英语", "", "几行同一个顶替组是几门顶几门"),
    "已合格课程代码": ("00012", "", "多个之间用顿号"),
    "可顶替的计划课程代码": ("13000", "", "多个之间用顿号"),
    "使用期限": ("2027-12-31", "", ""),
    REMARK: ("", "", "不影响毕业资格"),
}


def _columns(sheet: str) -> tuple[Column, ...]:
    required, optional = COLUMNS[sheet]
    needed = {*KEY_COLUMNS, *required}
    found = []
    for title in (*KEY_COLUMNS, *required, *optional, REMARK):
        example, allowed, note = _SAID.get(f"{sheet}.{title}") or _SAID[title]
        kind = _KINDS.get(title, kinds.TEXT)
        found.append(Column(title, str, title in needed, kind, example, allowed, note))
    return tuple(found)


PLANS: dict[str, tuple[Column, ...]] = {sheet: _columns(sheet) for sheet in COLUMNS}

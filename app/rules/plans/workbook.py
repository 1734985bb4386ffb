"""Parser of a plans workbook (contract.md "Import files"); reports all faults at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from app.rules.plans.cells import Fault, Faults, Row, plain
from app.rules.plans.checks import Draft, check
from app.rules.plans.plan import (
    Condition,
    Exam,
    ExtraCase,
    Group,
    Plan,
    PlanCourse,
    Replacement,
    Requirement,
    credit,
    unique,
)

Sheets = Mapping[str, Sequence[tuple[int, Mapping[str, str]]]]

KEY_COLUMNS = ("专业代码", "学校代码", "计划版本")
REMARK = "备注"
SERIAL = "序号"
ASIDE = (REMARK, SERIAL, "导出说明")  # on any sheet; 序号 is read on 课程 alone

# sheet -> (required columns, optional columns)
COLUMNS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "专业": (("专业名称", "层次", "总学分下限"), ("课程门数下限", "起用日期", "停用日期", "注册截止日期")),
    "课程": (
        ("序号", "课程代码", "课程名称", "学分", "类别", "考试方式"),
        ("课程组", "对应理论课", "计入门数", "起用日期", "停用日期"),
    ),
    "课程组": (("课程组",), ("最少门数", "最少学分", "最多门数", "最多学分", "适用条件", "说明")),
    "加考": (
        ("情形", "说明"),
        ("情形组", "须加考课程", "最少门数", "最少学分", "可不考课程", "计入总学分"),
    ),
    "顶替": (("顶替组", "已合格课程代码", "可顶替的计划课程代码"), ("最少门数", "使用期限")),
}
_NEEDED_SHEETS = ("专业", "课程")


class PlanWorkbook(NamedTuple):
    """Plans without faults; store none if there are errors."""

    plans: list[Plan]
    errors: list[Fault]
    warnings: list[Fault]


@dataclass(slots=True)
class _Reading:
    faults: Faults = field(default_factory=Faults)
    drafts: dict[tuple[str, str, str], Draft] = field(default_factory=dict)


def parse_workbook(sheets: Sheets) -> PlanWorkbook:
    """Parse sheets: name -> (row number, cells by header), without blank rows."""
    reading = _Reading()
    rows = {name: _rows(reading, name, content) for name, content in sheets.items() if name in COLUMNS}
    for name in sheets:
        if name not in COLUMNS:
            known = "、".join(COLUMNS)
            reading.faults.errors.append(Fault(name, 0, "", "", f"不认识的工作表“{name}”，应为 {known}"))
    for name in _NEEDED_SHEETS:
        if not rows.get(name):
            reading.faults.errors.append(Fault(name, 0, "", "", f"缺少工作表“{name}”，或其中没有数据"))
    for row in rows.get("专业", []):
        _read_plan(reading, row)
    for name, reader in (("课程", _course), ("课程组", _group), ("加考", _extra), ("顶替", _replacement)):
        for row in rows.get(name, []):
            draft = reading.drafts.get(_key(row))
            if draft is not None:
                reader(draft, row)
                draft.spoilt = draft.spoilt or row.spoilt
            elif all(_key(row)):
                row.error("专业代码", "工作表“专业”中没有这个专业、学校和版本的计划")
    plans = []
    for draft in reading.drafts.values():
        before = len(reading.faults.errors)
        plan = check(draft, reading.faults)
        if not draft.spoilt and len(reading.faults.errors) == before:
            plans.append(plan)
    order = {name: place for place, name in enumerate(COLUMNS)}
    for faults in (reading.faults.errors, reading.faults.warnings):
        faults.sort(key=lambda fault: (order.get(fault.sheet, -1), fault.row))
    return PlanWorkbook(plans, reading.faults.errors, reading.faults.warnings)


def _rows(reading: _Reading, name: str, content: Sequence[tuple[int, Mapping[str, str]]]) -> list[Row]:
    """Return the rows with more than a number and a remark; records unknown and absent columns once."""
    needed, others = COLUMNS[name]
    known = {*KEY_COLUMNS, *needed, *others, *ASIDE}
    headers = unique(header for _, cells in content for header in cells)
    for header in headers:
        if header not in known:
            reading.faults.errors.append(Fault(name, 1, header, header, f"工作表“{name}”没有“{header}”这一列"))
    for header in (*KEY_COLUMNS, *needed):
        if content and header not in headers:
            reading.faults.errors.append(Fault(name, 1, header, "", f"工作表“{name}”缺少必填的列“{header}”"))
    return [
        Row(name, number, cells, reading.faults)
        for number, cells in content
        if any(cell.strip() for title, cell in cells.items() if title not in ASIDE)
    ]


def _key(row: Row) -> tuple[str, str, str]:
    """Return the plan key of a row without recording faults (see `_read_key`)."""
    silent = Row(row.sheet, row.number, row.cells, Faults())
    return _read_key(silent)


def _read_key(row: Row) -> tuple[str, str, str]:
    version = row.text("计划版本", required=True)
    version = plain(version).removesuffix(".0")
    if "." in version or "/" in version:
        row.error("计划版本", "计划版本不能含有点号或斜线")
    major = row.code("专业代码", required=True)
    return major, row.code("学校代码", required=True, any_allowed=True), version


def _read_plan(reading: _Reading, row: Row) -> None:
    key = _read_key(row)
    floor = row.credits("总学分下限", required=True)
    plan = Plan(
        major_code=key[0],
        school_code=key[1],
        version=key[2],
        name=row.text("专业名称", required=True),
        level=row.one_of("层次", ("专科", "本科")),
        credit_floor=credit(0) if floor is None else floor,
        course_floor=row.whole("课程门数下限"),
        starts_on=row.day("起用日期"),
        ends_on=row.day("停用日期"),
        registered_before=row.day("注册截止日期"),
        remark=row.text(REMARK),
    )
    if key in reading.drafts:
        row.error("专业代码", f"与第 {reading.drafts[key].row.number} 行是同一个计划")
    elif all(key):
        reading.drafts[key] = Draft(plan, row, spoilt=row.spoilt)


def _course(draft: Draft, row: Row) -> None:
    _read_key(row)
    credits = row.credits("学分", required=True)
    course = PlanCourse(
        number=plain(row.text("序号", required=True)).removesuffix(".0"),
        code=row.code("课程代码", required=True),
        name=row.text("课程名称", required=True),
        credits=credit(0) if credits is None else credits,
        requirement=Requirement(row.one_of("类别", tuple(Requirement))),
        exam=Exam(row.one_of("考试方式", tuple(Exam))),
        groups=row.words("课程组"),
        theory=row.code("对应理论课") or None,
        counted=row.yes("计入门数", empty=True),
        starts_on=row.day("起用日期"),
        ends_on=row.day("停用日期"),
        remark=row.text(REMARK),
    )
    if course.code:
        draft.courses.append((row, course))


def _group(draft: Draft, row: Row) -> None:
    _read_key(row)
    whole = plain(row.text("最少门数")) == "全部"
    condition, other = _condition(row)
    group = Group(
        name=row.text("课程组", required=True),
        min_courses=None if whole else row.whole("最少门数"),
        all_courses=whole,
        min_credits=row.credits("最少学分"),
        max_courses=row.whole("最多门数", least=1),
        max_credits=row.credits("最多学分"),
        condition=condition,
        condition_group=other,
        note=row.text("说明"),
    )
    if group.name:
        draft.groups.append((row, group))


def _condition(row: Row) -> tuple[Condition, str]:
    text = row.text("适用条件")
    for condition in (Condition.CHOSEN, Condition.NOT_CHOSEN):
        if text.startswith(condition.value) and text.removeprefix(condition.value).strip():
            return condition, text.removeprefix(condition.value).strip()
    if text:
        row.error("适用条件", "适用条件应为空、“已选 组名”或“未选 组名”")
    return Condition.ALWAYS, ""


def _extra(draft: Draft, row: Row) -> None:
    _read_key(row)
    case = ExtraCase(
        group=row.text("情形组"),
        name=row.text("情形", required=True),
        note=row.text("说明", required=True),
        courses=row.codes("须加考课程"),
        min_courses=row.whole("最少门数", least=1),
        min_credits=row.credits("最少学分"),
        exempted=row.codes("可不考课程"),
        in_total=row.yes("计入总学分", empty=False),
    )
    if case.name:
        draft.extras.append((row, case))


def _replacement(draft: Draft, row: Row) -> None:
    _read_key(row)
    item = Replacement(
        name=row.text("顶替组", required=True),
        old=row.codes("已合格课程代码"),
        new=row.codes("可顶替的计划课程代码"),
        min_courses=row.whole("最少门数", least=1),
        use_by=row.day("使用期限"),
    )
    for column in ("已合格课程代码", "可顶替的计划课程代码"):
        row.text(column, required=True)
    if item.name and item.old and item.new:
        draft.replacements.append((row, item))

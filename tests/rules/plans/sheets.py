"""A plan written as the sheets of a workbook, so that tests can spoil one cell at a time."""

from collections.abc import Iterable
from decimal import Decimal

from app.rules.plans.marks import plain_number
from app.rules.plans.plan import Plan

Content = dict[str, list[tuple[int, dict[str, str]]]]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(value) if isinstance(value, tuple) else str(value)


def _numbered(rows: Iterable[dict[str, object]]) -> list[tuple[int, dict[str, str]]]:
    return [(number, {name: _cell(value) for name, value in row.items()}) for number, row in enumerate(rows, start=2)]


def sheets_of(*plans: Plan) -> Content:
    """Every sheet of the workbook that gives these plans."""
    plan_rows: list[dict[str, object]] = []
    parts: dict[str, list[dict[str, object]]] = {"课程": [], "课程组": [], "加考": [], "顶替": []}
    for p in plans:
        key: dict[str, object] = {"专业代码": p.major_code, "学校代码": p.school_code, "计划版本": p.version}
        plan_rows.append(
            key
            | {"专业名称": p.name, "层次": p.level, "总学分下限": p.credit_floor, "课程门数下限": p.course_floor}
            | {"起用日期": p.starts_on, "停用日期": p.ends_on, "注册截止日期": p.registered_before, "备注": p.remark}
        )
        for c in p.courses:
            parts["课程"].append(
                key
                | {"序号": c.number, "课程代码": c.code, "课程名称": c.name, "学分": c.credits, "类别": c.requirement}
                | {"考试方式": c.exam, "课程组": c.groups, "对应理论课": c.theory, "计入门数": c.counted}
                | {"起用日期": c.starts_on, "停用日期": c.ends_on, "备注": c.remark}
            )
        for g in p.groups:
            least = "全部" if g.all_courses else g.min_courses
            condition = f"{g.condition} {g.condition_group}".strip()
            parts["课程组"].append(
                key
                | {"课程组": g.name, "最少门数": least, "最少学分": g.min_credits, "最多门数": g.max_courses}
                | {"最多学分": g.max_credits, "适用条件": condition, "说明": g.note}
            )
        for e in p.extras:
            parts["加考"].append(
                key
                | {
                    "情形组": e.group,
                    "情形": e.name,
                    "说明": e.note,
                    "须加考课程": e.courses,
                    "最少门数": e.min_courses,
                }
                | {"最少学分": e.min_credits, "可不考课程": e.exempted, "计入总学分": e.in_total}
            )
        for r in p.replacements:
            pairs = [(old, r.new[0]) for old in r.old] + [(r.old[0], new) for new in r.new[1:]]
            for old, new in pairs:
                parts["顶替"].append(
                    key
                    | {"顶替组": r.name, "已合格课程代码": old, "可顶替的计划课程代码": new}
                    | {"最少门数": r.min_courses, "使用期限": r.use_by}
                )
    return {"专业": _numbered(plan_rows)} | {name: _numbered(rows) for name, rows in parts.items()}

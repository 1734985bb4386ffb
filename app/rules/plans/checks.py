"""Consistency of one plan: errors where no reading makes sense, else warnings."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from app.rules.plans.cells import Faults, Row
from app.rules.plans.plan import Condition, Exam, ExtraCase, Group, Plan, PlanCourse, Replacement, Requirement, unique
from app.rules.plans.sums import check_roughly, check_sums


@dataclass(slots=True)
class Draft:
    """A plan being read, each part with its row."""

    plan: Plan
    row: Row
    spoilt: bool = False
    courses: list[tuple[Row, PlanCourse]] = field(default_factory=list)
    groups: list[tuple[Row, Group]] = field(default_factory=list)
    extras: list[tuple[Row, ExtraCase]] = field(default_factory=list)
    replacements: list[tuple[Row, Replacement]] = field(default_factory=list)

    def codes(self) -> dict[str, PlanCourse]:
        """Return the courses by code (the last row of each)."""
        return {course.code: course for _, course in self.courses}

    def members(self, group: str) -> list[PlanCourse]:
        """Return the courses of a group."""
        return [course for _, course in self.courses if group in course.groups]


def check(draft: Draft, faults: Faults) -> Plan:
    """Record all contradictions of the draft and return its plan."""
    before = len(faults.errors)
    for rule in (_dates, _courses, _theories, _memberships, _groups, _cases, _replacements):
        rule(draft)
    plan = replace(
        draft.plan,
        courses=tuple(course for _, course in draft.courses),
        groups=tuple(group for _, group in draft.groups),
        extras=tuple(case for _, case in draft.extras),
        replacements=tuple(_merged(draft)),
    )
    if len(faults.errors) == before and not draft.spoilt:
        check_sums(plan, draft.row)
    else:
        unread = {fault.row for fault in faults.errors if (fault.sheet, fault.column) == ("课程", "学分")}
        unknown = sum("学分" not in row.cells or row.number in unread for row, _ in draft.courses)
        check_roughly(plan, draft.row, unknown)
    return plan


def _dates(draft: Draft) -> None:
    periods = [(draft.row, draft.plan.starts_on, draft.plan.ends_on)]
    periods += [(row, course.starts_on, course.ends_on) for row, course in draft.courses]
    for row, starts_on, ends_on in periods:
        if starts_on is not None and ends_on is not None and ends_on <= starts_on:
            row.error("停用日期", "停用日期应在起用日期之后")


def _courses(draft: Draft) -> None:
    if not draft.courses:
        draft.row.error("专业代码", "这个计划在工作表“课程”中没有课程")
    seen: dict[str, list[tuple[Row, PlanCourse]]] = {}
    for row, course in draft.courses:
        for other_row, other in seen.get(course.code, []):
            if _overlap(course, other):
                row.error("课程代码", f"课程 {course.code} 与第 {other_row.number} 行重复")
                break
        seen.setdefault(course.code, []).append((row, course))
        if course.code.isdigit() and len(course.code) < 5:
            row.warn("课程代码", "课程代码不足 5 位，前面的 0 可能被表格软件去掉了")


def _overlap(one: PlanCourse, two: PlanCourse) -> bool:
    apart = (one.ends_on is not None and two.starts_on is not None and one.ends_on <= two.starts_on) or (
        two.ends_on is not None and one.starts_on is not None and two.ends_on <= one.starts_on
    )
    return not apart


def _theories(draft: Draft) -> None:
    codes = draft.codes()
    written = {course.number for course in codes.values() if course.exam is Exam.WRITTEN}
    for row, course in draft.courses:
        if course.theory is None:
            if course.exam is Exam.PRACTICE and course.number in written:
                row.warn("对应理论课", "与笔试课程同一序号的实践课没有填写对应理论课")
            continue
        theory = codes.get(course.theory)
        if theory is None:
            row.error("对应理论课", f"对应理论课 {course.theory} 不在本计划的课程中")
        elif course.theory == course.code or theory.theory is not None:
            row.error("对应理论课", f"对应理论课 {course.theory} 本身是实践课，不能作为理论课")
        elif course.exam is Exam.WRITTEN:
            row.warn("考试方式", "填写了对应理论课的课程一般是实践")
        elif course.requirement is Requirement.REQUIRED and theory.requirement is Requirement.ELECTIVE:
            row.warn("对应理论课", f"实践课是必考，理论课 {course.theory} 是选考：理论课也必须合格")


def _memberships(draft: Draft) -> None:
    known = {group.name for _, group in draft.groups}
    for row, course in draft.courses:
        for name in course.groups:
            if name not in known:
                row.error("课程组", f"课程组“{name}”不在工作表“课程组”中")
        if course.requirement is Requirement.ELECTIVE and not course.groups:
            row.error("课程组", "选考课程必须属于某个课程组")
        elif course.requirement is not Requirement.ELECTIVE and course.groups:
            row.warn("课程组", f"{course.requirement}课程一般不属于课程组")


def _groups(draft: Draft) -> None:
    known = {group.name for _, group in draft.groups}
    seen: dict[tuple[str, Condition, str], int] = {}
    for row, group in draft.groups:
        key = (group.name, group.condition, group.condition_group)
        if key in seen:
            row.error("课程组", f"与第 {seen[key]} 行是同一课程组的同一条件")
        seen.setdefault(key, row.number)
        if group.condition_group and group.condition_group not in known:
            row.error("适用条件", f"适用条件中的课程组“{group.condition_group}”不在工作表“课程组”中")
        elif group.condition_group == group.name:
            row.error("适用条件", "课程组不能以自己为条件")
        _group_limits(draft, row, group)
    _capped_overlaps(draft)


def _group_limits(draft: Draft, row: Row, group: Group) -> None:
    members = draft.members(group.name)
    if not members:
        row.error("课程组", f"课程组“{group.name}”没有课程")
        return
    paired = {course.code for course in members}
    reach = sum(course.theory not in paired for course in members)
    if group.min_courses is not None and group.min_courses > reach:
        row.error("最少门数", f"本组只有 {reach} 门课程（理论和实践算一门），达不到 {group.min_courses} 门")
    total = sum(course.credits for course in members)
    if group.min_credits is not None and group.min_credits > total:
        row.error("最少学分", f"本组课程共 {total} 学分，达不到 {group.min_credits} 学分")
    least = reach if group.all_courses else group.min_courses
    if group.max_courses is not None and least is not None and group.max_courses < least:
        row.error("最多门数", "最多门数小于最少门数")
    if None not in (group.max_credits, group.min_credits) and (group.max_credits or 0) < (group.min_credits or 0):
        row.error("最多学分", "最多学分小于最少学分")


def _capped_overlaps(draft: Draft) -> None:
    capped = [(row, group) for row, group in draft.groups if group.max_credits is not None]
    for place, (row, group) in enumerate(capped):
        mine = {course.code for course in draft.members(group.name)}
        for _, other in capped[:place]:
            theirs = {course.code for course in draft.members(other.name)}
            if mine & theirs and not mine <= theirs and not theirs <= mine:
                row.error("最多学分", f"与课程组“{other.name}”部分重叠，不能都有最多学分")


def _cases(draft: Draft) -> None:
    codes = draft.codes()
    seen: dict[tuple[str, str], int] = {}
    for row, case in draft.extras:
        if (case.group, case.name) in seen:
            row.error("情形", f"与第 {seen[case.group, case.name]} 行是同一情形")
        seen.setdefault((case.group, case.name), row.number)
        _case_courses(row, case, codes)
    named = {code for _, case in draft.extras for code in case.courses}
    for row, course in draft.courses:
        if course.requirement is Requirement.EXTRA and course.code not in named:
            row.warn("课程代码", f"加考课程 {course.code} 没有任何情形用到")


def _case_courses(row: Row, case: ExtraCase, codes: dict[str, PlanCourse]) -> None:
    for code in case.courses:
        course = codes.get(code)
        if course is None:
            row.error("须加考课程", f"课程 {code} 不在工作表“课程”中")
        elif course.requirement is not Requirement.EXTRA:
            row.warn("须加考课程", f"课程 {code} 的类别是{course.requirement}，不是加考")
        elif course.theory not in case.courses and _is_extra(codes.get(course.theory or "")):
            row.error("须加考课程", f"实践课 {code} 的理论课 {course.theory} 不在本情形中")
    for code in case.exempted:
        if code not in codes:
            row.error("可不考课程", f"课程 {code} 不在工作表“课程”中")
        elif code in case.courses:
            row.error("可不考课程", f"课程 {code} 同时须加考和可不考")
        elif codes[code].requirement is not Requirement.REQUIRED:
            row.warn("可不考课程", f"课程 {code} 不是必考，不需要列为可不考")
    known = [codes[code] for code in case.courses if code in codes]
    if case.min_courses is not None and case.min_courses > len(case.courses):
        row.error("最少门数", f"须加考课程只有 {len(case.courses)} 门，达不到 {case.min_courses} 门")
    total = sum(course.credits for course in known)
    if case.min_credits is not None and case.min_credits > total:
        row.error("最少学分", f"须加考课程共 {total} 学分，达不到 {case.min_credits} 学分")


def _is_extra(course: PlanCourse | None) -> bool:
    return course is not None and course.requirement is Requirement.EXTRA


def _by_name(draft: Draft) -> dict[str, list[tuple[Row, Replacement]]]:
    found: dict[str, list[tuple[Row, Replacement]]] = {}
    for row, item in draft.replacements:
        found.setdefault(item.name, []).append((row, item))
    return found


def _replacements(draft: Draft) -> None:
    codes = draft.codes()
    for rows in _by_name(draft).values():
        first_row, first = rows[0]
        old = unique(code for _, item in rows for code in item.old)
        for row, item in rows:
            for code in item.new:
                if code not in codes:
                    row.error("可顶替的计划课程代码", f"课程 {code} 不在本计划的课程中")
                if code in item.old:
                    row.error("已合格课程代码", f"课程 {code} 不能顶替自己")
            _agree(row, first_row, "最少门数", item.min_courses == first.min_courses)
            _agree(row, first_row, "使用期限", item.use_by == first.use_by)
        if first.min_courses is not None and first.min_courses > len(old):
            first_row.error(
                "最少门数", f"顶替组“{first.name}”只有 {len(old)} 门已合格课程，达不到 {first.min_courses} 门"
            )


def _agree(row: Row, first: Row, column: str, same: bool) -> None:
    if not same:
        row.error(column, f"同一顶替组的{column}与第 {first.number} 行不一致")


def _merged(draft: Draft) -> Iterable[Replacement]:
    """Merge the rows of each 顶替组."""
    for rows in _by_name(draft).values():
        items = [item for _, item in rows]
        old = unique(code for item in items for code in item.old)
        yield replace(items[0], old=old, new=unique(code for item in items for code in item.new))

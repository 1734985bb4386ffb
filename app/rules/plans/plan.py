"""专业计划: courses, groups, 加考, 顶替, and its use by a ticket.

Credits are `Decimal` (halves occur), in JSON exact numbers. Dates are half-open: 起用 inclusive, 停用 and 截止 exclusive
(contract.md "How they are read").
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any, NamedTuple

ANY_SCHOOL = "*"


class Requirement(StrEnum):
    """类别 of a course row."""

    REQUIRED = "必考"
    ELECTIVE = "选考"
    EXTRA = "加考"


class Exam(StrEnum):
    """考试方式 of a course row."""

    WRITTEN = "笔试"
    PRACTICE = "实践"
    THESIS = "论文"


class Condition(StrEnum):
    """When a 课程组 row applies: always, or by whether another group has a counted course."""

    ALWAYS = ""
    CHOSEN = "已选"
    NOT_CHOSEN = "未选"


@dataclass(frozen=True, slots=True)
class PlanCourse:
    """One row of 课程. `theory`: 对应理论课 of a practice; `counted`: 计入门数."""

    number: str
    code: str
    name: str
    credits: Decimal
    requirement: Requirement = Requirement.REQUIRED
    exam: Exam = Exam.WRITTEN
    groups: tuple[str, ...] = ()
    theory: str | None = None
    counted: bool = True
    starts_on: date | None = None
    ends_on: date | None = None
    remark: str = ""

    def active(self, on: date) -> bool:
        """Whether the row applies to a submission of this day."""
        return (self.starts_on is None or self.starts_on <= on) and (self.ends_on is None or on < self.ends_on)


@dataclass(frozen=True, slots=True)
class Group:
    """One row of 课程组: requirements under one condition. `all_courses`: 最少门数 = 全部."""

    name: str
    min_courses: int | None = None
    all_courses: bool = False
    min_credits: Decimal | None = None
    max_courses: int | None = None
    max_credits: Decimal | None = None
    condition: Condition = Condition.ALWAYS
    condition_group: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ExtraCase:
    """One 情形 of 加考, in a 情形组 (empty when the plan has one).

    Without `min_courses` and `min_credits` all `courses` are needed. `exempted`: 可不考课程; `in_total`: 计入总学分, counts
    toward the floors.
    """

    group: str
    name: str
    note: str = ""
    courses: tuple[str, ...] = ()
    min_courses: int | None = None
    min_credits: Decimal | None = None
    exempted: tuple[str, ...] = ()
    in_total: bool = False


@dataclass(frozen=True, slots=True)
class Replacement:
    """One 顶替组: `min_courses` of `old` (None: all), passed before `use_by`, replace all of `new`."""

    name: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    min_courses: int | None = None
    use_by: date | None = None


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Plan:
    """One version of a major's plan at one school (`*`: every school)."""

    major_code: str
    school_code: str
    version: str
    name: str
    level: str
    credit_floor: Decimal
    course_floor: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    registered_before: date | None = None
    courses: tuple[PlanCourse, ...] = ()
    groups: tuple[Group, ...] = ()
    extras: tuple[ExtraCase, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    remark: str = ""

    @property
    def key(self) -> str:
        """专业代码.学校代码.计划版本: value of the form field `major`."""
        return f"{self.major_code}.{self.school_code}.{self.version}"

    @property
    def bachelor(self) -> bool:
        """Whether the plan leads to a 本科 diploma (a prior one must be proved)."""
        return self.level == "本科"


class CaseGroup(NamedTuple):
    """One 情形组. `label` for the form; 加考选项 for the unnamed group."""

    name: str
    label: str
    cases: tuple[ExtraCase, ...]


def extra_case_groups(plan: Plan) -> tuple[CaseGroup, ...]:
    """Return the 情形组 by first appearance: the order of `extra_option_1`, `extra_option_2`, …"""
    grouped: dict[str, list[ExtraCase]] = {}
    for case in plan.extras:
        grouped.setdefault(case.group, []).append(case)
    return tuple(CaseGroup(name, name or "加考选项", tuple(cases)) for name, cases in grouped.items())


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """Ticket data for the graduation rules.

    record_status: 在籍/停考/推迟毕业/退学/转出; status_until: 状态截止日期, exclusive; local_minimum: local 门数 after a transfer in, 0 for
    off. used: courses counted for a graduation (course -> major), which count in no other plan; unknown_majors: graduated
    by the roster alone, so that the courses used are not known.
    """

    registered_on: date | None = None
    record_status: str = "在籍"
    status_until: date | None = None
    graduated_majors: frozenset[str] = field(default_factory=frozenset)
    local_minimum: int = 0
    used: Mapping[str, str] = field(default_factory=dict)
    unknown_majors: tuple[str, ...] = ()


class Usability(StrEnum):
    """Whether a ticket may use a plan."""

    YES = "可用"
    CHECK = "待核"
    NO = "不可用"


class Usable(NamedTuple):
    """Result of `usable`; `why` is empty only for YES."""

    answer: Usability
    why: str = ""

    @property
    def allowed(self) -> bool:
        """Whether the examinee may choose the plan."""
        return self.answer is not Usability.NO


def usable(plan: Plan, facts: TicketFacts, on: date) -> Usable:
    """Return whether a ticket may use `plan` on the local date `on`.

    With a 注册截止日期 in the plan, an unknown 注册日期 is 待核.
    """
    if plan.starts_on is not None and on < plan.starts_on:
        return Usable(Usability.NO, f"本计划自 {plan.starts_on} 起启用")
    if plan.ends_on is not None and on >= plan.ends_on:
        return Usable(Usability.NO, f"本计划已于 {plan.ends_on} 停用")
    if plan.registered_before is not None:
        if facts.registered_on is None:
            return Usable(Usability.CHECK, f"本计划限 {plan.registered_before} 前注册的考生，你的注册日期待核")
        if facts.registered_on >= plan.registered_before:
            return Usable(
                Usability.NO, f"本计划限 {plan.registered_before} 前注册的考生，你于 {facts.registered_on} 注册"
            )
    return Usable(Usability.YES)


def credit(value: str | int | float | Decimal) -> Decimal:
    """Normalise credits: no trailing zeros, so `5.0` and `5` print alike."""
    number = Decimal(str(value))
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def credit_json(value: Decimal) -> int | float:
    """Convert credits to JSON; `credit()` inverts it."""
    return int(value) if value == value.to_integral_value() else float(value)


def unique(values: Iterable[str]) -> tuple[str, ...]:
    """Remove duplicates, keeping order."""
    return tuple(dict.fromkeys(values))


FORMAT = 1

_DATES = ("starts_on", "ends_on", "registered_before", "use_by")
_CREDITS = ("credits", "credit_floor", "min_credits", "max_credits")
_ROWS: dict[str, type[Any]] = {
    "courses": PlanCourse,
    "groups": Group,
    "extras": ExtraCase,
    "replacements": Replacement,
}
_READERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_DATES, date.fromisoformat),
    **dict.fromkeys(_CREDITS, credit),
    "requirement": Requirement,
    "exam": Exam,
    "condition": Condition,
}


def to_json(plan: Plan) -> dict[str, Any]:
    """Return the plan as a JSON document; `from_json` inverts it."""
    document: dict[str, Any] = {"format": FORMAT}
    for each in fields(plan):
        value = getattr(plan, each.name)
        if each.name in _ROWS:
            document[each.name] = [{f.name: _plain(getattr(row, f.name)) for f in fields(row)} for row in value]
        else:
            document[each.name] = _plain(value)
    return document


def from_json(document: dict[str, Any]) -> Plan:
    """Read a document of `to_json`. Raises ValueError for another format."""
    if document.get("format") != FORMAT:
        raise ValueError(f"计划文档的格式 {document.get('format')!r} 无法读取")
    values = {name: _typed(name, value) for name, value in document.items() if name != "format"}
    for name, kind in _ROWS.items():
        values[name] = tuple(kind(**{key: _typed(key, cell) for key, cell in row.items()}) for row in document[name])
    return Plan(**values)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return credit_json(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _typed(name: str, value: Any) -> Any:
    if value is None:
        return None
    reader = _READERS.get(name)
    if reader is not None:
        return reader(value)
    return tuple(value) if isinstance(value, list) else value

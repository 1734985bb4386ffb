"""A 专业计划 as data: courses, groups, 加考, 顶替, and who may still use it.

Credits are `Decimal` (halves occur); in JSON they are numbers, whole ones as integers, and come back exactly.
Dates are half-open: 起用 inclusive, 停用 and 截止 exclusive (contract.md "How they are read").
"""

from collections.abc import Callable, Iterable
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
    """When a row of 课程组 applies: always, or by whether another group has a counted course."""

    ALWAYS = ""
    CHOSEN = "已选"
    NOT_CHOSEN = "未选"


@dataclass(frozen=True, slots=True)
class PlanCourse:
    """One row of 课程. `theory` is the 对应理论课 of a practice; `counted` is 计入门数."""

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
        """Is the row part of the plan for a submission of this day."""
        return (self.starts_on is None or self.starts_on <= on) and (self.ends_on is None or on < self.ends_on)


@dataclass(frozen=True, slots=True)
class Group:
    """One row of 课程组: what the group asks under one condition. `all_courses` is 最少门数 = 全部."""

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

    Without `min_courses` and `min_credits` every course of `courses` is needed. `exempted` are the 可不考课程;
    `in_total` (计入总学分) says whether what is earned here counts toward the floors.
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
    """One 顶替组: at least `min_courses` of `old` (all when None), passed before `use_by`, stand for all of `new`."""

    name: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    min_courses: int | None = None
    use_by: date | None = None


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Plan:
    """One version of a major's plan at one school (`*` for every school)."""

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
        """专业代码.学校代码.计划版本: the value of the form field `major`."""
        return f"{self.major_code}.{self.school_code}.{self.version}"

    @property
    def bachelor(self) -> bool:
        """Does the plan end in a 本科 diploma (so that a prior one must be proved)."""
        return self.level == "本科"


class CaseGroup(NamedTuple):
    """One 情形组 and its cases. `label` is what the form shows; the group without a name is 加考选项."""

    name: str
    label: str
    cases: tuple[ExtraCase, ...]


def extra_case_groups(plan: Plan) -> tuple[CaseGroup, ...]:
    """The 情形组 of a plan by first appearance; the fields `extra_option_1`, `extra_option_2`, … follow this order."""
    grouped: dict[str, list[ExtraCase]] = {}
    for case in plan.extras:
        grouped.setdefault(case.group, []).append(case)
    return tuple(CaseGroup(name, name or "加考选项", tuple(cases)) for name, cases in grouped.items())


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """What the office holds of a ticket, as far as graduation asks.

    record_status: 在籍/停考/推迟毕业/退学/转出; status_until: 状态截止日期, exclusive, None without an end;
    local_minimum: 门数 to be passed here after a transfer in, 0 for off.
    """

    registered_on: date | None = None
    record_status: str = "在籍"
    status_until: date | None = None
    graduated_majors: frozenset[str] = field(default_factory=frozenset)
    local_minimum: int = 0


class Usability(StrEnum):
    """May a ticket use a plan."""

    YES = "可用"
    CHECK = "待核"
    NO = "不可用"


class Usable(NamedTuple):
    """The answer of `usable`; `why` is empty only for a plain yes. Everything but `NO` is allowed."""

    answer: Usability
    why: str = ""

    @property
    def allowed(self) -> bool:
        """May the examinee choose the plan."""
        return self.answer is not Usability.NO


def usable(plan: Plan, facts: TicketFacts, on: date) -> Usable:
    """May a ticket use `plan` for an application of the day `on` (local date).

    An unknown 注册日期 is allowed and marked 待核 where the plan has a 注册截止日期.
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
    """A credit number without trailing zeros: `5.0` and `5` are the same and print alike."""
    number = Decimal(str(value))
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def credit_json(value: Decimal) -> int | float:
    """A credit number for JSON; `credit()` gives the same Decimal back."""
    return int(value) if value == value.to_integral_value() else float(value)


def unique(values: Iterable[str]) -> tuple[str, ...]:
    """The values in order, each once."""
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
    """The plan as one JSON document; `from_json` gives an equal plan back."""
    document: dict[str, Any] = {"format": FORMAT}
    for each in fields(plan):
        value = getattr(plan, each.name)
        if each.name in _ROWS:
            document[each.name] = [{f.name: _plain(getattr(row, f.name)) for f in fields(row)} for row in value]
        else:
            document[each.name] = _plain(value)
    return document


def from_json(document: dict[str, Any]) -> Plan:
    """The plan of a document that `to_json` wrote. Raises ValueError for another format."""
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

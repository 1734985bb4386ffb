"""Result types of an assessment."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from app.rules.plans.marks import parse_mark


class Verdict(StrEnum):
    """结论."""

    MET = "符合"
    SHORT = "尚缺"
    CHECK = "待核"


class State(StrEnum):
    """State of a course line; values as displayed."""

    PASSED = "已合格"
    EXEMPT = "免考"
    REPLACED = "顶替"
    WAIVED = "同名免加考"
    RELEASED = "可不考"
    FAILED = "未合格"
    ABSENT = "缺少"
    CHOICE = "可选"
    UNUSED = "不需要"
    LEFT_OUT = "未计入"


# States of courses still to pass.
OPEN_STATES = frozenset({State.FAILED, State.ABSENT})


class NextStep(StrEnum):
    """Next step for a missing course."""

    EXAM = "考试"
    PRACTICE = "实践"
    THESIS = "论文"
    EXEMPTION = "申请免考"
    REPLACEMENT = "申请顶替"
    CALL = "联系主考学校"


class Used(NamedTuple):
    """A grade row in an assessment. `mark`: stored text."""

    code: str
    name: str
    session: str
    origin: str
    mark: str

    @property
    def shown(self) -> str:
        """缺考, 违规, 满分100 … or the mark."""
        try:
            return parse_mark(self.mark).shown
        except ValueError:
            return self.mark


class Line(NamedTuple):
    """One course of the plan, or a 加考 course of the chosen 情形.

    grades: the row that satisfied it, the old grades of a 顶替, or the best attempt. counted: its credits are in the
    totals. rule: in words.
    """

    number: str
    code: str
    name: str
    credits: Decimal
    requirement: str
    exam: str
    rule: str
    state: State
    counted: bool
    grades: tuple[Used, ...] = ()
    note: str = ""
    next_step: NextStep | None = None
    also: tuple[NextStep, ...] = ()

    @property
    def open(self) -> bool:
        """Whether this line alone prevents graduation."""
        return self.state in OPEN_STATES


class Branch(NamedTuple):
    """One condition row. `applies` None: undecided (nothing of the other group passed)."""

    condition: str
    needs: str
    applies: bool | None
    met: bool
    text: str


class GroupResult(NamedTuple):
    """Result of a group: counted courses, branches, explanation."""

    name: str
    note: str
    met: bool
    courses: int
    credits: Decimal
    branches: tuple[Branch, ...]
    text: str


class Missing(NamedTuple):
    """A missing course, or `needed` courses out of `options` (code, name)."""

    code: str
    name: str
    needed: int
    options: tuple[tuple[str, str], ...]
    rule: str
    next_step: NextStep
    text: str


class Reason(NamedTuple):
    """Why the verdict is not 符合. `code`: of the catalogue (R01 …)."""

    code: str
    text: str


class Case(NamedTuple):
    """The assessed 情形. `chosen` False: the lightest, as none was chosen."""

    group: str
    name: str
    chosen: bool


class Other(NamedTuple):
    """A grade row that no line uses, and why."""

    grade: Used
    note: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """Result of `assess`, frozen in a submission by `as_document`.

    short: minimum of course codes to pass (None: impossible); *_needed: floors; blocks: other obstacles (停考, 停用 …).
    """

    plan_key: str
    plan_name: str
    level: str
    on: date
    verdict: Verdict
    short: int | None
    credits_earned: Decimal
    credits_needed: Decimal
    courses_earned: int
    courses_needed: int | None
    lines: tuple[Line, ...]
    groups: tuple[GroupResult, ...]
    missing: tuple[Missing, ...]
    cases: tuple[Case, ...]
    others: tuple[Other, ...]
    blocks: tuple[Reason, ...]
    reasons: tuple[Reason, ...]

    @property
    def met(self) -> bool:
        """Whether the verdict is 符合."""
        return self.verdict is Verdict.MET

    @property
    def used_up(self) -> tuple[str, ...]:
        """Courses that a graduation uses up: those whose grades are in the totals, of a 顶替 the old ones; by code."""
        return tuple(sorted({grade.code for line in self.lines if line.counted for grade in line.grades}))

    def missing_courses(self) -> tuple[tuple[str, str], ...]:
        """Return code and name of all missing courses; options of a choice are joined with 或."""
        return tuple(
            (item.code, item.name)
            if item.code
            else ("/".join(code for code, _ in item.options), "或".join(name for _, name in item.options) or item.name)
            for item in self.missing
        )

"""The shape of an answer: what an Assessment says, line by line, group by group."""

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
    """How a course line stands; the values are what the table shows."""

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


# States that ask something of the examinee, and those that are settled.
OPEN_STATES = frozenset({State.FAILED, State.ABSENT})


class NextStep(StrEnum):
    """What to do about a missing course."""

    EXAM = "考试"
    PRACTICE = "实践"
    THESIS = "论文"
    EXEMPTION = "申请免考"
    REPLACEMENT = "申请顶替"
    CALL = "联系主考学校"


class Used(NamedTuple):
    """A grade row as it stands in an assessment. `mark` is the stored text, `shown` what it means in words."""

    code: str
    name: str
    session: str
    origin: str
    mark: str

    @property
    def shown(self) -> str:
        """缺考, 违规, 满分100 … or the mark itself."""
        try:
            return parse_mark(self.mark).shown
        except ValueError:
            return self.mark


class Line(NamedTuple):
    """One course of the plan (or one 加考 course that the chosen 情形 needs).

    grades: the grade row that satisfied it, the old grades of a 顶替, or the best attempt so far when it is open.
    counted: its credits are in the totals. rule: the rule that the line serves, in words.
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
        """Does this line by itself keep the examinee from graduating."""
        return self.state in OPEN_STATES


class Branch(NamedTuple):
    """One condition row of a group. `applies` is None while both ways are open (nothing of the other group passed)."""

    condition: str
    needs: str
    applies: bool | None
    met: bool
    text: str


class GroupResult(NamedTuple):
    """How a group stands: what is counted of it, its branches, and a sentence that explains it."""

    name: str
    note: str
    met: bool
    courses: int
    credits: Decimal
    branches: tuple[Branch, ...]
    text: str


class Missing(NamedTuple):
    """One thing that is missing: a course, or `needed` courses to choose from `options` (code and name pairs)."""

    code: str
    name: str
    needed: int
    options: tuple[tuple[str, str], ...]
    rule: str
    next_step: NextStep
    text: str


class Reason(NamedTuple):
    """Why the verdict is not 符合: `code` is that of the catalogue of reasons (R01 …), `text` a plain sentence."""

    code: str
    text: str


class Case(NamedTuple):
    """The 情形 that was assessed. `chosen` is False where the lightest was taken for want of a choice."""

    group: str
    name: str
    chosen: bool


class Other(NamedTuple):
    """A grade row that no line uses, and why."""

    grade: Used
    note: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """What `assess` answers. Frozen with a submission by way of `as_document`.

    short: the smallest number of further course codes to pass (None: not even all of them would do);
    credits_needed / courses_needed are the plan's floors; blocks stand apart from courses (停考, 停用 …).
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
        """符合, nothing left to ask."""
        return self.verdict is Verdict.MET

    def missing_courses(self) -> tuple[tuple[str, str], ...]:
        """Code and name of every course that is missing; a choice is one entry, its options joined with 或."""
        return tuple(
            (item.code, item.name)
            if item.code
            else ("/".join(code for code, _ in item.options), "或".join(name for _, name in item.options) or item.name)
            for item in self.missing
        )

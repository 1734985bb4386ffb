"""Case: everything a step may read, as plain data.

Pages, lists, diffs, submissions and papers are made from items (app.rules.submission).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

from app.rules.evidence.flags import DAMAGED, GONE, TROUBLE
from app.rules.plans.eligibility import Assessment
from app.rules.plans.marks import Grade
from app.rules.plans.missing_scores import Question
from app.rules.plans.named_version import NamedVersion
from app.rules.plans.plan import Plan
from app.rules.plans.plan import TicketFacts as RecordFacts
from app.rules.review.lifecycle import EDITABLE, State
from app.rules.windows import InItsTime, WindowFacts, in_time

Answers = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ExamineeFacts:
    id: int
    id_type: str
    id_number: str
    name: str
    sex: str
    birth_date: date | None
    nation: str
    political_status: str
    phone: str


@dataclass(frozen=True, slots=True)
class CompletedMajor:
    """A major completed on this platform by the application `public_id`, and the courses that it used up."""

    public_id: str
    major_code: str
    courses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Finished:
    """A major in which a ticket has graduated. `public_id`: of the completed application; empty where the roster alone knows it."""

    major_code: str
    public_id: str = ""

    @property
    def words(self) -> str:
        """Return what is said of it in a line."""
        return "已毕业" if self.public_id else "已毕业（考籍登记）"


@dataclass(frozen=True, slots=True)
class TicketFacts:
    id: int
    number: str
    status: str
    status_until: date | None
    registered_on: date | None
    major_code: str
    school_code: str
    plan_version: str
    graduated_majors: tuple[str, ...]  # by the roster
    local_minimums: tuple[int, int] = (0, 0)  # local 门数 needed after a transfer in: 专科, 本科; 0 is off
    completed_majors: tuple[CompletedMajor, ...] = ()

    def record(self, level: str = "", *, but: str = "") -> RecordFacts:
        """Return the facts for the graduation rules, with the minimum of the plan's level.

        `but`: public id of an application whose own completion is left out, as it cannot stand in its own way.
        """
        minimum = {"专科": self.local_minimums[0], "本科": self.local_minimums[1]}.get(level, 0)
        others = [each for each in self.completed_majors if each.public_id != but]
        own = {each.major_code for each in self.completed_majors if each.public_id == but}
        known = {each.major_code for each in self.completed_majors}
        return RecordFacts(
            self.registered_on,
            self.status,
            self.status_until,
            frozenset(self.graduated_majors) - own | {each.major_code for each in others},
            minimum,
            used={course: each.major_code for each in others for course in each.courses},
            unknown_majors=tuple(code for code in self.graduated_majors if code not in known),
        )

    def finished(self, major_code: str) -> Finished | None:
        """Return the graduation in a major, here or by the roster; None without one."""
        here = next((each.public_id for each in self.completed_majors if each.major_code == major_code), "")
        return Finished(major_code, here) if here or major_code in self.graduated_majors else None

    @property
    def all_finished(self) -> tuple[Finished, ...]:
        """Every major in which the ticket has graduated."""
        codes = dict.fromkeys((*(each.major_code for each in self.completed_majors), *self.graduated_majors))
        return tuple(found for code in codes if (found := self.finished(code)))


@dataclass(frozen=True, slots=True)
class SchoolFacts:
    code: str
    name: str
    phone: str
    address: str = ""
    website: str = ""
    instructions: str = ""
    completion_instructions: str = ""
    hours: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceFacts:
    public_id: str
    slot: str
    sha256: str
    size: int
    width: int
    height: int
    label: str
    measures: Mapping[str, float] = field(default_factory=dict)
    codes: Sequence[str] = ()
    missing: bool = False
    damaged: bool = False
    submitted: bool = False

    @property
    def trouble(self) -> str:
        """Why it must be uploaded again; empty for a picture that is whole."""
        return TROUBLE[GONE] if self.missing else TROUBLE[DAMAGED] if self.damaged else ""


@dataclass(frozen=True, slots=True)
class PlanChoice:
    """A plan that the ticket may use, at one school. `value`: 专业代码.学校代码.计划版本."""

    value: str
    plan: Plan
    school: SchoolFacts
    plan_id: int
    declared: bool
    to_check: str = ""  # reason, when 待核


class UnderWay(NamedTuple):
    """An application of the ticket in a major that is submitted, returned or approved, and not ended. `window`: its own."""

    public_id: str
    major_code: str
    state: State
    window: WindowFacts


class Office(Protocol):
    """Stored data for steps, cached for the life of the case."""

    def choices(self) -> Sequence[PlanChoice]: ...
    def choice(self, value: str) -> PlanChoice | None: ...
    def grades(self) -> Sequence[Grade]: ...
    def school(self, code: str) -> SchoolFacts | None: ...
    def questions(self) -> Sequence[Question]: ...
    def under_way(self) -> Sequence[UnderWay]: ...
    def named_version(self) -> NamedVersion | None: ...


@dataclass(slots=True)
class Case(InItsTime):
    """One application at a moment (`on`: aware UTC; `today`: local)."""

    public_id: str
    application_id: int
    service: str
    state: State
    version: int
    answers: Answers
    reached: str
    open_items: tuple[str, ...] | None
    returned_stage: str | None
    submissions: int
    examinee: ExamineeFacts
    ticket: TicketFacts
    window: WindowFacts
    evidence: Mapping[str, EvidenceFacts]
    office: Office
    on: datetime
    today: date
    at_step: str = ""  # slug to resume at
    saved_at: datetime | None = None
    school: str = "主考学校"  # whom to call: name and phone
    longer: str | None = None  # app.rules.windows.Longer, of this ticket alone
    discarded: bool = False  # a draft set aside by its owner
    memo: dict[str, Any] = field(default_factory=dict)  # results shared between steps

    def answer(self, step: str) -> dict[str, Any]:
        """Return the stored answers of a step (key with underscores), or {}."""
        return self.answers.get(step.replace("-", "_"), {})

    def open(self, key: str) -> bool:
        """Whether an item may be changed: any in a draft, else what was returned and its dependents."""
        return self.open_items is None or key in self.open_items

    def beside(self) -> list[UnderWay]:
        """Return the other applications of the ticket that bar another one in their majors.

        One returned bars while it can still be corrected, and none that was returned itself: else two would bar each other.
        """
        return [
            each
            for each in self.office.under_way()
            if each.public_id != self.public_id
            and (each.state is not State.RETURNED or (self.state is State.DRAFT and each.window.takes_fixes(self.on)))
        ]

    @property
    def writable(self) -> bool:
        """Whether it can be filled in at this moment."""
        return self.state in EDITABLE and in_time(self.window, self.state, self.on)


@dataclass(frozen=True, slots=True)
class Routing:
    """Destination of a submission, and values for filters."""

    major_code: str
    school_code: str
    plan_id: int | None
    assessment: Assessment | None

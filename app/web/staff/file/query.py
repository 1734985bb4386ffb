"""Data of the review page, read once as plain rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.applications.present import present_assessment, to_check
from app.actions.review.saved_opinion import NOTHING
from app.actions.services import shown
from app.models import Application, Submission
from app.rules.calendar import moment
from app.rules.case import Case
from app.rules.orders import by_what
from app.rules.papers.paper import PaperKind
from app.rules.people.privacy import mask_id, mask_phone, with_masks
from app.rules.people.roles import Actor
from app.rules.plans.eligibility import Assessment
from app.rules.plans.missing_scores import Question
from app.rules.review.assessment_diff import Change, changes
from app.rules.review.clashes import GRADUATED, Clash
from app.rules.review.lifecycle import UNDER_REVIEW, for_decision
from app.rules.review.waivers import Gap, gaps
from app.rules.review.words import DECISIONS, STAGES, passed
from app.rules.submission import Item
from app.rules.text import count_words
from app.web.staff.file.draft import draft_of, stamp_of
from app.web.staff.file.rounds import Round, rounds_of, said_of
from app.web.staff.file.stored.rows import FileRows, read_file
from app.wizard.service import Service, service_for

Mask = Callable[[str], str]
CODE = re.compile(r"[0-9A-Za-z-]{8,40}")
LONG = 80  # longer values are folded


@dataclass(frozen=True, slots=True)
class Row:
    """An item of the frozen submission. `before`: why it was returned earlier; `doubts`: of the office, at 退回初审."""

    key: str
    label: str
    value: str
    words: int = 0  # word count of a long text, else 0
    hidden: bool = False  # masked
    picture: str = ""  # anchor in the viewer
    before: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    copy: bool = False  # number or code to copy
    beside: str = ""  # anchor of the picture showing the value
    explained: bool = False  # explains missing courses, listed with it
    held: bool = False  # of the office, not typed


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of a step."""

    key: str
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class File:
    """The review page's data."""

    stored: FileRows
    application: Application
    submission: Submission
    case: Case
    name: str
    ticket: str
    school: str
    state: Any
    stage: str
    groups: tuple[Group, ...]
    assessment: Assessment | None
    gaps: tuple[Gap, ...]
    changes: tuple[Change, ...]  # grades changed since the submission
    questions: tuple[Question, ...]  # the ticket's 缺成绩 reports
    rounds: tuple[Round, ...]  # latest first
    decisions: tuple[tuple[str, str], ...]  # value and label of this reviewer's buttons
    draft: Mapping[str, str] = field(default_factory=dict)  # field -> text of the open review
    begun_by: str = ""
    saved: str = NOTHING  # stamp of the open review
    paid: tuple[tuple[str, str], ...] = ()  # order number; when and how
    purpose: str = ""  # of the watermark
    papers: tuple[PaperKind, ...] = ()  # the service's, printable now
    clash: Clash | None = None  # another application in its way, or beside it
    other: str = ""  # public id of that one, where the reader may open it
    to_check: tuple[str, ...] = ()  # what is 待核 before a pass

    @property
    def gaps_changed(self) -> bool:
        """Whether other courses are missing than at the submission."""
        return not self.stored.stopped and {gap.key for gap in self.gaps} != {gap.key for gap in self.gaps_then}

    @property
    def gaps_then(self) -> tuple[Gap, ...]:
        """What was missing at the submission."""
        return gaps(self.assessment)

    @property
    def before(self) -> Submission | None:
        """The earlier submission with which this one is compared: the last that this stage decided on, else the last that was.

        None: there was none. What was withdrawn before anybody decided was looked at by nobody.
        """
        decided = self._decided(self.case.state) or self._decided()
        return next((each for each in reversed(self.stored.submissions) if each.number in decided), None)

    @property
    def known(self) -> bool:
        """Whether this stage decided on an earlier submission: what is as it was then need not be read again."""
        return bool(self._decided(self.case.state))

    def _decided(self, stage: str = "") -> set[int]:
        """Numbers of earlier submissions with a decision that stands, of this stage."""
        here = self.submission.number
        rounds = (each for each in self.rounds if each.number < here and not each.revoked)
        return {each.number for each in rounds if stage in ("", each.stage)}

    @property
    def sent_back(self) -> Round | None:
        """The office's 退回初审 that the school has not decided on since."""
        return next((each for each in self.rounds if not each.revoked), None) if self.application.sent_back else None


def load_file(
    session: Session, public_id: str, by: Actor, *, on: datetime, reveal: bool = False, number: int = 0
) -> File:
    """Return the review data in the reviewer's scope; `number`: of an earlier submission. Raises NotFound."""
    stored = read_file(session, public_id, by, on=on)
    stored = replace(stored, submissions=stored.submissions[:number]) if number else stored
    row, case, submission = stored.application, stored.case, stored.submissions[-1]
    content = submission.content
    service = service_for(row.service)
    rounds = rounds_of(stored)
    clash, present = stored.clash, present_assessment(submission, service, case)
    draft, begun_by = draft_of(stored, rounds)
    return File(
        application=row,
        submission=submission,
        case=case,
        name=scope.shown_name(case.examinee.name, by),
        ticket=case.ticket.number,
        school=stored.school.name if stored.school else row.school_code,
        state=shown(case.state, case.window, on, not_owed=stored.not_owed),
        stage=STAGES.get(case.state, ""),
        groups=_groups(content.items, service, rounds, {} if reveal else masks_for(by, content.examinee.id_number)),
        assessment=content.assessment,
        gaps=() if stored.stopped else gaps(present),
        changes=() if clash and clash.kind == GRADUATED else _changes(content.assessment, service, case),
        questions=tuple(case.office.questions()),
        rounds=tuple(reversed(rounds)),
        decisions=_decisions(case, by),
        draft=draft,
        begun_by=begun_by,
        saved=stamp_of(stored),
        paid=tuple(_paid(row) for row in stored.written("paid")),
        stored=stored,
        purpose=service.words.purpose,
        papers=() if stored.stopped else tuple(paper for paper in service.papers if case.state in paper.states),
        clash=clash,
        other=_in_scope(session, clash, by),
        to_check=to_check(present, clash) if case.state in UNDER_REVIEW else (),
    )


def _paid(row: Any) -> tuple[str, str]:
    """Return number of the order, and when and how it was paid, from the log (stored/log.py)."""
    number, _, receipt = row.what.partition(" ")
    return number, f"{moment(row.at)}，{by_what(row.who, receipt)}"


def _in_scope(session: Session, clash: Clash | None, by: Actor) -> str:
    if clash is None:
        return ""
    query = select(Application.public_id).where(Application.public_id == clash.public_id, scope.applications(by))
    return session.scalar(query) or ""


def _changes(frozen: Assessment | None, service: Service, case: Case) -> tuple[Change, ...]:
    """Return grade changes since the submission; none outside review or without the plan."""
    if case.state not in UNDER_REVIEW:
        return ()
    try:
        return changes(frozen, service.routing(case).assessment)
    except ValueError:
        return ()


def _decisions(case: Case, by: Actor) -> tuple[tuple[str, str], ...]:
    found = []
    for decision in DECISIONS:
        arrow = for_decision(decision, case.state, by.role, case.window.stages)
        if arrow is None:
            continue
        word = passed(case.state, case.window.stages) if decision == "pass" else DECISIONS[decision]
        found.append((decision, word))
    return tuple(found)


def masks_for(by: Actor, number: str = "") -> dict[str, Mask]:
    """Return field -> what hides it from this reader until 显示; a name from who only looks.

    "": what hides the person's own ID `number` in any other field, such as a statement in which it was typed.
    """
    anywhere = {number: mask_id(number)}
    return {
        "id_number": mask_id,
        "phone": mask_phone,
        "name": lambda name: scope.shown_name(name, by),
        "": lambda text: str(with_masks(text, anywhere)),
    }


def _groups(
    items: Sequence[Item], service: Service, rounds: list[Round], masks: Mapping[str, Mask]
) -> tuple[Group, ...]:
    """Return the items by step, in order."""
    standing = [each for each in rounds if not each.revoked]
    doubts = said_of([each for each in standing if each.decision == "back"])
    before = said_of([each for each in standing if each.decision != "back"])
    steps: dict[str, list[Row]] = {}
    read_from, explained = service.proofs.read_from, service.reasons.explained
    anchors = {item.key: f"picture-{item.evidence}" for item in items if item.evidence}
    for item in items:
        step = item.key.partition(".")[0]
        value = masks.get(item.field, masks.get("", str))(item.value)
        steps.setdefault(step, []).append(
            Row(
                key=item.key,
                label=item.label,
                value=value,
                words=count_words(value) if len(value) > LONG else 0,
                hidden=value != item.value,
                picture=anchors.get(item.key, ""),
                beside=anchors.get(read_from.get(item.key, item.key), ""),
                before=before.get(item.key, ()),
                doubts=doubts.get(item.key, ()),
                copy=bool(CODE.fullmatch(value)),
                explained=item.key == explained,
                held=item.locked,
            )
        )
    return tuple(Group(key, _title(service, key), tuple(rows)) for key, rows in steps.items())


def _title(service: Service, key: str) -> str:
    step = service.step(key.replace("_", "-"))
    return step.title if step else key

"""挂起/请示: a file waits aside with a question to the school's lead or the office, and comes back with the answer.

Neither reaches the examinee. The time aside counts in no age.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, aliased

from app.actions import scope
from app.actions.applications import leases
from app.actions.applications.waiting import waits_since
from app.actions.audit import record
from app.actions.repeats import once
from app.models import Application, Aside, PendingDecision, Staff, Window
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed
from app.rules.review.asides import ASKED, LEAD, LONGEST, OFFICE, may_answer
from app.rules.review.lifecycle import UNDER_REVIEW, State, for_decision

OVER = "这一件现在没有等答复的请示：已经答复，或者已经收回。"
ANEW = "那个请示已经处理过，后来又提了新的请示。请看过下面的内容再按一次。"
ASIDE = "这一件正在请示，还没有答复。等答复后，或收回请示后再作决定。"


def is_answered() -> ColumnElement[bool]:
    """Condition on applications: a question of this stage was answered since it was submitted."""
    said = aliased(Aside)
    own = (said.application_id == Application.id, said.stage == Application.state)
    since = said.asked_at >= Application.submitted_at
    return exists().where(*own, said.answer != "", since).correlate(Application)


def was_answered() -> ColumnElement[bool]:
    """The same, for lists: only the few that were ever answered are looked at."""
    few = select(Application.id).join(Aside, Aside.application_id == Application.id)
    return Application.id.in_(few.where(Aside.answer != "", is_answered()).correlate(None))


def asked_of(by: Actor) -> ColumnElement[bool]:
    """Condition on applications: put aside with a question that this person may answer."""
    asked = [each for each in ASKED if may_answer(each, by.role)]
    mine = (Aside.ended_at.is_(None), Aside.staff_id != by.id, Aside.asked.in_(asked))
    return Application.id.in_(select(Aside.application_id).where(*mine).correlate(None)) & scope.applications(by)


def refuse_aside(session: Session, application_id: int) -> None:
    """Raise ChangedMeanwhile while the file is aside."""
    if _open(session, application_id) is not None:
        raise ChangedMeanwhile(ASIDE)


def put_aside(
    session: Session, public_id: str, question: str, asked: str, *, version: int, by: Actor, on: datetime
) -> int:
    """Put the file aside with a question, return its id; the lease is released. `asked`: lead or office.

    Raises NotFound, Invalid(question, asked), NotAllowed, ChangedMeanwhile.
    """
    row = scope.application(session, public_id, by, lock=True)
    state = State(row.state)
    if state not in UNDER_REVIEW or row.version != version or session.get(PendingDecision, row.id) is not None:
        raise ChangedMeanwhile("这一件刚刚有了变化，没有请示。请看过现在的情况再说。")
    stages = session.get_one(Window, row.window_id).stages
    if for_decision("pass", state, by.role, stages) is None:
        raise NotAllowed("这个环节不由你审核。")
    leases.refuse_while_held(session, row.id, by=by, on=on)
    refuse_aside(session, row.id)
    _refuse(asked=_of_whom(session, row, asked, by), question=_of_text(question, "请示的问题"))
    since = session.scalar(select(waits_since()).where(Application.id == row.id)) or row.submitted_at or on
    made = Aside(
        application_id=row.id,
        stage=state.value,
        staff_id=by.id,
        asked=asked,
        question=question,
        asked_at=on,
        waited=max(0, int((on - since).total_seconds())),
    )
    session.add(made)
    leases.drop(session, row.id, by=by)
    _record(session, "application.put_aside", row.id, by, on, asked)
    session.flush()
    return made.id


def answer(public_id: str, text: str, *, by: Actor, on: datetime, token: str = "") -> None:
    """答复, once for the `token` of a form: the file goes back into the list.

    Raises NotFound, NotAllowed, Invalid(answer), ChangedMeanwhile (none waits, or a new one since).
    """
    with transaction() as session:
        row = scope.application(session, public_id, by, lock=True)

        def act() -> dict[str, Any]:
            found = _waiting(session, row)
            if not may_answer(found.asked, by.role) or found.staff_id == by.id:
                raise NotAllowed(f"这个请示由{ASKED[found.asked]}答复。")
            _refuse(answer=_of_text(text, "答复"))
            found.answer, found.answered_by = text, by.id
            _end(found, on)
            leases.drop(session, row.id, by=by)  # it is the reviewer's again
            _record(session, "application.aside_answered", row.id, by, on, found.asked)
            return {}

        once(session, token, ["answer", public_id, text], act, by=by, on=on)
        _none_waits(session, row)


def take_back(public_id: str, *, by: Actor, on: datetime, token: str = "") -> None:
    """收回请示, by who asked; once for the `token` of a form. Raises NotFound, NotAllowed, ChangedMeanwhile."""
    with transaction() as session:
        row = scope.application(session, public_id, by, lock=True)

        def act() -> dict[str, Any]:
            found = _waiting(session, row)
            if found.staff_id != by.id:
                raise NotAllowed("这个请示不是你提的。")
            _end(found, on)
            _record(session, "application.aside_taken_back", row.id, by, on, found.asked)
            return {}

        once(session, token, ["take_back", public_id], act, by=by, on=on)
        _none_waits(session, row)


def _waiting(session: Session, row: Application) -> Aside:
    found = _open(session, row.id)
    if found is None:
        raise ChangedMeanwhile(OVER)
    return found


def _none_waits(session: Session, row: Application) -> None:
    """What ended a question before does not end the next one."""
    if _open(session, row.id) is not None:
        raise ChangedMeanwhile(ANEW)


def answerers(session: Session, asked: str, school_code: str, by: Actor) -> bool:
    """Whether somebody else is there to answer."""
    roles = [Staff.role == role for role in ("school_lead", *scope.OFFICE) if may_answer(asked, role)]
    own = or_(Staff.school_code == "", Staff.school_code == school_code)
    there = exists().where(Staff.active, or_(*roles), own, Staff.id != by.id)
    if asked == LEAD:
        there = exists().where(Staff.active, Staff.role == "school_lead", own, Staff.id != by.id)
    return bool(session.scalar(select(there)))


def _refuse(**said: str) -> None:
    """Raise Invalid with all that is wrong: field -> words, '' where it is right."""
    wrong = {name: words for name, words in said.items() if words}
    if wrong:
        (name, first), *rest = wrong.items()
        raise Invalid(name, first, {other: [words] for other, words in rest})


def _of_whom(session: Session, row: Application, asked: str, by: Actor) -> str:
    if asked not in ASKED:
        return "请选择请示谁"
    if answerers(session, asked, row.school_code, by):
        return ""
    other = ASKED[OFFICE if asked == LEAD else LEAD]
    return f"{ASKED[asked]}没有其他在用的账号，没有人能答复，请改为请示{other}"


def _of_text(text: str, word: str) -> str:
    if text and len(text) <= LONGEST:
        return ""
    return f"请写明{word}，1 至 {LONGEST} 字" + (f"，现在是 {len(text)} 字" if text else "")


def _open(session: Session, application_id: int) -> Aside | None:
    return session.scalar(select(Aside).where(Aside.application_id == application_id, Aside.ended_at.is_(None)))


def _end(found: Aside, on: datetime) -> None:
    """End it: the file has waited as long as when it was put aside."""
    found.ended_at, found.waits_since = on, on - timedelta(seconds=found.waited)


def _record(session: Session, action: str, application_id: int, by: Actor, on: datetime, asked: str) -> None:
    record(
        session,
        on=on,
        by=by,
        action=action,
        subject="application",
        subject_id=application_id,
        detail={"asked": asked},
    )

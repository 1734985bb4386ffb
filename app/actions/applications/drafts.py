"""Start an application and save its draft, each in one transaction.

Saves write no audit row: they would outnumber the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.actions.windows.closed import handed_in, too_late
from app.actions.windows.own import OWN_WINDOW, live, own_window, window_for
from app.models import Application, Extension, Ticket, Window
from app.models.base import core, random_id, transaction
from app.models.prepared import Prepared
from app.rules.people.roles import Actor
from app.rules.refusals import DISCARDED, ChangedMeanwhile, NotFound, WindowClosed
from app.rules.review.lifecycle import EDITABLE, State
from app.rules.sending import SENDINGS, Sending
from app.rules.windows import WindowFacts, in_time

# the most frequent write: one prepared statement reads all it needs
_draft = Prepared(
    select(
        Application.id,
        Application.state,
        Application.version,
        Application.answers,
        Application.at_step,
        Application.reached,
        Application.saved_at,
        Application.discarded_at,
        *OWN_WINDOW,
    )
    .join(Window, Window.id == Application.window_id)
    .outerjoin(Extension, live(Application.ticket_id))
    .where(Application.public_id == bindparam("public_id"), Application.examinee_id == bindparam("examinee"))
    .with_for_update(of=Application.__table__)
)
_TABLE = cast(Table, Application.__table__)
_keep = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("keep"))
    .values({name: bindparam(name) for name in ("answers", "version", "saved_at", "at_step", "reached")})
)
CHANGED = "_changed"  # answers: step key -> version of its last change


def start(service: str, window_id: int, ticket_number: str, *, by: Actor, on: datetime) -> str:
    """立即申请: the public id of this ticket's application in this window, created if absent.

    Raises NotFound, WindowClosed.
    """
    try:
        with transaction() as session:
            ticket = session.scalar(select(Ticket).where(Ticket.number == ticket_number, Ticket.examinee_id == by.id))
            window = window_for(session, window_id, ticket.id) if ticket else None
            if window is None or ticket is None or window.service != service:
                raise NotFound
            found = _existing(session, ticket.id, window_id)
            if found and not found.discarded_at:
                return found.public_id
            if not window.is_open(on):
                raise WindowClosed("现在不在办理时间内。若错过本次办理时间，请在下一次按时办理。")
            if found:
                return _begin_anew(session, found, by, on)
            return _begin(session, ticket, window, by, on)
    except IntegrityError:  # created meanwhile in another tab
        with transaction() as session:
            ticket = session.scalar(select(Ticket).where(Ticket.number == ticket_number, Ticket.examinee_id == by.id))
            found = _existing(session, ticket.id, window_id) if ticket else None
            if not found:
                raise
            return found.public_id


def _existing(session: Session, ticket_id: int, window_id: int) -> Application | None:
    query = select(Application).where(Application.ticket_id == ticket_id, Application.window_id == window_id)
    return session.scalar(query.with_for_update())


def _begin(session: Session, ticket: Ticket, window: WindowFacts, by: Actor, on: datetime) -> str:
    row = Application(
        public_id=random_id(),
        examinee_id=ticket.examinee_id,
        ticket_id=ticket.id,
        service=window.service,
        window_id=window.id,
        answers={},
        created_at=on,
        saved_at=on,
    )
    session.add(row)
    session.flush()
    record(session, on=on, by=by, action="application.started", subject="application", subject_id=row.id)
    return row.public_id


def _begin_anew(session: Session, row: Application, by: Actor, on: datetime) -> str:
    """Take up a discarded draft, which is empty."""
    row.discarded_at, row.saved_at, row.version = None, on, row.version + 1
    record(session, on=on, by=by, action="application.started", subject="application", subject_id=row.id)
    return row.public_id


@dataclass(frozen=True, slots=True)
class Saved:
    """Result of a save; `version` is to be sent next time."""

    version: int
    at: datetime


def save_step(
    public_id: str,
    step: str,
    values: dict[str, str],
    *,
    version: int,
    by: Actor,
    on: datetime,
    at_step: str = "",
    reached: str = "",
    labels: dict[str, str] | None = None,
    sending: Sending | None = None,
) -> Saved:
    """Save a step's answers as typed. `step`: its key; `at_step`: where to resume; `reached`: furthest step.

    Raises ChangedMeanwhile with both texts if the step changed after `version`.
    """
    return save_parts(
        public_id,
        {step: values},
        version=version,
        by=by,
        on=on,
        at_step=at_step,
        reached=reached,
        labels=labels,
        sending=sending,
    )


def save_parts(
    public_id: str,
    parts: dict[str, dict[str, str]],
    *,
    version: int,
    by: Actor,
    on: datetime,
    at_step: str = "",
    reached: str = "",
    labels: dict[str, str] | None = None,
    sending: Sending | None = None,
) -> Saved:
    """`save_step` for several steps in one transaction; a step that changed meanwhile does not keep the others from being saved.

    `sending`: of the page that sends them, if it says so.
    """
    with transaction() as session:
        row = _draft.one(session, public_id=public_id, examinee=by.id)
        if row is None:
            raise NotFound
        if row.discarded_at:
            raise ChangedMeanwhile(DISCARDED)
        _writable(session, row, on)
        sent = {step: values for step, values in parts.items() if not _overtaken(row, step, sending)}
        clashing = [step for step, values in sent.items() if _clashes(row, step, values, version, sending)]
        fine = {step: values for step, values in sent.items() if step not in clashing}
        moved = (row.at_step, row.reached) if clashing else (at_step or row.at_step, reached or row.reached)
        saved = _save(session, row, fine, moved, sending, on)
    if clashing:
        raise _changed_meanwhile(row.answers, {step: sent[step] for step in clashing}, labels or {})
    return saved


def _overtaken(row: Any, step: str, sending: Sending | None) -> bool:
    return sending is not None and sending.overtaken(row.answers.get(SENDINGS, {}), step)


def _clashes(row: Any, step: str, values: dict[str, str], version: int, sending: Sending | None) -> bool:
    """Whether somebody else changed this step after `version`, to something else."""
    changed = row.answers.get(CHANGED, {}).get(step, 0) > version and row.answers.get(step) != values
    return changed and not (sending and sending.follows(row.answers.get(SENDINGS, {}), step))


def _save(
    session: Session,
    row: Any,
    sent: dict[str, dict[str, str]],
    moved: tuple[str, str],
    sending: Sending | None,
    on: datetime,
) -> Saved:
    """Keep these steps, where they say something new."""
    answers, new = _merged(row, sent, sending)
    if not new and moved == (row.at_step, row.reached):
        if answers != row.answers:  # the same text, sent later
            core(session).execute(_keep, {"keep": row.id, **_kept(row, answers, row.version, row.saved_at, moved)})
        return Saved(row.version, row.saved_at)
    core(session).execute(_keep, {"keep": row.id, **_kept(row, answers, row.version + 1, on, moved)})
    return Saved(row.version + 1, on)


def _merged(row: Any, sent: dict[str, dict[str, str]], sending: Sending | None) -> tuple[dict[str, Any], list[str]]:
    """Return the answers after this save and the steps that it changes."""
    changes, known = row.answers.get(CHANGED, {}), row.answers.get(SENDINGS, {})
    new = {step: values for step, values in sent.items() if row.answers.get(step) != values}
    answers = {**row.answers, **new}
    if new:
        answers[CHANGED] = {**changes, **dict.fromkeys(new, row.version + 1)}
    if sending:
        answers[SENDINGS] = {**known, **{step: [sending.page, sending.number] for step in sent}}
    elif known.keys() & new.keys():
        answers[SENDINGS] = {part: last for part, last in known.items() if part not in new}
    return answers, list(new)


def _kept(
    row: Any, answers: dict[str, Any], version: int, saved_at: datetime, moved: tuple[str, str]
) -> dict[str, Any]:
    return {"answers": answers, "version": version, "saved_at": saved_at, "at_step": moved[0], "reached": moved[1]}


def _changed_meanwhile(
    stored: dict[str, Any], sent: dict[str, dict[str, str]], names: dict[str, str]
) -> ChangedMeanwhile:
    """Both texts of every field that differs; no two steps have a field of one name."""
    mine = {name: text for values in sent.values() for name, text in values.items()}
    theirs = {name: stored.get(step, {}).get(name, "") for step, values in sent.items() for name in values}
    differing = [name for name in mine if mine[name] != theirs[name]]
    return ChangedMeanwhile(
        "这一步已在另一个页面修改过，刚才的内容没有覆盖它。",
        mine={name: mine[name] for name in differing},
        theirs={name: theirs[name] for name in differing},
        labels=names,
    )


def _writable(session: Session, row: Any, on: datetime) -> None:
    state, window = State(row.state), own_window(row)
    if state not in EDITABLE:
        raise handed_in(session, row.id)
    if not in_time(window, state, on):
        raise too_late(session, row.id, state, window, on)

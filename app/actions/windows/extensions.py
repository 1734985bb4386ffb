"""延长: a longer time for one ticket in one window, granted with a reason, ended early (domain.md §6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.audit import record
from app.actions.people.messages import send_message
from app.actions.repeats import once
from app.actions.windows.own import window_facts
from app.models import Application, Extension, Ticket, Window
from app.models.base import transaction
from app.rules.calendar import moment
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed, NotFound
from app.rules.windows import LONGER_WORDS, Longer, deadline

MAX_REASON = 200  # characters
LONGEST = timedelta(days=400)  # from now: a later time is a wrong year
TWICE = "这位考生的延长刚刚有了变化，请刷新后再看。"


def extend(
    ticket_id: int, window_id: int, what: str, until: datetime, reason: str, *, by: Actor, on: datetime, token: str = ""
) -> int:
    """Extend `what` of the window for this ticket to `until` (exclusive), replacing a live extension; return its id.

    Once for the `token` of a form. Raises NotFound, NotAllowed (role), Invalid (what, until, reason), ChangedMeanwhile (also
    where it was replaced or ended since).
    """
    try:
        with transaction() as session:

            def act() -> dict[str, Any]:
                return {"id": _extend(session, ticket_id, window_id, what, until, reason, by, on)}

            asked = ["extend", ticket_id, window_id, what, until.isoformat(), reason]
            made = session.get_one(Extension, once(session, token, asked, act, by=by, on=on)["id"])
            if made.ended_at is not None:
                raise ChangedMeanwhile(TWICE)
            return made.id
    except IntegrityError as error:  # extended concurrently
        raise ChangedMeanwhile(TWICE) from error


def _extend(
    session: Session,
    ticket_id: int,
    window_id: int,
    what: str,
    until: datetime,
    reason: str,
    by: Actor,
    on: datetime,
) -> int:
    ticket = _ticket(session, ticket_id, window_id, by)
    row = session.get(Window, window_id)
    if row is None:
        raise NotFound
    before = _check(row, what, until, reason, on)
    _end(session, ticket.id, window_id, by, on)
    made = Extension(
        ticket_id=ticket.id,
        window_id=window_id,
        what=what,
        until=until,
        reason=reason,
        staff_id=by.id,
        created_at=on,
    )
    session.add(made)
    session.flush()
    _write_down(
        session,
        "extension.granted",
        made,
        ticket,
        by,
        on,
        before,
        f"已单独为你延长“{row.name}”的{LONGER_WORDS[Longer(what)]}时间，到 {moment(until)}（北京时间）截止。",
    )
    return made.id


def end(extension_id: int, *, by: Actor, on: datetime, token: str = "") -> None:
    """提前结束: restore the window's deadline now; once for the `token` of a form.

    Raises NotFound, NotAllowed, ChangedMeanwhile.
    """
    with transaction() as session:

        def act() -> dict[str, Any]:
            _end_early(session, extension_id, by, on)
            return {}

        once(session, token, ["end", extension_id], act, by=by, on=on)


def _end_early(session: Session, extension_id: int, by: Actor, on: datetime) -> None:
    made = session.get(Extension, extension_id)
    if made is None:
        raise NotFound
    ticket = _ticket(session, made.ticket_id, made.window_id, by)
    if _end(session, made.ticket_id, made.window_id, by, on, made.id) != 1:
        raise ChangedMeanwhile(TWICE)
    row = session.get_one(Window, made.window_id)
    before = deadline(window_facts(row), made.what)
    _write_down(
        session,
        "extension.ended",
        made,
        ticket,
        by,
        on,
        before,
        f"为你单独延长的“{row.name}”的{LONGER_WORDS[Longer(made.what)]}时间已提前结束"
        + (f"，截止时间是 {moment(before)}（北京时间）。" if before else "。"),
    )


def _ticket(session: Session, ticket_id: int, window_id: int, by: Actor) -> Ticket:
    """The ticket in scope, locked to serialise its extensions; not if its application here is at another school."""
    if by.role not in scope.REVIEWING:
        raise NotAllowed("你没有延长办理时间的权限。")
    row = session.scalar(select(Ticket).where(Ticket.id == ticket_id, scope.tickets(by)).with_for_update())
    theirs = (Application.ticket_id == ticket_id, Application.window_id == window_id, ~scope.visible(by))
    if row is None or session.scalar(select(Application.id).where(*theirs)) is not None:
        raise NotFound
    return row


def _check(row: Window, what: str, until: datetime, reason: str, on: datetime) -> datetime:
    if what not in list(Longer):
        raise Invalid("what", "请选择延长什么")
    now = deadline(window_facts(row), what)
    if now is None:
        raise Invalid("what", "这个办理时间没有安排缴费，不能延长缴费")
    if row.opens_at > on:
        raise Invalid("what", f"这个办理时间 {moment(row.opens_at)} 才开始，不需要延长")
    if until <= on:
        raise Invalid("until", "新的截止时间要晚于现在")
    if until <= now:
        raise Invalid("until", f"原来的截止时间是 {moment(now)}，新的截止时间要更晚")
    if until > on + LONGEST:
        raise Invalid("until", "新的截止时间在一年以后，请核对年份")
    if not reason:
        raise Invalid("reason", "请写明延长的原因")
    if len(reason) > MAX_REASON:
        raise Invalid("reason", f"原因应在 {MAX_REASON} 字以内，现在是 {len(reason)} 字")
    return now


def _end(
    session: Session, ticket_id: int, window_id: int, by: Actor, on: datetime, extension_id: int | None = None
) -> int:
    """End the live extension (only that id, if given); return how many."""
    which = [Extension.ticket_id == ticket_id, Extension.window_id == window_id, Extension.ended_at.is_(None)]
    if extension_id is not None:
        which.append(Extension.id == extension_id)
    ended = update(Extension).where(*which).values(ended_at=on, ended_by=by.id)
    return int(session.execute(ended.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]


def _write_down(
    session: Session,
    action: str,
    made: Extension,
    ticket: Ticket,
    by: Actor,
    on: datetime,
    before: datetime | None,
    words: str,
) -> None:
    query = select(Application.id).where(Application.ticket_id == ticket.id, Application.window_id == made.window_id)
    application_id = session.scalar(query)
    if application_id is not None:
        send_message(session, application_id, words, on)
    record(
        session,
        on=on,
        by=by,
        action=action,
        subject="application" if application_id else "ticket",
        subject_id=application_id or ticket.id,
        detail={
            "extension": made.id,
            "ticket": ticket.number,
            "window": session.get_one(Window, made.window_id).name,
            "what": made.what,
            "until": made.until.isoformat(),
            "instead_of": before.isoformat() if before else None,
            "reason": made.reason,
        },
    )

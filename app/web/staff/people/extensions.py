"""延长: list and form of an examinee's extensions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, or_, select
from sqlalchemy.orm import Session, aliased

from app.actions import scope
from app.actions.clashes import not_owed
from app.actions.services import shown
from app.actions.windows.extensions import extend
from app.actions.windows.own import window_facts
from app.models import Application, Extension, Staff, Ticket, Window
from app.rules.calendar import moment, typed_moment
from app.rules.people.roles import Actor
from app.rules.refusals import Invalid
from app.rules.review.lifecycle import State
from app.rules.text import clean_line
from app.rules.windows import LONGER_WORDS, Longer, deadline, extended
from app.web.staff.people.forms import PersonForm

RECENT = timedelta(days=400)  # windows closed earlier are not offered
USUAL = {State.RETURNED: Longer.FIXES, State.APPROVED: Longer.PAY}  # usual request by state
NOTES = {
    Longer.FIXES: "退回的申请可以继续修改和重新提交",
    Longer.APPLY: "可以开始、填写和提交申请，退回后也可以修改",
    Longer.PAY: "审核通过后可以继续缴费",
}
KINDS = tuple((kind.value, words, NOTES[kind]) for kind, words in LONGER_WORDS.items())


@dataclass(frozen=True, slots=True)
class Given:
    """An extension in the list. `kind`, `word`: its status; `live`: can be ended."""

    id: int
    window: str
    ticket: str
    what: str
    until: datetime
    reason: str
    who: str
    at: datetime
    kind: str
    word: str
    live: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A ticket in a window that can be extended. `value`: ticket id, dot, window id."""

    value: str
    words: str
    usual: str
    public_id: str


def extensions_of(session: Session, tickets: Sequence[int], on: datetime) -> list[Given]:
    """Return all extensions of these tickets, latest first, expired and ended included."""
    ender = aliased(Staff)
    query = (
        select(
            Extension,
            Window.name.label("window"),
            Ticket.number.label("ticket"),
            Staff.name.label("who"),
            ender.name.label("ended_by"),
        )
        .join(Window, Window.id == Extension.window_id)
        .join(Ticket, Ticket.id == Extension.ticket_id)
        .join(Staff, Staff.id == Extension.staff_id)
        .outerjoin(ender, ender.id == Extension.ended_by)
        .where(Extension.ticket_id.in_(tickets))
        .order_by(Extension.id.desc())
    )
    return [_given(row, on) for row in session.execute(query)]


def _given(row: Any, on: datetime) -> Given:
    extension: Extension = row.Extension
    kind, word = ("ok", "有效") if on < extension.until else ("off", "已到期")
    if extension.ended_at:
        kind, word = "off", f"已于 {moment(extension.ended_at)} 结束（{row.ended_by}）"
    return Given(
        id=extension.id,
        window=row.window,
        ticket=row.ticket,
        what=LONGER_WORDS[Longer(extension.what)],
        until=extension.until,
        reason=extension.reason,
        who=row.who,
        at=extension.created_at,
        kind=kind,
        word=word,
        live=kind == "ok",
    )


def offers(session: Session, tickets: Sequence[int], by: Actor, on: datetime) -> list[Offer]:
    """Return these tickets in each window opened and not closed for more than RECENT, those with an application first.
    Applications to another school are left out.
    """
    applied = and_(Application.window_id == Window.id, Application.ticket_id == Ticket.id)
    holds = and_(Extension.window_id == Window.id, Extension.ticket_id == Ticket.id, Extension.ended_at.is_(None))
    query = (
        select(
            Window,
            Ticket.id.label("ticket_id"),
            Ticket.number,
            # a discarded draft can be begun anew
            case((Application.discarded_at.is_(None), Application.state)).label("state"),
            Application.public_id,
            Extension.what,
            Extension.until,
            not_owed().label("not_owed"),
        )
        .select_from(Window)
        .join(Ticket, Ticket.id.in_(tickets))
        .outerjoin(Application, applied)
        .outerjoin(Extension, holds)
        .where(Window.opens_at <= on, Window.closes_at > on - RECENT, or_(Application.id.is_(None), scope.visible(by)))
        .order_by(Application.id.is_(None), Window.opens_at.desc(), Ticket.number)
    )
    return [_offer(row, on) for row in session.execute(query)]


def _offer(row: Any, on: datetime) -> Offer:
    window: Window = row.Window
    own = extended(window_facts(window), row.what, row.until)
    usual = USUAL.get(State(row.state), Longer.APPLY) if row.state and not row.not_owed else Longer.APPLY
    ends = None if row.not_owed else deadline(own, usual)
    word = shown(State(row.state), own, on, not_owed=row.not_owed).word if row.state else "还没有申请"
    words = f"{window.name} · 准考证号 {row.number} · {word}"
    if ends:
        words += f" · {LONGER_WORDS[usual]}到 {moment(ends)}"
    return Offer(f"{row.ticket_id}.{window.id}", words, usual.value, row.public_id or "")


def first_values(offered: Sequence[Offer], asked: str) -> dict[str, str]:
    """Return initial values for the application `asked` (public id), else the first."""
    chosen = next((each for each in offered if asked and each.public_id == asked), offered[0] if offered else None)
    return {"case": chosen.value, "what": chosen.usual} if chosen else {}


def read_and_extend(form: PersonForm, *, by: Actor, on: datetime) -> None:
    """Extend as posted. Raises Invalid and the action's errors."""
    ticket, _, window = form.case.data.partition(".")
    if not all(part.isascii() and part.isdecimal() and len(part) < 16 for part in (ticket, window)):
        raise Invalid("case", "请选择办理时间")
    try:
        until = typed_moment(form.until.data)
    except ValueError:
        raise Invalid("until", "新的截止时间应如 2026-12-07T16:00（北京时间）") from None
    reason = clean_line(form.reason.data)
    token = form.form_token.data
    extend(int(ticket), int(window), form.what.data, until, reason, by=by, on=on, token=token)

"""Catalogue of return reasons: who may change and choose which lines.

The administrator keeps the office's lines, for all schools; a school's lead those for its own reviewers. A used line
is retired, never deleted: statistics count by it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.actions.audit import changes, record
from app.actions.repeats import once
from app.actions.services import reason_places, reason_seeds
from app.models import Application, Finding, ReturnReason
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed, NotFound
from app.rules.review.reasons import MOST_LABEL, Entry, known_place, text_problem

KEEPING = ("admin", "school_lead")  # roles that may add lines
UP, DOWN = "up", "down"
KEPT = "kaoji.reasons"  # key of the review page's cache of the catalogue, among the extensions of the process


@dataclass(frozen=True, slots=True)
class ReasonForm:
    """Form input: label, text with placeholders, keys of steps and items."""

    label: str
    text: str
    places: tuple[str, ...]


def plant(connection: Connection | Session) -> None:
    """Insert the services' own lines that are missing; existing ones stay as edited. Idempotent."""
    known = set(connection.execute(select(ReturnReason.code).where(ReturnReason.code != "")).scalars())
    rows = [
        {
            "code": seed.code,
            "school_code": "",
            "label": seed.label,
            "text": seed.text,
            "places": list(seed.places),
            "position": number * 10,
            "active": seed.active,
            "used": False,
            "version": 1,
        }
        for number, seed in enumerate(reason_seeds(), 1)
        if seed.code not in known
    ]
    if rows:
        connection.execute(insert(ReturnReason), rows)


def catalogue(session: Session, school_code: str) -> tuple[Entry, ...]:
    """Active lines: the office's, then the school's; one statement."""
    query = select(ReturnReason).where(ReturnReason.active, ReturnReason.school_code.in_({"", school_code}))
    rows = session.scalars(query.order_by(*_order()))
    return tuple(Entry(row.id, row.code, row.label, row.text, tuple(row.places), bool(row.school_code)) for row in rows)


def lines(session: Session, by: Actor) -> list[ReturnReason]:
    """All lines visible to the person, the office's first."""
    return list(session.scalars(select(ReturnReason).where(_seen(by)).order_by(*_order())))


def line(session: Session, ident: int, by: Actor) -> ReturnReason:
    """One line; NotFound when absent or another school's."""
    row = session.scalar(select(ReturnReason).where(ReturnReason.id == ident, _seen(by)))
    if row is None:
        raise NotFound("没有这条退回原因")
    return row


def may_change(row: ReturnReason, by: Actor) -> bool:
    """Whether the person may change it: the administrator any line, a lead the school's."""
    return by.role == "admin" or (by.role in KEEPING and bool(row.school_code) and row.school_code == by.school_code)


def save_reason(ident: int | None, form: ReasonForm, *, version: int, by: Actor, on: datetime, token: str = "") -> int:
    """Append a line (None) or edit one, once for the `token` of a form; return its id.

    Raises Invalid (label, text, places), NotFound, NotAllowed, ChangedMeanwhile.
    """
    _check(form)
    with transaction() as session:

        def act() -> dict[str, Any]:
            return {"id": _save(session, ident, form, version, by, on)}

        what = ["reason", ident, version, form.label, form.text, list(form.places)]
        return int(once(session, token, what, act, by=by, on=on)["id"])


def _save(session: Session, ident: int | None, form: ReasonForm, version: int, by: Actor, on: datetime) -> int:
    row = _new(session, by) if ident is None else _own(session, ident, by)
    if ident is not None and row.version != version:
        theirs = {"名称": row.label, "文字": row.text}
        raise ChangedMeanwhile("别人刚刚改过这条退回原因", theirs=theirs)
    before = _content(row) if ident is not None else {}
    row.label, row.text, row.places = form.label, form.text, list(form.places)
    row.version = (row.version or 0) + 1
    session.add(row)
    _flush(session, form)
    _note(session, "edited" if before else "created", row, by, on, **changes(before, _content(row)))
    return row.id


def retire(ident: int, *, by: Actor, on: datetime, back: bool = False) -> None:
    """停用 a line, or restore it (`back`). Sent texts stay."""
    with transaction() as session:
        row = _own(session, ident, by)
        if row.active is not back:
            row.active = back
            _note(session, "restored" if back else "retired", row, by, on)


def delete_reason(ident: int, *, by: Actor, on: datetime, token: str = "") -> None:
    """Delete a line that was never used and is not built in, once for the `token` of a form; else NotAllowed."""
    with transaction() as session:

        def act() -> dict[str, Any]:
            row = _own(session, ident, by)
            if row.code:
                raise NotAllowed(f"“{row.label}”是程序自带的原因，不能删除，可以停用。")
            if row.used or session.scalar(select(Finding.id).where(Finding.cause_id == ident).limit(1)) is not None:
                raise NotAllowed(f"“{row.label}”已经用过，不能删除，可以停用。")
            _note(session, "deleted", row, by, on, before=_content(row))
            session.delete(row)
            return {}

        once(session, token, ["delete_reason", ident], act, by=by, on=on)


def shift(ident: int, way: str, *, by: Actor, on: datetime, token: str = "") -> None:
    """上移 or 下移: swap with the neighbour in the same list, if any; once for the `token` of a form."""
    with transaction() as session:

        def act() -> dict[str, Any]:
            _shift(session, ident, way, by, on)
            return {}

        once(session, token, ["shift", ident, way], act, by=by, on=on)


def _shift(session: Session, ident: int, way: str, by: Actor, on: datetime) -> None:
    row = _own(session, ident, by)
    query = select(ReturnReason).where(ReturnReason.school_code == row.school_code)
    rows = list(session.scalars(query.order_by(ReturnReason.position, ReturnReason.id)))
    at = rows.index(row)
    to = at - 1 if way == UP else at + 1
    if not 0 <= to < len(rows):
        return
    rows[at], rows[to] = rows[to], rows[at]
    for number, each in enumerate(rows, 1):
        each.position = number * 10
    _note(session, "moved", row, by, on, way=way, **changes({"position": at + 1}, {"position": to + 1}))


def record_use(session: Session, causes: Iterable[int | None], application_id: int) -> set[int]:
    """Set those of these lines used that the application may use; return them. Runs in the caller's transaction."""
    wanted = {cause for cause in causes if cause is not None}
    if not wanted:
        return set()
    school = select(Application.school_code).where(Application.id == application_id).scalar_subquery()
    query = select(ReturnReason.id, ReturnReason.used).where(
        ReturnReason.id.in_(wanted), or_(ReturnReason.school_code == "", ReturnReason.school_code == school)
    )
    found: dict[int, bool] = {row.id: row.used for row in session.execute(query)}
    fresh = [ident for ident, used in found.items() if not used]
    if fresh:
        session.execute(update(ReturnReason).where(ReturnReason.id.in_(fresh)).values(used=True))
    return set(found)


def _order() -> tuple[Any, ...]:
    return ReturnReason.school_code, ReturnReason.position, ReturnReason.id


def _seen(by: Actor) -> ColumnElement[bool]:
    return true() if by.role == "admin" else ReturnReason.school_code.in_({"", by.school_code})


def _own(session: Session, ident: int, by: Actor) -> ReturnReason:
    row = line(session, ident, by)
    if not may_change(row, by):
        raise NotAllowed("这条退回原因由管理员维护，各校不能修改。")
    return row


def _new(session: Session, by: Actor) -> ReturnReason:
    if by.role not in KEEPING or (by.role != "admin" and not by.school_code):
        raise NotAllowed("退回原因由管理员和主考学校负责人维护。")
    school = "" if by.role == "admin" else by.school_code
    last = session.scalar(select(func.max(ReturnReason.position)).where(ReturnReason.school_code == school))
    return ReturnReason(school_code=school, position=(last or 0) + 10, code="", active=True, used=False, version=0)


def _flush(session: Session, form: ReasonForm) -> None:
    """Flush; the database ensures unique labels under concurrency."""
    try:
        session.flush()
    except IntegrityError as error:
        raise Invalid("label", f"已经有一条叫“{form.label}”的退回原因") from error


def _check(form: ReasonForm) -> None:
    if not form.label or len(form.label) > MOST_LABEL:
        raise Invalid("label", f"名称应为 1 至 {MOST_LABEL} 字，现在是 {len(form.label)} 字")
    problem = text_problem(form.text)
    if problem:
        raise Invalid("text", problem)
    known = reason_places()
    if not all(known_place(key, known) for key in form.places):
        raise Invalid("places", "请在列出的环节和项目中选择")


def _content(row: ReturnReason) -> dict[str, Any]:
    return {"label": row.label, "text": row.text, "places": list(row.places)}


def _note(session: Session, act: str, row: ReturnReason, by: Actor, on: datetime, **more: Any) -> None:
    detail = {"label": row.label, "school": row.school_code, **more}
    record(
        session,
        on=on,
        by=by,
        action=f"reason.{act}",
        subject="return_reason",
        subject_id=row.id,
        detail={name: value for name, value in detail.items() if value},
    )

"""One row of scores: put right, or withdrawn (作废). Applications and graduations that it touches are said first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.actions.corrections.plan import NOTHING, Line, Plan, line, parsed, reason_of
from app.actions.imports.cells import course_code, mark, origin, text
from app.actions.imports.cells import session as exam_session
from app.actions.imports.falls import Change, falls, is_fall, record_falls
from app.actions.people.telling import tell_examinee
from app.models import Score, Ticket
from app.rules.people.roles import Actor
from app.rules.plans.marks import mark_words
from app.rules.refusals import Invalid, NotFound

WITHDRAWN = "作废"
PARSERS = {
    "course_code": ("课程代码", course_code),
    "course_name": ("课程名称", text(80)),
    "session": ("考次", exam_session),
    "mark": ("成绩", mark),
    "origin": ("取得方式", origin),
}
KEY = ("course_code", "session", "origin")


def present(session: Session, ident: int) -> dict[str, str]:
    """Return the fields as they are. Raises NotFound."""
    row = _score(session, ident)
    return {name: getattr(row, name) for name in PARSERS} | {"withdraw": ""}


def plan(session: Session, ident: int, asked: Mapping[str, str], on: datetime) -> Plan:
    """Return what will happen. Raises NotFound, Invalid(a field, reason, "")."""
    row = _score(session, ident, lock=True)
    reason_of(asked)
    stored = {name: getattr(row, name) for name in PARSERS}
    if asked.get("withdraw"):
        lines, new = [Line("成绩", f"{_named(row)}：{mark_words(row.mark)}", WITHDRAWN)], None
    else:
        new = {name: _read(name, asked.get(name, "")) for name in PARSERS}
        lines = [each for name, (label, _) in PARSERS.items() for each in line(label, stored[name], new[name])]
        if not lines:
            raise Invalid("", NOTHING)
        _refuse_taken(session, row, new)
    touched = [f"准考证号 {_number(session, row)} 的 {_named(row)}"]
    change = _change(row, new)
    for fall in falls(session, [change]):
        lost = _is_lost(row, new)
        touched.append(f"{'不再合格，' if lost else ''}涉及：{'，'.join(fall.after)}")
        if lost:
            touched.append("已提交的申请和已办结的毕业不会自己改变；要改的，请在那件申请上退回、撤销决定或撤销办结")
    return Plan(tuple(lines), tuple(touched), found={"new": new, "examinee": _owner(session, row)})


def act(session: Session, ident: int, asked: Mapping[str, str], made: Plan, *, by: Actor, on: datetime) -> int:
    """Do what the plan says; return whose score it is. In the caller's transaction."""
    row, new = _score(session, ident), made.found["new"]
    number = _number(session, row)
    below = falls(session, [_change(row, new)]) if _is_lost(row, new) else ()
    record_falls(session, below, by=by, on=on)
    named = {"ticket": number, "course": row.course_code, "session": row.session}
    action = "score.corrected" if new else "score.withdrawn"
    detail = named | made.detail(reason_of(asked))
    record(session, on=on, by=by, action=action, subject="ticket", subject_id=row.ticket_id, detail=detail)
    said = made.told() if new else "这条成绩作废"
    told = f"考办更正了你的一条成绩（准考证号 {number}，{_named(row)}）：{said}。有疑问请联系考办。"
    if new:
        session.execute(update(Score).where(Score.id == ident).values(new))
    else:
        session.execute(delete(Score).where(Score.id == ident))
    owner = int(made.found["examinee"])
    tell_examinee(session, owner, told, on)
    return owner


def _read(name: str, value: str) -> str:
    label, parser = PARSERS[name]
    value = value.strip()
    if not value and name != "course_name":
        raise Invalid(name, f"请填写{label}")
    return str(parsed(name, value, parser)) if value else ""


def _refuse_taken(session: Session, row: Score, new: Mapping[str, str]) -> None:
    same = [getattr(Score, name) == new[name] for name in KEY]
    if session.scalar(select(Score.id).where(Score.ticket_id == row.ticket_id, Score.id != row.id, *same)) is not None:
        raise Invalid("session", "这个准考证号已有同一课程、考次和取得方式的另一条成绩，请更正那一条，或把这一条作废")


def _is_lost(row: Score, new: Mapping[str, str] | None) -> bool:
    """Whether the pass of this course goes."""
    same = new is not None and new["course_code"] == row.course_code
    return is_fall(row.mark, new["mark"] if new and same else "")


def _change(row: Score, new: Mapping[str, str] | None) -> Change:
    return Change(
        row.ticket_id, row.course_code, row.course_name, row.session, row.mark, new["mark"] if new else WITHDRAWN
    )


def _named(row: Score) -> str:
    return f"{row.course_code} {row.course_name}".strip() + f"（{row.session}，{row.origin}）"


def _owner(session: Session, row: Score) -> int:
    return session.scalars(select(Ticket.examinee_id).where(Ticket.id == row.ticket_id)).one()


def _number(session: Session, row: Score) -> str:
    return session.scalars(select(Ticket.number).where(Ticket.id == row.ticket_id)).one()


def _score(session: Session, ident: int, *, lock: bool = False) -> Score:
    query = select(Score).where(Score.id == ident)
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound
    return row

"""Which other application of the ticket stands in the way of one (app.rules.review.clashes), as SQL for every list and act."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, ScalarSelect, SQLColumnExpression, case, exists, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.functions import GenericFunction

from app.models import Application, Completion, Order, Ticket, Window
from app.rules.refusals import Stopped
from app.rules.review.clashes import GRADUATED, REFUSED, SHARED, TWIN, USED, Clash, read_clash
from app.rules.review.lifecycle import NOT_ENDED, STOPPED, UNDER_REVIEW, UNDONE, State


class shares_course(GenericFunction[bool]):  # noqa: N801  named as in SQL
    """Whether two texts of codes separated by 顿号 have one in common."""

    type = Boolean()
    inherit_cache = True


@compiles(shares_course, "sqlite")
def _in_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    mine, theirs = (compiler.process(each, **more) for each in element.clauses)
    listed = f"""json_each('["' || replace({mine}, '、', '","') || '"]')"""
    both = f"instr('、' || {theirs} || '、', '、' || own.value || '、') > 0"
    return f"EXISTS (SELECT 1 FROM {listed} AS own WHERE own.value <> '' AND {both})"  # noqa: S608  columns only


@compiles(shares_course, "postgresql")
def _in_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    mine, theirs = (f"string_to_array({compiler.process(each, **more)}, '、')" for each in element.clauses)
    return f"({mine} && {theirs})"


_done, _by, _other = aliased(Completion), aliased(Application), aliased(Application)
_some = aliased(Application)
_own, _paid, _window = aliased(Completion), aliased(Order), aliased(Window)


def stop(of: Any = Application) -> ScalarSelect[str]:
    """What bars the application from graduating, as text for `read_clash`; NULL if nothing does.

    Of a completed one: another was completed on its courses, too, which only sites of before have.
    """
    same = _done.major_code == of.major_code
    found = case((same, GRADUATED), else_=USED) + " " + _by.public_id
    return (
        select(func.min(found))  # graduated before used
        .select_from(_done)
        .join(_by, _by.id == _done.application_id)
        .where(_done.ticket_id == of.ticket_id, _done.undone_at.is_(None), _done.major_code != "")
        .where(_by.id != of.id, _by.service == of.service)
        .where(of.state.in_((*NOT_ENDED, State.COMPLETED)))
        .where(same | shares_course(of.counted, _done.courses))
        .correlate(of)
        .scalar_subquery()
    )


def clash(of: Any = Application) -> SQLColumnExpression[str]:
    """As `stop` (`of`: Application, or an alias), and else what is 待核 beside another application."""
    same = _other.major_code == of.major_code
    twin = same & _other.state.in_((*UNDER_REVIEW, State.APPROVED))
    shared = (_other.state == State.APPROVED) & shares_course(of.counted, _other.counted)
    found = case((twin, TWIN), else_=SHARED) + " " + _other.public_id
    doubt = (
        select(func.max(found))  # twin before shared
        .select_from(_other)
        .where(_other.ticket_id == of.ticket_id, _other.id != of.id, _other.major_code != "")
        .where(_other.service == of.service, twin | shared, of.state.in_(NOT_ENDED))
        .correlate(of)
        .scalar_subquery()
    )
    return func.coalesce(stop(of), doubt)


def clashes() -> ColumnElement[bool]:
    """Condition on applications: `clash` finds something. Found once a statement, among tickets with several applications."""
    several = select(_some.ticket_id).group_by(_some.ticket_id).having(func.count() > 1)
    few = select(Application.id).where(Application.ticket_id.in_(several), clash().is_not(None))
    return Application.id.in_(select(few.correlate(None).cte("clashing").c.id))


def clashes_not() -> ColumnElement[bool]:
    """The same denied, asked of each row that is read: of a page that lists most files these are few."""
    itself = aliased(Application)
    return ~exists().where(itself.id == Application.id, clash(itself).is_not(None)).correlate(Application)


def stopped() -> ColumnElement[bool]:
    """Condition on applications: something bars it."""
    return stop().is_not(None)


def not_owed() -> SQLColumnExpression[str]:
    """Why an approved application owes no fee (lifecycle.UNDONE, STOPPED), or ''."""
    mine = Application.id
    undone = exists().where(_own.application_id == mine, _own.undone_at.is_not(None))
    paid = exists().where(_paid.application_id == mine, _paid.state == "paid")
    fee = select(_window.fee).where(_window.id == Application.window_id).scalar_subquery()
    return case(
        (Application.state != State.APPROVED, ""),
        (undone & (paid | (fee == 0)), UNDONE),
        (stopped(), STOPPED),
        else_="",
    )


def stop_of(session: Session, application_id: int) -> Clash | None:
    """What bars this application. Certain until the transaction ends once `lock_ticket` was called in it."""
    return read_clash(session.scalar(select(stop()).where(Application.id == application_id)))


def clash_of(session: Session, application_id: int) -> Clash | None:
    """What bars this application, and else what is 待核."""
    return read_clash(session.scalar(select(clash()).where(Application.id == application_id)))


def refuse_stopped(session: Session, application_id: int) -> None:
    """Raise Stopped with the reason if something bars this application."""
    if found := stop_of(session, application_id):
        raise Stopped(REFUSED[found.kind])


def lock_ticket(session: Session, which: ColumnElement[bool]) -> None:
    """Let one graduation of a ticket wait for another (PostgreSQL; SQLite has one writer). `which`: of its applications.

    Before the lock on an application: who holds that, and waits for this, stands in the way of messages about the others.
    """
    query = select(Ticket.id).join(Application, Application.ticket_id == Ticket.id).where(which)
    session.execute(query.with_for_update(of=Ticket, key_share=True))

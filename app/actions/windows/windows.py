"""办理时间: create, change, open now, close now, each in one transaction with one audit row."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.actions.clashes import stopped
from app.actions.repeats import once
from app.actions.services import codes, options_kind, service_for
from app.actions.windows.own import window_facts
from app.models import Application, Order, PendingDecision, Window
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed, NotFound
from app.rules.review.lifecycle import State
from app.rules.settings import plain, settings_of
from app.rules.windows import WindowFacts, fee_problem, stages_problem


def new_window(service: str, name: str, opens_at: datetime, closes_at: datetime, **over: Any) -> WindowFacts:
    """An unsaved window with its service's default notice and options. Raises Invalid."""
    if service not in codes():
        raise Invalid("service", f"业务应为 {'、'.join(codes())} 之一")
    given = {"notice": service_for(service).words.notice, "options": options_kind(service)(), **over}
    return WindowFacts(0, service, name, opens_at, closes_at, **given)


def check(window: WindowFacts) -> None:
    """Validate a window. Raises Invalid(field)."""
    if window.service not in codes():
        raise Invalid("service", f"业务应为 {'、'.join(codes())} 之一")
    for field, message in (*window.problems(), *window.options.problems()):
        raise Invalid(field, message)
    if not isinstance(window.options, options_kind(window.service)):
        raise TypeError(f"a window of {window.service} has the options of another service")


def create_window(window: WindowFacts, *, by: Actor, on: datetime, token: str = "") -> int:
    """Create a window, once for the `token` of a form; return its id. Raises Invalid."""
    window = _clean(window)
    check(window)
    with transaction() as session:

        def act() -> dict[str, Any]:
            row = Window(**_general(window), options=plain(window.options))
            session.add(row)
            session.flush()
            _record(session, "window.created", row.id, by, on, {"name": row.name, "service": row.service})
            return {"id": row.id}

        return int(once(session, token, ["new window", repr(window)], act, by=by, on=on)["id"])


def edit_window(
    window_id: int, window: WindowFacts, *, version: int | None = None, by: Actor, on: datetime, token: str = ""
) -> None:
    """Change a window, once for the `token` of a form; ChangedMeanwhile if its version is no longer `version`.

    With applications its service cannot change (NotAllowed), nor fee or second stage be taken away while some wait for it (Invalid).
    """
    window = _clean(window)
    check(window)
    with transaction() as session:

        def act() -> dict[str, Any]:
            row = _row(session, window_id)
            if version is not None and row.version != version:
                raise ChangedMeanwhile("这个办理时间刚刚被别人改过，请刷新后再改。")
            _edit(session, row, window, by, on)
            return {}

        once(session, token, ["window", window_id, version, repr(window)], act, by=by, on=on)


def _edit(session: Session, row: Window, window: WindowFacts, by: Actor, on: datetime) -> None:
    used = session.scalar(select(Application.id).where(Application.window_id == row.id).limit(1))
    if window.service != row.service and used is not None:
        raise NotAllowed("已有考生在这个办理时间内申请，不能换成别的业务。")
    stored = window_facts(row)
    if stored.fee and not window.fee and (message := fee_problem(_owing(session, row.id))):
        raise Invalid("fee", message)
    if window.stages < stored.stages and (message := stages_problem(_of_the_office(session, row.id))):
        raise Invalid("stages", message)
    changes = _changes(_general(stored), _general(window))
    own = _changes(plain(stored.options), plain(window.options))
    if changes or own:
        _set(session, row, {**changes, "options": plain(window.options)})
        _record(session, "window.edited", row.id, by, on, {name: _plain(new) for name, new in (changes | own).items()})


def _owing(session: Session, window_id: int) -> int:
    """How many approved applications of the window wait for their payment alone: not barred; taken back by a 更正 too."""
    mine = Application.id
    paid = exists().where(Order.application_id == mine, Order.state == "paid")
    query = select(func.count()).select_from(Application).where(Application.window_id == window_id)
    query = query.where(Application.state == State.APPROVED, ~paid, ~stopped())
    return session.scalar(query) or 0


def _of_the_office(session: Session, window_id: int) -> int:
    """How many applications of the window wait for the second stage, go there in a few minutes, or come back to it after a return."""
    back = (Application.state == State.RETURNED) & (Application.returned_stage == State.OFFICE_REVIEW)
    passed = exists().where(PendingDecision.application_id == Application.id, PendingDecision.decision == "pass")
    query = select(func.count()).select_from(Application).where(Application.window_id == window_id)
    return session.scalar(query.where(or_(Application.state == State.OFFICE_REVIEW, back, passed))) or 0


def open_window(window_id: int, *, until: datetime | None = None, by: Actor, on: datetime) -> None:
    """Open the window now; `until` is required when its closing time has passed. An open one stays as it is."""
    with transaction() as session:
        row = _row(session, window_id)
        if until is None and row.opens_at <= on < row.closes_at:
            return
        closes = until or row.closes_at
        if closes <= on:
            raise Invalid("closes_at", "截止时间已过，请同时给出新的截止时间")
        changes: dict[str, Any] = {"closes_at": closes}
        if row.opens_at > on:
            changes["opens_at"] = on
        if row.fixes_close_at is not None and row.fixes_close_at < closes:
            changes["fixes_close_at"] = closes
        _set(session, row, changes)
        _record(session, "window.opened", row.id, by, on, {name: _plain(value) for name, value in changes.items()})


def close_window(window_id: int, *, by: Actor, on: datetime) -> None:
    """Close the window now. Returned applications can be corrected until fixes_close."""
    with transaction() as session:
        row = _row(session, window_id)
        if row.opens_at >= on:
            raise NotAllowed("这个办理时间还没有开始。")
        if row.closes_at > on:
            _set(session, row, {"closes_at": on})
            _record(session, "window.closed", row.id, by, on, {"closes_at": on.isoformat()})


def _clean(window: WindowFacts) -> WindowFacts:
    return replace(window, name=window.name.strip(), notice=window.notice.replace("\r\n", "\n").strip())


def _general(window: WindowFacts) -> dict[str, Any]:
    return {each.name: getattr(window, each.name) for each in settings_of(WindowFacts)}


def _changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in after.items() if name not in before or before[name] != value}


def _row(session: Session, window_id: int) -> Window:
    row = session.get(Window, window_id, with_for_update=True)
    if row is None:
        raise NotFound("没有这个办理时间")
    return row


def _set(session: Session, row: Window, changes: dict[str, Any]) -> None:
    session.execute(update(Window).where(Window.id == row.id).values(**changes, version=row.version + 1))


def _record(session: Session, action: str, window_id: int, by: Actor, on: datetime, detail: dict[str, Any]) -> None:
    record(session, on=on, by=by, action=action, subject="window", subject_id=window_id, detail=detail)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value

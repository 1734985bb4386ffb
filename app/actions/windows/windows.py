"""办理时间: create, open now, close now, delete, each in one transaction with one audit row. Changed: app.actions.office.window_changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.actions.audit import changes, record
from app.actions.repeats import done_before, once
from app.actions.services import codes, options_kind, service_for
from app.actions.windows.own import window_facts
from app.models import Application, Extension, SpotCheck, Window
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed, NotFound
from app.rules.review.lifecycle import State
from app.rules.settings import plain, settings_of
from app.rules.text import as_read
from app.rules.window_changes import Touched, refuse_outgrown, weight_of_dates
from app.rules.windows import WindowFacts

SINCE = "这个办理时间刚刚有了变化，请看过下面的情况再确认。"


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


def same_name(session: Session, window: WindowFacts, window_id: int | None = None) -> int:
    """Return how many other windows of the service have this name, as people read it: ２０２７ 年 is 2027年."""
    query = select(Window.name).where(Window.service == window.service, Window.id != (window_id or 0))
    return sum(as_read(name) == as_read(window.name) for name in session.scalars(query))


def made_before(session: Session, window: WindowFacts, *, by: Actor, token: str) -> bool:
    """Return whether the form with this token has made the window already."""
    return done_before(session, token, ["new window", repr(cleaned(window))], by=by)


def create_window(window: WindowFacts, *, by: Actor, on: datetime, token: str = "") -> int:
    """Create a window, once for the `token` of a form; return its id. Raises Invalid."""
    window = cleaned(window)
    check(window)
    with transaction() as session:

        def act() -> dict[str, Any]:
            row = Window(**general(window), options=plain(window.options))
            session.add(row)
            session.flush()
            said = {"name": row.name, "service": row.service, **changes({}, general(window) | plain(window.options))}
            note(session, "window.created", row.id, by, on, said)
            return {"id": row.id}

        return int(once(session, token, ["new window", repr(window)], act, by=by, on=on)["id"])


def opened(window: WindowFacts, until: datetime | None, on: datetime) -> WindowFacts:
    """The window as opening it now would make it: until `until`, else until when it was to close. Raises Invalid(until)."""
    planned = window.planned_closes_at
    closes = until or (planned if planned and planned > on >= window.closes_at else window.closes_at)
    if closes <= on:
        raise Invalid("until", "截止时间已过，请给出新的截止时间" if until is None else "新的截止时间要晚于现在")
    fixes = window.fixes_close_at
    return replace(
        window,
        opens_at=min(window.opens_at, on),
        closes_at=closes,
        fixes_close_at=closes if fixes is not None and fixes < closes else fixes,
        planned_closes_at=None if closes != window.closes_at else planned,
    )


def open_window(
    window_id: int,
    *,
    until: datetime | None = None,
    version: int | None = None,
    seen: Sequence[int] | None = None,
    by: Actor,
    on: datetime,
    token: str = "",
) -> None:
    """Open the window now, one closed early until when it was to close; `until` is required when that has passed too.

    An open one stays as it is. Once for the `token` of a form. Raises NotFound, Invalid(until), ChangedMeanwhile (not the
    `version`), Outgrown (not the weight that was `seen`).
    """
    with transaction() as session:

        def act() -> dict[str, Any]:
            _open(session, window_id, until, version, seen, by, on)
            return {}

        once(session, token, ["open window", window_id, str(until)], act, by=by, on=on)


def _open(
    session: Session,
    window_id: int,
    until: datetime | None,
    version: int | None,
    seen: Sequence[int] | None,
    by: Actor,
    on: datetime,
) -> None:
    row = row_of(session, window_id)
    before = window_facts(row)
    if until is None and before.is_open(on):
        return
    _as_seen(session, row, version, seen)
    after = opened(before, until, on)
    if changed := changes_of(general(before), general(after)):
        set_values(session, row, {**changed, "planned_closes_at": after.planned_closes_at})
        note(session, "window.opened", row.id, by, on, changes(general(before), general(after)))


def closed(window: WindowFacts, on: datetime) -> WindowFacts:
    """The window as closing it now would make it: when it was to close is kept."""
    return replace(window, closes_at=on, planned_closes_at=window.planned_closes_at or window.closes_at)


def close_window(
    window_id: int, *, version: int | None = None, seen: Sequence[int] | None = None, by: Actor, on: datetime
) -> None:
    """Close the window now; when it was to close is kept. Returned applications can be corrected until fixes_close.

    A closed one stays as it is. Raises NotFound, NotAllowed (not begun), ChangedMeanwhile (not the `version`), Outgrown (not
    the weight that was `seen`).
    """
    with transaction() as session:
        row = row_of(session, window_id)
        before = window_facts(row)
        if before.opens_at >= on:
            raise NotAllowed("这个办理时间还没有开始。")
        if before.has_closed(on):
            return
        _as_seen(session, row, version, seen)
        after = closed(before, on)
        set_values(session, row, {"closes_at": on, "planned_closes_at": after.planned_closes_at})
        note(session, "window.closed", row.id, by, on, changes(general(before), general(after)))


def uses(session: Session, window_id: int) -> str:
    """Return what the window was used for, in words; '' if it was not."""
    query = select(Application.state, func.count()).where(Application.window_id == window_id)
    states: dict[str, int] = dict(session.execute(query.group_by(Application.state)).all())
    drafts = states.get(State.DRAFT, 0)
    found = {
        f"{sum(states.values())} 项申请" + (f"（其中草稿 {drafts} 份）" if drafts else ""): sum(states.values()),
    }
    for kind, word in ((Extension, "次单独延长"), (SpotCheck, "次抽查")):
        number = session.scalar(select(func.count()).select_from(kind).where(kind.window_id == window_id)) or 0
        found[f"{number} {word}"] = number
    return "、".join(words for words, number in found.items() if number)


def delete_window(window_id: int, *, version: int | None = None, by: Actor, on: datetime, token: str = "") -> None:
    """Delete a window that nobody used, once for the `token` of a form.

    Raises NotFound, NotAllowed (what it was used for), ChangedMeanwhile (not the `version`).
    """
    try:
        with transaction() as session:

            def act() -> dict[str, Any]:
                _delete(session, window_id, version, by, on)
                return {}

            once(session, token, ["delete window", window_id], act, by=by, on=on)
    except IntegrityError as error:  # somebody began an application at this moment
        raise ChangedMeanwhile(SINCE) from error


def used_words(name: str, used: str) -> str:
    """Why a window cannot be deleted. `used`: app.actions.windows.windows.uses."""
    return f"“{name}”已经用过，不能删除：有 {used}。不再办理的，可以立即截止。"


def _delete(session: Session, window_id: int, version: int | None, by: Actor, on: datetime) -> None:
    row = row_of(session, window_id)
    if used := uses(session, window_id):
        raise NotAllowed(used_words(row.name, used))
    _as_seen(session, row, version)
    facts = window_facts(row)
    said = {"name": row.name, **changes(general(facts) | plain(facts.options), {})}
    session.execute(delete(Window).where(Window.id == window_id))
    note(session, "window.deleted", window_id, by, on, said)


def states(session: Session, window_id: int) -> dict[str, int]:
    """Return how many applications of the window are in which state, without what was discarded."""
    mine = (Application.window_id == window_id, Application.discarded_at.is_(None))
    query = select(Application.state, func.count()).where(*mine).group_by(Application.state)
    return dict(session.execute(query).all())


def _as_seen(session: Session, row: Window, version: int | None, seen: Sequence[int] | None = None) -> None:
    if version is not None and row.version != version:
        raise ChangedMeanwhile(SINCE)
    if seen is not None:
        found = states(session, row.id)
        here = Touched(drafts=found.get(State.DRAFT, 0), returned=found.get(State.RETURNED, 0))
        refuse_outgrown(seen, weight_of_dates(here))


def cleaned(window: WindowFacts) -> WindowFacts:
    return replace(window, name=window.name.strip(), notice=window.notice.replace("\r\n", "\n").strip())


def general(window: WindowFacts) -> dict[str, Any]:
    """Return the settings of every service, name -> value."""
    return {each.name: getattr(window, each.name) for each in settings_of(WindowFacts)}


def changes_of(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in after.items() if name not in before or before[name] != value}


def row_of(session: Session, window_id: int) -> Window:
    """Return the window's row, locked. Raises NotFound."""
    row = session.get(Window, window_id, with_for_update=True)
    if row is None:
        raise NotFound("没有这个办理时间")
    return row


def set_values(session: Session, row: Window, changes: dict[str, Any]) -> None:
    session.execute(update(Window).where(Window.id == row.id).values(**changes, version=row.version + 1))


def note(session: Session, action: str, window_id: int, by: Actor, on: datetime, detail: dict[str, Any]) -> None:
    """Write the audit row of a window."""
    record(session, on=on, by=by, action=action, subject="window", subject_id=window_id, detail=detail)

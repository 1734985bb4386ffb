"""What `kaoji window` says and asks before it changes anything: whom it touches, what follows."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypeVar

import click

from app.actions.office.window_changes import refuse, touched
from app.actions.services import services
from app.actions.windows.own import window_facts
from app.actions.windows.windows import check, cleaned, closed, opened, same_name, used_words, uses
from app.cli.refusal import Fault
from app.extensions import db
from app.models import Window
from app.rules.calendar import moment
from app.rules.refusals import Invalid
from app.rules.window_changes import Outgrown, Touched, Weight, changed, doubts, effects, weight, weight_of_dates
from app.rules.windows import WindowFacts

T = TypeVar("T")


class Confirmed(NamedTuple):
    """What was said yes to: a window as of `version` (None: as it is), and whom that touches (None: whoever it is)."""

    version: int | None = None
    seen: Weight | None = None


def done_as_confirmed(ask: Callable[[], Confirmed], act: Callable[[Confirmed], T]) -> T:
    """Ask and act; ask again, with whom it touches now, where more came to it between the answer and the act."""
    while True:
        confirmed = ask()
        db.session.rollback()  # what was read for the question
        try:
            return act(confirmed)
        except Outgrown as more:
            click.echo(f"没有做：{more.message}", err=True)


def before_making(window: WindowFacts, *, yes: bool) -> None:
    """Ask before a window is made that looks like a slip. Raises Fault, Invalid."""
    window = cleaned(window)
    check(window)
    if slips := doubts(window, same_name(db.session(), window)):
        _ask([f"请核对：{each}" for each in slips], "确定新建吗？", yes)


def before_saving(window: WindowFacts, version: int, *, on: datetime, yes: bool) -> Confirmed:
    """Ask before a window of that id is changed, where there is something to ask. Raises Fault, Invalid, NotAllowed."""
    session, row, window = db.session(), _row(window.id), cleaned(window)
    check(window)
    before = window_facts(row)
    slips = doubts(window, same_name(session, window, row.id), before)
    refuse(session, row, window)
    said = changed(before, window, {each.code: each.title for each in services()})
    who = touched(session, row.id)
    if said and (who.used or slips):
        lines = [f"{label}：{old} → {new}" for label, old, new in said]
        _ask([*lines, *_of(who, before, window, on), *(f"请核对：{each}" for each in slips)], "确定修改吗？", yes)
    return Confirmed(version, None if yes else weight(before, window, who, on))


def before_opening(number: int, until: datetime | None, *, on: datetime, yes: bool) -> Confirmed:
    """Ask before a window is opened that is not open. Raises Fault."""
    row = _row(number)
    before = window_facts(row)
    if until is None and before.is_open(on):
        return Confirmed()
    try:
        after = opened(before, until, on)
    except Invalid as refused:
        raise Fault(f"{refused.message}（--closes）") from refused
    line, who = f"“{row.name}”现在开放，到 {moment(after.closes_at)} 截止", touched(db.session(), number)
    _ask([line, *_of(who, before, after, on)], "确定开放吗？", yes)
    return Confirmed(row.version, None if yes else weight_of_dates(who))


def before_closing(number: int, *, on: datetime, yes: bool) -> Confirmed:
    """Ask before a window is closed that is open. Raises Fault."""
    row = _row(number)
    before = window_facts(row)
    if not before.is_open(on):
        return Confirmed()
    after, who = closed(before, on), touched(db.session(), number)
    line = f"“{row.name}”现在截止（原定 {moment(before.closes_at)} 截止，以后可以恢复）"
    _ask([line, *_of(who, before, after, on)], "确定截止吗？", yes)
    return Confirmed(row.version, None if yes else weight_of_dates(who))


def before_deleting(number: int, *, yes: bool) -> int:
    """Ask before a window is deleted; return its version. Raises Fault, also for a used one."""
    row = _row(number)
    if used := uses(db.session(), number):
        raise Fault(used_words(row.name, used))
    _ask([f"删除办理时间 {number}“{row.name}”，不能恢复"], "确定删除吗？", yes)
    return row.version


def _row(number: int) -> Window:
    row = db.session.get(Window, number)
    if row is None:
        raise Fault(f"没有这个办理时间：{number}")
    return row


def _of(who: Touched, before: WindowFacts, after: WindowFacts, on: datetime) -> list[str]:
    return [f"涉及：{who}", *effects(before, after, who, on)]


def _ask(lines: list[str], question: str, yes: bool) -> None:
    """Say the lines and ask; without a terminal refuse, unless `yes`. Raises Fault."""
    for line in lines:
        click.echo(line, err=True)
    if yes:
        return
    if not sys.stdin.isatty():
        raise Fault("没有做：要先看过上面的内容。确定的话，加上 --yes 再运行一次")
    if not click.confirm(question, err=True):
        raise Fault("没有做")

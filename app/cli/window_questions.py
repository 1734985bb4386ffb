"""What `kaoji window` says and asks before it changes anything: whom it touches, what follows."""

from __future__ import annotations

import sys
from datetime import datetime

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
from app.rules.window_changes import Touched, changed, doubts, effects, outgrown, weight
from app.rules.windows import WindowFacts


def before_saving(row: Window | None, window: WindowFacts, *, on: datetime, yes: bool) -> None:
    """Ask before a window is changed (None: made), where there is something to ask. Raises Fault, Invalid, NotAllowed."""
    session, window = db.session(), cleaned(window)
    check(window)
    before = window_facts(row) if row else None
    slips = doubts(window, same_name(session, window, row.id if row else None), before)
    if row is None or before is None:
        if slips:
            _ask([f"请核对：{each}" for each in slips], "确定新建吗？", yes)
        return
    refuse(session, row, window)
    said = changed(before, window, {each.code: each.title for each in services()})
    who = touched(session, row.id)
    if said and (who.used or slips):
        lines = [f"{label}：{old} → {new}" for label, old, new in said]
        number, seen = row.id, weight(before, window, who, on)
        _ask([*lines, *_of(who, before, window, on), *(f"请核对：{each}" for each in slips)], "确定修改吗？", yes)
        session.rollback()  # what became of it while somebody thought about it
        if not yes and outgrown(seen, weight(before, window, touched(session, number), on)):
            raise Fault("没有做：在你确认以前，涉及的申请或订单多了，请再运行一次")


def before_opening(number: int, until: datetime | None, *, on: datetime, yes: bool) -> int | None:
    """Ask before a window is opened; return its version. None for one that is open. Raises Fault."""
    row = _row(number)
    before = window_facts(row)
    if until is None and before.is_open(on):
        return None
    try:
        after = opened(before, until, on)
    except Invalid as refused:
        raise Fault(f"{refused.message}（--closes）") from refused
    line = f"“{row.name}”现在开放，到 {moment(after.closes_at)} 截止"
    _ask([line, *_of(touched(db.session(), number), before, after, on)], "确定开放吗？", yes)
    return row.version


def before_closing(number: int, *, on: datetime, yes: bool) -> int | None:
    """Ask before a window is closed; return its version. None for one that is not open. Raises Fault."""
    row = _row(number)
    before = window_facts(row)
    if not before.is_open(on):
        return None
    after = closed(before, on)
    line = f"“{row.name}”现在截止（原定 {moment(before.closes_at)} 截止，以后可以恢复）"
    _ask([line, *_of(touched(db.session(), number), before, after, on)], "确定截止吗？", yes)
    return row.version


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

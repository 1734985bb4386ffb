"""What is asked before a 办理时间 is changed, opened, closed, deleted, or made although something looks like a slip."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from flask import render_template, request

from app.actions.office.window_changes import touched
from app.actions.services import services, title_of
from app.actions.windows.own import window_facts
from app.actions.windows.windows import closed, made_before, opened, same_name
from app.extensions import db
from app.models import Window
from app.rules.calendar import from_local, local
from app.rules.refusals import Invalid
from app.rules.window_changes import Touched, Weight, changed, doubts, effects, weight, weight_of_dates
from app.rules.windows import WindowFacts
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.admin.site_forms import WindowActForm
from app.web.admin.window_form import Errors

ASKED_ANEW = {"csrf_token", "form_token", "act", "sure", "until", "version"}
WEIGHED = re.compile(rf"([0-9a-f]{{32}})((?:-[0-9]{{1,9}}){{{len(Weight._fields)}}})")
WORDS = {
    "open": ("开放", "立即开放"),
    "again": ("重新开放", "重新开放"),
    "close": ("立即截止", "立即截止"),
    "delete": ("删除", "删除"),
    "save": ("保存改动", "确认保存"),
    "new": ("新建办理时间", "确认新建"),
}
"""Title of the question, and its button."""
LISTS: dict[str, Callable[[int], str]] = {
    "reviewing": lambda ident: f"/staff/applications?{urlencode({'state': 'all', 'window': ident})}",
    "returned": lambda ident: f"/staff/applications?{urlencode({'state': 'returned', 'window': ident})}",
    "completed": lambda ident: f"/staff/applications?{urlencode({'state': 'completed', 'window': ident})}",
    "owing": lambda ident: f"/staff/orders/due?{urlencode({'window': ident})}",
    "orders": lambda ident: f"/staff/orders?{urlencode({'state': 'open', 'window': ident})}",
}
"""Where those of a count are listed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question before `act`. `window`: as it would be; `who`: whom it touches; `doubts`: what is probably a slip."""

    act: str
    before: WindowFacts | None
    window: WindowFacts
    who: Touched
    doubts: list[str]
    version: int
    weight: Weight

    @property
    def sure(self) -> str:
        """What the answer must carry: another change, or another version, is asked about again."""
        return "-".join([self._digest(), *map(str, self.weight)])

    def answered(self) -> bool:
        """Whether the form that was sent says yes to this question."""
        found = WEIGHED.fullmatch(WindowActForm().sure.data)
        return found is not None and found[1] == self._digest()

    def seen(self) -> Sequence[int]:
        """The weight that was confirmed, else, where nothing is asked, that there is: the act compares it once nobody can add to it."""
        found = WEIGHED.fullmatch(WindowActForm().sure.data)
        return [int(each) for each in found[2][1:].split("-")] if found and self.answered() else self.weight

    def _digest(self) -> str:
        said = repr((self.act, self.version, self.window if self.act in ("save", "new") else ""))
        return hashlib.sha256(said.encode()).hexdigest()[:32]

    @property
    def needed(self) -> bool:
        """Whether there is something to ask about: a change of what is used, or a slip."""
        if self.act == "save" and self.window == self.before:
            return False
        return bool(self.doubts) or (self.before is not None and self.who.used)


def before_making(window: WindowFacts) -> Asked | None:
    """Return the question before a window is made, None where nothing is to be asked."""
    session, given = db.session(), WindowActForm().form_token.data
    if made_before(session, window, by=principal().actor, token=given):
        return None
    asked = Asked("new", None, window, Touched(), doubts(window, same_name(session, window)), 0, Weight())
    return asked if asked.needed and not asked.answered() else None


def before_saving(row: Window, window: WindowFacts) -> Asked:
    """Return the question before a window is changed, with the weight of the change; `needed` says whether it is to be asked."""
    before, session = window_facts(row), db.session()
    slips = doubts(window, same_name(session, window, row.id), before)
    kept = window.closes_at == before.closes_at
    window = replace(window, id=row.id, planned_closes_at=before.planned_closes_at if kept else None)
    who = touched(session, row.id)
    weighs = weight(before, window, who, arrived())
    return Asked("save", before, window, who, slips, row.version, weighs)


def about(row: Window, act: str) -> Asked:
    """Return the question before this act."""
    before, on = window_facts(row), arrived()
    after = before
    if act == "open":
        with suppress(Invalid):  # when is asked on the page
            after = opened(before, None, on)
    elif act == "close":
        after = closed(before, on)
    who = touched(db.session(), row.id)
    weighs = Weight() if act == "delete" else weight_of_dates(who)
    return Asked(act, before, after, who, [], row.version, weighs)


def until() -> datetime | None:
    """Return the new closing time as typed, None if none was. Raises Invalid(until)."""
    text = WindowActForm().until.data.strip()
    try:
        return from_local(datetime.fromisoformat(text).replace(tzinfo=None)) if text else None
    except (ValueError, OverflowError):
        raise Invalid("until", "新的截止时间应如 2026-12-07T16:00（北京时间）") from None


def page(asked: Asked, here: str, errors: Errors | None = None) -> str:
    """Render the question; everything that was filled in goes along."""
    on, before = arrived(), asked.before
    title, button = WORDS["again" if asked.act == "open" and before and before.has_closed(on) else asked.act]
    titles = {each.code: each.title for each in services()}
    typed, kept = WindowActForm(), request.form.items(multi=True)
    until = typed.until.data if typed.sent("until") else _typed(asked.window, on)
    return render_template(
        "admin/window-question.html",
        section="admin",
        here=here,
        act=asked.act,
        title=title,
        button=button,
        name=asked.window.name,
        service=title_of(asked.window.service),
        changes=changed(before, asked.window, titles) if before and asked.act != "delete" else [],
        counts=[(word, number, _list(key, before)) for key, word, number in asked.who.lines()],
        effects=effects(before, asked.window, asked.who, on) if before and asked.act != "delete" else [],
        doubts=asked.doubts,
        planned=asked.window.planned_closes_at
        if asked.act == "close"
        else before.planned_closes_at
        if before
        else None,
        version=asked.version,
        sure=asked.sure,
        values={"until": until},
        errors=errors or {},
        labels=WindowActForm.labels(),
        kept=[(name, value) for name, value in kept if name not in ASKED_ANEW],
    )


def _list(key: str, window: WindowFacts | None) -> str:
    return LISTS[key](window.id) if window and key in LISTS else ""


def _typed(window: WindowFacts, on: datetime) -> str:
    """Return the closing time as its field shows it, '' where it is over."""
    return "" if window.has_closed(on) else f"{local(window.closes_at):%Y-%m-%dT%H:%M}"

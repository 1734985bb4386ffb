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
from app.rules.window_changes import Touched, changed, doubts, effects, outgrown, weight
from app.rules.windows import WindowFacts
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.admin.site_forms import WindowActForm
from app.web.admin.window_form import Errors

ASKED_ANEW = {"csrf_token", "form_token", "act", "sure", "until", "version"}
ANSWER, WEIGHED = re.compile(r"[0-9a-f]{32}(-[0-9]{1,9}){3}"), re.compile("(?<=-)[0-9]+")
GROWN = "在你确认以前，涉及的申请或订单多了，请看过下面现在的情况再确认"
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
    version: int = 0
    weight: Sequence[int] = (0, 0, 0)

    @property
    def sure(self) -> str:
        """What the answer must carry: another change, or another version, is asked about again, and one that outgrew its weight."""
        said = repr((self.act, self.version, self.window if self.act in ("save", "new") else ""))
        return "-".join([hashlib.sha256(said.encode()).hexdigest()[:32], *map(str, self.weight)])

    def outgrown(self, answer: str) -> bool:
        """Whether the answer is to this change, of which more has become than was shown."""
        return self._same(answer) and outgrown([int(each) for each in WEIGHED.findall(answer)], self.weight)

    def answered(self, answer: str) -> bool:
        return self._same(answer) and not self.outgrown(answer)

    def _same(self, answer: str) -> bool:
        return bool(ANSWER.fullmatch(answer)) and answer.split("-")[0] == self.sure.split("-")[0]

    @property
    def needed(self) -> bool:
        return bool(self.doubts) or (self.who.used and self.before is not None)


def before_saving(row: Window | None, window: WindowFacts) -> Asked | None:
    """Return the question before a window is changed (None: made), None where nothing is to be asked."""
    before = window_facts(row) if row else None
    session = db.session()
    slips = doubts(window, same_name(session, window, row.id if row else None), before)
    if row is None or before is None:
        given = WindowActForm().form_token.data
        if made_before(session, window, by=principal().actor, token=given):
            return None
        asked = Asked("new", None, window, Touched(), slips)
    else:
        kept = window.closes_at == before.closes_at
        window = replace(window, id=row.id, planned_closes_at=before.planned_closes_at if kept else None)
        if window == before:
            return None
        asked = Asked("save", before, window, touched(session, row.id), slips, row.version)
        asked = replace(asked, weight=weight(before, window, asked.who, arrived()))
    return asked if asked.needed and not asked.answered(WindowActForm().sure.data) else None


def grown(asked: Asked) -> Errors:
    """Return what to say where the question was answered, and more has become of it since; {} where it is asked the first time."""
    return {"": [GROWN]} if asked.outgrown(WindowActForm().sure.data) else {}


def before_act(row: Window, act: str) -> Asked | None:
    """Return the question before opening, closing or deleting, None once it was answered: the act looks at the version itself."""
    asked, form = about(row, act), WindowActForm()
    answered = replace(asked, version=form.version.data)
    return None if form.sure.data == answered.sure else asked


def about(row: Window, act: str) -> Asked:
    """Return the question before this act."""
    before, on = window_facts(row), arrived()
    after = before
    if act == "open":
        with suppress(Invalid):  # when is asked on the page
            after = opened(before, None, on)
    elif act == "close":
        after = closed(before, on)
    return Asked(act, before, after, touched(db.session(), row.id), [], row.version)


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

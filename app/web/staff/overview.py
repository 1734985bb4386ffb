"""/staff: pending work, and applications by state and window."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import render_template
from sqlalchemy import func, select

from app.actions import scope
from app.actions.applications.cases import windows as all_windows
from app.actions.exports.exports import Narrowed
from app.actions.review.assigning import news_for
from app.actions.upkeep.clock import MOST_AHEAD, jumps
from app.extensions import db
from app.models import Application
from app.rules.calendar import moment
from app.rules.orders import UNPAID_STATES
from app.rules.people.roles import Actor
from app.rules.review.lifecycle import UNDER_REVIEW, State
from app.rules.review.words import IN_LISTS
from app.rules.windows import WindowFacts, still, time_left, time_waited
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.platform_state import platform_troubles
from app.web.staff.blueprint import bp
from app.web.staff.money import query as money
from app.web.staff.people import account_news
from app.web.staff.people.missing_scores import waiting as open_questions
from app.web.staff.queue import counts as queue_counts
from app.web.staff.queue import query as queries
from app.web.staff.queue.filters import ASKED, EVERYBODY, OTHERS, Filters
from app.web.staff.queue.views import QUEUE, url
from app.web.staff.spot_checks.query import to_check

OWING = 10  # who owes, on the first page of finance
SHOWN = [state for state in State if state is not State.DRAFT]


@bp.get("/staff")
@allow("staff")
def overview() -> str:
    """Render the staff start page."""
    by, on = principal().actor, arrived()
    windows = all_windows(db.session())
    reviewing, looking = by.role in scope.REVIEWING, by.role in scope.LOOKING
    longest = queries.waits_longest(by, Filters(), windows, on) if reviewing else None
    return render_template(
        "staff/overview.html",
        section="staff",
        reviewing=reviewing,
        looking=looking,
        waiting=queue_counts.counted(queue_counts.count(by, Filters(), windows, on)) if reviewing else "",
        oldest=time_waited(longest, on) if longest else "",
        told=[(row.name, str(row.number)) for row in db.session.execute(news_for(by))] if reviewing else [],
        others=queue_counts.count(by, Filters(state=OTHERS), windows, on) if reviewing else 0,
        start=f"{QUEUE}/next",
        everybodys=url(QUEUE, Filters(who=EVERYBODY)),
        rounds=[_round(window, numbers, on) for window, numbers in _counts(by, windows)] if looking else [],
        **(_owing(by, on) | _clock(by, on) | account_news.shown(by, on)),
        asked=queue_counts.count(by, Filters(state=ASKED), windows, on) if by.role in scope.ASSIGNING else 0,
        spot_checks=to_check(db.session(), by) if by.role in scope.ASSIGNING else None,
        open_questions=open_questions(by) if reviewing else 0,
        troubles=platform_troubles() if by.role == "admin" else [],
    )


def _clock(by: Actor, on: datetime) -> dict[str, Any]:
    """Return what administrators are told of the clock."""
    return {"clock_jumps": [_jump(*each) for each in jumps(on)] if by.role == "admin" else []}


def _jump(at: datetime, seconds: int) -> str:
    """Return what administrators read of a jump of the clock."""
    way = "往回拨了" if seconds < 0 else "往后拨快了"
    kept = "，等着的撤销时间、审核保留和登录照原来的时长算" if seconds < MOST_AHEAD.total_seconds() else ""
    much = f"{abs(seconds) // 60} 分钟" if abs(seconds) >= 120 else f"{abs(seconds)} 秒"
    return f"服务器时间在 {moment(at)} {way} {much}{kept}。请检查服务器的时间同步；开放和截止按服务器时间。"


def _counts(by: Actor, windows: list[WindowFacts]) -> list[tuple[WindowFacts, dict[str, int]]]:
    """Return applications in scope by window and state, without empty windows."""
    query = select(Application.window_id, Application.state, func.count()).where(scope.applications(by))
    numbers: dict[int, dict[str, int]] = {}
    for window_id, state, number in db.session.execute(query.group_by(Application.window_id, Application.state)):
        numbers.setdefault(window_id, {})[state] = number
    return [(window, numbers[window.id]) for window in windows if window.id in numbers]


def _round(window: WindowFacts, numbers: dict[str, int], on: Any) -> dict[str, Any]:
    over = window.has_closed(on)
    return {
        "name": window.name,
        "when": f"{moment(window.closes_at)} 截止"
        + ("" if over else f"，{still(time_left(window.closes_at, on), '还有')}"),
        "states": [
            {
                "word": IN_LISTS[state],
                "number": numbers.get(state, 0),
                "url": url(QUEUE, Filters(state=state, window=str(window.id))),
                "waits": state in UNDER_REVIEW,
            }
            for state in SHOWN
        ],
    }


def _owing(by: Actor, on: datetime) -> dict[str, Any]:
    """Return the sums of who owes a fee, and for those whose work it is the first of them."""
    words = dict(UNPAID_STATES)
    finance = by.role in scope.MONEY and by.role not in scope.REVIEWING
    return {
        "owing": [(words[state], number, amount) for state, number, amount in money.owed(Narrowed(), by, on)],
        "owing_rows": money.owing(money.Filters(), None, by, on).rows[:OWING] if finance else [],
    }

"""Periodic work: the register, and whoever does what is due: a running server, or `kaoji tick`.

Each work may be done twice at once and on several hosts; a lease (app.actions.upkeep.due) keeps that rare. None deletes
anything of a case.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any

from sqlalchemy.exc import DBAPIError, OperationalError

from app.actions import counted
from app.actions.upkeep import due
from app.actions.upkeep.chain import lay
from app.actions.upkeep.chain_head import CHAIN, HEAD, write_down
from app.actions.upkeep.expired import delete_expired
from app.cli.click_in_chinese import database_fault, first_line, os_fault
from app.clock import keep_time
from app.extensions import db
from app.models.health import guard, integrity
from app.rules.refusals import Refused

log = logging.getLogger(__name__)

SOON = timedelta(seconds=10)
HOUR = timedelta(hours=1)


def tidy_evidence(app: Any, on: datetime) -> object:
    """Sweep files without a row and rows without a file (security.md U12)."""
    from app.actions.evidence.sweep import TooManyStrays, sweep

    try:
        return sweep(app.extensions["kaoji.store"], on=on)
    except TooManyStrays:  # the administrators are told; there is nothing to try again in five minutes
        return None


def check_database(app: Any, on: datetime) -> object:
    """See app.cli.serving.database_check."""
    from app.cli.serving import database_check

    return database_check.check_database(app, on)


def publish_decisions(app: Any, on: datetime) -> object:
    """Publish pending decisions whose undo time has ended."""
    from app.actions.review.undo import publish_due
    from app.wizard.service import service_for

    return publish_due(service_for, on=app.extensions["kaoji.clock"].now())


def decisions_wait(app: Any) -> bool:
    """Whether there is a decision to publish: most of the time there is none, and nothing is written."""
    from app.actions.review.undo import any_due

    return any_due(on=app.extensions["kaoji.clock"].now())


def complete_without_fee(app: Any, on: datetime) -> None:
    """Complete what a window that takes no fee any more has left to complete."""
    from app.actions.office.without_fee import go_on, windows_left

    for ident in windows_left():
        go_on(ident, on=app.extensions["kaoji.clock"].now())


def windows_wait(app: Any) -> bool:
    """Whether a window has something left to complete."""
    from app.actions.office.without_fee import windows_left

    return bool(windows_left())


def forget_expired(app: Any, on: datetime) -> None:
    """Delete what has expired by the site's clock, which a rehearsal sets."""
    delete_expired(on=app.extensions["kaoji.clock"].now())


def tell_counted(app: Any, on: datetime) -> None:
    """Write what was counted of refusals and forged notices."""
    from app.adapters.gateways import gateways

    titles = {name: gateway.title for name, gateway in gateways(app.extensions["kaoji"]).items()}
    counted.tell_rest(on=app.extensions["kaoji.clock"].now(), titles=titles)


def counts_wait(app: Any) -> bool:
    """Whether a minute of counting is over."""
    return counted.any_over(on=app.extensions["kaoji.clock"].now())


@dataclass(frozen=True, slots=True)
class Work:
    """One work: its name in the table due_work, its title, how often it is due, and what it does.

    `at_tick`: `kaoji tick` does it whether due or not. `waits`: a cheap reading; while it says no, nothing is due.
    """

    name: str
    title: str
    every: timedelta
    run: Callable[[Any, datetime], object]
    at_tick: bool = False
    waits: Callable[[Any], bool] | None = None


WORKS = (
    Work("publish_decisions", "让到时间的决定生效", SOON, publish_decisions, waits=decisions_wait),
    Work("complete_without_fee", "办结不再收费的申请", timedelta(minutes=1), complete_without_fee, waits=windows_wait),
    Work("tell_counted", "记下被拒绝的次数", timedelta(minutes=1), tell_counted, at_tick=True, waits=counts_wait),
    Work(CHAIN, "续上操作记录的审计链", timedelta(minutes=5), lambda app, on: lay(), at_tick=True),
    Work(HEAD, "记下审计链的末端", HOUR, lambda app, on: write_down(app.extensions["kaoji"].audit_head, on=on), at_tick=True),
    Work("check_database", "检查数据库", HOUR, check_database, at_tick=True),
    Work("tidy_evidence", "核对照片与登记", HOUR, tidy_evidence),
    Work("delete_expired", "清除过期的登录、验证码、计数和没有确认的更正", HOUR, forget_expired),
)  # fmt: skip
"""In the order in which they are done: the head is written after the chain was laid."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a work went. `taken`: False where another does it now. `error`: one line, empty where it went well."""

    work: Work
    taken: bool = True
    error: str = ""


def do_due(app: Any, works: tuple[Work, ...] = WORKS, *, tick: bool = False) -> Iterator[Done]:
    """Do each work that is due, in an application context of its own; a failure is logged and yielded, the others go on."""
    for work in works:
        with app.app_context():
            try:
                done = _do(app, work, tick)
            except Exception as error:  # the table cannot be reached
                done = Done(work, error=_failed(work, error, tick))
        if done:
            yield done


def _do(app: Any, work: Work, tick: bool) -> Done | None:
    now = work.at_tick and tick
    if trouble := guard.look(db.engine):
        return Done(work, error=trouble) if now else None
    due_now = now or due.is_due(work.name, every=work.every)
    if not due_now or (work.waits and not work.waits(app)):
        return None
    by = due.holder()
    if not due.take(work.name, by, every=work.every, now=now):
        return Done(work, taken=False)
    error = ""
    try:
        work.run(app, datetime.now(UTC))
    except Exception as fault:
        error = _failed(work, fault, tick)
    due.give_back(work.name, by, every=work.every, error=error)
    return Done(work, error=error)


def _failed(work: Work, fault: Exception, tick: bool) -> str:
    """Log it and return it as one line. What disk or database refuse is no fault of the program's: no traceback, and `kaoji tick`
    writes that line itself.
    """
    if not isinstance(fault, OperationalError | OSError) and not integrity.is_damage(getattr(fault, "orig", None)):
        log.exception("the periodic work %s failed", work.name, exc_info=fault)
    elif not tick:
        log.error("the periodic work %s failed: %s", work.name, first_line(getattr(fault, "orig", fault)))
    guard.told(db.engine, fault)
    return _line(fault)


def _line(error: Exception) -> str:
    if isinstance(error, Refused):
        text = error.message
    elif isinstance(error, OperationalError) or (isinstance(error, DBAPIError) and integrity.is_damage(error.orig)):
        text = database_fault(error.orig)
    else:
        text = os_fault(error) if isinstance(error, OSError) else f"{type(error).__name__} {error}"
    return " ".join(text.split())[:200]


class Timer:
    """Context manager: a thread that does what is due, at the start and after each pause."""

    def __init__(self, app: Any, works: tuple[Work, ...], pause: timedelta = SOON) -> None:
        self.app, self.works, self.pause = app, works, pause
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kaoji-timer", daemon=True)

    def __enter__(self) -> Timer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(5)

    def _run(self) -> None:
        first = True
        while not self._stop.is_set():
            try:
                keep_time(self.app, first=first)
                first = False
            except OperationalError as error:  # tried again after the pause
                log.error("the time was not looked at: %s", first_line(error.orig))
            except Exception:
                log.exception("the time was not looked at")
            for _ in do_due(self.app, self.works):
                if self._stop.is_set():
                    return
            self._stop.wait(self.pause.total_seconds())


def timers(app: Any) -> tuple[Timer, Timer]:
    """Return the server's threads: what is quick does not wait for what is long."""
    quick = tuple(work for work in WORKS if work.every <= SOON)
    return Timer(app, quick), Timer(app, tuple(work for work in WORKS if work not in quick))

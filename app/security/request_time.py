"""Arrival time of a request, taken before any work, so that waiting for a lock does not count; and jumps of the clock."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import g, request

KEY = "kaoji.arrived"
JUMP = 60.0  # seconds that the clock may differ between two looks; less is an ordinary correction
PAUSE = 10.0  # seconds before what could not be written down is tried again
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
log = logging.getLogger(__name__)


def steady() -> float:
    """Return seconds of a clock that nobody sets and that runs on while the computer sleeps, where the system has one."""
    which = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(which) if which is not None else time.monotonic()


class Arrival:
    """WSGI middleware recording the arrival. A rehearsal clock (demo only) starts at `start` and runs on.

    `on_jump` is told by how much the clock was set (below 0: back), until it succeeds. `agreed`: how far a database of several
    hosts is ahead.
    """

    def __init__(self, inner: Wsgi, start: datetime | None = None) -> None:
        self.inner = inner
        self.ahead = start - datetime.now(UTC) if start else None
        self.agreed = timedelta(0)
        self.on_jump: Callable[[timedelta], None] | None = None
        self._owed: list[timedelta] = []
        self._failed = -PAUSE
        self._guard = threading.Lock()
        self._offset = time.time() - steady()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.look()
        environ[KEY] = self.now()
        return self.inner(environ, start_response)

    def now(self) -> datetime:
        moment = datetime.now(UTC) + self.agreed
        return moment + self.ahead if self.ahead else moment

    def look(self) -> None:
        """Notice a jump since the last look, and see that it is written down. Small steps are taken as they come."""
        step = time.time() - steady() - self._offset
        self._offset += step
        if abs(step) > JUMP:
            self.jumped(timedelta(seconds=step))
        if self._owed and time.monotonic() - self._failed >= PAUSE and self._guard.acquire(blocking=False):
            try:
                self._tell()
            finally:
                self._guard.release()

    def jumped(self, by: timedelta) -> None:
        """Log a jump, and owe its writing down."""
        log.warning("clock.jumped by %d seconds, now %s", round(by.total_seconds()), self.now().isoformat())
        self._owed.append(by)

    def _tell(self) -> None:
        while self._owed:
            try:
                if self.on_jump:
                    self.on_jump(self._owed[0])
            except Exception:
                self._failed = time.monotonic()
                log.exception("a jump of the clock was not written down")
                return
            self._owed.pop(0)


def arrived() -> datetime:
    """Return the arrival of the current request, aware UTC."""
    moment: datetime = request.environ[KEY]
    return moment


def reference() -> str:
    """Return the reference number of this request, shared by its error page and its lines of the log."""
    if "reference" not in g:
        g.reference = f"{arrived():%m%d}-{secrets.token_hex(3).upper()}"
    found: str = g.reference
    return found

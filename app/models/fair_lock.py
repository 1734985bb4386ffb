"""The turnstile in front of SQLite's write lock: first come, first served, and most of a server's threads never stand in it for long."""

from __future__ import annotations

import threading
import time
from collections import deque

MAY_WAIT = 4
"""Who stands in it for as long as asked, the one at the database included: half of the server's threads, so that the others read."""
PATIENCE = 0.5
"""Seconds that the others wait while nothing moves."""


class Jammed(Exception):
    """Not let in: in time, or at all while nothing moves and others wait already."""


class FairLock:
    """First-in, first-out lock with a deadline.

    With threading.Lock a thread reacquires before waiting ones wake up; some saves under load then wait many times as
    long. Nothing moves while the holder cannot begin, or works for long: `moved` says that it has begun, `release` that it is done.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._held = False
        self._jammed = False  # the last one could not begin
        self._moved_at = time.monotonic()

    def acquire(self, wait: float = 5.0) -> None:
        """Get in within `wait` seconds, 0 at once. Raises Jammed."""
        until = time.monotonic() + wait
        mine = threading.Lock()  # outside the guard, where no allocation may start a collection
        mine.acquire()
        with self._guard:
            if not self._held:
                self._held = True
                if not self._jammed:
                    self._moved_at = time.monotonic()
                return
            self._waiting.append(mine)
        try:
            self._wait(mine, until)
        except BaseException:  # such as Ctrl-C while waiting: leave the queue
            with self._guard:
                if mine in self._waiting:
                    self._waiting.remove(mine)
                    raise
            self.release()
            raise

    def _wait(self, mine: threading.Lock, until: float) -> None:
        """Wait for release(), `_held` stays set. Raises Jammed."""
        while True:
            left = self._longest(mine, until) - time.monotonic()
            if mine.acquire(timeout=max(0.0, left)):
                return
            if self._longest(mine, until) <= time.monotonic():
                raise Jammed

    def _longest(self, mine: threading.Lock, until: float) -> float:
        with self._guard:
            before = next((place for place, each in enumerate(self._waiting, start=1) if each is mine), 0)
            return until if before < MAY_WAIT else min(until, self._moved_at + PATIENCE)

    def moved(self) -> None:
        """The holder has begun."""
        with self._guard:
            self._moved_at, self._jammed = time.monotonic(), False

    def release(self, *, jammed: bool = False) -> None:
        """Let the next one in. `jammed`: the holder could not begin."""
        with self._guard:
            if jammed:
                self._jammed = True
            elif not self._jammed:
                self._moved_at = time.monotonic()
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False

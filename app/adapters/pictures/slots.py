"""Free places for work, given to whoever has waited longest: with a queue of the library somebody who comes later may be faster."""

from __future__ import annotations

import threading
from collections import deque
from queue import Empty
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Slots(Generic[Thing]):
    """Things that lie ready, the last used first, and the line of those who wait for one."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._ready: list[Thing] = []
        self._line: deque[tuple[threading.Event, list[Thing]]] = deque()

    def get(self, timeout: float | None = None) -> Thing:
        """Take one; wait in the line for at most `timeout` seconds. Raises queue.Empty."""
        with self._guard:
            if self._ready and not self._line:
                return self._ready.pop()
            mine: tuple[threading.Event, list[Thing]] = (threading.Event(), [])
            self._line.append(mine)
        mine[0].wait(timeout)
        with self._guard:
            if mine[1]:  # perhaps in the very moment in which the time was over
                return mine[1].pop()
            self._line.remove(mine)
        raise Empty

    def get_nowait(self) -> Thing:
        """Take one that lies ready. Raises queue.Empty."""
        with self._guard:
            if not self._ready:
                raise Empty
            return self._ready.pop()

    def put(self, thing: Thing) -> None:
        """Give one to the first of the line, or lay it down."""
        with self._guard:
            if not self._line:
                self._ready.append(thing)
                return
            event, hand = self._line.popleft()
            hand.append(thing)
            event.set()

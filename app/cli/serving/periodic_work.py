"""Periodic work of the server, one thread per timer, first at start."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

log = logging.getLogger(__name__)

HOUR = 3600.0  # seconds
SOON = 10.0
Work = Callable[[Any, datetime], object]


def tidy_evidence(app: Any, on: datetime) -> object:
    """Sweep files without a row and rows without a file (security.md U12)."""
    from app.actions.evidence.sweep import sweep

    return sweep(app.extensions["kaoji.store"], on=on)


def publish_decisions(app: Any, on: datetime) -> object:
    """Publish pending decisions whose undo time has ended."""
    from app.actions.review.undo import publish_due
    from app.wizard.service import service_for

    return publish_due(service_for, on=app.extensions["kaoji.clock"].now())


class Timer:
    """Context manager running each work in its own application context; failures are logged."""

    def __init__(self, app: Any, work: tuple[Work, ...] = (tidy_evidence,), every: float = HOUR) -> None:
        self.app, self.work, self.every = app, work, every
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
        while not self._stop.is_set():
            for work in self.work:
                try:
                    with self.app.app_context():
                        work(self.app, datetime.now(UTC))
                except Exception:
                    log.exception("the timer's %s failed", getattr(work, "__name__", work))
            self._stop.wait(self.every)

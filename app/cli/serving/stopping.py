"""The end of a server: nobody new, what has begun is finished, and whoever stays connected is told so.

What runs, what is on its way to a client and what has begun to arrive counts as work, up to DRAIN seconds. Answers say
`Connection: close`. Idle connections get a moment for a request that is already on its way, then a proper end.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from app.cli.serving.refused_requests import STOPPING
from app.cli.serving.slow_clients import Watch

DRAIN = 10.0  # seconds
ON_THE_WAY = 0.3  # seconds that an idle connection is still listened to
LAST_WORDS = 0.5  # seconds for telling half-received requests that there is no more time

log = logging.getLogger(__name__)


def drain(watch: Watch, dispatcher: Any, turn: Callable[[float], None]) -> None:
    """Shut the listeners and serve on, by `turn(seconds)`, until nothing is left or DRAIN is over."""
    for listener in watch.listeners:
        listener.shut()
    began = time.monotonic()
    while _busy(watch, dispatcher) and time.monotonic() < began + DRAIN:
        turn(0.05)
        watch.look()
        _end_idle(watch, began)
    _cut(watch, dispatcher, turn)


def _busy(watch: Watch, dispatcher: Any) -> bool:
    """Whether there is work, or a connection that was not yet told."""
    running = dispatcher.queue or dispatcher.active_count
    return bool(running or any(channel.works or channel.idle for channel in watch.channels()))


def _end_idle(watch: Watch, began: float) -> None:
    now = time.monotonic()
    for channel in watch.channels():
        if channel.idle and now - max(began, channel.heard) > ON_THE_WAY:
            channel.linger()


def _cut(watch: Watch, dispatcher: Any, turn: Callable[[float], None]) -> None:
    """Tell the requests that are still incomplete, and log what did not end."""
    halves = [channel for channel in watch.channels() if channel.incomplete]
    running = int(dispatcher.active_count)
    for channel in halves:
        channel.refuse(STOPPING)
    end = time.monotonic() + LAST_WORDS
    while any(channel.works for channel in halves) and time.monotonic() < end:
        turn(0.05)
    if halves or running:
        log.warning("the end cut %d requests that ran and %d that were arriving", running, len(halves))

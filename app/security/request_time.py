"""Arrival time of a request, taken before any work, so that waiting for a lock does not count."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from flask import request

KEY = "kaoji.arrived"
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Arrival:
    """WSGI middleware recording the arrival. A rehearsal clock (demo only) starts at `start` and runs on."""

    def __init__(self, inner: Wsgi, start: datetime | None = None) -> None:
        self.inner = inner
        self.ahead = start - datetime.now(UTC) if start else None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[KEY] = self.now()
        return self.inner(environ, start_response)

    def now(self) -> datetime:
        moment = datetime.now(UTC)
        return moment + self.ahead if self.ahead else moment


def arrived() -> datetime:
    """Return the arrival of the current request, aware UTC."""
    moment: datetime = request.environ[KEY]
    return moment

"""The door: accepts connections, pauses when the system has no descriptor left, and lets nobody in while the server stops."""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable
from typing import Any

import waitress.server
import waitress.wasyncore

from app.cli.serving.connections import Channel
from app.security.limits import Bound

# waitress has no type hints
TcpWSGIServer: Any = waitress.server.TcpWSGIServer
dispatcher: Any = waitress.wasyncore.dispatcher

PAUSE = 0.5  # seconds
WINDOWS_SHORT = (10024, 10055)  # WSAEMFILE, WSAENOBUFS
SHORT = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, *WINDOWS_SHORT}

log = logging.getLogger(__name__)


class Listener(TcpWSGIServer):
    """waitress's listening socket; `bound_of` limits bodies, `refused_headers` go with what is refused."""

    channel_class = Channel
    bound_of: Callable[[str, str, str], Bound]
    refused_headers: list[tuple[str, str]]
    draining = False
    _paused_until = 0.0
    _short = False

    def maintenance(self, now: float) -> None:
        """Nothing: app.cli.serving.slow_clients looks after the connections."""

    def readable(self) -> bool:
        wanted: bool = super().readable()
        return wanted and not self.paused

    @property
    def paused(self) -> bool:
        return time.monotonic() < self._paused_until

    def accept(self) -> Any:
        """Return the next connection or None. Without a descriptor its readiness would wake the loop for ever: wait instead."""
        try:
            return super().accept()
        except OSError as error:
            if error.errno not in SHORT:
                raise
            self._paused_until, self._short = time.monotonic() + PAUSE, True
            log.warning("no new connections for %s s: %s", PAUSE, error.strerror)
            return None

    def took_shortage(self) -> bool:
        """Return whether accepting has failed for want of descriptors since the last call."""
        short, self._short = self._short, False
        return short

    def shut(self) -> None:
        """Take in who already stands at the door, then close it; connections go on."""
        self.draining = True
        for _ in range(self.adj.backlog):
            before = len(self._map)
            if before >= self.adj.connection_limit:
                break
            self.handle_accept()
            if len(self._map) == before:
                break
        dispatcher.close(self)  # not the wake-up pipe, which waitress's own close takes along

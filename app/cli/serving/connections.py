"""One connection: how much of a request is taken, what it is told, how it ends.

A body's limit is known when its headers are in, so nothing larger is stored; waitress keeps whole bodies before the program sees a
request. What is leaned on inside waitress is held by tests/faults/test_waitress_inside.py.
"""

from __future__ import annotations

import copy
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import waitress.channel
import waitress.parser
import waitress.task
import waitress.utilities

from app.cli.serving.refused_requests import SIGN_IN_FIRST, TOO_LARGE, Refusal, Refused
from app.security.limits import Bound
from app.security.throttle import network

# waitress has no type hints
HTTPChannel: Any = waitress.channel.HTTPChannel
HTTPRequestParser: Any = waitress.parser.HTTPRequestParser
WSGITask: Any = waitress.task.WSGITask
ParsingError: Any = waitress.parser.ParsingError
BadRequest: Any = waitress.utilities.BadRequest

KIB = 1024
LINGER = 2.0  # seconds in which what a client still sends is thrown away, so that it reads our answer and no reset
MOST_DISCARDED = 1024 * KIB
CHUNK_LINE = 4 * KIB  # length of a chunk, or what follows the last one
BoundOf = Callable[[str, str, str], Bound]


class Request(HTTPRequestParser):
    """A request while it arrives: `began` is the moment of its first byte, in monotonic seconds."""

    adj: Any
    error: Any
    completed: bool

    def __init__(self, adj: Any, bound_of: BoundOf) -> None:
        super().__init__(adj)
        self.began = time.monotonic()
        self._bound_of = bound_of
        self._larger: Refusal = TOO_LARGE

    def parse_header(self, header_plus: bytes) -> None:
        """Set the limit of the body before its first byte is stored."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # of an address such as http://[::1, which urlsplit refuses
            raise ParsingError("Invalid URI") from error
        if self.body_rcv is None:
            return
        bound = self._bound_of(self.command, self.path, self.headers.get("COOKIE", ""))
        self._larger = SIGN_IN_FIRST if bound.sign_in else TOO_LARGE
        self.adj = copy.copy(self.adj)
        self.adj.max_request_body_size = min(bound.size + 1, self.adj.max_request_body_size)  # the first size refused

    def received(self, data: bytes) -> int:
        taken: int = super().received(data)
        if self.error is None and self.chunked and self._endless_line():
            self.error, self.completed = BadRequest("endless line of a chunk"), True
        if self.error is not None and self.error.code == 413:
            self.error = self._larger
        if self.completed:
            self.expect_continue = False  # a "100 Continue" would ask for what is refused, or for a body that is not
        return taken

    def _endless_line(self) -> bool:
        return len(self.body_rcv.control_line) + len(self.body_rcv.trailer) > CHUNK_LINE

    @property
    def arrived(self) -> int:
        """Bytes so far."""
        return int(self.header_bytes_received + self.body_bytes_received)


class Answer(WSGITask):
    """An answer of the program; while the server stops it ends the connection."""

    def build_response_header(self) -> bytes:
        if self.channel.server.draining:
            self.request.headers["CONNECTION"] = "close"
        head: bytes = super().build_response_header()
        return head


class Channel(HTTPChannel):
    """A connection. `heard` is when it last moved (monotonic seconds), `lingering` when a refused one is closed, else 0."""

    error_task_class = Refused
    task_class = Answer
    request: Any
    requests: Any
    used = False  # for at least one whole request
    unread = False  # refused before all of the request was read
    lingering = 0.0
    _discarded = 0
    _left = 0
    _send_by = 0.0

    def __init__(self, server: Any, sock: socket.socket, addr: Any, adj: Any, map: Any = None) -> None:
        self.heard = time.monotonic()
        super().__init__(server, sock, addr, adj, map=map)

    def parser_class(self, adj: Any) -> Request:
        return Request(adj, self.server.bound_of)

    def received(self, data: bytes) -> bool:
        self.heard = time.monotonic()
        if self.lingering:
            self._discarded += len(data)
            self.will_close = self._discarded > MOST_DISCARDED
            return False
        went_on = bool(super().received(data))
        self.used = self.used or bool(self.requests)
        return went_on

    def handle_write(self) -> None:
        """After a refusal, say that nothing more comes and wait for the client to read it: a close at once would be a reset."""
        if not (self.close_when_flushed and self.unread):
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if self.will_close:
            self.handle_close()
        elif self.connected and not self.total_outbufs_len:
            self.linger()

    def linger(self) -> None:
        """Send the end of our side; what the client still sends is thrown away until `lingering`."""
        self.close_when_flushed = False
        self.lingering = time.monotonic() + LINGER
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def end(self) -> None:
        """Close now, from the loop's own thread: a client that reads nothing never makes the socket ready to write."""
        self.will_close = True
        self.handle_close()

    def refuse(self, why: Refusal) -> None:
        """Answer what came of a request; nothing may run on this connection."""
        with self.requests_lock:
            if self.requests or self.will_close or self.close_when_flushed:
                return
            request = self.request or self.parser_class(self.adj)
            request.error, request.completed, request.expect_continue = why, True, False
            self.request = None
            self.requests.append(request)
            self.server.add_task(self)

    @property
    def works(self) -> bool:
        """Whether a request runs, an answer is on its way, or a request has begun to arrive."""
        return bool(self.requests or self.total_outbufs_len or self.close_when_flushed or self.request is not None)

    @property
    def idle(self) -> bool:
        """Whether it is kept for a next request."""
        return not (self.works or self.will_close or self.lingering)

    @property
    def incomplete(self) -> bool:
        """Whether a request has begun to arrive and nothing else happens."""
        return self.request is not None and not self.requests and not self.lingering and not self.will_close

    def address(self, proxy: str) -> str | None:
        """Return whom the request comes from; behind the trusted proxy None until its headers are in."""
        peer = str(self.addr[0])
        if proxy not in ("*", peer):
            return network(peer)
        said = self.request.headers.get("X_FORWARDED_FOR", "") if self.request is not None else ""
        last = said.split(",")[-1].strip(' "')
        if "." in last or last.startswith("["):  # 192.0.2.7:50123, [2001:db8::7]:50123
            last = last.rpartition(":")[0] if last.rpartition(":")[2].isdecimal() and ":" in last else last
        return network(last.strip("[]")) if last else None

    def answer_stuck(self, now: float, grace: float, slowest: int) -> bool:
        """Whether the client reads its answer slower than `slowest` bytes a second after `grace` seconds."""
        left = self.total_outbufs_len
        if not left:
            self._send_by = 0.0
        elif not self._send_by:
            self._send_by = now + grace + left / slowest
        elif left > self._left:
            self._send_by += (left - self._left) / slowest
        if left != self._left:
            self.heard = now
        self._left = left
        return bool(left) and now > self._send_by

"""Serving with waitress: safe limits (security.md §5) and a graceful stop."""

from __future__ import annotations

import errno
import gc
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any

import click
import waitress.adjustments
import waitress.task
import waitress.wasyncore
from flask import Flask

from app.actions.evidence.one_at_a_time import SERVER, server_number
from app.cli.refusal import Fault
from app.cli.serving import descriptors, log_lines, refused_requests, repeated_lines
from app.cli.serving.listener import PAUSE, Listener
from app.cli.serving.periodic_work import timers
from app.cli.serving.slow_clients import Watch
from app.cli.serving.stopping import drain
from app.config import Config
from app.extensions import db
from app.security.limits import LARGEST, Bound, bound

# waitress has no type hints
Adjustments: Any = waitress.adjustments.Adjustments
ThreadedTaskDispatcher: Any = waitress.task.ThreadedTaskDispatcher
loop: Any = waitress.wasyncore.loop
close_all: Any = waitress.wasyncore.close_all

log = logging.getLogger(__name__)
TURN = 1.0  # seconds between two looks at the connections when nothing happens
LAST_THREADS = 1.0  # seconds for threads that still run after the drain
KIB = 1024
WINDOWS_IN_USE, WINDOWS_KEPT = 10048, 10013  # WSAEADDRINUSE, WSAEACCES


def most_connections() -> int:
    """Return how many connections are wanted: `select` of Windows takes 512 sockets."""
    return 400 if sys.platform == "win32" else 1000


def limits(config: Config, connections: int = 0) -> dict[str, Any]:
    """Return waitress settings, for as many connections as are wanted unless said; a single laptop can exhaust its defaults."""
    settings: dict[str, Any] = {
        "host": config.host,
        "port": config.port,
        "threads": 8,
        "connection_limit": connections or most_connections(),
        "asyncore_use_poll": sys.platform != "win32",
        "max_request_header_size": 16 * KIB,
        "max_request_body_size": LARGEST,
        "inbuf_overflow": 128 * KIB,  # what is larger waits in a temporary file
        "backlog": 1024,
        "ident": None,
        "expose_tracebacks": False,
        "clear_untrusted_proxy_headers": True,
    }
    if config.trusted_proxy:
        settings |= {
            "trusted_proxy": config.trusted_proxy,
            "trusted_proxy_count": 1,
            "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"},
        }
    return settings


class Server:
    """One waitress that a signal or another thread can stop."""

    def __init__(self, app: Any, config: Config) -> None:
        self.map: dict[int, Any] = {}
        self.stopping = threading.Event()
        self.dispatcher: Any = ThreadedTaskDispatcher()
        self.fit = descriptors.fit(most_connections(), descriptors.raised_limit())
        _refuse_used_port(config)
        try:
            self.listeners = self._listeners(app, config)
        except (OSError, ValueError) as error:
            close_all(self.map, ignore_all=True)
            raise Fault(_refused(config, error)) from error
        self.watch = Watch(self.listeners, self.fit.connections, config.trusted_proxy)
        self.port = int(self.listeners[0].effective_port)
        if isinstance(app, Flask):  # whoever served here before has ended: the address is free
            app.extensions[SERVER] = server_number(socket.gethostname(), config.host, config.port, config.instance)

    def _listeners(self, app: Any, config: Config) -> list[Any]:
        """Return a listening socket for each address of the host's name."""
        adj = Adjustments(**limits(config, self.fit.connections))
        self.poll = adj.asyncore_use_poll
        made = [
            Listener(app, self.map, dispatcher=self.dispatcher, adj=adj, sockinfo=address) for address in adj.listen
        ]
        for listener in made:
            listener.bound_of = _bounds(app)
            listener.refused_headers = refused_requests.headers(config.secure)
        self.dispatcher.set_thread_count(adj.threads)
        return made

    def stop(self, *_: object) -> None:
        self.stopping.set()
        for listener in self.listeners:
            with suppress(OSError):  # the loop may have closed the wake-up pipe
                listener.pull_trigger()

    def run(self) -> None:
        """Serve until `stop`, then refuse connections and finish what has begun (app.cli.serving.stopping)."""
        while not self.stopping.is_set():
            self._turn(PAUSE if any(listener.paused for listener in self.listeners) else TURN)
            self.watch.look()
            repeated_lines.LINES.tell()
        drain(self.watch, self.dispatcher, self._turn)
        self.dispatcher.shutdown(timeout=LAST_THREADS)
        close_all(self.map, ignore_all=True)
        repeated_lines.LINES.tell(at_end=True)

    def _turn(self, seconds: float) -> None:
        loop(timeout=seconds, use_poll=self.poll, map=self.map, count=1)


def _bounds(app: Any) -> Callable[[str, str, str], Bound]:
    """Return the limit of a body by method, path and cookies; one for all where the application has no routes of ours."""
    if isinstance(app, Flask):
        return partial(bound, app)
    return lambda method, path, cookies: Bound(LARGEST)


def _refused(config: Config, error: OSError | ValueError) -> str:
    """Return why the address is unavailable; ports below 1024 or reserved by Windows are permission errors."""
    number = getattr(error, "errno", None)
    if number in (errno.EADDRINUSE, WINDOWS_IN_USE):
        return f"端口 {config.port} 已被占用。请停止占用它的程序，或用 KAOJI_PORT 换一个端口"
    if number in (errno.EACCES, errno.EPERM, WINDOWS_KEPT):
        return f"没有权限使用端口 {config.port}，请用 KAOJI_PORT 换一个 1024 以上的端口"
    return f"这台电脑不能在 {config.host} 提供服务，请检查 KAOJI_HOST"


def _refuse_used_port(config: Config) -> None:
    """Refuse a used port on Windows, where two programs may share one."""
    if sys.platform == "win32" and config.port:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex((config.host, config.port)) == 0:
                raise Fault(_refused(config, OSError(errno.EADDRINUSE, "")))


def serve(app: Flask, config: Config, *, said: str = "") -> None:
    """Serve until Ctrl-C, SIGTERM or the stop of a Windows service."""
    server = Server(app, config)
    if threading.current_thread() is threading.main_thread():
        names = ("SIGINT", "SIGTERM", "SIGBREAK")  # SIGBREAK: Windows
        for name in names:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda number, frame: _ask(server, number, frame))
    host = f"[{config.host}]" if ":" in config.host else config.host
    log_lines.install()
    repeated_lines.install()
    if server.fit.told:
        log.warning("%s", server.fit.told)
    click.echo(said.replace("{address}", f"http://{host}:{server.port}/"))
    sys.stdout.flush()
    quick, long = timers(app)
    with quick, long:
        server.run()
    _give_back(app)
    click.echo("已停止。")


def _give_back(app: Flask) -> None:
    """Close the databases, then spare the interpreter looking for cycles in all that was loaded: a second of an idle server's end."""
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
    gc.freeze()


def _ask(server: Server, number: int, frame: FrameType | None) -> None:
    """Drain on the first signal, end at once on the second."""
    if server.stopping.is_set():
        raise KeyboardInterrupt
    server.stop()

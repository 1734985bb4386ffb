"""Serving with waitress: safe limits (security.md §5) and a graceful stop."""

from __future__ import annotations

import errno
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from types import FrameType
from typing import Any

import click
import waitress.server
import waitress.task
import waitress.wasyncore

from app.cli.refusal import Fault
from app.cli.serving import refused_requests
from app.cli.serving.periodic_work import timers
from app.config import Config

# waitress has no type hints
create_server: Any = waitress.server.create_server
BaseWSGIServer: Any = waitress.server.BaseWSGIServer
ThreadedTaskDispatcher: Any = waitress.task.ThreadedTaskDispatcher
Listener: Any = waitress.wasyncore.dispatcher
loop: Any = waitress.wasyncore.loop
close_all: Any = waitress.wasyncore.close_all

DRAIN = 10.0  # seconds for running requests after the stop
MIB = 1024 * 1024
WINDOWS_IN_USE, WINDOWS_KEPT = 10048, 10013  # WSAEADDRINUSE, WSAEACCES


def limits(config: Config) -> dict[str, Any]:
    """Return waitress settings; a single laptop can exhaust its defaults."""
    windows = sys.platform == "win32"
    settings: dict[str, Any] = {
        "host": config.host,
        "port": config.port,
        "threads": 8,
        "connection_limit": 400 if windows else 1000,
        "asyncore_use_poll": not windows,
        "channel_timeout": 30,
        "cleanup_interval": 10,
        "max_request_header_size": 16 * 1024,
        "max_request_body_size": 24 * MIB,
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
        _refuse_used_port(config)
        try:
            create_server(app, map=self.map, _dispatcher=self.dispatcher, **limits(config))
        except (OSError, ValueError) as error:
            close_all(self.map, ignore_all=True)
            raise Fault(_refused(config, error)) from error
        self.dispatcher.set_thread_count(limits(config)["threads"])
        self.listeners = [each for each in self.map.values() if isinstance(each, BaseWSGIServer)]
        for listener in self.listeners:
            listener.channel_class = refused_requests.Channel
            listener.refused_headers = refused_requests.headers(config.secure)
        self.port = int(self.listeners[0].effective_port)
        self.poll = limits(config)["asyncore_use_poll"]

    def stop(self, *_: object) -> None:
        self.stopping.set()
        for listener in self.listeners:
            with suppress(OSError):  # the loop may have closed the wake-up pipe
                listener.pull_trigger()

    def run(self) -> None:
        """Serve until `stop`, then refuse connections and wait up to DRAIN seconds for requests."""
        while not self.stopping.is_set():
            self._turn(1.0)
        for listener in self.listeners:
            listener.accepting = False
            Listener.close(listener)
        end = time.monotonic() + DRAIN
        while time.monotonic() < end and self._busy():
            self._turn(0.05)
        self.dispatcher.shutdown()
        close_all(self.map, ignore_all=True)

    def _turn(self, seconds: float) -> None:
        loop(timeout=seconds, use_poll=self.poll, map=self.map, count=1)

    def _busy(self) -> bool:
        channels = [channel for listener in self.listeners for channel in listener.active_channels.values()]
        sending = any(channel.requests or channel.total_outbufs_len for channel in channels)
        return bool(self.dispatcher.queue or self.dispatcher.active_count or sending)


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


def serve(app: Any, config: Config, *, said: str = "") -> None:
    """Serve until Ctrl-C, SIGTERM or the stop of a Windows service."""
    server = Server(app, config)
    if threading.current_thread() is threading.main_thread():
        names = ("SIGINT", "SIGTERM", "SIGBREAK")  # SIGBREAK: Windows
        for name in names:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda number, frame: _ask(server, number, frame))
    host = f"[{config.host}]" if ":" in config.host else config.host
    click.echo(said.replace("{address}", f"http://{host}:{server.port}/"))
    sys.stdout.flush()
    quick, long = timers(app)
    with quick, long:
        server.run()
    click.echo("已停止。")


def _ask(server: Server, number: int, frame: FrameType | None) -> None:
    """Drain on the first signal, end at once on the second."""
    if server.stopping.is_set():
        raise KeyboardInterrupt
    server.stop()

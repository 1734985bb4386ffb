"""`kaoji serve` as a process of its own, and what a client without manners says to it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

from app import config as settings
from app.cli import run
from app.cli.serving.server import Server
from app.config import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
MADE: dict[str, Path] = {}
OPENED: list[socket.socket] = []


class Serving(subprocess.Popen[str]):
    """A server's process; `port` once it serves, `log` is the file of its stderr."""

    port: int = 0
    log: Path

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def cpu(self) -> float:
        """Return processor seconds so far of the thread that holds the connections (Linux); periodic work has its own."""
        fields = Path(f"/proc/{self.pid}/task/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def instance_env(folder: Path) -> dict[str, str]:
    """Make an instance there, the first of this process by `kaoji init`, and return the environment of its server."""
    names = {*SETTINGS.values(), "KAOJI_INSTANCE"}
    kept = {name: value for name, value in os.environ.items() if name not in names}
    if "made" not in MADE or not MADE["made"].exists():
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update(kept, KAOJI_INSTANCE=str(folder))
        try:
            assert run(["init"]) == 0
        finally:
            os.environ.clear()
            os.environ.update(before)
        MADE["made"] = shutil.copytree(folder, folder.with_name("made"))
    else:
        shutil.copytree(MADE["made"], folder)
    return {
        **kept,
        "KAOJI_INSTANCE": str(folder),
        "KAOJI_PORT": "0",
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
    }


@contextmanager
def serving(folder: Path, files: tuple[int, int] | None = None) -> Iterator[Serving]:
    """Serve an instance made in `folder`; `files` are the soft and hard limit of descriptors."""

    def limited() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_NOFILE, files or (0, 0))

    log = folder.with_suffix(".log")
    with log.open("w", encoding="utf-8") as errors:
        process = Serving(
            [sys.executable, "wsgi.py"],
            cwd=ROOT,
            env=instance_env(folder),
            text=True,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=errors,
            preexec_fn=limited if files else None,
        )
    process.log = log
    try:
        assert process.stdout
        line = process.stdout.readline()
        found = re.search(r":(\d+)/", line)
        assert found, line + process.said()
        process.port = int(found[1])
        yield process
    finally:
        close_all()
        if process.poll() is None:
            process.kill()
        process.communicate()


@contextmanager
def in_thread(app: Any, folder: Path, **given: Any) -> Iterator[Server]:
    """Serve a WSGI application from this process, with the limits of `kaoji serve` and these settings; times can be patched."""
    settings.stamp_instance(folder, "real")
    server = Server(app, replace(settings.load(folder, {}), port=0, **given))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        close_all()
        server.stop()
        thread.join(timeout=20)
        assert not thread.is_alive()


def connected(port: int, timeout: float = 20, *, host: int = 1) -> socket.socket:
    """A connection from 127.0.0.`host` that ends with its server at the latest."""
    one = socket.create_connection(("127.0.0.1", port), timeout, (f"127.0.0.{host}", 0) if host > 1 else None)
    OPENED.append(one)
    return one


def close_all() -> None:
    while OPENED:
        OPENED.pop().close()


def answer_on(connection: socket.socket, *, method: str = "POST") -> tuple[HTTPResponse, str]:
    """Read one answer and its page."""
    answer = HTTPResponse(connection, method=method)
    answer.begin()
    return answer, answer.read().decode(errors="replace")


def status_of(port: int, path: str = "/login") -> int:
    """The status of one ordinary request on a connection of its own."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def until(told: Callable[[], bool], seconds: float = 10) -> bool:
    """Wait until it is so; False when the time is over."""
    end = time.monotonic() + seconds
    while not told():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class Drippers:
    """Connections that each began a request and send a byte of it now and then; those that were closed stay away."""

    FIRST = b"GET /login HTTP/1.1\r\nHost: localhost\r\nX: "

    def __init__(self, port: int, number: int, hosts: int = 1) -> None:
        self.open: list[socket.socket] = []
        for each in range(number):
            try:
                one = connected(port, 5, host=1 + each % hosts)
                one.setblocking(False)
                one.send(self.FIRST)
            except OSError:
                continue
            self.open.append(one)

    def left(self) -> int:
        """Send a byte each and return how many are still connected."""
        self.drip()
        return len(self.open)

    def drip(self) -> None:
        for one in list(self.open):
            try:
                one.send(b"x")
                ended = one.recv(1, socket.MSG_PEEK) == b""
            except BlockingIOError:
                continue
            except OSError:
                ended = True
            if ended:
                one.close()
                self.open.remove(one)

"""Lock of an instance: one server per SQLite folder; other commands may run beside it.

The operating system releases it when the process ends. A server writes into it which files of the database it has open, so that
other commands can tell when others lie there by now.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.cli.refusal import Fault
from app.models.health.opened_files import Identity

LOCK = "server.lock"
TRIES, PAUSE = 3, 0.05  # seconds: a command that looks whether it is held holds it for that moment
WINDOWS = sys.platform == "win32"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs, and which files it has open."""

    process: int
    files: dict[str, Identity]


class Lock:
    """Context manager holding the lock. Raises Fault when it is taken."""

    def __init__(self, instance: Path) -> None:
        self.path = instance / LOCK
        self.file: IO[bytes] | None = None

    def __enter__(self) -> Lock:
        self.file = self.path.open("a+b")
        if not _taken(self.file):
            self.file.close()
            raise Fault(f"这个数据文件夹已有一个站点在运行：{self.path.parent}")
        self.tell({})  # what one that was killed said
        return self

    def __exit__(self, *_: object) -> None:
        if self.file:
            self.file.close()
            self.file = None

    def tell(self, files: Mapping[str, Identity]) -> None:
        """Write down which files of the database are open. Not on Windows, where nobody can put others in their place."""
        if self.file and not WINDOWS:
            with suppress(OSError):  # a full disk: other commands know less
                self.file.truncate(0)
                self.file.write(json.dumps({"process": os.getpid(), "files": files}).encode() if files else b"")
                self.file.flush()


def running_server(instance: Path) -> Server | None:
    """The server of this folder and what it has open; None where none runs, or says so."""
    if WINDOWS:
        return None
    try:
        with (instance / LOCK).open("rb") as file:
            if _lock(file, shared=True):
                return None
            told = json.load(file)
        files = {path: (int(device), int(number)) for path, (device, number) in told["files"].items()}
        return Server(int(told["process"]), files)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _taken(file: IO[bytes]) -> bool:
    for left in reversed(range(TRIES)):
        if _lock(file):
            return True
        if left:
            time.sleep(PAUSE)
    return False


def _lock(file: IO[bytes], *, shared: bool = False) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

"""Lock of an instance: one server per SQLite folder; other commands may run beside it.

The operating system releases it when the process ends.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

from app.cli.refusal import Fault

LOCK = "server.lock"


class Lock:
    """Context manager holding the lock. Raises Fault when it is taken."""

    def __init__(self, instance: Path) -> None:
        self.path = instance / LOCK
        self.file: IO[bytes] | None = None

    def __enter__(self) -> Lock:
        self.file = self.path.open("a+b")
        try:
            _lock(self.file)
        except OSError:
            self.file.close()
            raise Fault(f"这个数据文件夹已有一个站点在运行：{self.path.parent}") from None
        return self

    def __exit__(self, *_: object) -> None:
        if self.file:
            self.file.close()
            self.file = None


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)

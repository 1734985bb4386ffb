"""Which files a SQLite database was opened as; by now its path may lead to others.

An open database goes on with what it opened, whatever lies at its path: what is saved into a file that was taken away or put over
is acknowledged and never seen again. And its log (-wal), left beside another database, is read by whoever opens that one, as if
it were its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

Identity = tuple[int, int]
"""Device and number of a file: never another file's while it is open."""
GONE = "数据库文件不见了"
REPLACED = "数据库文件被换成了另一个"
LOG_LOST = "数据库旁边的 -wal 或 -shm 文件被移走了"
BESIDE = ("-wal", "-shm")


def identity(path: str) -> Identity | None:
    """The file that lies at this path; None where there is none, or where nobody may look."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def identities(paths: Iterable[str]) -> dict[str, Identity]:
    """The files that lie at these paths, without those that are not there."""
    return {path: found for path in paths if (found := identity(path))}


def moved(opened: Mapping[str, Identity]) -> str:
    """What became of the files that were opened, the database first among them; empty: all are in their places."""
    for path, was in opened.items():
        if (now := identity(path)) != was:
            return LOG_LOST if path.endswith(BESIDE) else REPLACED if now else GONE
    return ""


def log_is_ours(opened: Mapping[str, Identity]) -> bool:
    """Whether nobody else can have written a log at this path: what was opened there, or nothing."""
    return all(identity(path) in (was, None) for path, was in opened.items() if path.endswith(BESIDE))

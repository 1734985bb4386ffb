"""The head of the audit chain, written down where who can change the database cannot: the log, and a file elsewhere.

A line of the file: time (UTC), sequence, MAC. A line of the log holds `audit chain SEQUENCE MAC`. What is written there and is
no longer in the chain was cut off (app.actions.upkeep.chain_faults).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actions.upkeep.chain import LAID_AT, LINK, Head, head
from app.adapters.system_words import os_words
from app.extensions import db
from app.models import DueWork
from app.models.upkeep.as_stored import as_stored, moment_in
from app.rules.refusals import Refused

log = logging.getLogger(__name__)

_LINE = re.compile(r"(\S+) (\d{1,18}) ([0-9a-f]{64})")
_MAC = re.compile("[0-9a-f]{64}")
_LOGGED = re.compile(r"audit chain (\d{1,18}) ([0-9a-f]{64})\b")
CHAIN, HEAD = "audit_chain", "audit_head"
"""Names of the works that lay the chain and write its head down."""
TAIL = 200  # bytes: longer than a line


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the chain reaches, since when (None: unreadable, or there is none), and what went wrong when it was laid or written down last."""

    sequence: int
    laid_at: datetime | None
    faults: tuple[str, ...]


def standing(session: Session) -> Standing:
    """Return it for the page of the audit."""
    with as_stored(session.connection()):
        last = session.execute(select(LINK.c.sequence, LAID_AT).order_by(LINK.c.sequence.desc()).limit(1)).first()
    query = select(DueWork.last_error).where(DueWork.name.in_((CHAIN, HEAD)), DueWork.last_error != "")
    faults = tuple(session.scalars(query.order_by(DueWork.name)))
    return Standing(last.sequence if last else 0, moment_in(last.laid_at) if last else None, faults)


class HeadNotWritten(Refused):
    """The file of KAOJI_AUDIT_HEAD cannot be written."""


def write_down(file: Path | None, *, on: datetime) -> None:
    """Write the head to the log and append it to the file. Raises HeadNotWritten; the log has it all the same."""
    found = head(db.session())
    db.session.rollback()
    if found is None:
        return
    if not _MAC.fullmatch(str(found.mac)):  # a hand put it there: what is written down must be a line that can be read
        found = Head(found.sequence, "unreadable")
    log.warning("audit chain %s %s", found.sequence, found.mac)
    if file is None:
        return
    try:
        _append(file, found, on)
    except OSError as error:
        raise HeadNotWritten(
            f"审计链的末端写不进 KAOJI_AUDIT_HEAD 所指的文件：{file}（{os_words(error)}）。请检查它所在的文件夹存在并且可写"
        ) from error


def _append(file: Path, found: Head, on: datetime) -> None:
    with file.open("a+b") as opened:  # never "w": what stands there is the proof
        opened.seek(max(opened.seek(0, 2) - TAIL, 0))
        tail = opened.read()
        last = tail.decode(errors="replace").rstrip("\n").rpartition("\n")[2]
        if last.endswith(f" {found.sequence} {found.mac}"):
            return
        start = "" if not tail or tail.endswith(b"\n") else "\n"
        opened.write(f"{start}{on.isoformat(timespec='seconds')} {found.sequence} {found.mac}\n".encode())


def heads_in(file: Path) -> Iterator[tuple[int, Head | None]]:
    """Yield line number and head of each line of the file; None for one that cannot be read. Raises OSError."""
    with file.open(encoding="utf-8", errors="replace") as opened:
        for number, line in enumerate(opened, 1):
            if line.strip():
                found = _LINE.fullmatch(line.strip())
                yield number, Head(int(found[2]), found[3]) if found else None


def heads_in_log(file: Path) -> Iterator[tuple[int, Head]]:
    """Yield line number and head of each line of a log that names one. Raises OSError."""
    with file.open(encoding="utf-8", errors="replace") as opened:
        for number, line in enumerate(opened, 1):
            for found in _LOGGED.finditer(line):
                yield number, Head(int(found[1]), found[2])

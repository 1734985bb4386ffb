"""Reconcile store and table: quarantine files without a row, set rows without a file 缺失 (security.md U12).

Many files without a row at once are no litter: rows are lost (another database, an older one). Then nothing is moved, and an
alarm says so. What lies in quarantine comes back with its row, and is deleted only after a clean `kaoji verify` has seen it there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import select, union_all

from app.actions.audit import record
from app.actions.evidence.whole import COLUMNS, MYSELF, write_down
from app.adapters.storage import QUARANTINE_DAYS, Compared, Store
from app.extensions import db
from app.models import Evidence, RosterPortrait
from app.models.base import transaction
from app.models.health import guard
from app.models.health.facts import SWEEP, VERIFIED, note, noted
from app.rules.evidence.flags import GONE
from app.rules.people.roles import Actor

log = logging.getLogger(__name__)

YOUNG = timedelta(hours=1)
"""A younger file may belong to an upload whose row is not committed yet."""
SHARDS = tuple(f"{number:02x}" for number in range(256))
"""First two hex digits of keys; working by shard bounds memory and query length for a million rows."""
FEW = 20  # strays that are litter whatever their share
SHARE = 0.05  # of all files
CHUNK = 500


class TooManyStrays(Exception):
    """More files without a row than litter explains."""

    def __init__(self, strays: int, files: int) -> None:
        super().__init__(f"{strays} of {files} files have no row")
        self.strays, self.files = strays, files


def sweep(store: Store, *, on: datetime, shards: Iterable[str] = SHARDS) -> tuple[int, int]:
    """(Files quarantined, rows without a file). Safe to run concurrently; rows whose file is back are reset.

    Raises TooManyStrays, having moved nothing; the administrators see it until a sweep does its work again.
    """
    if guard.trouble(db.engine):
        return 0, 0
    files, strays, missing = _compare(store, on, shards)
    if too_many(len(strays), files):
        _stop(len(strays), files, on)
        raise TooManyStrays(len(strays), files)
    moved = put_away(store, strays)
    store.tidy(on - YOUNG)
    with transaction() as session:
        note(session, SWEEP, {}, on)
    if not missing:
        expire(store, on=on)
    if moved or missing:
        log.warning("evidence: %s files without a row put into quarantine, %s rows without a file", moved, missing)
    return moved, missing


def too_many(strays: int, files: int) -> bool:
    """Whether so many strays of so many files are no litter."""
    return strays > FEW and strays > SHARE * files


def strays_of(store: Store, *, on: datetime) -> tuple[list[str], int]:
    """Keys of the old files without a row, and how many files there are; nothing is changed."""
    found = [_look(store, shard, on)[0] for shard in SHARDS]
    return [key for each in found for key in each.strays], sum(each.files for each in found)


def put_away(store: Store, keys: Iterable[str]) -> int:
    """Quarantine those of these files that still have no row; return the number."""
    moved = 0
    for part in _chunks(keys):
        for key in sorted(set(part) - _with_rows(part)):
            store.quarantine(key)
            moved += 1
    return moved


def put_away_anyway(store: Store, keys: Iterable[str], *, by: Actor, on: datetime) -> int:
    """`put_away` by a person who knows that the database is right, which ends the alarm."""
    moved = put_away(store, keys)
    with transaction() as session:
        note(session, SWEEP, {}, on)
        detail = {"strays": moved}
        record(session, on=on, by=by, action="evidence.quarantined", subject="site", subject_id=None, detail=detail)
    return moved


def restore(store: Store, *, by: Actor, on: datetime) -> int:
    """Bring every quarantined file back that has a row; return the number."""
    done = 0
    for part in _chunks(store.quarantined()):
        for key in sorted(_with_rows(part)):
            done += store.restore(key)
    if done:
        with transaction() as session:
            detail = {"restored": done}
            record(session, on=on, by=by, action="evidence.restored", subject="site", subject_id=None, detail=detail)
    _compare(store, on, SHARDS)
    return done


def declare_lost(store: Store, *, by: Actor, on: datetime) -> int:
    """Write down every row without a file, said by a person who knows that the store is the right one; return their number."""
    _, _, missing = _compare(store, on, SHARDS)
    with transaction() as session:
        detail = {"missing": missing}
        record(session, on=on, by=by, action="evidence.lost", subject="site", subject_id=None, detail=detail)
    return missing


def expire(store: Store, *, on: datetime) -> int:
    """Delete what a clean `kaoji verify` has seen in quarantine and has been there for QUARANTINE_DAYS; nothing while the last
    one was not clean, or none ever ran.
    """
    verified = noted(db.session(), VERIFIED)
    db.session.rollback()
    if verified is None or verified.value.get("faults"):
        return 0
    return store.expire(min(on - timedelta(days=QUARANTINE_DAYS), verified.at))


def _compare(store: Store, on: datetime, shards: Iterable[str]) -> tuple[int, list[str], int]:
    """All shards: number of files, keys of strays, number of rows without a file. What is back or lost is written down."""
    files, missing = 0, 0
    strays: list[str] = []
    for shard in shards:
        found, rows = _look(store, shard, on)
        gone = {key for key in found.missing if not store.restore(key)}
        changed = [
            (row, GONE if row.storage_key in gone else "") for row in rows if row.missing != (row.storage_key in gone)
        ]
        if changed:
            with transaction() as session:
                write_down(session, changed, on)
        files += found.files
        strays += found.strays
        missing += len(gone)
    return files, strays, missing


def _look(store: Store, shard: str, on: datetime) -> tuple[Compared, list[Any]]:
    """One shard, and its rows of evidence."""
    db.session.rollback()
    span = (Evidence.storage_key >= f"{shard}/", Evidence.storage_key < f"{shard}0")
    rows = db.session.execute(select(*COLUMNS).where(*span)).all()
    held = db.session.scalars(
        select(RosterPortrait.storage_key).where(
            RosterPortrait.storage_key >= f"{shard}/", RosterPortrait.storage_key < f"{shard}0"
        )
    ).all()
    db.session.rollback()
    return store.compare([*(row.storage_key for row in rows), *held], on - YOUNG, shard), list(rows)


def _with_rows(keys: Iterable[str]) -> set[str]:
    wanted = list(keys)
    columns = (Evidence.storage_key, RosterPortrait.storage_key)
    found = db.session.scalars(union_all(*(select(column).where(column.in_(wanted)) for column in columns))).all()
    db.session.rollback()
    return set(found)


def _chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    waiting = iter(keys)
    while part := list(islice(waiting, CHUNK)):
        yield part


def _stop(strays: int, files: int, on: datetime) -> None:
    """Say so to the administrators, once in the audit and until it is over on their pages."""
    detail = {"strays": strays, "files": files}
    log.error("evidence: %s of %s files have no row; none was moved", strays, files)
    with transaction() as session:
        before = noted(session, SWEEP)
        if not (before and before.value):
            action, said = "alarm.many_strays", {"strays": strays, "held": files}
            record(session, on=on, by=MYSELF, action=action, subject="site", subject_id=None, detail=said)
        note(session, SWEEP, detail, on)

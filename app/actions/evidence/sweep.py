"""Reconcile store and table: quarantine files without a row, set rows without a file 缺失 (security.md U12)."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select, update

from app.actions.evidence.flags import files_looked_for
from app.adapters.storage import Store
from app.extensions import db
from app.models import Evidence, RosterPortrait
from app.models.base import transaction

log = logging.getLogger(__name__)

YOUNG = timedelta(hours=1)
"""A younger file may belong to an upload whose row is not committed yet."""
SHARDS = tuple(f"{number:02x}" for number in range(256))
"""First two hex digits of keys; working by shard bounds memory and query length for a million rows."""


def sweep(store: Store, *, on: datetime, shards: Iterable[str] = SHARDS) -> tuple[int, int]:
    """(Files quarantined, rows without a file). Safe to run concurrently; rows whose file is back are reset."""
    orphans = missing = 0
    for shard in shards:
        db.session.rollback()
        rows = db.session.execute(
            select(Evidence.id, Evidence.storage_key, Evidence.missing).where(
                Evidence.storage_key >= f"{shard}/", Evidence.storage_key < f"{shard}0"
            )
        ).all()
        held = db.session.scalars(
            select(RosterPortrait.storage_key).where(
                RosterPortrait.storage_key >= f"{shard}/", RosterPortrait.storage_key < f"{shard}0"
            )
        ).all()
        db.session.rollback()
        done = store.sweep([*(row.storage_key for row in rows), *held], on - YOUNG, shard)
        gone = set(done.missing)
        _set_missing([row.id for row in rows if row.storage_key in gone and not row.missing], True)
        _set_missing([row.id for row in rows if row.storage_key not in gone and row.missing], False)
        orphans += len(done.orphans)
        missing += len(gone)
    if orphans or missing:
        log.warning("evidence: %s files without a row put into quarantine, %s rows without a file", orphans, missing)
    return orphans, missing


def _set_missing(idents: list[int], missing: bool) -> None:
    if idents:
        with transaction() as session:
            session.execute(update(Evidence).where(Evidence.id.in_(idents)).values(missing=missing))
            files_looked_for(session, idents)

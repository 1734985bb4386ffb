"""A picture is given out only as it was stored: its bytes are compared with the SHA-256 of its row.

What is lost or damaged is written down, flagged in the queue and told to the administrators (an alarm of the audit).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.actions.evidence.flags import files_looked_for
from app.adapters.storage import NotStored, Store
from app.adapters.storage.faults import told_as_ours
from app.extensions import db
from app.models import Application, Evidence
from app.models.base import transaction
from app.rules.evidence.flags import DAMAGED, GONE, TROUBLE
from app.rules.people.roles import Actor
from app.rules.refusals import NotAllowed

log = logging.getLogger(__name__)

MYSELF = Actor("system", None, "照片核对")
COLUMNS = (Evidence.id, Evidence.storage_key, Evidence.sha256, Evidence.missing, Evidence.damaged)
"""What `read` and `examine` ask of a row."""


class Found(NamedTuple):
    """The bytes of a picture, or why there are none: GONE, DAMAGED."""

    data: bytes
    trouble: str = ""


def look(store: Store, key: str, sha256: str) -> Found:
    """Read and compare. A file that lies in quarantine although it has a row comes back. Raises StoreFails: not the picture's fault."""
    with told_as_ours():
        try:
            data = store.read(key)
        except NotStored:
            if not store.restore(key):
                return Found(b"", GONE)
            data = store.read(key)
    return Found(b"", DAMAGED) if differs(data, sha256) else Found(data)


def differs(data: bytes, sha256: str) -> bool:
    """Whether these are not the bytes that were stored."""
    return hashlib.sha256(data).hexdigest() != sha256


def read(store: Store, row: Any, *, on: datetime) -> bytes:
    """Return a picture's bytes. Raises NotStored for one that is lost or damaged, and writes that down."""
    data, trouble = look(store, row.storage_key, row.sha256)
    if trouble != _known(row):
        try:
            with transaction() as session:
                write_down(session, [(row, trouble)], on)
        except OperationalError:  # the next reader writes it down
            log.warning("evidence %s: %s, not written down", row.id, trouble or "whole again")
    if trouble:
        raise NotStored(row.storage_key)
    return data


def examine(store: Store, application_id: int, *, on: datetime, but: Iterable[int] = ()) -> frozenset[int]:
    """Compare the application's current pictures, `but` these, and write down what changed; return their ids.

    Reading takes no transaction; one follows where something is to be written.
    """
    rows = db.session.execute(
        select(*COLUMNS).where(
            Evidence.application_id == application_id, Evidence.current, Evidence.id.not_in(list(but))
        )
    ).all()
    db.session.rollback()
    found = [(row, look(store, row.storage_key, row.sha256).trouble) for row in rows]
    if any(trouble != _known(row) for row, trouble in found):
        with transaction() as session:
            write_down(session, found, on)
    return frozenset(row.id for row in rows)


def reader(store: Store) -> Callable[[str], bytes]:
    """Return what reads pictures for papers: by the key, compared as well. Raises NotAllowed naming whose it is."""

    def whole(key: str) -> bytes:
        query = select(Evidence.sha256, Application.ticket_number).join(
            Application, Application.id == Evidence.application_id
        )
        row = db.session.execute(query.where(Evidence.storage_key == key).limit(1)).one()
        data, trouble = look(store, key, row.sha256)
        if trouble:
            raise NotAllowed(
                f"准考证号 {row.ticket_number} 的照片{TROUBLE[trouble]}，打印不了。请管理员从备份找回这个文件。"
            )
        return data

    return whole


def lost_pictures() -> int:
    """How many pictures have no file, or a damaged one, as far as is known."""
    return db.session.scalar(select(func.count()).select_from(Evidence).where(Evidence.missing | Evidence.damaged)) or 0


def write_down(session: Session, found: Iterable[tuple[Any, str]], on: datetime) -> None:
    """Store the troubles of these pictures (rows of COLUMNS) and the flags of their cases; an alarm for each new one.

    A picture that its owner replaced meanwhile is none any more: its row is gone, or is another picture's (SQLite gives an id anew).
    """
    written = []
    for row, trouble in found:
        if trouble == _known(row):
            continue
        same = (Evidence.id == row.id, Evidence.storage_key == row.storage_key)
        values = {"missing": trouble == GONE, "damaged": trouble == DAMAGED}
        if session.scalar(update(Evidence).where(*same).values(**values).returning(Evidence.id)) is None:
            continue
        written.append(row.id)
        if trouble:
            log.error("evidence %s: the file %s is %s", row.id, row.storage_key, trouble)
            _alarm(session, row.id, trouble, on)
    files_looked_for(session, written)


def _alarm(session: Session, ident: int, trouble: str, on: datetime) -> None:
    query = select(Application.id, Application.ticket_number).join(Evidence, Evidence.application_id == Application.id)
    whose = session.execute(query.where(Evidence.id == ident)).one()
    action = "alarm.picture_missing" if trouble == GONE else "alarm.picture_damaged"
    subject = {"subject": "application", "subject_id": whose.id}
    record(session, on=on, by=MYSELF, action=action, **subject, detail={"ticket": whose.ticket_number})


def _known(row: Any) -> str:
    return GONE if row.missing else DAMAGED if row.damaged else ""

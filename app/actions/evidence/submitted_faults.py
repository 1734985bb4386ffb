"""Submissions compared with their own SHA-256 and with the rows of the pictures that they name, for `kaoji verify`; nothing is changed.

A submission is frozen, so it knows its pictures even where a row was deleted by hand: whose file no row names any more, and which the
sweep therefore puts into quarantine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.models import Evidence, Submission
from app.rules.submission import Item, read

CHUNK = 200
"""Submissions in memory at a time, 5 kB each, and their pictures in one query."""


def submitted_faults() -> Iterator[str]:
    """Yield a line for each submission that is not what its SHA-256 says, and for each picture of one that has no row or another's."""
    for part in _parts():
        named = {row.id: _pictures(row.document) for row in part}
        rows = _rows(item.evidence for items in named.values() for item in items or ())
        for row in part:
            whose, items = f"回执编号 {row.receipt} 的", named[row.id]
            if items is None or hashlib.sha256(row.document.encode()).hexdigest() != row.sha256:
                yield f"{whose}提交内容与它的校验值不符，被改动过或已损坏（请从备份找回这份提交）"
            for item in items or ():
                if fault := _fault(rows.get(item.evidence), item, row.application_id):
                    yield f"{whose}{item.label}，{fault}"


def _fault(row: Any, item: Item, application_id: int) -> str:
    if row is None:
        return "照片的记录不在了（请从备份找回数据库里的这条记录，文件在隔离区的再运行 kaoji evidence restore 放回）"
    if (row.sha256, row.application_id) != (item.sha256, application_id):
        return "照片的记录与提交时的不符（请从备份找回数据库里的这条记录）"
    return ""


def _parts() -> Iterator[list[Any]]:
    """Every submission, CHUNK at a time."""
    columns = (Submission.id, Submission.application_id, Submission.receipt, Submission.document, Submission.sha256)
    last = 0
    while True:
        query = select(*columns).where(Submission.id > last).order_by(Submission.id).limit(CHUNK)
        part = list(db.session.execute(query).all())
        db.session.rollback()
        if not part:
            return
        yield part
        last = part[-1].id


def _pictures(document: str) -> list[Item] | None:
    """Its items with a picture; None for a text that cannot be read."""
    try:
        return [item for item in read(document).items if item.evidence]
    except ValueError:
        return None


def _rows(public_ids: Iterator[str]) -> dict[str, Any]:
    columns = (Evidence.public_id, Evidence.sha256, Evidence.application_id)
    rows = db.session.execute(select(*columns).where(Evidence.public_id.in_(sorted(set(public_ids))))).all()
    db.session.rollback()
    return {row.public_id: row for row in rows}

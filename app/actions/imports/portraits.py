"""Portraits of the roster (考籍照片): a ZIP of pictures named by 准考证号 or 证件号码. All of them or none.

Decoding takes minutes for thousands, so nothing is locked meanwhile: the files are put into the store first, their rows are
written in one transaction, and when anything is wrong the files are taken out again.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update

from app.actions.imports.common import ImportResult, Progress, chunks, finish
from app.adapters.documents.picture_archive import Entry, picture_archive
from app.adapters.documents.tables import CellError
from app.adapters.pictures.pool import BadPicture, Picture, portrait_picture
from app.adapters.storage import Store
from app.extensions import db
from app.models import Examinee, RosterPortrait, Ticket
from app.models.base import transaction
from app.rules.evidence.kinds import LENIENT_BYTES
from app.rules.evidence.portrait import HEIGHT, WIDTH
from app.rules.people.roles import Actor


def import_portraits(
    path: Path, store: Store, *, by: Actor, on: datetime, check: bool = False, progress: Progress = lambda done: None
) -> ImportResult:
    """Each picture becomes the portrait of its owner, in the usual size. Raises BadTable when the archive cannot be read."""
    errors: list[CellError] = []
    rows: list[RosterPortrait] = []
    with ExitStack() as undo, picture_archive(path) as archive:
        owners, held = _owners(archive.entries, errors), _held_portraits()
        db.session.rollback()
        for entry in archive.entries:
            progress(1)
            try:
                picture = portrait_picture(archive.read(entry), (WIDTH, HEIGHT), max_bytes=LENIENT_BYTES, heic=True)
            except BadPicture as bad:
                errors.append(CellError(0, "", entry.name, bad.message))
                continue
            owner = owners.get(entry.name)
            if owner and held.get(owner) != picture.sha256 and not errors:
                rows.append(_row(owner, picture, "" if check else store.put(picture.data), on))
                undo.callback(store.delete, rows[-1].storage_key)
        if errors:
            return ImportResult("portraits", errors=tuple(errors))
        changed = sum(row.examinee_id in held for row in rows)
        new, same = len(rows) - changed, len(owners) - len(rows)
        result = ImportResult("portraits", new, changed, same, checked_only=check)
        if not check:
            _write(rows, result, path.name, by, on)
        undo.pop_all()  # the files have rows now
        return result


def _owners(entries: Sequence[Entry], errors: list[CellError]) -> dict[str, int]:
    """File name -> whose picture it is; names that are nobody's, and a second picture of one person, are errors."""
    names = [entry.stem.upper() for entry in entries]
    known: dict[str, int] = {}
    for part in chunks(names):
        for query in (
            select(Ticket.number, Ticket.examinee_id).where(Ticket.number.in_(part)),
            select(Examinee.id_number, Examinee.id).where(Examinee.id_number.in_(part)),
        ):
            known |= dict(db.session.execute(query).all())
    found: dict[str, int] = {}
    pictured: set[int] = set()
    for entry, name in zip(entries, names, strict=True):
        if name not in known:
            errors.append(CellError(0, "", entry.name, "文件名应为准考证号或证件号码，名单里没有这个号码"))
        elif known[name] in pictured:
            errors.append(CellError(0, "", entry.name, "这位考生在压缩包里已有一张照片"))
        else:
            found[entry.name] = known[name]
            pictured.add(known[name])
    return found


def _held_portraits() -> dict[int, str]:
    """Examinee -> SHA-256 of the portrait that is held now."""
    held = select(RosterPortrait.examinee_id, RosterPortrait.sha256).where(RosterPortrait.current)
    return dict(db.session.execute(held).all())


def _row(owner: int, picture: Picture, key: str, on: datetime) -> RosterPortrait:
    return RosterPortrait(
        examinee_id=owner,
        size=picture.size,
        width=picture.width,
        height=picture.height,
        sha256=picture.sha256,
        storage_key=key,
        imported_at=on,
    )


def _write(rows: list[RosterPortrait], result: ImportResult, file_name: str, by: Actor, on: datetime) -> None:
    """The earlier portrait stays stored: a submission may show it."""
    with transaction() as session:
        for part in chunks([row.examinee_id for row in rows]):
            session.execute(update(RosterPortrait).where(RosterPortrait.examinee_id.in_(part)).values(current=False))
        session.add_all(rows)
        finish(session, on=on, by=by, result=result, file_name=file_name)

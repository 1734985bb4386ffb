"""Are the pictures where the rows say: asked at the start, before an import of portraits, and by `kaoji doctor`.

Their disk may not be mounted, or be another one. A folder that takes pictures in its place hides them once the disk is back, and
every other one would pass for lost.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from app.adapters.storage.local import LocalStore
from app.cli.refusal import Fault
from app.config.store_layout import is_bare
from app.extensions import db
from app.models import Evidence, RosterPortrait

SAMPLE = 20  # of the newest pictures, and of the oldest: a backup of pictures may be older than that of the database
LOST = "确实找不回来的，运行 kaoji evidence lost"
ABSENT = (
    "照片的文件夹不在：{root}，数据库里有照片的记录。请接上（挂载）它所在的磁盘，或把 KAOJI_STORAGE_URL 改成它现在的位置，"
    f"或从备份放回；{LOST}"
)
EMPTY = (
    "照片的文件夹里没有照片：{root}，数据库里有照片的记录。多半是它所在的磁盘没有接上（挂载）。请接上，或把 KAOJI_STORAGE_URL "
    f"改成照片现在的位置，或从备份放回；{LOST}"
)
OTHERS = (
    "照片的文件夹里是别的照片：{root}，数据库里最新和最早的各 {sample} 张一张也不在。请检查接上（挂载）的是不是原来的磁盘、"
    f"KAOJI_STORAGE_URL 是不是原来的位置；{LOST}"
)


def folder_fault(app: Any) -> str:
    """Return why the pictures cannot be in their folder, one line; empty where nothing is amiss, or they are no files here."""
    store = store_of_files(app)
    try:
        return _fault(app, store.root) if store else ""
    except DatabaseError:  # damaged, which is told elsewhere
        return ""


def need_folder(app: Any) -> None:
    """Begin the store of a site without pictures. Raises Fault where there are pictures and they are not there."""
    store = store_of_files(app)
    if store is None:
        return
    with suppress(DatabaseError):  # damaged, and nothing is saved
        if fault := _fault(app, store.root):
            raise Fault(fault)
        store.begin()


def store_of_files(app: Any) -> LocalStore | None:
    """The store of the site where it is a folder."""
    store = app.extensions["kaoji.store"]
    return store if isinstance(store, LocalStore) else None


def _fault(app: Any, root: Path) -> str:
    if not root.is_dir() or is_bare(root):
        words = EMPTY if root.is_dir() else ABSENT
        return words.format(root=root) if _expected(app, Evidence) or _expected(app, RosterPortrait) else ""
    keys = _expected(app, Evidence)
    found = len(keys) < SAMPLE or any((root / key).is_file() for key in keys)
    return "" if found else OTHERS.format(root=root, sample=SAMPLE)


def _expected(app: Any, table: type[Evidence | RosterPortrait]) -> set[str]:
    """Keys of files that should be there: of current pictures that are not known to be lost, the newest and the oldest."""
    which = [table.current, ~table.missing] if issubclass(table, Evidence) else [table.current]
    query = select(table.storage_key).where(*which).limit(SAMPLE)
    with app.app_context():
        try:
            return {key for order in (table.id.desc(), table.id) for key in db.session.scalars(query.order_by(order))}
        finally:
            db.session.rollback()

"""Is the folder of the pictures there: asked at the start and by `kaoji doctor`. Its disk may not be mounted.

A folder made anew in its place would take pictures that nobody finds once the disk is back, and have every other one pass for lost.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from app.adapters.storage.local import LocalStore
from app.cli.refusal import Fault
from app.extensions import db
from app.models import Evidence, RosterPortrait

ABSENT = (
    "照片的文件夹不在：{root}，数据库里有照片的记录。请接上（挂载）它所在的磁盘，或把 KAOJI_STORAGE_URL 改成它现在的位置，"
    "或从备份放回；照片确实找不回来的，新建这个文件夹"
)
EMPTY = "照片的文件夹是空的：{root}，数据库里有照片的记录。请看看它所在的磁盘是否接上（挂载）；丢了的，从备份放回"


def folder_fault(app: Any) -> str:
    """Return why the pictures cannot be in their folder, one line; empty where nothing is amiss, or they are no files here."""
    root = _root(app)
    if root is None or (root.is_dir() and any(root.iterdir())) or not _any_rows(app):
        return ""
    return (EMPTY if root.is_dir() else ABSENT).format(root=root)


def need_folder(app: Any) -> None:
    """Make the folder of a site without pictures, and tell of an empty one. Raises Fault where there are pictures and it is absent."""
    fault, root = folder_fault(app), _root(app)
    if root is None:
        return
    if fault and not root.is_dir():
        raise Fault(fault)
    if fault:
        click.echo(fault, err=True)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)


def _root(app: Any) -> Path | None:
    store = app.extensions["kaoji.store"]
    return store.root if isinstance(store, LocalStore) else None


def _any_rows(app: Any) -> bool:
    with app.app_context():
        try:
            tables = (Evidence.id, RosterPortrait.id)
            return any(db.session.scalar(select(column).limit(1)) is not None for column in tables)
        except DatabaseError:  # damaged, which is told elsewhere
            return False
        finally:
            db.session.rollback()

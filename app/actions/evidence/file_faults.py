"""Rows, files and their SHA-256 compared, for `kaoji verify`; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.actions.evidence.submitted_faults import submitted_faults
from app.actions.evidence.sweep import SHARDS, YOUNG, too_many
from app.actions.evidence.whole import differs
from app.adapters.storage import NotStored, Store
from app.adapters.system_words import os_words
from app.extensions import db
from app.models import Application, Evidence, Examinee, RosterPortrait


def picture_faults(store: Store, *, on: datetime) -> Iterator[str]:
    """Yield a line for each picture that is missing, damaged or unreadable, or that a submission names and no row does (`submitted_faults`),
    and one where more files have no row than litter explains.
    """
    yield from submitted_faults()
    try:
        yield from _of_files(store, on)
    except OSError as error:
        yield f"照片没有检查完，文件夹读不出来：{os_words(error)}（请检查磁盘是否接上，权限是否属于运行程序的用户）"


def _of_files(store: Store, on: datetime) -> Iterator[str]:
    files = strays = 0
    away = frozenset(store.quarantined())
    for shard in SHARDS:
        rows = [*_rows(shard), *_portraits(shard)]
        found = store.compare([row.storage_key for row in rows], on - YOUNG, shard)
        files, strays = files + found.files, strays + len(found.strays)
        missing = frozenset(found.missing)
        for row in rows:
            if row.storage_key in missing:
                hint = "在隔离区里，运行 kaoji evidence restore 放回" if row.storage_key in away else "请从备份找回"
                yield f"{_whose(row)}文件缺失（{row.storage_key}，{hint}）"
            elif fault := _fault(store, row):
                yield f"{_whose(row)}{fault}"
    if too_many(strays, files):
        yield f"{files} 个文件里有 {strays} 个没有记录：数据库可能是空的，或较早的备份"


def _fault(store: Store, row: Any) -> str:
    try:
        damaged = differs(store.read(row.storage_key), row.sha256)
    except NotStored:  # replaced or removed since
        return ""
    except OSError as error:
        return f"文件读不出来（{row.storage_key}，{os_words(error)}，请检查这个文件的主人和权限）"
    return f"文件损坏（{row.storage_key}，请从备份找回）" if damaged else ""


def _rows(shard: str) -> list[Any]:
    query = select(Evidence.storage_key, Evidence.sha256, Evidence.slot, Application.ticket_number)
    query = query.join(Application, Application.id == Evidence.application_id)
    return _of(query, Evidence.storage_key, shard)


def _portraits(shard: str) -> list[Any]:
    query = select(RosterPortrait.storage_key, RosterPortrait.sha256, Examinee.name)
    query = query.join(Examinee, Examinee.id == RosterPortrait.examinee_id)
    return _of(query, RosterPortrait.storage_key, shard)


def _of(query: Any, key: Any, shard: str) -> list[Any]:
    found = list(db.session.execute(query.where(key >= f"{shard}/", key < f"{shard}0")).all())
    db.session.rollback()
    return found


def _whose(row: Any) -> str:
    if hasattr(row, "slot"):
        return f"准考证号 {row.ticket_number} 的照片 {row.slot}，"
    return f"{row.name}的考籍照片，"

"""Faults of the audit, each named in one line: what was changed, taken away, put in or cut off (security.md AC-30)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, true

from app.actions.upkeep.chain import EVENT, LAID_AT, LINK, Head, head, link_mac, watermark
from app.actions.upkeep.chain_head import CHAIN, heads_in, heads_in_log
from app.adapters.system_words import os_words
from app.extensions import db
from app.models import AuditEvent, DueWork
from app.models.upkeep.as_stored import as_stored
from app.models.upkeep.insert_only import missing_guards
from app.models.upkeep.seal import audit_keys, holds
from app.rules.calendar import moment

CHUNK = 2000  # rows a statement
MOST = 20  # faults of one kind that are named one by one
STOPPED = timedelta(hours=2)
"""The chain has not been laid for so long, while other periodic work was done."""


def audit_faults(anchor: Path | None, logs: tuple[Path, ...] = ()) -> Iterator[str]:
    """Yield what is wrong. `anchor`: the file of KAOJI_AUDIT_HEAD; `logs`: logs of the server that name heads."""
    with db.engine.connect() as connection:
        if connection.dialect.name != "sqlite":  # one state for all statements, as a transaction of SQLite has
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with as_stored(connection):
            yield from _all_faults(connection, anchor, logs)


def _all_faults(connection: Connection, anchor: Path | None, logs: tuple[Path, ...]) -> Iterator[str]:
    for name in missing_guards(connection):
        yield f"数据库里少了触发器 {name}，操作记录不再受保护。运行 kaoji upgrade 会补上"
    kinds = (_broken(connection), _not_laid(connection), _twice(connection), _cut(connection, anchor, logs))
    for faults in kinds:
        yield from islice(faults, MOST)
        if more := sum(1 for _ in faults):
            yield f"……另有 {more} 处同类问题"
    yield from _stopped(connection)


def _broken(connection: Connection) -> Iterator[str]:
    """Walk the chain: every link in its place, on an event that is there and as it was."""
    keys, former, last, sealed = audit_keys(), "", 0, False
    for row in _links(connection):
        whole = row["sequence"] == last + 1
        if not whole:
            yield f"审计链缺第 {last + 1} 环" + (f"到第 {row['sequence'] - 1} 环" if row["sequence"] > last + 2 else "")
        if row["id"] is None:
            yield f"操作记录 {row['event_id']} 被删除了（审计链第 {row['sequence']} 环记着它）"
        else:
            yield from _link_faults(keys, former, row, sealed, whole)
            sealed = sealed or bool(row["seal"])
        former, last = row["mac"], row["sequence"]


def _link_faults(
    keys: Sequence[bytes], former: str, row: Mapping[str, Any], sealed: bool, whole: bool
) -> Iterator[str]:
    named = f"操作记录 {row['id']}"
    right = not whole or any(link_mac(key, former, row, row) == row["mac"] for key in keys)
    if row["seal"] and not holds(keys, row, row["seal"]):
        yield f"{named} 的内容被改过，或不是程序写的（审计链第 {row['sequence']} 环）"
    elif not row["seal"] and sealed:
        yield f"{named} 不是程序写的，是后来加进去的（审计链第 {row['sequence']} 环）"
    elif not right and row["seal"]:
        yield f"审计链第 {row['sequence']} 环（操作记录 {row['id']}）被改过，或换了位置"
    elif not right:
        yield f"{named} 的内容被改过，或审计链第 {row['sequence']} 环被改过"


def _links(connection: Connection) -> Iterator[Mapping[str, Any]]:
    """Yield each link with its event in order; id None where the event is gone."""
    stored = [column for column in LINK.c if column is not LINK.c.laid_at]
    query = select(*stored, LAID_AT, *EVENT).outerjoin(AuditEvent, AuditEvent.id == LINK.c.event_id)
    yield from _in_chunks(connection, query, LINK.c.sequence, "sequence")


def _in_chunks(connection: Connection, query: Any, column: Any, name: str) -> Iterator[Mapping[str, Any]]:
    wanted: Any = true()
    while rows := connection.execute(query.where(wanted).order_by(column).limit(CHUNK)).mappings().all():
        for row in rows:
            yield dict(row)
        wanted = column > rows[-1][name]


def _not_laid(connection: Connection) -> Iterator[str]:
    """Events outside the chain: one the program did not write, or one that was left out for long."""
    keys, mark = audit_keys(), watermark(connection)
    known = select(LINK.c.sequence).where(LINK.c.event_id == AuditEvent.id).exists()
    seals = select(func.min(AuditEvent.id)).where(AuditEvent.seal != "")
    in_chain = select(LINK.c.sequence).join(AuditEvent, AuditEvent.id == LINK.c.event_id).where(AuditEvent.seal != "")
    first = 0 if connection.scalar(in_chain.limit(1)) else connection.scalar(seals)
    for row in _in_chunks(connection, select(*EVENT).where(~known), AuditEvent.id, "id"):
        if row["seal"] and not holds(keys, row, row["seal"]):
            yield f"操作记录 {row['id']} 的内容被改过，或不是程序写的（还没有记入审计链）"
        elif not row["seal"] and first is not None and row["id"] > first:
            yield f"操作记录 {row['id']} 不是程序写的，是后来加进去的（还没有记入审计链）"
        elif row["id"] <= mark:
            yield f"操作记录 {row['id']} 不在审计链里，前后的记录早已记入"


def _twice(connection: Connection) -> Iterator[str]:
    twice = select(AuditEvent.seal).where(AuditEvent.seal != "").group_by(AuditEvent.seal).having(func.count() > 1)
    copies = select(func.min(AuditEvent.id), func.max(AuditEvent.id)).where(AuditEvent.seal.in_(twice))
    for first, last in connection.execute(copies.group_by(AuditEvent.seal)):
        yield f"操作记录 {last} 是照操作记录 {first} 抄的，不是程序写的"


def _cut(connection: Connection, anchor: Path | None, logs: tuple[Path, ...]) -> Iterator[str]:
    """Heads that were written down elsewhere must be in the chain."""
    last = head(connection)
    if anchor is not None:
        try:
            for number, found in heads_in(anchor):
                if found is None:
                    yield f"{anchor} 第 {number} 行读不懂（每行应是：时间 序号 校验值）"
                else:
                    yield from _compare(connection, found, last, f"{anchor} 第 {number} 行")
        except FileNotFoundError:
            if last is not None:
                yield f"KAOJI_AUDIT_HEAD 所指的文件不存在：{anchor}（刚设好时请先运行 kaoji tick；否则它被删除或移走了）"
        except OSError as error:
            yield f"KAOJI_AUDIT_HEAD 所指的文件读不出来：{anchor}（{os_words(error)}）"
    for file in logs:
        try:
            for number, found in heads_in_log(file):
                yield from _compare(connection, found, last, f"{file} 第 {number} 行")
        except OSError as error:
            yield f"日志读不出来：{file}（{os_words(error)}）"


def _compare(connection: Connection, found: Head, last: Head | None, where: str) -> Iterator[str]:
    if last is None or found.sequence > last.sequence:
        yield f"审计链的末尾被截掉了：{where}记到第 {found.sequence} 环，现在只到第 {last.sequence if last else 0} 环"
        return
    mac = connection.scalar(select(LINK.c.mac).where(LINK.c.sequence == found.sequence))
    if mac is not None and mac != found.mac:
        yield f"审计链第 {found.sequence} 环与{where}所记的不同：链的这一段是后来重写的"


def _stopped(connection: Connection) -> Iterator[str]:
    """Other periodic work was done, the chain was not laid."""
    laid = connection.scalar(select(DueWork.last_finished).where(DueWork.name == CHAIN))
    other = connection.scalar(select(func.max(DueWork.last_finished)).where(DueWork.name != CHAIN))
    if other is None or (laid is not None and other - laid <= STOPPED):
        return
    first = connection.scalar(select(func.min(DueWork.last_finished)).where(DueWork.name != CHAIN))
    if laid is None and first is not None and other - first <= STOPPED:
        return
    error = connection.scalar(select(DueWork.last_error).where(DueWork.name == CHAIN)) or ""
    since = moment(laid) if laid else "从未"
    yield f"审计链没有续上：最近一次是 {since}，此后别的定期工作做过。{error}".rstrip("。") + "。"

"""The audit: rows are only added, and `kaoji verify` names what a hand did in the database all the same (security.md AC-30)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from app.actions.audit import record
from app.actions.upkeep import chain, chain_head
from app.actions.upkeep.chain_faults import MOST, audit_faults
from app.extensions import db
from app.models import AuditEvent, AuditLink, DueWork
from app.models.base import transaction
from app.models.upkeep.insert_only import TABLES, guards, restore_guards
from app.rules.people.roles import SYSTEM
from tests import builders

NAMES = 6


@pytest.fixture
def laid(both: Flask) -> Flask:
    """Six events, all in the chain."""
    note(NAMES)
    assert chain.lay() == NAMES
    return both


def note(number: int, **detail: Any) -> None:
    for place in range(number):
        with transaction() as session:
            record(
                session,
                on=builders.NOW + timedelta(seconds=place),
                by=SYSTEM,
                action="site.edited",
                subject="site",
                subject_id=None,
                detail={"names": {"2": "b", "10": "a"}, "place": place, **detail},
            )


@contextmanager
def by_hand() -> Iterator[Connection]:
    """Who owns the database can switch the guards off."""
    with db.engine.begin() as connection:
        lite = connection.dialect.name == "sqlite"
        if lite:
            for table in TABLES:
                for name in guards("sqlite", table):
                    connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
        if lite:
            restore_guards(connection)


def drop_guard(name: str, table: str) -> None:
    with db.engine.begin() as connection:
        of = "" if connection.dialect.name == "sqlite" else f" ON {table}"
        connection.execute(text(f"DROP TRIGGER {name}{of}"))


def faults(anchor: Path | None = None, *logs: Path) -> list[str]:
    db.session.rollback()
    return list(audit_faults(anchor, logs))


def test_rows_of_the_audit_are_only_added(laid: Flask) -> None:
    refused = [
        "UPDATE audit_event SET actor_label = 'x'",
        "DELETE FROM audit_event WHERE id = 1",
        "UPDATE audit_link SET mac = 'x'",
        "DELETE FROM audit_link",
    ]
    if db.engine.dialect.name == "sqlite":
        refused += [
            "REPLACE INTO audit_event SELECT * FROM audit_event WHERE id = 1",
            "REPLACE INTO audit_link SELECT * FROM audit_link WHERE sequence = 1",
        ]
    else:
        refused += ["TRUNCATE audit_event", "TRUNCATE audit_link"]
    for statement in refused:
        with pytest.raises(DBAPIError, match="only added"), db.engine.begin() as connection:
            connection.execute(text(statement))
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == NAMES
    assert faults() == []


CHANGE = "UPDATE audit_event SET actor_label = 'x' WHERE id = 3"
DONE_BY_HAND = {
    "content": (CHANGE, ["操作记录 3 的内容被改过"]),
    "detail": ("UPDATE audit_event SET detail = '{}' WHERE id = 4", ["操作记录 4 的内容被改过"]),
    "deleted": ("DELETE FROM audit_event WHERE id = 5", ["操作记录 5 被删除了（审计链第 5 环"]),
    "link gone": ("DELETE FROM audit_link WHERE sequence = 2", ["审计链缺第 2 环"]),
    "links gone": ("DELETE FROM audit_link WHERE sequence IN (2, 3)", ["审计链缺第 2 环到第 3 环"]),
    "link changed": ("UPDATE audit_link SET mac = replace(mac, substr(mac, 1, 1), 'g') WHERE sequence = 6", ["审计链第 6 环"]),
    "links exchanged": (
        "UPDATE audit_link SET event_id = 100 WHERE sequence = 2; UPDATE audit_link SET event_id = 2 WHERE sequence = 3;"
        "UPDATE audit_link SET event_id = 3 WHERE sequence = 2",
        ["审计链第 2 环（操作记录 3）被改过，或换了位置", "审计链第 3 环（操作记录 2）被改过，或换了位置"],
    ),
    "put in": (
        "INSERT INTO audit_event (id, at, actor_kind, actor_label, actor_role, address, action, subject, detail, seal) "
        "VALUES (99, '2026-12-01 00:00:00', 'system', 'x', '', '', 'a', 'b', '{}', '')",
        ["操作记录 99 不是程序写的"],
    ),
    "copied": (
        "INSERT INTO audit_event (id, at, actor_kind, actor_label, actor_role, address, action, subject, detail, seal) "
        "SELECT 99, at, actor_kind, actor_label, actor_role, address, action, subject, detail, seal FROM audit_event WHERE id = 2",
        ["操作记录 99 是照操作记录 2 抄的"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", DONE_BY_HAND)
def test_what_a_hand_did_without_the_guards_is_named(laid: Flask, what: str) -> None:
    statements, named = DONE_BY_HAND[what]
    with by_hand() as connection:
        for statement in statements.split(";"):
            connection.execute(text(statement))
    found = faults()
    assert len(found) >= len(named)
    assert all(line.startswith(start) for line, start in zip(found, named, strict=False)), found
    chain.lay()  # what was put in is not made genuine by being laid
    assert {line.partition("（")[0] for line in found} <= {line.partition("（")[0] for line in faults()}


@pytest.mark.sqlite
@pytest.mark.parametrize("column", ["at", "detail", "actor_id"])
def test_what_a_hand_left_unreadable_is_named_too(app: Flask, column: str) -> None:
    note(2)
    chain.lay()
    with by_hand() as connection:
        connection.execute(text(f"UPDATE audit_event SET {column} = 'nothing {{' WHERE id = 1"))
    assert faults() == ["操作记录 1 的内容被改过，或不是程序写的（审计链第 1 环）"]


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("bytes_in", "named"),
    [
        ("audit_event SET detail = x'ff00fe' WHERE id = 2", "操作记录 2 的内容被改过"),
        ("audit_event SET detail = CAST(x'ff00fe' AS TEXT) WHERE id = 2", "操作记录 2 的内容被改过"),
        ("audit_event SET seal = x'ff00fe' WHERE id = 2", "操作记录 2 的内容被改过"),
        ("audit_event SET seal = CAST(x'ff00fe' AS TEXT) WHERE id = 2", "操作记录 2 的内容被改过"),
        ("audit_event SET actor_id = CAST(x'ff00fe' AS TEXT) WHERE id = 2", "操作记录 2 的内容被改过"),
        ("audit_event SET at = x'ff00fe' WHERE id = 2", "操作记录 2 的内容被改过"),
        ("audit_link SET mac = x'ff00' WHERE sequence = 2", "审计链第 2 环"),
        ("audit_link SET mac = CAST(x'ff00' AS TEXT) WHERE sequence = 2", "审计链第 2 环"),
        ("audit_link SET laid_at = x'ff00' WHERE sequence = 2", "审计链第 2 环"),
        ("audit_link SET laid_at = x'ff00' WHERE sequence = 6", "审计链第 6 环"),
        ("audit_link SET mac = CAST(x'ff00' AS TEXT) WHERE sequence = 6", "审计链第 6 环"),
        ("audit_link SET highest = x'ff00' WHERE sequence = 6", "审计链第 6 环"),
    ],
)
def test_bytes_that_are_no_text_hide_nothing_else(app: Flask, bytes_in: str, named: str) -> None:
    """Neither from who proves the chain nor from the work that lays it on."""
    note(NAMES)
    chain.lay()
    with by_hand() as connection:
        for statement in (f"UPDATE {bytes_in}", CHANGE, "DELETE FROM audit_event WHERE id = 5"):
            connection.execute(text(statement))
    wanted = (named, "操作记录 3 的内容被改过", "操作记录 5 被删除了")
    found = faults()
    assert all(any(line.startswith(start) for line in found) for start in wanted), found
    note(1)
    assert chain.lay() == 1
    assert all(any(line.startswith(start) for line in faults()) for start in wanted)


def test_a_change_before_the_event_is_laid_is_named(both: Flask) -> None:
    note(3)
    assert faults() == []
    with by_hand() as connection:
        connection.execute(text(CHANGE))
    assert faults() == ["操作记录 3 的内容被改过，或不是程序写的（还没有记入审计链）"]


def test_a_guard_that_was_taken_away_is_named_and_comes_back(both: Flask) -> None:
    drop_guard("audit_event_no_update", "audit_event")
    assert faults() == ["数据库里少了触发器 audit_event_no_update，操作记录不再受保护。运行 kaoji upgrade 会补上"]
    with db.engine.begin() as connection:
        assert restore_guards(connection) == ["audit_event_no_update"]
    assert faults() == []


def test_an_event_that_is_committed_late_is_laid_late_and_is_no_fault(both: Flask) -> None:
    note(2)
    with by_hand() as connection:  # its id was given before those of the others, as by PostgreSQL's sequence
        late = connection.execute(select(AuditEvent.__table__).where(AuditEvent.id == 1)).mappings().one()
        connection.execute(text("DELETE FROM audit_event WHERE id = 1"))
    chain.lay()
    with db.engine.begin() as connection:
        connection.execute(AuditEvent.__table__.insert(), dict(late))
    assert faults() == []
    assert chain.lay() == 1
    links = db.session.execute(select(AuditLink.sequence, AuditLink.event_id).order_by(AuditLink.sequence)).all()
    assert [tuple(row) for row in links] == [(1, 2), (2, 1)]
    assert faults() == []


def test_a_second_host_that_lays_at_once_does_not_fork_the_chain(laid: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    note(4)
    honest: Callable[..., Any] = chain._lay

    def after_another(*arguments: Any) -> Any:
        monkeypatch.setattr(chain, "_lay", honest)
        assert chain.lay() == 4
        return honest(*arguments)

    monkeypatch.setattr(chain, "_lay", after_another)
    assert chain.lay() == 0
    assert db.session.scalar(select(func.count()).select_from(AuditLink)) == NAMES + 4
    assert faults() == []


def test_rows_from_before_there_was_a_chain_are_laid_in_batches(both: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    note(5)
    with by_hand() as connection:
        connection.execute(text("UPDATE audit_event SET seal = ''"))
    monkeypatch.setattr(chain, "BATCH", 2)
    note(1)
    assert faults() == []
    assert chain.lay() == 6
    assert faults() == []
    with by_hand() as connection:
        connection.execute(text(CHANGE))
    assert faults() == ["操作记录 3 的内容被改过，或审计链第 3 环被改过"]


def test_what_was_sealed_with_a_key_of_before_stays_genuine(
    laid: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = laid.extensions["kaoji"]
    monkeypatch.setitem(laid.extensions, "kaoji", replace(config, secret_key=bytes(range(1, 64, 2)), instance=tmp_path))
    note(2)
    chain.lay()
    assert len(faults()) == NAMES  # the key is lost
    (tmp_path / "secret.key.20261201-090000").write_text(config.secret_key.hex())
    assert faults() == []
    with by_hand() as connection:
        connection.execute(text(CHANGE))
    assert len(faults()) == 1


def test_the_head_goes_to_the_log_and_to_a_file_and_a_tail_that_is_cut_is_named(
    laid: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    anchor, log = tmp_path / "elsewhere" / "head", tmp_path / "log"
    on = datetime.now(UTC)
    with pytest.raises(chain_head.HeadNotWritten, match="写不进"):
        chain_head.write_down(anchor, on=on)
    anchor.parent.mkdir()
    chain_head.write_down(anchor, on=on)
    chain_head.write_down(anchor, on=on)  # nothing new
    note(1)
    chain.lay()
    chain_head.write_down(anchor, on=on)
    assert [line.split()[1] for line in anchor.read_text().splitlines()] == ["6", "7"]
    log.write_text("\n".join(f"12:00 WARNING {record.getMessage()}" for record in caplog.records))
    assert faults(anchor, log) == []
    with by_hand() as connection:
        connection.execute(text("DELETE FROM audit_link WHERE sequence = 7"))
        connection.execute(text("DELETE FROM audit_event WHERE id = 7"))
    assert faults() == []  # without what lies elsewhere nothing tells
    assert faults(anchor) == [f"审计链的末尾被截掉了：{anchor} 第 2 行记到第 7 环，现在只到第 6 环"]
    assert len(faults(None, log)) == 1
    note(1)
    chain.lay()
    assert faults(anchor) == [f"审计链第 7 环与{anchor} 第 2 行所记的不同：链的这一段是后来重写的"]
    anchor.unlink()
    assert "不存在" in faults(anchor)[0]


def test_a_chain_that_does_not_go_on_is_named_and_many_faults_are_counted(laid: Flask) -> None:
    at = datetime.now(UTC)
    builders.store(DueWork(name="tidy_evidence", due_at=at, last_finished=at))
    builders.store(DueWork(name="audit_chain", due_at=at, last_finished=at - timedelta(hours=1)))
    assert faults() == []
    with transaction() as session:
        session.get_one(DueWork, "audit_chain").last_finished = at - timedelta(hours=3)
    assert faults()[0].startswith("审计链没有续上")
    note(MOST + 5)
    chain.lay()
    with by_hand() as connection:
        connection.execute(text(f"UPDATE audit_event SET address = '{secrets.token_hex(2)}'"))
    assert f"……另有 {NAMES + 5} 处同类问题" in faults()

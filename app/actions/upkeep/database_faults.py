"""The database checked page by page and reference by reference, for `kaoji verify`; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text

from app.extensions import db
from app.models.health import guard


def database_faults() -> Iterator[str]:
    """Yield a line for each fault that the database finds in itself, and for each reference that leads nowhere."""
    if trouble := guard.trouble(db.engine):
        yield f"{trouble}，已停止保存"
    yield from _of_sqlite() if db.engine.dialect.name == "sqlite" else _of_postgresql()
    db.session.rollback()


def _of_sqlite() -> Iterator[str]:
    for (line,) in db.session.execute(text("PRAGMA integrity_check(50)")):
        if line != "ok":
            yield f"数据库文件损坏：{' '.join(line.split())}"
    for row in db.session.execute(text("PRAGMA foreign_key_check")):
        yield f"断开的引用：表 {row[0]} 第 {row[1]} 行指向 {row[2]}，那里没有这一行"


def _of_postgresql() -> Iterator[str]:
    """References are kept by PostgreSQL itself; reading every row makes it check the pages, where checksums are on."""
    tables = db.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")).all()
    for name in tables:
        db.session.execute(text(f'SELECT count(*) FROM "{name}" AS whole WHERE whole IS NULL'))  # noqa: S608  our tables
    query = text("SELECT coalesce(checksum_failures, 0) FROM pg_stat_database WHERE datname = current_database()")
    if failures := db.session.scalar(query):
        yield f"PostgreSQL 读到过 {failures} 个校验和不对的页"
    for table, name in db.session.execute(
        text("SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE NOT convalidated")
    ):
        yield f"表 {table} 的约束 {name} 没有核对过"

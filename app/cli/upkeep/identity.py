"""Is this the database of this data folder, and this its key? Both carry one number, and the database knows its key."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Connection, Table, inspect, select

from app.cli.refusal import Fault
from app.cli.serving.locks import running_server
from app.config import Config
from app.config.key import NAME, fingerprint
from app.config.mark import number_of, stamp
from app.models.health.facts import IDENTITY, InstanceFact
from app.models.health.guard import ADVICE
from app.models.health.opened_files import moved

_facts = cast(Table, InstanceFact.__table__)
OTHER = "这个数据库属于另一个数据文件夹，不是 {instance}（{check}）"
CHECK = "请检查 KAOJI_DATABASE_URL 和 KAOJI_INSTANCE"
RESTORE = "请停下来，把备份里的数据库放回原处，旁边的 -wal、-shm 先移到别处；{backups}不会另建一个空的"


def refuse_absent(config: Config) -> None:
    """Raise Fault where the folder is marked and its SQLite database is not there: it would become an empty site.

    And where a server that runs has other files open than lie there: whoever opened these would read and write its log.
    """
    file = config.database_file
    server = running_server(config.instance) if file else None
    if server and (why := moved(server.files)):
        raise Fault(f"正在运行的站点（进程 {server.process}）已停止保存：{why}：{file}（{ADVICE[why]}）")
    if file and not (file.is_file() and file.stat().st_size):
        raise Fault(f"数据库不见了：{file}（{_restore(config)}）")


def refuse_empty(config: Config) -> None:
    """Raise Fault for a database without our tables."""
    where = config.database_file or "KAOJI_DATABASE_URL"
    raise Fault(f"这个数据库里没有考籍平台的表：{where}（{_restore(config)}；还没有建立过的站点，请运行 kaoji init）")


def refuse_remaking(config: Config) -> None:
    """For `init`, of a folder without a database: raise Fault where it once had one."""
    pictures = config.evidence_folder.is_dir() and any(path.is_file() for path in config.evidence_folder.rglob("*"))
    if number_of(config.instance) or pictures or any((config.instance / "backups").glob("*.sqlite3")):
        where = config.database_file or "KAOJI_DATABASE_URL"
        raise Fault(
            f"这个数据文件夹已经有过数据库，现在不见了：{where}（{_restore(config)}。"
            "真要从空的开始，请用 KAOJI_INSTANCE 指定另一个文件夹）"
        )


def _restore(config: Config) -> str:
    kept = sorted((config.instance / "backups").glob("*.sqlite3"))
    return RESTORE.format(backups=f"升级前的副本在 {kept[-1].parent}，" if kept else "")


def refuse_other(config: Config, connection: Connection) -> None:
    """Raise Fault for a database of another number than the folder's."""
    stored = _stored(connection) if _knows_facts(connection) else None
    if stored and stored["number"] != number_of(config.instance):
        raise Fault(OTHER.format(instance=config.instance, check=CHECK))


def replace_key(config: Config, connection: Connection) -> None:
    """Make the key of these settings the database's, in the caller's transaction, where `refuse_other` lets it.

    A database of before these facts learns of it when it is upgraded.
    """
    if not _knows_facts(connection):
        return
    number = number_of(config.instance)
    remember(connection, number or secrets.token_hex(16), fingerprint(config.secret_key))


def agree(config: Config, connection: Connection) -> bool:
    """Whether folder and database carry the same number and key; False: one of them lacks what `settle` gives.

    Raises Fault where they carry different ones: the database of another instance, or another key.
    """
    stored, number, key = _stored(connection), number_of(config.instance), fingerprint(config.secret_key)
    if stored and number and stored["number"] != number:
        raise Fault(OTHER.format(instance=config.instance, check=CHECK))
    if stored and stored["key"] != key:
        raise Fault(
            _not_its_key(config)
            if number
            else f"这个数据库属于另一个数据文件夹，密钥也不同：{config.instance}（{CHECK}）"
        )
    return bool(stored and number)


def settle(config: Config, connection: Connection) -> str:
    """Write into the database what it lacks, in the caller's transaction; return the number that the mark is to carry.

    Raises Fault as `agree`.
    """
    agree(config, connection)
    stored = _stored(connection)
    if stored:
        return str(stored["number"])
    number = number_of(config.instance) or secrets.token_hex(16)
    remember(connection, number, fingerprint(config.secret_key))
    return number


def remember(connection: Connection, number: str, key: str) -> None:
    """Write both into the database; `key`: its fingerprint."""
    connection.execute(_facts.delete().where(_facts.c.key == IDENTITY))
    row = {"key": IDENTITY, "value": {"number": number, "key": key}, "at": datetime.now(UTC)}
    connection.execute(_facts.insert().values(row))


def stamp_number(config: Config, number: str) -> None:
    """Write the number into the folder's mark, where it is not."""
    if number_of(config.instance) != number:
        stamp(config.instance, config.kind, number)


def _knows_facts(connection: Connection) -> bool:
    return inspect(connection).has_table(InstanceFact.__tablename__)


def _stored(connection: Connection) -> dict[str, Any] | None:
    return connection.scalar(select(_facts.c.value).where(_facts.c.key == IDENTITY))


def _not_its_key(config: Config) -> str:
    return (
        f"密钥不是这个站点原来的那一个：{config.instance / NAME}（请从备份放回原来的 {NAME}；"
        "原来的已经丢失或泄露，运行 kaoji key renew 换一个）"
    )

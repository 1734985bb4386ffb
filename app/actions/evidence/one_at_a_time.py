"""One picture of an examinee is read at a time, whichever process or host has it: two workers are for everybody.

The mark is a row with an end, so that what was killed holds nobody up for long; whoever set it takes it away. It says which server
set it: this one knows its own uploads, so any other mark of its own is one that a kill, or a busy database, left there.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.models import Throttle
from app.models.base import insert_into, transaction
from app.rules.people.roles import Actor
from app.security.throttle import TooOften

log = logging.getLogger(__name__)
LASTS = timedelta(seconds=90)
"""Longer than a picture waits for a worker and two of them take over it (app/adapters/pictures/pool.py)."""
AGAIN = 2
"""Seconds after which to ask again."""
SERVER = "kaoji.server"
"""Name of the server's number among the extensions of an application that is served."""
_KEY = "uploading:"
_MANY = 1 << 15  # a mark is server * _MANY + upload: an integer of 31 bits
_running: set[int] = set()
WAIT = "你的另一张照片还在处理，这一张还没有上传。请过几秒再选一次、再按“上传”；已填写的内容都在。"


class AnotherOne(TooOften):
    """Another picture of this examinee is being read (429, Retry-After); a script waits and sends it again."""

    def __init__(self) -> None:
        super().__init__(WAIT, AGAIN)


def server_number(*told: object) -> int:
    """Return a number, 1 to 65535, of the one server that these tell from all others of the database."""
    digest = hashlib.sha256(" ".join(map(str, told)).encode()).digest()
    return int.from_bytes(digest[:2]) or 1


@contextmanager
def one_at_a_time(*, by: Actor, on: datetime, server: int = 0) -> Iterator[None]:
    """Be the only picture of this examinee that is read. Raises AnotherOne at once.

    `server`: the number of the one process that serves by it, else 0.
    """
    mine = server * _MANY + secrets.randbelow(_MANY - 1) + 1
    _running.add(mine)  # before anybody can read the row
    try:
        if not _mark(by, mine, on):
            raise AnotherOne
        try:
            yield
        finally:
            _unmark(by, mine)
    finally:
        _running.discard(mine)


def _key(by: Actor) -> str:
    return f"{_KEY}{by.id}"


def _mark(by: Actor, mine: int, on: datetime) -> bool:
    with transaction() as session:
        row = {"hits": mine, "expires_at": on + LASTS}
        statement = insert_into(session, Throttle).values(key=_key(by), slot=0, **row)
        statement = statement.on_conflict_do_update(
            index_elements=[Throttle.key, Throttle.slot],
            set_=row,
            where=or_(Throttle.expires_at <= on, Throttle.hits == _left_behind(session, by, mine // _MANY)),
        )
        return session.execute(statement.returning(Throttle.hits)).scalar() == mine


def _left_behind(session: Session, by: Actor, server: int) -> int:
    """Return this server's mark of an upload that does not run any more; 0: there is none."""
    found = session.scalar(select(Throttle.hits).where(Throttle.key == _key(by))) or 0
    return found if server and found // _MANY == server and found not in _running else 0


def _unmark(by: Actor, mine: int) -> None:
    try:
        with transaction() as session:
            session.execute(delete(Throttle).where(Throttle.key == _key(by), Throttle.hits == mine))
    except OperationalError:  # it ends by itself, or with the next upload at this server
        log.warning("mark of an upload not taken away: the database is busy")

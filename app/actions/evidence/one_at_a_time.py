"""One picture of an examinee is read at a time, whichever process or host has it: two workers are for everybody.

The mark is a row with an end, so that what was killed holds nobody up for long; whoever set it takes it away, and a server that
starts those of one that was killed before it.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.exc import OperationalError

from app.models import Throttle
from app.models.base import insert_into, transaction
from app.rules.people.roles import Actor
from app.security.throttle import TooOften

log = logging.getLogger(__name__)
LASTS = timedelta(seconds=90)
"""Longer than a picture waits for a worker and two of them take over it (app/adapters/pictures/pool.py)."""
AGAIN = 2
"""Seconds after which to ask again."""
_KEY = "uploading:"
WAIT = "你的另一张照片还在处理，这一张还没有上传。请过几秒再选一次、再按“上传”；已填写的内容都在。"


class AnotherOne(TooOften):
    """Another picture of this examinee is being read (429, Retry-After); a script waits and sends it again."""

    def __init__(self) -> None:
        super().__init__(WAIT, AGAIN)


@contextmanager
def one_at_a_time(*, by: Actor, on: datetime) -> Iterator[None]:
    """Be the only picture of this examinee that is read. Raises AnotherOne at once."""
    mine = secrets.randbits(30) + 1
    if not _mark(by, mine, on):
        raise AnotherOne
    try:
        yield
    finally:
        try:
            _unmark(by, mine)
        except OperationalError:  # it ends by itself
            log.warning("mark of an upload not taken away: the database is busy")


def forget_the_killed() -> None:
    """Take every mark away, for a server that starts. Of another host on the same database it takes only that one keeps the order."""
    try:
        with transaction() as session:
            session.execute(delete(Throttle).where(Throttle.key.startswith(_KEY)))
    except OperationalError:  # busy or damaged: they end by themselves
        log.warning("marks of uploads not taken away: the database cannot be written")


def _key(by: Actor) -> str:
    return f"{_KEY}{by.id}"


def _mark(by: Actor, mine: int, on: datetime) -> bool:
    with transaction() as session:
        row = {"hits": mine, "expires_at": on + LASTS}
        statement = insert_into(session, Throttle).values(key=_key(by), slot=0, **row)
        statement = statement.on_conflict_do_update(
            index_elements=[Throttle.key, Throttle.slot], set_=row, where=Throttle.expires_at <= on
        )
        return session.execute(statement.returning(Throttle.hits)).scalar() == mine


def _unmark(by: Actor, mine: int) -> None:
    with transaction() as session:
        session.execute(delete(Throttle).where(Throttle.key == _key(by), Throttle.hits == mine))

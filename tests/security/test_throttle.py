"""Counters in the database: exact at once from many sides, and over when their time is."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.extensions import db
from app.models import Throttle
from app.models.base import transaction
from app.security import throttle
from app.security.throttle import Limit
from tests.builders import NOW

FIVE = Limit(5, timedelta(minutes=15))


def hit(key: str = "k", after: timedelta = timedelta(0), slot: int = 0) -> int:
    with transaction() as session:
        return throttle.hit(session, key, FIVE, NOW + after, slot)


def test_it_counts_within_the_span_and_starts_anew_after_it(both: Flask) -> None:
    assert [hit(after=timedelta(minutes=m)) for m in (0, 1, 14)] == [1, 2, 3]
    assert hit(after=timedelta(minutes=15)) == 1
    assert hit("other", timedelta(minutes=15)) == 1


def test_many_at_once_are_all_counted(both: Flask) -> None:
    found: list[int] = []
    gate = threading.Barrier(10)

    def attempt() -> None:
        with both.app_context():
            gate.wait()
            found.append(hit())

    threads = [threading.Thread(target=attempt) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 11))


def test_locks_grow_within_a_day_and_end(both: Flask) -> None:
    lengths = []
    with transaction() as session:
        for _ in range(5):
            throttle.hit(session, "k", FIVE, NOW)
            lengths.append(int(throttle.lock(session, "k", NOW).total_seconds() // 60))
    assert lengths == [15, 30, 60, 60, 60]
    assert throttle.hits(db.session(), "k", NOW + timedelta(minutes=59)) == 5
    assert throttle.hits(db.session(), "k", NOW + timedelta(minutes=60)) == 0


def test_the_slots_of_a_key_are_added_up_while_they_live_and_can_be_taken_back(both: Flask) -> None:
    hit("people", slot=1), hit("people", slot=1), hit("people", timedelta(minutes=10), slot=2), hit("others", slot=1)
    with transaction() as session:
        assert throttle.total(session, "people", NOW) == 3
        throttle.take_back(session, "people", slot=1)
        throttle.take_back(session, "people", slot=2, by=5)
        assert throttle.total(session, "people", NOW) == 2
        assert throttle.left(session, "people", NOW) == timedelta(minutes=25)
        assert throttle.total(session, "people", NOW + timedelta(minutes=20)) == 1
        assert throttle.left(session, "people", NOW + timedelta(hours=2)) == timedelta(0)


def test_a_success_forgets_and_time_sweeps(both: Flask) -> None:
    hit("mine"), hit("theirs")
    with transaction() as session:
        throttle.forget(session, ("mine",))
    assert hit("mine") == 1
    with transaction() as session:
        throttle.purge(session, NOW + timedelta(hours=1))
    assert db.session.scalar(select(func.count()).select_from(Throttle)) == 0


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("", ""),
        ("unix:" + "x" * 90, ("unix:" + "x" * 90)[:45]),
    ],
)
def test_an_ipv6_subscriber_is_one_address(address: str, counted: str) -> None:
    assert throttle.network(address) == counted


def test_a_slot_fits_a_small_integer() -> None:
    assert all(0 <= throttle.slot_of(str(n)) < 2**31 for n in range(500))

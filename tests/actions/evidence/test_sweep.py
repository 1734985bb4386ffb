"""The store and the table kept together, whatever was lost on the way."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.evidence.sweep import (
    FEW,
    TooManyStrays,
    put_away_anyway,
    restore,
    strays_of,
    sweep,
    too_many,
)
from app.actions.evidence.whole import MYSELF
from app.adapters.storage import Store
from app.extensions import db
from app.models import AuditEvent, Evidence
from app.models.base import transaction
from app.models.health import facts
from app.rules.audit_words import detail_words
from tests import builders


@pytest.fixture
def row(both: Flask) -> Evidence:
    """An upload two hours ago."""
    store = both.extensions["kaoji.store"]
    tick = builders.ticket(builders.examinee())
    application = builders.application(tick, builders.window())
    key = store.put(b"pixels")
    old(store.root, key)
    return builders.store(
        Evidence(
            application_id=application.id,
            slot="diploma_photo",
            media_type="image/jpeg",
            size=6,
            width=1,
            height=1,
            sha256=hashlib.sha256(b"pixels").hexdigest(),
            storage_key=key,
            created_at=builders.NOW,
        )
    )


def old(root: Path, key: str) -> None:
    before = (datetime.now(UTC) - timedelta(hours=2)).timestamp()
    os.utime(root / key, (before, before))


def test_what_belongs_together_is_left_alone(both: Flask, row: Evidence) -> None:
    assert sweep(both.extensions["kaoji.store"], on=datetime.now(UTC)) == (0, 0)
    assert both.extensions["kaoji.store"].read(row.storage_key) == b"pixels"


def test_a_file_without_a_row_goes_to_quarantine_once_it_is_old(both: Flask, row: Evidence) -> None:
    store = both.extensions["kaoji.store"]
    young, orphan = store.put(b"young"), store.put(b"orphan")
    old(store.root, orphan)
    assert sweep(store, on=datetime.now(UTC)) == (1, 0)
    assert store.exists(young)
    assert not store.exists(orphan)
    assert (store.root / "quarantine" / orphan[-32:]).read_bytes() == b"orphan"


def test_a_row_without_a_file_is_marked_and_unmarked_when_it_is_back(both: Flask, row: Evidence) -> None:
    store = both.extensions["kaoji.store"]
    path = store.root / row.storage_key
    data = path.read_bytes()
    path.unlink()
    assert sweep(store, on=datetime.now(UTC)) == (0, 1)
    assert builders.refresh(row).missing
    path.write_bytes(data)
    assert sweep(store, on=datetime.now(UTC)) == (0, 0)
    assert not builders.refresh(row).missing


def strays(store: Store, number: int) -> list[str]:
    keys = [store.put(b"stray") for _ in range(number)]
    for key in keys:
        old(store.root, key)
    return keys


def alarms(action: str) -> int:
    return db.session.query(AuditEvent).filter_by(action=action).count()


def test_many_strays_at_once_are_no_litter_nothing_moves_and_one_alarm_says_so(both: Flask, row: Evidence) -> None:
    store = both.extensions["kaoji.store"]
    keys = strays(store, FEW + 1)
    for _ in range(2):
        with pytest.raises(TooManyStrays):
            sweep(store, on=datetime.now(UTC))
    assert all(store.exists(key) for key in keys)
    assert alarms("alarm.many_strays") == 1
    (said,) = db.session.scalars(select(AuditEvent.detail).where(AuditEvent.action == "alarm.many_strays"))
    assert detail_words(said) == f"没有记录的文件 {FEW + 1}；照片文件 {FEW + 2}"
    assert facts.noted(db.session(), facts.SWEEP).value == {"strays": FEW + 1, "files": FEW + 2}
    assert put_away_anyway(store, strays_of(store, on=datetime.now(UTC))[0], by=MYSELF, on=datetime.now(UTC)) == FEW + 1
    assert sweep(store, on=datetime.now(UTC)) == (0, 0)
    assert facts.noted(db.session(), facts.SWEEP).value == {}


@pytest.mark.parametrize(
    ("number", "files", "stops"), [(20, 20, False), (21, 420, False), (21, 419, True), (51, 1000, True)]
)
def test_more_than_twenty_and_more_than_five_in_a_hundred(number: int, files: int, stops: bool) -> None:
    assert too_many(number, files) is stops


def test_a_quarantined_file_comes_back_when_its_row_does(both: Flask, row: Evidence) -> None:
    store = both.extensions["kaoji.store"]
    store.quarantine(row.storage_key)
    assert sweep(store, on=datetime.now(UTC)) == (0, 0)
    assert store.read(row.storage_key) == b"pixels"
    assert not builders.refresh(row).missing


def test_the_command_brings_back_what_has_a_row_and_leaves_the_rest(both: Flask, row: Evidence) -> None:
    store = both.extensions["kaoji.store"]
    (stray,) = strays(store, 1)
    for key in (row.storage_key, stray):
        store.quarantine(key)
    assert restore(store, by=MYSELF, on=datetime.now(UTC)) == 1
    assert store.exists(row.storage_key)
    assert list(store.quarantined()) == [stray]
    assert alarms("evidence.restored") == 1


def test_quarantine_is_emptied_only_after_a_clean_verify_has_seen_it(both: Flask, row: Evidence) -> None:
    store = both.extensions["kaoji.store"]
    (stray,) = strays(store, 1)
    store.quarantine(stray)
    put_away, later = datetime.now(UTC), datetime.now(UTC) + timedelta(days=40)
    verified = [(None, None), (0, put_away - timedelta(days=1)), (3, later), (0, later)]
    for faults, at in verified:
        if at:
            with transaction() as session:
                facts.note(session, facts.VERIFIED, {"faults": faults}, at)
        sweep(store, on=later)
        left = list(store.quarantined())
        assert left == ([] if (faults, at) == (0, later) else [stray])


def test_nothing_is_deleted_while_a_row_has_no_file(both: Flask, row: Evidence) -> None:
    store = both.extensions["kaoji.store"]
    (stray,) = strays(store, 1)
    store.quarantine(stray)
    later = datetime.now(UTC) + timedelta(days=40)
    with transaction() as session:
        facts.note(session, facts.VERIFIED, {"faults": 0}, later)
    (store.root / row.storage_key).unlink()
    assert sweep(store, on=later) == (0, 1)
    assert list(store.quarantined()) == [stray]


def test_an_upload_that_fails_leaves_no_file(both: Flask, row: Evidence) -> None:
    from app.actions.evidence.pictures import store_picture
    from app.adapters.pictures.pool import Picture
    from app.rules.people.roles import Actor
    from app.rules.refusals import NotFound
    from app.rules.sending import Sending

    store = both.extensions["kaoji.store"]
    before = set(store.keys())
    with pytest.raises(NotFound):
        store_picture(
            "0" * 32,
            "diploma_photo",
            "prior_degree.diploma_photo",
            Picture(b"x", "image/jpeg", 1, 1, "0" * 64),
            "a",
            store,
            by=Actor("examinee", 1, ""),
            on=builders.NOW,
            sending=Sending("0" * 16, 0),
        )
    assert set(store.keys()) == before

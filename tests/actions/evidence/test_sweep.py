"""The store and the table kept together, whatever was lost on the way."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from app.actions.evidence.sweep import sweep
from app.models import Evidence
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
            sha256="0" * 64,
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

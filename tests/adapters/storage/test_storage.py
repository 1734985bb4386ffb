"""The folder of evidence files: whole or not there, under names of our own."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.storage import NotStored, store_for
from app.adapters.storage.local import QUARANTINE, TEMPORARY, LocalStore

NOW = datetime.now(UTC)
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def store(tmp_path):
    root = tmp_path / "new" / "evidence"
    root.mkdir(parents=True)
    return LocalStore(root)


def files(store) -> list[str]:
    return sorted(p.relative_to(store.root).as_posix() for p in store.root.rglob("*") if p.is_file())


def test_what_is_put_is_read_back(store):
    key = store.put(b"pixels")
    assert re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{32}", key)
    assert store.read(key) == b"pixels"
    stream, size = store.open(key)
    with stream:
        assert (stream.read(), size) == (b"pixels", 6)
    assert store.exists(key)
    assert files(store) == [key]


def test_the_same_bytes_twice_are_two_files(store):
    assert store.put(b"x") != store.put(b"x")


def test_what_is_deleted_is_gone_and_may_be_deleted_again(store):
    key = store.put(b"x")
    store.delete(key)
    store.delete(key)
    assert not store.exists(key)
    with pytest.raises(NotStored):
        store.open(key)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "../../etc/passwd",
        "aa/bb/../../x",
        "/etc/passwd",
        "aa\\bb\\cc",
        "AA/BB/" + "A" * 32,
        "aa/bb/" + "c" * 32,
        "incoming/x",
    ],
)
def test_only_our_own_keys_lead_anywhere(store, key):
    store.put(b"x")
    for ask in (store.read, store.open, store.delete, store.exists):
        with pytest.raises(NotStored):
            ask(key)


@given(st.text())
def test_no_text_at_all_becomes_a_path(text):
    with pytest.raises(NotStored):
        LocalStore.__new__(LocalStore)._path(text)


def test_a_failed_write_leaves_nothing_behind(store, monkeypatch):
    store.put(b"x")
    before = files(store)

    def full(*_):
        raise OSError(28, "No space left on device")

    for name in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, full)
            with pytest.raises(OSError, match="No space"):
                store.put(b"y")
        assert files(store) == before


def test_the_file_is_flushed_before_it_gets_its_name_and_the_folder_after(store, monkeypatch):
    store.put(b"x")
    calls: list[str] = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda f: (calls.append("fsync"), fsync(f))[1])
    monkeypatch.setattr(os, "replace", lambda a, b: (calls.append("replace"), replace(a, b))[1])
    store.put(b"y")
    at = calls.index("replace")
    assert "fsync" in calls[:at]
    if os.name != "nt":
        assert "fsync" in calls[at:]


def test_a_comparison_names_strays_and_what_is_missing_and_changes_nothing(store):
    known, stray = store.put(b"known"), store.put(b"stray")
    gone = "ab/cd/abcd" + "0" * 28
    before = files(store)
    young = store.compare({known, gone}, NOW - timedelta(hours=1))
    assert (young.files, young.strays, young.missing) == (2, (), (gone,))
    old = store.compare({known, gone}, LATER)
    assert (old.files, old.strays, old.missing) == (2, (stray,), (gone,))
    assert files(store) == before


def test_what_is_put_away_comes_back_by_its_key_and_never_over_another_file(store):
    key = store.put(b"pixels")
    store.quarantine(key)
    store.quarantine(key)
    assert not store.exists(key)
    assert (store.root / QUARANTINE / key.split("/")[2]).read_bytes() == b"pixels"
    assert list(store.quarantined()) == [key]
    assert store.restore(key)
    assert store.read(key) == b"pixels"
    assert not store.restore(key)
    (store.root / QUARANTINE / key.split("/")[2]).write_bytes(b"other")
    assert not store.restore(key)
    assert store.read(key) == b"pixels"


def test_quarantine_ends_when_it_is_told(store):
    key = store.put(b"stray")
    os.utime(store.root / key, (0, 0))
    store.quarantine(key)  # its time there begins now
    assert store.expire(NOW - timedelta(hours=1)) == 0
    assert store.expire(LATER) == 1
    assert files(store) == []


def test_temporary_files_that_a_crash_left_go(store):
    store.put(b"x")
    (store.root / TEMPORARY / ("f" * 32)).write_bytes(b"half")
    (store.root / TEMPORARY / "note.txt").write_bytes(b"not ours")
    assert store.tidy(NOW - timedelta(hours=1)) == 0
    assert store.tidy(LATER) == 1
    assert (store.root / TEMPORARY / "note.txt").exists()


def test_looking_at_a_store_that_was_never_used_is_no_error(store):
    assert store.compare(set(), LATER).strays == ()
    assert list(store.quarantined()) == []
    assert (store.expire(LATER), store.tidy(LATER)) == (0, 0)


def test_the_address_of_a_store(tmp_path):
    assert store_for(f"file:{tmp_path}").exists("aa/bb/aabb" + "0" * 28) is False
    with pytest.raises(ValueError, match="file:"):
        store_for("ftp://example.com")

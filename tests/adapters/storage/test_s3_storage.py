"""The same promises in a bucket, against a real server of the S3 protocol on this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.adapters.storage import NotStored, store_for
from app.adapters.storage.s3 import QUARANTINE, S3Store

boto3 = pytest.importorskip("boto3")
LATER = datetime.now(UTC) + timedelta(hours=2)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def store(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Store]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    boto3.session.Session().client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket="kaoji")
    made = store_for(f"s3://kaoji/evidence/2026?endpoint_url={endpoint}")
    assert isinstance(made, S3Store)
    yield made
    for name, _ in list(made._objects("")):
        made._ask("delete_object", Key=made._name(name))
    made._client.close()


def test_what_is_put_is_read_back(store: S3Store) -> None:
    key = store.put(b"pixels")
    assert re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{32}", key)
    assert store.read(key) == b"pixels"
    stream, size = store.open(key)
    assert (stream.read(), size) == (b"pixels", 6)
    assert store.exists(key)
    assert store.has_room()


def test_what_is_deleted_is_gone_and_may_be_deleted_again(store: S3Store) -> None:
    key = store.put(b"pixels")
    store.delete(key)
    store.delete(key)
    assert not store.exists(key)
    with pytest.raises(NotStored):
        store.read(key)


@pytest.mark.parametrize(
    "key", ["", "../secret", "quarantine/" + "0" * 32, "00/00/" + "0" * 32 + "/..", "AA/AA/" + "A" * 32]
)
def test_what_is_no_key_of_ours_is_not_asked_for(store: S3Store, key: str) -> None:
    store.delete(key)
    with pytest.raises(NotStored):
        store.read(key)
    with pytest.raises(NotStored):
        store.open(key)


def test_a_comparison_names_strays_and_what_is_missing(store: S3Store) -> None:
    known, stray = store.put(b"known"), store.put(b"stray")
    gone = "ff/ff/" + "f" * 32
    found = store.compare([known, gone], LATER)
    assert (found.files, found.strays, found.missing) == (2, (stray,), (gone,))
    assert sorted(store.keys()) == sorted([known, stray])


def test_a_young_file_and_another_prefix_are_left_alone(store: S3Store) -> None:
    key = store.put(b"just written")
    assert store.compare([], datetime.now(UTC) - timedelta(hours=1)).strays == ()
    other = "00" if key[:2] != "00" else "01"
    assert store.compare([], LATER, other).strays == ()
    assert store.compare([], LATER, key[:2]).strays == (key,)


def test_what_is_put_away_comes_back_or_ends(store: S3Store) -> None:
    key = store.put(b"pixels")
    store.quarantine(key)
    store.quarantine(key)
    assert [name for name, _ in store._objects(QUARANTINE)] == [f"{QUARANTINE}/{key[-32:]}"]
    assert (list(store.keys()), list(store.quarantined())) == ([], [key])
    assert store.restore(key)
    assert not store.restore(key)
    assert store.read(key) == b"pixels"
    store.quarantine(key)
    assert store.expire(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert store.expire(LATER) == 1
    assert not store.restore(key)


def test_more_than_a_page_of_objects_is_listed(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {store.put(b"x") for _ in range(7)}
    ask = store._ask
    monkeypatch.setattr(
        store, "_ask", lambda what, **said: ask(what, **said, **({"MaxKeys": 3} if what == "list_objects_v2" else {}))
    )
    assert set(store.keys()) == keys


def test_a_store_that_does_not_answer_is_an_os_error(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.adapters.storage import s3

    monkeypatch.setattr(s3, "SECONDS", 1)
    monkeypatch.setattr(s3, "TRIES", 1)
    dead = S3Store("s3://kaoji/x?endpoint_url=http://127.0.0.1:9")
    with pytest.raises(OSError, match="没有应答"):
        dead.put(b"x")
    dead._client.close()
    absent = S3Store("s3://absent/x?endpoint_url=" + store._client.meta.endpoint_url)
    with pytest.raises((OSError, NotStored)):
        absent.put(b"x")
    absent._client.close()


@pytest.mark.parametrize("url", ["s3:", "s3://", "ftp://x/y", "s3://bucket/p?secret=1"])
def test_an_address_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="KAOJI_STORAGE_URL"):
        store_for(url)

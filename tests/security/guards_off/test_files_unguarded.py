"""Without their guards hostile pictures, workbooks, lists and many files do what they were made for (docs/security.md, AC-13 to AC-17, AC-40, AC-42)."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.actions.evidence import pictures as acts
from app.adapters.documents import lists, rows, sparse, tables
from app.adapters.documents.lists import write_list
from app.adapters.documents.tables import BadTable, read_table
from app.adapters.pictures import worker
from app.adapters.storage import local
from app.adapters.storage.local import LocalStore
from app.rules.people.roles import Actor
from app.security.throttle import Limit
from tests.actions.exports.test_exports import PAYLOADS
from tests.adapters.documents.test_sparse_workbooks import sparse as far_apart
from tests.adapters.documents.workbooks import write
from tests.adapters.pictures.test_hostile_pictures import BOMBS, MARKS, POLYGLOTS
from tests.builders import NOW

__all__ = ["far_apart"]
ME = Actor("examinee", 1, "林晓雯")
ORDER = {"do": "picture", "max_bytes": 2**20}


def test_a_csv_that_is_written_as_it_is_begins_formulas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "neutralised", lambda text: text)
    write_list(tmp_path / "a.csv", "申请", ["内容"], ([text] for text in PAYLOADS))
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [row[0] for row in csv.reader(file)][1:]
    assert sum(cell.startswith(("=", "+", "-", "@")) for cell in cells) >= 12


@pytest.mark.parametrize("name", ["13000 squared", "65535 x 1", "JPEG header of 65500 squared"])
def test_without_limits_of_pixels_and_aspect_a_bomb_is_opened(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("MAX_PNG_PIXELS", "MAX_JPEG_PIXELS", "MAX_ASPECT"):
        monkeypatch.setattr(worker, limit, 2**40)
    monkeypatch.setattr(worker.Image, "MAX_IMAGE_PIXELS", None)  # as the worker has it
    image = worker.open_checked(BOMBS[name]())
    assert max(image.size) > 13_000 - 1


def smuggled(name: str) -> list[bytes]:
    """What of the payload is in the stored picture."""
    _, made = worker.work(ORDER, POLYGLOTS[name]())
    return [mark for mark in MARKS if mark in made]


@pytest.mark.parametrize("name", ["script in a JPEG comment", "profile in a PNG"])
def test_a_picture_that_keeps_what_it_had_carries_the_payload_on(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert smuggled(name) == []
    monkeypatch.setattr(worker, "turn", lambda image, orientation: image)
    assert smuggled(name) != []


def test_a_picture_that_is_stored_as_it_came_holds_a_place_and_a_payload(monkeypatch: pytest.MonkeyPatch) -> None:
    came = POLYGLOTS["archive behind a JPEG"]()
    monkeypatch.setattr(worker, "encode", lambda image, as_png, most: (image, "JPEG", came))
    assert b"<script" in smuggled("archive behind a JPEG")


def test_a_key_that_is_no_key_of_ours_leads_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalStore, "_path", lambda store, key: store.root / key)
    (tmp_path / "secret.key").write_bytes(b"key")
    (tmp_path / "evidence").mkdir()
    assert LocalStore(tmp_path / "evidence").read("../secret.key") == b"key"


def test_a_sparse_workbook_that_is_not_looked_at_first_is_unpacked(
    far_apart: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked: list[Any] = []

    def stop(file: Any) -> Any:
        unpacked.append(file)
        raise BadTable("unpacked")

    monkeypatch.setattr(tables, "load_workbook", stop)
    with pytest.raises(BadTable):
        read_table(far_apart)
    assert unpacked == []
    monkeypatch.setattr(tables, "check_unpacked", lambda path: None)
    with pytest.raises(BadTable, match="unpacked"):
        read_table(far_apart)


def test_without_its_limits_a_workbook_of_any_size_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a small size: the limits of bytes and rows are set below the file first, then taken away."""
    book = write(tmp_path / "a.xlsx", {"a": [["甲"], ["1"], ["2"], ["3"]]})
    limits: dict[str, tuple[Any, str]] = {"bytes": (sparse, "MAX_UNPACKED_BYTES"), "rows": (rows, "MAX_ROWS")}
    for module, name in limits.values():
        with monkeypatch.context() as small:
            small.setattr(module, name, 2)
            with pytest.raises(BadTable, match="超过"):
                read_table(book)
    assert len(read_table(book).rows) == 3


def uploads(store: LocalStore) -> int:
    """How many a day are taken of one person."""
    for number in range(45):
        try:
            acts.may_upload(store, by=ME, on=NOW)
        except acts.TooOften:
            return number
    return 45


def test_without_their_limit_a_person_fills_the_disk(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalStore(tmp_path)
    assert uploads(store) == 40
    monkeypatch.setattr(acts, "UPLOADS", Limit(10**6, acts.UPLOADS.span))
    assert uploads(store) == 45


def test_without_the_question_for_room_the_last_byte_is_taken(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full: Callable[[Path], Any] = lambda path: shutil._ntuple_diskusage(10, 9, 1)  # noqa: E731
    monkeypatch.setattr(local.shutil, "disk_usage", full)
    with pytest.raises(acts.NoRoom):
        acts.may_upload(LocalStore(tmp_path), by=ME, on=NOW)
    monkeypatch.setattr(local, "LEAST_FREE", 0)
    acts.may_upload(LocalStore(tmp_path), by=ME, on=NOW)

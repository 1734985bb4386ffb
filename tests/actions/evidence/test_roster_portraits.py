"""考籍照片: imported by the office, shown on the 登记表 of whoever hands in without a portrait of their own."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from app.actions.applications.submit import withdraw
from app.actions.evidence.sweep import sweep
from app.actions.imports.portraits import import_portraits
from app.adapters.documents.tables import BadTable
from app.adapters.pictures.pool import portrait_picture
from app.adapters.storage.local import LocalStore
from app.extensions import db
from app.models import Application, AuditEvent, Evidence, RosterPortrait
from app.models.base import transaction
from app.rules.people.roles import SYSTEM, Actor
from app.services.graduation.papers import register
from tests import builders, reviewing
from tests.builders import NOW


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    (tmp_path / "evidence").mkdir()
    return LocalStore(tmp_path / "evidence")


def face(shade: int = 100) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (600, 900), (shade, 197, 255)).save(out, "JPEG")
    return out.getvalue()


def archive(path: Path, **pictures: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, data in pictures.items():
            file.writestr(name, data)
    return path


def take(path: Path, store: LocalStore, **over: Any) -> Any:
    return import_portraits(path, store, by=SYSTEM, on=NOW, **over)


def test_pictures_find_their_owners_by_ticket_and_by_id_number(both: Flask, store: LocalStore, tmp_path: Path) -> None:
    one, two = builders.examinee(), builders.examinee()
    ticket = builders.ticket(one)
    pictures = {f"照片/{ticket.number}.JPG": face(), f"{two.id_number.lower()}.jpg": face(90), "__MACOSX/._x.jpg": b"x"}
    path = archive(tmp_path / "p.zip", **pictures)
    assert take(path, store, check=True).new == 2
    assert list(store.keys()) == []
    assert take(path, store).new == 2
    rows = db.session.query(RosterPortrait).all()
    assert {row.examinee_id for row in rows} == {one.id, two.id}
    assert {(row.width, row.height) for row in rows} == {(480, 640)}
    assert all(store.exists(row.storage_key) for row in rows)
    again = take(path, store)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)
    assert AuditEvent.query.filter_by(action="import.portraits").count() == 2


def test_one_bad_picture_and_nothing_is_taken(app: Flask, store: LocalStore, tmp_path: Path) -> None:
    person = builders.examinee()
    ticket = builders.ticket(person)
    pictures = {
        f"{ticket.number}.jpg": face(),
        f"{person.id_number}.jpg": face(),
        "张三.jpg": face(),
        "a/b.png": b"GIF89a",
    }
    result = take(archive(tmp_path / "p.zip", **pictures), store)
    assert [error.value for error in result.errors] == [f"{person.id_number}.jpg", "张三.jpg", "b.png", "b.png"]
    assert RosterPortrait.query.count() == 0
    assert list(store.keys()) == []


def test_a_failure_at_the_end_leaves_no_file(
    app: Flask, store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = builders.ticket(builders.examinee())
    monkeypatch.setattr("app.actions.imports.portraits.finish", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        take(archive(tmp_path / "p.zip", **{f"{ticket.number}.jpg": face()}), store)
    assert list(store.keys()) == []
    assert RosterPortrait.query.count() == 0


def test_what_is_no_archive_is_told(app: Flask, store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(b"no")
    for path in (tmp_path / "p.zip", tmp_path / "absent.zip", archive(tmp_path / "empty.zip")):
        with pytest.raises(BadTable):
            take(path, store)


def portrayed(person: Any, store: LocalStore, shade: int = 100) -> RosterPortrait:
    """The roster's portrait of a person from now on."""
    picture = portrait_picture(face(shade), (480, 640))
    with transaction() as session:
        for row in session.query(RosterPortrait).filter_by(examinee_id=person.id):
            row.current = False
        session.flush()
        row = RosterPortrait(
            examinee_id=person.id,
            size=picture.size,
            width=480,
            height=640,
            sha256=picture.sha256,
            storage_key=store.put(picture.data),
            imported_at=NOW,
        )
        session.add(row)
    return row


def submit_again(case: reviewing.Desk) -> None:
    from app.actions.applications.submit import submit
    from app.services.graduation import GRADUATION

    me = Actor("examinee", case.person.id, case.person.name)
    withdraw(case.public_id, by=me, on=NOW)
    submit(case.public_id, GRADUATION, by=me, on=NOW)


def test_the_form_shows_the_roster_s_portrait_as_it_was_at_submission(both: Flask, store: LocalStore) -> None:
    case = reviewing.submitted()
    first = portrayed(case.person, store)
    submit_again(case)
    case.decide("pass", builders.staff(school_code=case.row.school_code))
    case.decide("pass", builders.staff("office_reviewer"))
    portrayed(case.person, store, 90)
    facts = register(db.session(), db.session.query(Application).one())
    assert facts.photo == first.storage_key
    shown = db.session.query(Evidence).filter_by(slot="portrait").one()
    assert (shown.sha256, shown.submitted, shown.label) == (first.sha256, True, "考籍照片")


def test_a_newer_portrait_is_shown_by_the_next_submission(app: Flask, store: LocalStore) -> None:
    case = reviewing.submitted()
    portrayed(case.person, store)
    submit_again(case)
    submit_again(case)  # the same one is not entered twice
    newer = portrayed(case.person, store, 90)
    submit_again(case)
    rows = db.session.query(Evidence).filter_by(slot="portrait").order_by(Evidence.id).all()
    assert [row.current for row in rows] == [False, True]
    assert rows[1].storage_key == newer.storage_key


def test_a_round_that_asks_for_a_portrait_does_not_take_the_roster_s(app: Flask, store: LocalStore) -> None:
    case = reviewing.submitted()
    portrayed(case.person, store)
    with transaction() as session:
        session.merge(case.window).options = {"portrait": True}
    from app.rules.refusals import Incomplete

    with pytest.raises(Incomplete):
        submit_again(case)


def test_the_sweep_knows_the_roster_s_files(app: Flask, store: LocalStore) -> None:
    row = portrayed(builders.examinee(), store)
    from datetime import timedelta

    assert sweep(store, on=NOW + timedelta(days=3650))[0] == 0
    assert store.exists(row.storage_key)

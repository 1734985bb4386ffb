"""Damage is noticed: in the database before and while it is served, in pictures when they are shown and when they are submitted."""

from __future__ import annotations

import http.client
import os
import random
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db
from app.models import Application, AuditEvent, Evidence, Submission
from app.models.base import transaction
from app.models.health import guard, integrity
from app.models.health.guard import Damaged
from app.rules.audit_words import detail_words
from tests import builders, reviewing
from tests.cli.conftest import Kaoji
from tests.faults.server_process import ROOT, serving, until
from tests.sizes import FULL
from tests.web.test_evidence_pages import address, file
from tests.wizard.test_fixes_page import returned, url
from tests.wizard.test_fixes_page import sign_in as open_fixes
from tests.wizard.test_only_what_was_seen import confirming, submit_what_is_shown
from tests.wizard.test_wizard import Browser, browser, tick

__all__ = ["browser", "confirming", "file", "tick"]  # fixtures
PLACES = 11
NOISE = 4096
SLOT = "diploma_photo"


def noise(database: Path, at: int) -> None:
    with database.open("r+b") as opened:
        opened.seek(at)
        opened.write(random.Random(at).randbytes(NOISE))


def whole(database: Path) -> Path:
    """Everything in the one file, nothing in the log beside it."""
    with closing(sqlite3.connect(database)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return database


def places(database: Path, number: int = PLACES) -> list[int]:
    size = database.stat().st_size
    return [int((size - NOISE) * (each + 0.5) / number) for each in range(number)]


def asked(port: int, path: str) -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path)
    answer = connection.getresponse()
    found = answer.status, answer.read().decode(errors="replace"), answer.getheader("Retry-After") or ""
    connection.close()
    return found


# --- the database ----------------------------------------------------------------------------------------------------


def test_noise_at_any_place_is_noticed(folder: Path) -> None:
    database = whole(folder / "kaoji.sqlite3")
    assert integrity.check(database, 5) == integrity.Checked()
    kept = database.read_bytes()
    for at in [0, *places(database, 200 if FULL else PLACES)]:
        noise(database, at)
        assert integrity.check(database, 5).faults, at
        database.write_bytes(kept)


@pytest.mark.parametrize("place", range(PLACES) if FULL else [0, 5])
def test_a_damaged_database_is_not_served_or_takes_no_saves(kaoji: Kaoji, folder: Path, place: int) -> None:
    """As a process: either it says so and ends, or it says so and serves what can be read."""
    database = whole(folder / "kaoji.sqlite3")
    noise(database, 0 if place == 0 else places(database)[place])
    environment = {**os.environ, "KAOJI_PORT": "0", "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen(
        [sys.executable, "wsgi.py"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert process.stdout
        found = re.search(r":(\d+)/", process.stdout.readline())
        if found:
            status, page, again = asked(int(found[1]), "/captcha.png")
            assert (status, "停止保存" in page, bool(again)) == (503, True, True)
            assert "malformed" not in page
            ran = kaoji("window", "open", "一次", "--opens", "2026-12-01", "--closes", "2026-12-31")
            assert ran.code == 1
    finally:
        if found:
            process.terminate()
        _, err = process.communicate(timeout=30)
    assert "已损坏" in err
    assert "Traceback" not in err
    assert process.returncode == (0 if found else 1)


def test_damage_while_it_serves_stops_writing_in_every_process(kaoji: Kaoji, tmp_path: Path) -> None:
    """Found by any of them: here by `kaoji tick` beside the server, whose hourly work does the same."""
    with serving(tmp_path / "site") as process:
        database = tmp_path / "site" / "kaoji.sqlite3"
        assert asked(process.port, "/captcha.png")[0] == 200
        noise(whole(database), places(database)[7])
        assert kaoji("tick").code == 1
        status, page, again = asked(process.port, "/captcha.png")
        assert (status, "停止保存" in page, bool(again)) == (503, True, True)
        assert asked(process.port, "/login")[0] in (200, 503)  # what can be read is read
        for command in ("doctor", "verify"):
            ran = kaoji(command)
            assert ran.code == 1
            assert "损坏" in ran.err


@pytest.mark.sqlite
def test_a_start_that_finds_it_whole_takes_the_mark_away(app: Flask, tmp_path: Path) -> None:
    from app.cli.serving.database_check import guarded

    config = app.extensions["kaoji"]
    guard.mark(config.database_file, ("noise",))
    guard.watch(db.engine)
    with pytest.raises(Damaged), transaction():
        pass
    guarded(app, config)
    with transaction():
        pass


def test_a_check_that_takes_too_long_ends_and_says_nothing(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "large")) as made:
        made.execute("CREATE TABLE large (data BLOB)")
        made.executemany("INSERT INTO large VALUES (?)", ((os.urandom(3000),) for _ in range(8000)))
        made.commit()
    ended = integrity.Checked((), finished=False)
    assert until(
        lambda: integrity.check(tmp_path / "large", 0.002) == ended
    )  # a busy computer wakes its thread too late
    assert integrity.check(tmp_path / "large", 60) == integrity.Checked()


@pytest.mark.sqlite
def test_what_the_start_had_no_time_for_is_checked_while_it_serves(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.cli.serving import database_check

    asked_for: list[float] = []

    def check(file: Path, seconds: float) -> integrity.Checked:
        asked_for.append(seconds)
        return integrity.Checked(finished=False) if seconds == integrity.AT_START else integrity.check(file, seconds)

    monkeypatch.setattr(database_check, "check", check)
    database = whole(app.extensions["kaoji"].database_file)
    noise(database, places(database)[7])
    database_check.guarded(app, app.extensions["kaoji"])
    assert until(lambda: guard.trouble(db.engine) == guard.DAMAGED)
    assert asked_for == [integrity.AT_START, integrity.IN_BACKGROUND]


@pytest.mark.sqlite
def test_what_the_driver_says_to_one_request_stops_all_writing(app: Flask, client: FlaskClient) -> None:
    """A page of the database that only a request reads: 503 with our page, never a 500, and writing stops."""
    whole(app.extensions["kaoji"].database_file)
    guard.watch(db.engine)
    builders.sign_in(client, person=builders.staff("admin"))
    assert client.get("/admin/").status_code == 200
    with transaction() as session:
        root = (
            session.connection()
            .exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'announcement'")
            .scalar()
        )
    db.session.remove()
    db.engine.dispose()
    noise(whole(app.extensions["kaoji"].database_file), (int(root or 0) - 1) * 4096)
    answer = client.get("/admin/announcements")
    assert answer.status_code == 503
    assert "暂时不能保存" in answer.text
    assert answer.headers["Retry-After"]
    home = client.get("/admin/")
    assert (home.status_code, "数据库文件损坏" in home.text) == (200, True)
    assert "数据库文件损坏" in client.get("/staff").text
    with pytest.raises(Damaged), transaction():
        pass


def test_a_save_into_a_damaged_database_gives_the_text_back(app: Flask, client: FlaskClient) -> None:
    builders.sign_in(client, person=builders.staff("admin"))
    page = client.get("/admin/announcements/new")
    guard.watch(db.engine)
    guard.set_damaged(db.engine, ("noise",))
    typed = {"csrf_token": builders.csrf_of(page.text), "title": "明天截止", "body": "请尽快提交"}
    answer = client.post("/admin/announcements/new", data=typed)
    assert answer.status_code == 503
    assert "明天截止" in answer.text
    assert "请尽快提交" in answer.text


# --- pictures --------------------------------------------------------------------------------------------------------


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:200])


def zeroed(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def gone(path: Path) -> None:
    path.unlink()


HURT = [(truncated, "损坏"), (zeroed, "损坏"), (emptied, "损坏"), (gone, "缺失")]
each_way = pytest.mark.parametrize(("hurt", "word"), HURT, ids=["truncated", "zeroed", "emptied", "gone"])


def path_of(app: Flask, row: Evidence) -> Path:
    return Path(app.extensions["kaoji.store"].root / row.storage_key)


def alarms() -> list[str]:
    found = db.session.query(AuditEvent.action).filter(AuditEvent.action.like("alarm.picture%"))
    return sorted(action for (action,) in found)


@each_way
def test_a_hurt_picture_is_never_shown_and_reviewers_are_told(
    app: Flask, client: FlaskClient, file: reviewing.Desk, hurt: Callable[[Path], None], word: str
) -> None:
    builders.sign_in(client, person=builders.staff())
    picture = address(file)
    tag = client.get(picture).headers["ETag"]
    row = db.session.query(Evidence).filter_by(application_id=file.row.id, slot="record_photo").one()
    hurt(path_of(app, row))
    for headers in ({}, {"If-None-Match": tag}, {"Range": "bytes=0-9"}):
        answer = client.get(picture, headers=headers)
        assert answer.status_code == 404
        assert "ETag" not in answer.headers
    assert alarms() == ["alarm.picture_missing" if word == "缺失" else "alarm.picture_damaged"]
    (said,) = db.session.query(AuditEvent.detail).filter(AuditEvent.action.like("alarm.picture%")).one()
    assert detail_words(said) == f"准考证号 {file.ticket.number}"
    assert f"照片文件{word}" in client.get(f"/staff/applications/{file.row.public_id}").text
    flag = "gone" if word == "缺失" else "damaged"
    assert f",{flag}," in builders.refresh(file.row).flags


def test_a_picture_that_is_whole_again_is_shown_again(app: Flask, client: FlaskClient, file: reviewing.Desk) -> None:
    builders.sign_in(client, person=builders.staff())
    row = db.session.query(Evidence).filter_by(application_id=file.row.id, slot="record_photo").one()
    path = path_of(app, row)
    kept = path.read_bytes()
    zeroed(path)
    assert client.get(address(file)).status_code == 404
    path.write_bytes(kept)
    assert client.get(address(file)).status_code == 200
    assert builders.refresh(file.row).flags == ""


@each_way
def test_nobody_gets_a_receipt_for_a_hurt_picture(
    app: Flask, browser: Browser, confirming: str, hurt: Callable[[Path], None], word: str
) -> None:
    row = db.session.query(Evidence).filter_by(slot=SLOT).one()
    hurt(path_of(app, row))
    answer = submit_what_is_shown(browser, confirming)
    assert answer.status_code == 422
    assert re.search(f"毕业证书[^<]*在平台上{word}，请重新上传", answer.text)
    assert db.session.query(Submission).count() == 0
    assert db.session.query(Application).one().state == "draft"
    assert len(alarms()) == 1


def test_a_picture_that_was_not_returned_can_be_uploaded_again_when_it_is_hurt(app: Flask, client: FlaskClient) -> None:
    desk = returned("statement.statement")
    store = app.extensions["kaoji.store"]
    with transaction() as session:
        for row in session.query(Evidence).filter_by(application_id=desk.row.id):
            row.storage_key = store.put(b"other bytes")
    browser = open_fixes(client, desk)
    browser.get(url(desk))
    browser.post(url(desk), act="next")
    assert db.session.query(Submission).filter_by(application_id=desk.row.id).count() == 1
    assert "prior_degree.record_photo" in builders.refresh(desk.row).open_items

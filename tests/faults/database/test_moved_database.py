"""A database whose files are exchanged or taken away while it is served: nothing more is saved, nothing that was saved is lost or mixed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.cli.refusal import Fault
from app.cli.serving import locks
from app.extensions import db
from app.models import base
from app.models.base import transaction
from app.models.health import guard, opened_files
from app.models.health.guard import Damaged
from tests import builders
from tests.cli.conftest import Kaoji
from tests.faults.server_process import Serving, serving, until
from tests.sizes import FULL

pytestmark = pytest.mark.sqlite


def save(port: int) -> int:
    """Ask for what is stored before it is answered; return the status."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/captcha.png")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def saved_in(file: Path, beside: Path) -> int:
    """How much was saved in this file, read without its log."""
    alone = shutil.copyfile(file, beside / "alone")
    with closing(sqlite3.connect(alone)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        (number,) = opened.execute("SELECT count(*) FROM captcha").fetchone()
    alone.unlink()
    return int(number)


def alarms(process: Serving) -> list[str]:
    return [line for line in process.said().splitlines() if "alarm: writing stops" in line]


def ended(process: Serving) -> None:
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def put_over(file: Path, folder: Path) -> None:
    """As `mv other.sqlite3 kaoji.sqlite3`; what was there has another name, by which it is looked at."""
    os.link(file, folder / "was")
    os.rename(folder / "other", file)


def put_aside(file: Path, folder: Path) -> None:
    os.rename(file, folder / "was")
    os.rename(folder / "other", file)


def delete(file: Path, folder: Path) -> None:
    os.link(file, folder / "was")
    file.unlink()


TAKEN: dict[str, tuple[Callable[[Path, Path], None], str]] = {
    "put over": (put_over, guard.REPLACED),
    "put aside": (put_aside, guard.REPLACED),
    "deleted": (delete, guard.GONE),
}


@pytest.mark.parametrize("noticed", [True, False], ids=["while it serves", "when it ends"])
@pytest.mark.parametrize("how", TAKEN if FULL else ["put over"])
def test_what_was_saved_is_whole_in_its_file_and_the_other_is_not_read_through_its_log(
    kaoji: Kaoji, tmp_path: Path, how: str, noticed: bool
) -> None:
    take, why = TAKEN[how]
    file = tmp_path / "site" / "kaoji.sqlite3"
    with serving(tmp_path / "site") as process:
        shutil.copyfile(file, tmp_path / "other")
        before = saved_in(tmp_path / "other", tmp_path)
        assert [save(process.port) for _ in range(3)] == [200] * 3
        take(file, tmp_path)
        if noticed:
            assert [save(process.port) for _ in range(3)] == [503] * 3
            assert [why in line and str(file) in line for line in alarms(process)] == [True]
            said = f"正在运行的站点（进程 {process.pid}）已停止保存：{why}：{file}"
            for command in (("staff", "list"), ("tick",), ("init",), ("doctor",)):
                ran = kaoji(*command)
                assert ran.code == 1
                assert said in ran.err or command == ("init",)
            log = Path(f"{file}-wal")  # who reads at this moment keeps it for as long
            assert until(lambda: save(process.port) == 503 and log.stat().st_size == 0)
            assert saved_in(tmp_path / "was", tmp_path) == before + 3
        ended(process)
    assert saved_in(tmp_path / "was", tmp_path) == before + 3
    if how != "deleted":
        with closing(sqlite3.connect(file)) as opened:  # with what lies beside it
            assert opened.execute("SELECT count(*) FROM captcha").fetchone() == (before,)
        assert kaoji("verify", "--only", "database").code == 0


def test_a_file_that_is_put_back_is_written_again_and_the_log_says_so(tmp_path: Path) -> None:
    file = tmp_path / "site" / "kaoji.sqlite3"
    with serving(tmp_path / "site") as process:
        for _ in range(2):
            os.rename(file, tmp_path / "away")
            assert save(process.port) == 503
            os.rename(tmp_path / "away", file)
            assert save(process.port) == 200
        assert len(alarms(process)) == 2 - 1  # a line of the log is written once a minute
        assert "writing goes on" in process.said()
        ended(process)
    assert saved_in(file, tmp_path) == 2


def test_it_is_noticed_although_nobody_saves(tmp_path: Path) -> None:
    with serving(tmp_path / "site") as process:
        os.rename(tmp_path / "site" / "kaoji.sqlite3", tmp_path / "away")
        assert until(lambda: len(alarms(process)) == 1, 30)


@pytest.mark.parametrize("which", ["-wal", "-shm", "both"] if FULL else ["-wal"])
def test_a_log_that_is_taken_away_stops_saving_and_loses_nothing(kaoji: Kaoji, tmp_path: Path, which: str) -> None:
    """What is saved into a deleted log is lost; what is read through another would be damaged."""
    folder = tmp_path / "site"
    file = folder / "kaoji.sqlite3"
    with serving(folder) as process:
        assert [save(process.port) for _ in range(3)] == [200] * 3
        for ending in ("-wal", "-shm") if which == "both" else (which,):
            os.unlink(f"{file}{ending}")
        assert save(process.port) == 503
        assert [guard.LOG_LOST in line for line in alarms(process)] == [True]
        ran = kaoji("doctor")
        assert ran.code == 1
        assert guard.LOG_LOST in ran.err
        ended(process)
    assert saved_in(file, tmp_path) == 3
    assert kaoji("verify", "--only", "database").code == 0


# --- in one process --------------------------------------------------------------------------------------------------


@pytest.fixture
def held(app: Flask) -> Path:
    guard.watch(db.engine)
    guard.hold(db.engine)
    file: Path = app.extensions["kaoji"].database_file
    return file


def test_who_waits_to_write_while_it_is_taken_away_writes_nothing(
    held: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter = base._enter

    def entering(*given: Any) -> None:
        enter(*given)
        os.rename(held, tmp_path / "away")

    monkeypatch.setattr(base, "_enter", entering)
    with pytest.raises(Damaged), transaction():
        pytest.fail("something could be written")


def test_what_is_committed_into_a_file_that_is_gone_by_then_is_not_acknowledged(held: Path, tmp_path: Path) -> None:
    with pytest.raises(Damaged), transaction():
        os.rename(held, tmp_path / "away")
    os.rename(tmp_path / "away", held)
    with transaction():
        pass


def test_no_connection_is_made_to_another_database(held: Path, tmp_path: Path) -> None:
    """Pages would be of one database and of another by turns."""
    shutil.copyfile(held, tmp_path / "other")
    os.replace(tmp_path / "other", held)
    lent: list[Any] = []
    with pytest.raises(Damaged):
        lent.extend(db.engine.raw_connection() for _ in range(20))
    for each in lent:
        each.close()


def test_a_file_of_the_same_number_on_another_disk_is_another(held: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = opened_files.identities([str(held)])
    assert opened_files.moved(opened) == ""
    found = os.stat(held)
    other = SimpleNamespace(st_dev=found.st_dev + 1, st_ino=found.st_ino)
    monkeypatch.setattr(opened_files, "os", SimpleNamespace(stat=lambda path: other))
    assert opened_files.moved(opened) == guard.REPLACED


def test_administrators_read_what_to_do(held: Path, tmp_path: Path, client: FlaskClient) -> None:
    builders.sign_in(client, person=builders.staff("admin"))
    assert "停止保存" not in client.get("/admin/").text
    os.rename(held, tmp_path / "away")
    page = client.get("/admin/")
    assert (page.status_code, "放回原处就恢复，不用重启" in page.text) == (200, True)
    os.rename(tmp_path / "away", held)
    assert "停止保存" not in client.get("/admin/").text


def test_the_log_of_somebody_else_is_not_written_into_the_database(held: Path) -> None:
    builders.staff()
    log = Path(f"{held}-wal")
    before = held.read_bytes()
    log.rename(held.with_name("away"))
    log.write_bytes(b"x")
    assert guard.look(db.engine) == guard.LOG_LOST
    assert held.read_bytes() == before
    log.unlink()
    guard.look(db.engine)
    held.with_name("away").rename(log)
    assert guard.look(db.engine) == ""


# --- the lock --------------------------------------------------------------------------------------------------------


def test_what_a_server_that_was_killed_said_is_not_believed(tmp_path: Path) -> None:
    files = {str(tmp_path / "kaoji.sqlite3"): (1, 2)}
    with locks.Lock(tmp_path) as lock:
        lock.tell(files)
        assert locks.running_server(tmp_path) == locks.Server(os.getpid(), files)
    assert (tmp_path / locks.LOCK).read_bytes()
    assert locks.running_server(tmp_path) is None
    with locks.Lock(tmp_path):
        assert locks.running_server(tmp_path) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", json.dumps({"process": 1}), json.dumps({"process": 1, "files": {"a": 1}})]
)
def test_a_lock_of_another_version_says_nothing(tmp_path: Path, text: str) -> None:
    with locks.Lock(tmp_path):
        (tmp_path / locks.LOCK).write_text(text, encoding="utf-8")
        assert locks.running_server(tmp_path) is None


def test_a_command_that_looks_at_the_lock_keeps_no_server_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with locks.Lock(tmp_path):
        pass
    looking = (tmp_path / locks.LOCK).open("rb")
    assert locks._lock(looking, shared=True)
    monkeypatch.setattr(locks.time, "sleep", lambda seconds: looking.close())
    with locks.Lock(tmp_path), pytest.raises(Fault), locks.Lock(tmp_path):
        pass

"""Instances made by the program before any revision after 0001 (instances/make_instances.py) are upgraded, and work."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pysqlite3.dbapi2 as sqlite3
import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import select

import app.cli.demo as demo_command
import app.cli.serve as serve_command
from app import create_app
from app.cli import migrations
from app.config import load
from app.extensions import db
from app.models import Application, Completion, Evidence, Examinee, PendingDecision, Staff, Submission, Ticket, Window
from app.security import totp
from tests import builders
from tests.cli.conftest import Kaoji
from tests.postgres import Server
from tests.signing import PICTURE, log_in, log_in_staff
from tests.sites import Client
from tests.wizard.test_only_what_was_seen import confirm_fields

HERE = Path(__file__).parent / "instances"
NOW = datetime(2026, 11, 28, 4, 0, tzinfo=UTC)  # when they were made
LATER = NOW + timedelta(hours=1)
PASSWORD = "yanshi-Ma7-lu"
TOTP_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
STATES = {"draft", "school_review", "office_review", "returned", "rejected", "approved", "completed"}

pytestmark = pytest.mark.usefixtures("known_captcha")


@pytest.fixture
def folder(kaoji: Kaoji, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the commands work on. Their key is a pattern, so that nothing secret is kept: no site may start with one."""
    monkeypatch.setattr("app.config.key.is_weak", lambda key: False)
    return tmp_path / "site"


@pytest.fixture
def opened(pool: Any) -> Iterator[Any]:
    """opened(app) -> the same with its clock at LATER, inside its context."""
    kept: list[tuple[Flask, Any]] = []

    def enter(app: Flask) -> Flask:
        app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(pool.compiled))
        app.test_client_class = Client
        app.extensions["kaoji.clock"].now = lambda: LATER
        kept.append((app, app.app_context()))
        kept[-1][1].push()
        return app

    yield enter
    for _, context in kept:
        db.session.remove()
        db.engine.dispose()
        context.pop()


def unpack(name: str, folder: Path) -> None:
    with tarfile.open(HERE / f"{name}.tar.xz") as archive:
        archive.extractall(folder, filter="data")


def rows_of(database: Path) -> dict[str, int]:
    """How many rows each table has; by the program's SQLite, since another one in this process would not see its locks."""
    connection = sqlite3.connect(database)
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}
    connection.close()
    return found


def copies_kept(folder: Path, before: dict[str, int], added: dict[str, int] | None = None) -> None:
    """One copy, if there was anything to upgrade, and no row is lost; `added`: rows of what was done since."""
    copies = list(folder.glob("backups/kaoji-0001-*.sqlite3"))
    assert len(copies) == (migrations._script().get_current_head() != "0001")
    assert [rows_of(copy) for copy in copies] == [before] * len(copies)
    after = rows_of(folder / "kaoji.sqlite3")
    assert {name: after[name] - (added or {}).get(name, 0) for name in before if name in after} == before


def served(kaoji: Kaoji, monkeypatch: pytest.MonkeyPatch, command: str = "serve") -> Flask:
    """The application that the command would serve."""
    apps: list[Flask] = []
    monkeypatch.setattr(serve_command, "run", lambda app, config, said: apps.append(app))
    monkeypatch.setattr(demo_command, "serve", lambda app, config, said: apps.append(app))
    ran = kaoji(command)
    assert ran.code == 0, ran.err
    return apps[0]


def test_a_real_one_is_upgraded_by_serve_and_works(
    kaoji: Kaoji, folder: Path, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpack("real", folder)
    before = rows_of(folder / "kaoji.sqlite3")
    app = served(kaoji, monkeypatch)
    copies_kept(folder, before)
    works(opened(app))


def test_one_whose_key_is_no_key_is_refused_by_name_and_upgraded_with_a_new_one(kaoji: Kaoji, tmp_path: Path) -> None:
    """Its key is a pattern: former versions took it."""
    folder = tmp_path / "site"
    unpack("real", folder)
    before, key = rows_of(folder / "kaoji.sqlite3"), folder / "secret.key"
    for command in ("serve", "upgrade"):
        ran = kaoji(command)
        assert ran.code == 1
        assert f"谁都猜得到：{key}" in ran.err
        assert "kaoji key renew" in ran.err
    assert rows_of(folder / "kaoji.sqlite3") == before
    ran = kaoji("key", "renew", "--yes")
    assert ran.code == 0, ran.err
    assert "升级前的副本" in ran.out
    copies_kept(folder, before, added={"audit_event": 1})
    assert kaoji("upgrade").code == 0
    ran = kaoji("verify")
    assert ran.code == 0, ran.err


@pytest.mark.postgres
def test_one_on_postgresql_is_upgraded_by_the_command_and_works(
    kaoji: Kaoji, folder: Path, opened: Any, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpack("postgres", folder)
    name = f"t{secrets.token_hex(6)}"
    postgres.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    place = urlsplit(postgres.url(name))._replace(scheme="postgresql").geturl()
    with psycopg.connect(place, autocommit=True) as connection:
        connection.execute((folder / "kaoji.sql").read_bytes())
    monkeypatch.setenv("KAOJI_DATABASE_URL", postgres.url(name))
    assert kaoji("upgrade").code == 0
    works(opened(create_app(load(folder))))


def test_one_with_its_evidence_in_s3_works(
    kaoji: Kaoji, folder: Path, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    boto3 = pytest.importorskip("boto3")
    from moto.server import ThreadedMotoServer

    unpack("real", folder)
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "test")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    client = boto3.session.Session().client("s3", endpoint_url=endpoint, region_name="us-east-1")
    client.create_bucket(Bucket="kaoji")
    for path in (folder / "evidence").rglob("*"):
        if path.is_file():
            key = f"2026/{path.relative_to(folder / 'evidence').as_posix()}"
            client.put_object(Bucket="kaoji", Key=key, Body=path.read_bytes())
            path.unlink()
    monkeypatch.setenv("KAOJI_STORAGE_URL", f"s3://kaoji/2026?endpoint_url={endpoint}")
    app = served(kaoji, monkeypatch)
    works(opened(app))
    app.extensions["kaoji.store"]._client.close()
    client.close()
    server.stop()


def works(app: Flask) -> None:
    """What was submitted is whole; people sign in; a waiting decision takes effect; a draft goes on and is submitted."""
    what_was_submitted_is_whole(app)
    statement = {"statement": builders.STATEMENT}
    assert examinee_goes_on(app, the_draft("confirm"), {"statement": statement, "confirm": {}}) == "school_review"
    begun = {"scores": {"major": "050101.99001.2024"}, "statement": statement}
    assert examinee_goes_on(app, the_draft("scores"), begun) == "draft"
    reviewer_works(app)


def what_was_submitted_is_whole(app: Flask) -> None:
    assert set(db.session.scalars(select(Application.state))) == STATES
    submissions = db.session.scalars(select(Submission)).all()
    assert len(submissions) >= 8
    for submission in submissions:
        assert hashlib.sha256(submission.document.encode()).hexdigest() == submission.sha256
    store = app.extensions["kaoji.store"]
    pictures = db.session.scalars(select(Evidence)).all()
    assert len(pictures) >= 10
    for picture in pictures:
        assert hashlib.sha256(store.read(picture.storage_key)).hexdigest() == picture.sha256
    what_was_completed_is_used_up()


def what_was_completed_is_used_up() -> None:
    done = db.session.scalars(select(Application).where(Application.state == "completed")).all()
    assert done
    for row in done:
        found = db.session.get_one(Completion, row.id)
        last = select(Submission).where(Submission.application_id == row.id).order_by(Submission.number.desc())
        frozen = db.session.scalars(last).first()
        assert frozen is not None
        assert frozen.content.assessment is not None
        assert found.courses == "、".join(frozen.content.assessment.used_up) != ""
        assert (found.ticket_id, found.major_code, found.undone_at) == (row.ticket_id, row.major_code, None)
        assert row.submitted_at is not None
        assert found.completed_at >= row.submitted_at
    assert db.session.query(Completion).count() == len(done)


def the_draft(step: str) -> tuple[str, str]:
    """ID number and public id of the draft that stands at the step."""
    asked = select(Examinee.id_number, Application.public_id).join(Application, Application.examinee_id == Examinee.id)
    found = db.session.execute(asked.where(Application.state == "draft", Application.at_step == step)).first()
    assert found is not None
    return found[0], found[1]


def examinee_goes_on(app: Flask, draft: tuple[str, str], steps: dict[str, dict[str, str]]) -> str:
    """Signs in with the old password and sends these steps, one after the other; the state afterwards."""
    id_number, public_id = draft
    browser = app.test_client()
    assert log_in(browser, id_number, PASSWORD).location == "/"
    assert (db.session.scalars(select(Window.name)).first() or "?") in browser.get("/").text
    for slug, fields in steps.items():
        address = f"/applications/{public_id}/{slug}"
        page = browser.get(address)
        assert page.status_code == 200, page.location
        version = re.search(r'name="version" value="(\d+)"', page.text)
        assert version is not None
        form = {"csrf_token": builders.csrf_of(page.text), "version": version[1], "act": "next"}
        shown = confirm_fields(page.text) if slug == "confirm" else {}
        answer = browser.post(address, data={**form, **shown, **fields})
        assert answer.status_code == 303, answer.text
    return str(db.session.scalars(select(Application.state).where(Application.public_id == public_id)).one())


def reviewer_works(app: Flask) -> None:
    """Signs in with the old password and authenticator, reads a file and its papers.

    What was decided before the upgrade, and could still be taken back then, takes effect with the first page.
    """
    decided = db.session.scalars(select(PendingDecision.application_id)).one()
    browser = app.test_client()
    code = totp.code_at(TOTP_SECRET, totp.step_of(LATER))
    assert log_in_staff(browser, "chushen", PASSWORD, code=code).location == "/staff"
    assert browser.get("/staff/applications").status_code == 200
    assert db.session.scalars(select(Application.state).where(Application.id == decided)).one() == "office_review"
    waiting = select(Application.public_id).where(Application.state == "school_review").order_by(Application.id)
    first = db.session.scalars(waiting).first()
    page = browser.get(f"/staff/applications/{first}").text
    assert "通过" in page
    done = db.session.scalars(select(Application.public_id).where(Application.state == "completed")).first()
    paper = browser.get(f"/applications/{done}/register.pdf")
    assert (paper.status_code, paper.data[:5]) == (200, b"%PDF-")
    picture = db.session.scalars(select(Evidence.public_id)).first()
    assert browser.get(f"/evidence/{picture}").status_code == 200


def test_a_demonstration_is_upgraded_and_everybody_finds_their_place(
    kaoji: Kaoji, folder: Path, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpack("demo", folder)
    before = rows_of(folder / "kaoji.sqlite3")
    monkeypatch.setenv("KAOJI_DEMO_NOW", NOW.isoformat())
    monkeypatch.setenv("KAOJI_DEMO_CAPTCHA", PICTURE)
    app = served(kaoji, monkeypatch, "demo")
    copies_kept(folder, before)
    opened(app)
    what_was_submitted_is_whole(app)
    accounts = json.loads((folder / "demo-accounts.json").read_text(encoding="utf-8"))
    for account in accounts:
        browser = app.test_client()
        if account["role"] == "examinee":
            everybody_sees_their_applications(browser, account["ticket"])
        else:
            person = db.session.scalars(select(Staff).where(Staff.username == account["login"])).one()
            builders.sign_in(browser, person=person, on=LATER)
            assert browser.get("/staff").status_code == 200, account
    listed = next(each for each in accounts if each["situation"] == "complete_bachelor")
    assert log_in(app.test_client(), listed["login"], listed["password"]).location == "/"


def everybody_sees_their_applications(browser: Any, number: str) -> None:
    ticket = db.session.scalars(select(Ticket).where(Ticket.number == number)).one()
    builders.sign_in(browser, tick=ticket, on=LATER)
    assert browser.get("/").status_code == 200
    for public_id in db.session.scalars(select(Application.public_id).where(Application.ticket_id == ticket.id)).all():
        assert browser.get(f"/applications/{public_id}").status_code == 200, public_id

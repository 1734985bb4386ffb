"""kaoji demo: everybody whom contract.md "Starting" lists is there, in the situation it says."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

import app.cli.demo as command
from app import config as settings
from app import create_app
from app.actions.applications.cases import load_case, windows
from app.actions.applications.fixes import returned_of
from app.actions.records.holdings import TICKET, DbOffice
from app.cli import run
from app.config import Config
from app.extensions import db
from app.models import (
    Application,
    Evidence,
    Examinee,
    Extension,
    Finding,
    Order,
    ReturnReason,
    Review,
    Score,
    ScoreQuestion,
    Submission,
    Ticket,
    Window,
)
from app.rules.calendar import today
from app.rules.people.identity import initial_password
from app.rules.people.passwords import password_problem
from app.rules.people.roles import STAFF_ROLES
from app.rules.plans.eligibility import assess
from app.rules.review.lifecycle import shown
from app.security.passwords import password_matches
from app.services.graduation.reasons import SEEDS

ROLES = {"examinee", *STAFF_ROLES}
SITUATIONS = [
    "new_bachelor",
    "complete_bachelor",
    "complete_associate",
    "one_course_missing",
    "extra_courses",
    "two_tickets",
    "graduated",
    "returned",
    "pending_school",
    "pending_office",
    "approved_unpaid",
    "paid",
]
FIELDS = {"role", "login", "password", "totp_secret", "ticket", "situation"}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Config]:
    """One demonstration for this file: it is made by the command, short of serving."""
    folder = tmp_path_factory.mktemp("demo") / "instance"
    patch = pytest.MonkeyPatch()
    for variable in settings.SETTINGS.values():
        patch.delenv(variable, raising=False)
    patch.setenv("KAOJI_INSTANCE", str(folder))
    patch.setattr(command, "serve", lambda app, config, said: print(said))
    assert run(["demo"]) == 0
    yield settings.load(folder, {})
    patch.undo()


@pytest.fixture
def site(config: Config) -> Iterator[Flask]:
    app = create_app(config)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def accounts(config: Config) -> list[dict[str, str | None]]:
    found: list[dict[str, str | None]] = json.loads(
        (config.instance / "demo-accounts.json").read_text(encoding="utf-8")
    )
    return found


def now() -> datetime:
    return datetime.now(UTC)


def person(accounts: list[dict[str, str | None]], situation: str) -> Examinee:
    login = next(each["login"] for each in accounts if each["situation"] == situation)
    return db.session.scalars(select(Examinee).where(Examinee.id_number == login)).one()


def words(accounts: list[dict[str, str | None]], situation: str) -> list[str]:
    """What is shown of that person's applications at this moment."""
    found = db.session.scalars(
        select(Application.public_id).where(Application.examinee_id == person(accounts, situation).id)
    ).all()
    cases = [load_case(db.session(), public_id, on=now()) for public_id in found]
    return [shown(case.state, case.window, now()).word for case in cases]


def verdict(accounts: list[dict[str, str | None]], situation: str, options: dict[str, str] | None = None) -> str:
    """What the engine says of the declared plan of the first ticket."""
    ticket = next(each["ticket"] for each in accounts if each["situation"] == situation)
    facts = TICKET.read(db.session.execute(select(*TICKET.columns).where(Ticket.number == ticket)).one())
    office = DbOffice(db.session(), facts, today(now()))
    choice = next(each for each in office.choices() if each.declared)
    return str(assess(choice.plan, office.grades(), options or {}, today(now()), facts.record()).verdict)


def test_the_list_has_every_role_and_situation_once(accounts: list[dict[str, str | None]]) -> None:
    assert {each["role"] for each in accounts} == ROLES
    assert [each["situation"] for each in accounts if each["role"] == "examinee"] == SITUATIONS
    assert all(set(each) == FIELDS for each in accounts)
    assert sum(each["role"] == "school_reviewer" for each in accounts) >= 2


def test_every_password_opens_its_account_and_would_be_accepted_today(
    site: Flask, accounts: list[dict[str, str | None]]
) -> None:
    assert len({each["password"] for each in accounts}) == len(accounts)
    for each in accounts:
        if each["role"] != "examinee":
            assert password_problem(each["password"] or "", kind="staff") is None
            continue
        row = db.session.scalars(select(Examinee).where(Examinee.id_number == each["login"])).one()
        if each["situation"] == "new_bachelor":
            assert row.password_hash is None
            assert each["password"] == initial_password(row.id_number)
        else:
            assert password_matches(row.password_hash, each["password"] or "")
            assert password_problem(each["password"] or "", id_number=row.id_number) is None


def test_each_situation_is_what_its_name_says(site: Flask, accounts: list[dict[str, str | None]]) -> None:
    assert verdict(accounts, "new_bachelor") == "符合"
    assert verdict(accounts, "complete_bachelor") == "符合"
    assert verdict(accounts, "complete_associate") == "符合"
    assert verdict(accounts, "one_course_missing") == "尚缺"
    choice = {"前置学历专业": "电子电工信息类", "考生身份": "内地考生"}
    assert verdict(accounts, "extra_courses", choice) == "符合"
    assert verdict(accounts, "extra_courses", {**choice, "前置学历专业": "其他专业"}) == "尚缺"
    tickets = select(func.count()).where(Ticket.examinee_id == person(accounts, "two_tickets").id)
    assert db.session.scalar(tickets) == 2
    for situation in SITUATIONS[:6]:
        assert words(accounts, situation) == []
    assert words(accounts, "graduated") == ["已办结"]
    assert words(accounts, "returned") == ["审核未通过，请修改"]
    assert words(accounts, "pending_school") == ["待初审"]
    assert words(accounts, "pending_office") == ["待终审"]
    assert words(accounts, "approved_unpaid") == ["待缴费"]
    assert words(accounts, "paid") == ["已办结"]


def test_three_hundred_others_make_a_season(site: Flask) -> None:
    assert (db.session.scalar(select(func.count()).select_from(Examinee)) or 0) >= 300
    states = Counter(db.session.scalars(select(Application.state)))
    assert set(states) == {"draft", "school_review", "office_review", "returned", "rejected", "approved", "completed"}
    assert sum(states.values()) > 250
    submitted = db.session.scalar(select(func.count()).where(Submission.number == 1)) or 0
    assert submitted == sum(states.values()) - states["draft"]
    assert db.session.scalar(select(func.count()).where(Order.state == "paid")) == states["completed"]


def test_a_returned_application_waits_with_two_items_and_others_were_handed_in_again(
    site: Flask, accounts: list[dict[str, str | None]]
) -> None:
    mine = select(Application.id).where(Application.examinee_id == person(accounts, "returned").id)
    waiting = returned_of(db.session(), db.session.scalars(mine).one())
    assert waiting is not None
    assert len(waiting.reasons) == 2
    again = db.session.scalars(select(Submission).where(Submission.number == 2)).all()
    assert len(again) == 6
    for submission in again:
        assert len(submission.content.replies) == 1
        assert len(returned_of(db.session(), submission.application_id).reasons) == 2  # type: ignore[union-attr]
    longer = db.session.scalars(select(Extension)).one()
    row = db.session.scalars(select(Application).where(Application.ticket_id == longer.ticket_id)).one()
    assert (row.state, longer.what) == ("returned", "fixes")
    assert longer.until > db.session.get_one(Window, longer.window_id).fixes_close_at


def test_the_catalogue_of_reasons_is_there_and_what_was_returned_comes_from_it(site: Flask) -> None:
    assert db.session.scalar(select(func.count()).select_from(ReturnReason)) == len(SEEDS)
    causes = db.session.scalars(select(Finding.cause_id).where(Finding.verdict == "return")).all()
    assert len(causes) > 10
    assert all(causes)


def test_the_school_marked_each_item_of_what_it_passed(site: Flask, accounts: list[dict[str, str | None]]) -> None:
    row = db.session.scalars(
        select(Review)
        .join(Application, Application.id == Review.application_id)
        .where(Application.examinee_id == person(accounts, "pending_office").id)
    ).one()
    marks = Counter(db.session.scalars(select(Finding.verdict).where(Finding.review_id == row.id)))
    assert marks["ok"] > 20
    assert set(marks) == {"ok"}


def test_the_accounts_of_a_lead_and_an_auditor_are_printed(
    site: Flask, config: Config, accounts: list[dict[str, str | None]]
) -> None:
    said = command._summary(config)
    for role in ("school_lead", "auditor"):
        each = next(each for each in accounts if each["role"] == role)
        assert STAFF_ROLES[role] in said
        assert f"{each['login']}" in said
        assert f"{each['password']}" in said


def test_missing_grades_were_reported_and_answered_in_every_way(
    site: Flask, accounts: list[dict[str, str | None]]
) -> None:
    found = db.session.execute(select(*ScoreQuestion.__table__.c).order_by(ScoreQuestion.id)).all()
    assert Counter(row.state for row in found) == {"open": 7, "added": 4, "refused": 4}
    assert [row.asked_at for row in found] == sorted(row.asked_at for row in found)
    assert len({row.school_code for row in found}) > 2
    mine = select(Ticket.id).where(Ticket.examinee_id == person(accounts, "pending_school").id)
    assert {row.state for row in found if row.ticket_id in set(db.session.scalars(mine))} == {
        "open",
        "added",
        "refused",
    }
    for row in found:
        graded = select(Score.id).where(Score.ticket_id == row.ticket_id, Score.course_code == row.course_code)
        assert (db.session.scalar(graded) is not None) is (row.state == "added")


def test_every_picture_of_a_row_is_in_the_store(site: Flask) -> None:
    store = site.extensions["kaoji.store"]
    keys = db.session.scalars(select(Evidence.storage_key)).all()
    assert keys
    assert all(store.exists(key) for key in keys)


def test_one_round_is_open_one_pays_one_is_over_and_one_is_to_come(site: Flask) -> None:
    found = windows(db.session())
    assert [each.is_open(now()) for each in found] == [False, True, False, False]
    assert [each.pays(now()) for each in found] == [False, False, True, False]
    assert found[0].opens_at > now()
    assert len({each.name for each in found}) == 4


def test_the_second_start_keeps_what_is_there(config: Config, accounts: list[dict[str, str | None]]) -> None:
    before = (config.instance / "demo-accounts.json").read_bytes()
    assert run(["demo"]) == 0
    assert (config.instance / "demo-accounts.json").read_bytes() == before


def test_a_rehearsal_finds_the_windows_where_they_were(
    site: Flask, accounts: list[dict[str, str | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = windows(db.session())
    later = before[1].closes_at + timedelta(hours=1)
    monkeypatch.setenv("KAOJI_DEMO_NOW", later.isoformat())
    assert run(["demo"]) == 0
    db.session.rollback()
    assert windows(db.session()) == before
    assert before[1].has_closed(later)


def test_weeks_later_the_windows_have_moved_on(site: Flask) -> None:
    from app.demo.build import keep_open

    later = now() + timedelta(days=100)
    keep_open(later)
    found = windows(db.session())
    assert [each.is_open(later) for each in found] == [False, True, False, False]
    assert [each.pays(later) for each in found] == [False, False, True, False]
    keep_open(now())
    assert [each.is_open(now()) for each in windows(db.session())] == [False, True, False, False]


@pytest.mark.parametrize("kind", ["real", "strange"])
def test_any_other_folder_is_refused_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    if kind == "real":
        settings.stamp_instance(folder, "real")
    else:
        (folder / "论文.docx").write_bytes(b"mine")
    before = sorted(path.name for path in folder.iterdir())
    monkeypatch.setenv("KAOJI_INSTANCE", str(folder))
    for arguments in (["demo"], ["demo", "--reset"]):
        assert run(arguments) == 1
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_demonstration_never_uses_another_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KAOJI_INSTANCE", str(tmp_path / "demo"))
    monkeypatch.setenv("KAOJI_DATABASE_URL", f"sqlite:///{(tmp_path / 'real.sqlite3').as_posix()}")
    assert run(["demo"]) == 1
    assert "KAOJI_DATABASE_URL" in capsys.readouterr().err
    assert not (tmp_path / "real.sqlite3").exists()


def test_reset_asks_when_something_was_imported(
    config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    schools = tmp_path / "学校.csv"
    schools.write_text("学校代码,学校名称\n99009,浦西某大学\n", encoding="utf-8")
    assert run(["import", "schools", str(schools)]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    before = (config.instance / "demo-accounts.json").read_bytes()
    assert run(["demo", "--reset"]) == 1
    assert "取消" in capsys.readouterr().err
    assert (config.instance / "demo-accounts.json").read_bytes() == before

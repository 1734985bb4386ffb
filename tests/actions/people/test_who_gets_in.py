"""The acts behind the sign-in pages, on both databases: at once from many sides, and what is written down."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import func, select

from app.actions.people.accounts import activate, change_password
from app.actions.people.sign_in import SignedIn, sign_in, sign_in_staff
from app.actions.people.tries import CaptchaTry, Origin, account_key
from app.extensions import db
from app.models import AuditEvent, Examinee, KnownDevice, LoginSession, Throttle
from app.rules.refusals import ChangedMeanwhile, Invalid
from app.security.captcha import Form
from app.security.principal import load
from app.security.throttle import TooOften
from tests.builders import NOW, examinee, refresh, staff, ticket
from tests.signing import PASSWORD, hashed

KEY = b"k" * 32
ANY = CaptchaTry(Form("browser"), "demo", demo="demo")
NEW = "xinde-Mima-2027"


def origin(address: str = "203.0.113.9", device: str = "", minutes: float = 0) -> Origin:
    return Origin(address, device, KEY, NOW + timedelta(minutes=minutes))


def enter(person: Examinee, password: str = PASSWORD, **where: Any) -> SignedIn:
    return sign_in(person.id_number, password, answer=ANY, origin=origin(**where))


def active(**over: Any) -> Examinee:
    return examinee(**{"password_hash": hashed(PASSWORD), "activated_at": NOW, **over})


def audit() -> list[AuditEvent]:
    return list(db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)))


def test_the_session_shows_the_ticket_that_is_in_use(both: Flask) -> None:
    person = active()
    ticket(person, status="停考")
    chosen = ticket(person, registered_on=None)
    ticket(person, status="转出")
    me = load(enter(person).token, NOW)
    assert me is not None
    assert (me.kind, me.ticket_number, me.examinee_id) == ("examinee", chosen.number, person.id)
    assert len(me.tickets) == 3


def test_somebody_without_a_ticket_can_sign_in(both: Flask) -> None:
    me = load(enter(active()).token, NOW)
    assert me is not None
    assert (me.ticket_id, me.tickets) == (None, ())


def test_the_audit_names_nobodys_number(both: Flask) -> None:
    person = active()
    enter(person)
    with pytest.raises(Invalid):
        enter(person, "Wrong-pass-9")
    with pytest.raises(Invalid):
        sign_in("110101199003070054", "x", answer=ANY, origin=origin())
    rows = audit()
    assert [(row.action, row.subject_id) for row in rows] == [
        ("sign_in.ok", person.id),
        ("sign_in.failed", person.id),
        ("sign_in.failed", None),
    ]
    assert all(row.address == "203.0.113.9" for row in rows)
    text = str([(row.actor_label, row.detail) for row in rows])
    assert person.id_number not in text
    keys = [row.key for row in db.session.scalars(select(Throttle))]
    assert not any(person.id_number in key for key in keys)


def test_twenty_guesses_at_once_are_five_guesses(both: Flask) -> None:
    person = active()
    gate = threading.Barrier(20)

    def guess(n: int) -> None:
        with both.app_context():
            gate.wait()
            with pytest.raises(Invalid):
                enter(person, f"Wrong-pass-{n}", address=f"198.51.100.{n}")

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(row.action for row in audit()) == ["sign_in.failed"] * 4 + ["sign_in.locked"]
    with pytest.raises(Invalid):
        enter(person, address="198.51.100.99")


def test_a_success_gives_the_tries_back(both: Flask) -> None:
    person = active()
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(Invalid):
                enter(person, "Wrong-pass-9", address=f"198.51.100.{_}")
        enter(person)


def test_a_thousand_failures_raise_an_alarm_once_and_shut_nobody_out(
    both: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.security import throttle

    monkeypatch.setattr(throttle, "ALL_FAILURES", throttle.Limit(4, timedelta(minutes=5)))
    for n in range(6):
        with pytest.raises(Invalid):
            enter(active(), "Wrong-pass-9", address=f"198.51.100.{n}")
    assert [row.action for row in audit()].count("sign_in.many_failures") == 1
    enter(active())


@pytest.mark.usefixtures("earnest")
def test_an_old_hash_is_renewed_at_sign_in(both: Flask) -> None:
    person = active(password_hash=PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD))
    enter(person)
    assert "m=19456,t=2,p=1" in refresh(person).password_hash
    enter(person)


def test_the_browser_is_known_afterwards(both: Flask) -> None:
    person = active()
    device = enter(person).device
    assert enter(person, device=device).device == device
    row = db.session.scalars(select(KnownDevice)).one()
    assert row.account == account_key(KEY, "examinee", person.id_number)


def test_a_wrong_captcha_is_said_before_anything_is_looked_at(both: Flask) -> None:
    person = active()
    with pytest.raises(Invalid) as refusal:
        sign_in(person.id_number, PASSWORD, answer=CaptchaTry(Form("browser"), "AAAA"), origin=origin())
    assert refusal.value.field == "captcha"
    assert db.session.scalar(select(func.count()).select_from(Throttle)) == 0


def test_activating_twice_at_once_happens_once(both: Flask) -> None:
    person = examinee()
    number = ticket(person).number
    first, second = (enter(person, person.id_number[-6:]) for _ in range(2))
    gate = threading.Barrier(2)
    done: list[str] = []

    def set_it(token: str, new: str) -> None:
        with both.app_context():
            gate.wait()
            try:
                activate(person.id, token, ticket=number, new_password=new, origin=origin())
                done.append(new)
            except ChangedMeanwhile:
                pass

    threads = [threading.Thread(target=set_it, args=given) for given in ((first.token, NEW), (second.token, NEW + "b"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    enter(person, done[0])
    assert [row.action for row in audit()].count("account.activated") == 1


def test_activation_ends_every_other_session_and_shows_the_ticket_that_was_typed(both: Flask) -> None:
    person = examinee()
    ticket(person)
    typed = ticket(person, status="停考")
    other = enter(person, person.id_number[-6:])
    mine = enter(person, person.id_number[-6:])
    done = activate(person.id, mine.token, ticket=typed.number, new_password=NEW, origin=origin())
    assert load(other.token, NOW) is None
    assert load(mine.token, NOW) is None
    me = load(done.token, NOW)
    assert me is not None
    assert (me.kind, me.ticket_number) == ("examinee", typed.number)


def test_the_current_password_cannot_be_guessed_from_inside(both: Flask) -> None:
    person = active()
    token = enter(person).token
    change = {"new_password": NEW, "ticket_id": None, "origin": origin()}
    for said in (*(f"还可以试 {left} 次" for left in (4, 3, 2, 1)), "已连续 5 次不正确，请过 15 分钟再试"):
        with pytest.raises(Invalid, match=said):
            change_password(person.id, token, current="Wrong-pass-9", **change)
    with pytest.raises(TooOften):
        change_password(person.id, token, current=PASSWORD, **change)


def test_the_same_password_is_no_change(both: Flask) -> None:
    person = active()
    with pytest.raises(Invalid, match="相同"):
        change_password(
            person.id, enter(person).token, current=PASSWORD, new_password=PASSWORD, ticket_id=None, origin=origin()
        )


def test_a_member_of_staff_has_one_session(both: Flask) -> None:
    person = staff("admin", password_hash=hashed(PASSWORD))
    first = sign_in_staff(person.username, PASSWORD, origin=origin())
    second = sign_in_staff(person.username, PASSWORD, origin=origin(address="198.51.100.1"))
    assert load(first.token, NOW) is None
    me = load(second.token, NOW)
    assert me is not None
    assert (me.kind, me.role, me.actor.id) == ("staff", "admin", person.id)
    assert db.session.scalar(select(func.count()).select_from(LoginSession)) == 1

"""One-time codes for examinees and the accounts of staff, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.actions.people.accounts import issue_reset_code
from app.actions.people.staff import create_staff
from app.actions.people.staff_access import disable_staff, enable_staff, reset_staff
from app.extensions import db
from app.models import AuditEvent, LoginSession, Staff
from app.models.base import transaction
from app.rules.people.roles import SYSTEM, Actor
from app.rules.refusals import Invalid, NotAllowed, NotFound
from app.security import passwords
from app.security.sessions import open_session
from app.security.throttle import TooOften
from tests.builders import NOW, examinee, refresh, school, staff, ticket
from tests.signing import PASSWORD, hashed

KEY = b"k" * 32


def actor(role: str, school_code: str = "") -> Actor:
    return Actor("staff", 77, "周明", role, school_code)


def reset(person_id: int, by: Actor = SYSTEM) -> str:
    return issue_reset_code(person_id, by=by, secret=KEY, on=NOW)


def test_a_code_is_stored_only_as_a_hash_and_lives_a_day(both: Flask) -> None:
    person = examinee(password_hash=hashed(PASSWORD), activated_at=NOW)
    with transaction() as session:
        open_session(session, on=NOW, kind="examinee", examinee_id=person.id)
    code = reset(person.id)
    row = refresh(person)
    assert row.password_hash is None
    assert row.reset_expires_at == NOW + timedelta(hours=24)
    assert passwords.password_matches(row.reset_hash, passwords.normalise_code(code))
    assert db.session.scalar(select(func.count()).select_from(LoginSession)) == 0
    event = db.session.scalars(select(AuditEvent)).one()
    assert (event.action, event.subject_id, event.detail) == ("examinee.reset_code", person.id, {})


def test_a_school_resets_its_own_people_only(both: Flask) -> None:
    mine, other = examinee(), examinee()
    ticket(mine, school_code="10574")
    ticket(other, school_code="10285")
    assert reset(mine.id, actor("school_reviewer", "10574"))
    with pytest.raises(NotFound):
        reset(other.id, actor("school_reviewer", "10574"))
    assert refresh(other).reset_hash is None
    assert reset(other.id, actor("office_reviewer"))


def test_other_roles_and_examinees_may_not(both: Flask) -> None:
    person = examinee()
    for by in (actor("finance"), Actor("examinee", person.id, "林晓雯")):
        with pytest.raises(NotAllowed):
            reset(person.id, by)
    with pytest.raises(NotFound):
        reset(person.id + 999)


def test_five_codes_a_day_are_enough(both: Flask) -> None:
    person = examinee()
    for _ in range(5):
        reset(person.id)
    with pytest.raises(TooOften):
        reset(person.id)


def test_a_new_code_replaces_the_one_before(both: Flask) -> None:
    person = examinee()
    first, second = reset(person.id), reset(person.id)
    stored = refresh(person).reset_hash
    assert not passwords.password_matches(stored, passwords.normalise_code(first))
    assert passwords.password_matches(stored, passwords.normalise_code(second))


def test_an_account_is_made_with_a_code_and_no_password(both: Flask) -> None:
    school()
    code = create_staff(" ZhouMin ", "周敏", "school_reviewer", "10574", by=SYSTEM, on=NOW)
    row = db.session.scalars(select(Staff)).one()
    assert (row.username, row.password_hash, row.school_code) == ("zhoumin", None, "10574")
    assert passwords.password_matches(row.code_hash, passwords.normalise_code(code))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (("x", "周敏", "admin", ""), "username"),
        (("有名", "周敏", "admin", ""), "username"),
        (("taken", "周敏", "admin", ""), "username"),
        (("zhoumin", " ", "admin", ""), "name"),
        (("zhoumin", "周敏", "boss", ""), "role"),
        (("zhoumin", "周敏", "school_reviewer", ""), "school_code"),
        (("zhoumin", "周敏", "school_reviewer", "99999"), "school_code"),
        (("zhoumin", "周敏", "finance", "10574"), "school_code"),
    ],
)
def test_what_cannot_be_is_told_at_the_field(both: Flask, given: tuple[str, str, str, str], field: str) -> None:
    school()
    staff("admin", username="taken")
    with pytest.raises(Invalid) as refusal:
        create_staff(*given, by=SYSTEM, on=NOW)
    assert refusal.value.field == field
    assert db.session.scalar(select(func.count()).select_from(Staff)) == 1


def test_only_an_administrator_manages_accounts(both: Flask) -> None:
    person = staff("finance")
    by = actor("office_reviewer")
    for act in (
        lambda: create_staff("zhoumin", "周敏", "admin", by=by, on=NOW),
        lambda: reset_staff(person.id, by=by, on=NOW, secret=KEY),
        lambda: disable_staff(person.id, by=by, on=NOW),
        lambda: enable_staff(person.id, by=by, on=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_the_last_administrator_and_oneself_stay(both: Flask) -> None:
    first = staff("admin")
    with pytest.raises(NotAllowed, match="最后"):
        disable_staff(first.id, by=SYSTEM, on=NOW)
    second = staff("admin")
    with pytest.raises(NotAllowed, match="自己"):
        disable_staff(second.id, by=Actor("staff", second.id, "周明", "admin"), on=NOW)
    disable_staff(first.id, by=Actor("staff", second.id, "周明", "admin"), on=NOW)
    assert not refresh(first).active
    enable_staff(first.id, by=SYSTEM, on=NOW)
    assert refresh(first).active
    with pytest.raises(NotFound):
        disable_staff(999_999, by=SYSTEM, on=NOW)

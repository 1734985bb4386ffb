"""Signing in as people do it: the page, the picture, the form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.extensions import db
from app.models import AuditEvent, LoginSession
from app.security import passwords
from tests.builders import NOW, csrf_of, examinee, staff, ticket

PICTURE, SOUND = "K7M4", "3947"
PASSWORD = "tiaoshi-Ma7-lu"


@cache
def hashed(password: str) -> str:
    return passwords.hash_password(password)


@dataclass(frozen=True)
class Person:
    """Somebody on the roster: row id, ID number and ticket numbers."""

    id: int
    number: str
    tickets: tuple[str, ...]


def on_roster(site: Flask, *, tickets: int = 1, active: bool = True, **over: Any) -> Person:
    """An examinee: activated with PASSWORD, or still with the initial password."""
    with site.app_context():
        known = {"password_hash": hashed(PASSWORD), "activated_at": NOW - timedelta(days=9)} if active else {}
        person = examinee(**{**known, **over})
        numbers = tuple(ticket(person).number for _ in range(tickets))
        return Person(person.id, person.id_number, numbers)


def on_staff(site: Flask, role: str = "admin", **over: Any) -> Any:
    with site.app_context():
        return staff(role, **{"password_hash": hashed(PASSWORD), **over})


def form_of(browser: FlaskClient, page: str) -> dict[str, str]:
    return {"csrf_token": csrf_of(browser.get(page).text)}


def log_in(
    browser: FlaskClient, number: str, password: str = PASSWORD, captcha: str = PICTURE, **more: str
) -> TestResponse:
    """The whole visit: page, picture, form. Needs the fixture `known_captcha`."""
    form = form_of(browser, "/login")
    assert browser.get("/captcha.png").status_code in (200, 429)
    return browser.post("/login", data={**form, "id_number": number, "password": password, "captcha": captcha, **more})


def log_in_staff(browser: FlaskClient, username: str, password: str = PASSWORD, **more: str) -> TestResponse:
    form = form_of(browser, "/staff/login")
    return browser.post("/staff/login", data={**form, "username": username, "password": password, **more})


def token_of(browser: FlaskClient) -> str:
    with browser.session_transaction() as session:
        return str(session.get("_user_id", ""))


def sessions_of(site: Flask, person_id: int, staff: bool = False) -> int:
    with site.app_context():
        owner = LoginSession.staff_id if staff else LoginSession.examinee_id
        return int(db.session.scalar(select(func.count()).select_from(LoginSession).where(owner == person_id)) or 0)


def acts(site: Flask) -> list[str]:
    """What the audit wrote down, in order."""
    with site.app_context():
        return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))

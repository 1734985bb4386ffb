"""Staff are told when and from where their account was used last, and that another browser was signed out (AC-36)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient

from app.models import AuditEvent
from tests.signing import log_in_staff, on_staff


def test_the_first_visit_says_nothing_and_the_second_when_the_first_was(site: Any, browser: FlaskClient) -> None:
    person = on_staff(site, "office_reviewer")
    log_in_staff(browser, person.username)
    assert "上次登录" not in browser.get("/staff").text
    other = site.test_client()
    site.clock.now += timedelta(hours=1)
    log_in_staff(other, person.username)
    page = other.get("/staff").text
    assert "上次登录：2026 年 11 月 24 日 12:00，来自 127.0.0.1" in page
    assert "还在另一处登录" not in page  # the first has been idle for too long


def test_a_second_browser_is_told_that_the_first_one_was_signed_out(site: Any, browser: FlaskClient) -> None:
    person = on_staff(site, "office_reviewer")
    log_in_staff(browser, person.username)
    other = site.test_client()
    log_in_staff(other, person.username)
    assert "还在另一处登录，那一处已经退出" in other.get("/staff").text
    assert browser.get("/staff").status_code == 303
    with site.app_context():
        details = [event.detail for event in AuditEvent.query.filter_by(action="sign_in.ok").order_by(AuditEvent.id)]
    assert details == [{"kind": "staff"}, {"kind": "staff", "elsewhere": True}]

"""A browser that an account signed in from before (AC-03)."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import KnownDevice
from app.models.base import transaction
from app.security import known_browsers as devices
from tests.builders import NOW


def remember(device: str, account: str, days: int = 0) -> str:
    with transaction() as session:
        return devices.remember(session, device, account, NOW + timedelta(days=days))


def test_a_browser_is_known_to_the_account_that_used_it_only(both: Flask) -> None:
    token = remember("", "a")
    assert devices.is_known(db.session(), token, "a")
    assert not devices.is_known(db.session(), token, "b")
    assert not devices.is_known(db.session(), "", "a")


def test_a_planted_token_is_replaced_and_an_own_one_kept(both: Flask) -> None:
    planted = remember("planted", "a")
    assert planted != "planted"
    assert not devices.is_known(db.session(), "planted", "a")
    assert remember(planted, "a") == planted


def test_the_table_holds_no_token_and_a_reset_forgets(both: Flask) -> None:
    token = remember("", "a")
    assert token not in {row.token_sha256 for row in db.session.scalars(select(KnownDevice))}
    with transaction() as session:
        devices.forget(session, "a")
    assert not devices.is_known(db.session(), token, "a")


def test_one_that_was_not_used_for_half_a_year_is_dropped(both: Flask) -> None:
    token = remember("", "a")
    remember("", "a", days=181)
    assert not devices.is_known(db.session(), token, "a")

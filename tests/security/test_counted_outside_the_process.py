"""Tries are counted where no restart and no number of addresses makes them fewer (AC-02)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.security import throttle
from tests.builders import NOW
from tests.signing import PASSWORD, PICTURE, acts, form_of, log_in, on_roster
from tests.sites import Pool, create_tables, set_clock
from tests.sizes import FULL

pytestmark = pytest.mark.usefixtures("known_captcha")
ADDRESSES = 200 if FULL else 15


def started(pool: Pool, folder: Path) -> Flask:
    """The program as it starts on that folder."""
    app = pool.build(folder, {"staff_totp": "optional"})
    create_tables(app)
    set_clock(app)
    return app


def test_a_restart_between_the_tries_gives_none_back(pool: Pool, tmp_path: Path) -> None:
    before = started(pool, tmp_path)
    person = on_roster(before)
    for _ in range(3):
        assert log_in(before.test_client(), person.number, "Wrong-pass-9").status_code == 422
    after: Any = started(pool, tmp_path)
    for _ in range(2):
        assert log_in(after.test_client(), person.number, "Wrong-pass-9").status_code == 422
    assert log_in(after.test_client(), person.number).status_code == 422
    assert acts(after).count("sign_in.locked") == 1
    after.clock.now = NOW + timedelta(minutes=15, seconds=1)
    assert log_in(after.test_client(), person.number).location == "/"


def test_failures_of_many_addresses_raise_the_alarm_and_shut_nobody_out(
    site: Flask, browser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alarm after as many failures as there are addresses, so that one try of each is enough."""
    monkeypatch.setattr(throttle, "ALL_FAILURES", throttle.Limit(ADDRESSES, timedelta(minutes=5)))
    person, stranger = on_roster(site), on_roster(site)
    log_in(browser, person.number)
    browser.post("/logout", data=form_of(browser, "/password"))
    for number in range(ADDRESSES):
        where = {"REMOTE_ADDR": f"203.0.113.{number}"}
        attacker = site.test_client()
        data = {**form_of(attacker, "/login"), "id_number": person.number, "password": "Wrong-pass-9"}
        attacker.get("/captcha.png")
        wrong = attacker.post("/login", data={**data, "captcha": PICTURE}, environ_overrides=where)
        assert wrong.status_code == 422
    assert acts(site).count("sign_in.many_failures") == 1
    assert (
        log_in(browser, person.number).location == "/"
    )  # the one whose account it was about, from a browser of before
    assert log_in(site.test_client(), stranger.number, PASSWORD).location == "/"

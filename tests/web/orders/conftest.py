"""An examinee whose application was approved, while the fee can be paid; the demonstration's cashier."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.reviewing import PAYING, Desk, approved


@pytest.fixture
def demo(make_app: Any) -> Any:
    made: Flask = make_app(demo=True)
    made.clock.now = PAYING  # type: ignore[attr-defined]
    with made.app_context():
        yield made


@pytest.fixture
def desk(demo: Flask) -> Desk:
    return approved()


@pytest.fixture
def browser(demo: Flask, desk: Desk) -> FlaskClient:
    client = demo.test_client()
    builders.sign_in(client, tick=desk.ticket, on=PAYING)
    return client

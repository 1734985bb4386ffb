"""A submitted file, and the reviewer who has it open."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.reviewing import Desk, submitted


@pytest.fixture
def desk(app: Flask) -> Desk:
    return submitted(name="欧阳晓雯")


@pytest.fixture
def reviewer(client: FlaskClient, desk: Desk) -> Any:
    person = builders.staff(name="周明")
    builders.sign_in(client, person=person)
    return person

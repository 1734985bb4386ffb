"""What of the platform itself needs an administrator stands first on the pages where they begin, and is shown to nobody else."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.actions.audit import record
from app.actions.evidence.whole import MYSELF
from app.models.base import transaction
from app.models.health.facts import DATABASE_CHECK, SWEEP, VERIFIED, note
from tests import builders
from tests.builders import NOW

PAGES = ("/staff", "/admin/")
TOLD = "平台须处理"
BEFORE = NOW - timedelta(hours=1)


@pytest.fixture
def admin(client: FlaskClient) -> FlaskClient:
    builders.sign_in(client, person=builders.staff("admin"))
    return client


def found(key: str, **value: Any) -> None:
    with transaction() as session:
        note(session, key, value, BEFORE)


def main_of(client: FlaskClient, page: str) -> str:
    answer = client.get(page)
    assert answer.status_code == 200
    return answer.text.split("<main", 1)[1]


def first_after_title(html: str) -> str:
    """The first words below the page's title."""
    return re.sub(r"<[^>]*>", "", html.split("</h1>", 1)[1]).strip()[:20]


@pytest.mark.parametrize("page", PAGES)
def test_what_must_be_seen_to_comes_before_everything_else(admin: FlaskClient, page: str) -> None:
    with transaction() as session:  # an alarm stands high too
        record(session, on=BEFORE, by=MYSELF, action="alarm.picture_damaged", subject="site", subject_id=None)
    found(VERIFIED, faults=3)
    found(SWEEP, strays=355, files=355)
    main = main_of(admin, page)
    assert first_after_title(main).startswith(TOLD)
    assert main.count("kaoji verify 有 3 处错误") == 1
    assert "355 个照片文件里有 355 个没有记录，一个也没有移走" in main


@pytest.mark.parametrize("page", PAGES)
def test_where_nothing_must_be_seen_to_it_is_not_there(admin: FlaskClient, page: str) -> None:
    found(VERIFIED, faults=0)
    found(DATABASE_CHECK, finished=True)
    assert TOLD not in main_of(admin, page)
    state = main_of(admin, "/admin/").split("平台状态")[1]
    assert "数据库完好" in state
    assert "kaoji verify 没有错误" in state


@pytest.mark.parametrize("role", ["school_reviewer", "office_reviewer", "finance", "auditor"])
def test_nobody_else_is_told(client: FlaskClient, role: str) -> None:
    found(VERIFIED, faults=3)
    builders.sign_in(client, person=builders.staff(role))
    assert TOLD not in main_of(client, "/staff")

"""A grade that the examinee reported missing stands on the file until it is answered."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.actions.records.missing_scores import answer, ask
from app.extensions import db
from app.models import ScoreQuestion
from app.rules.plans.missing_scores import Claim, QuestionState
from tests import builders
from tests.builders import NOW
from tests.reviewing import actor, myself, submitted, url


@pytest.fixture
def desk(app):
    """All courses are passed, so that nothing else on the page speaks of the report."""
    desk = submitted()
    claim = Claim("00540", "外国文学史", "2026-04", "某某考点", "五月查分时有")
    ask(desk.ticket.number, "10574", "050101", claim, by=myself(desk), on=NOW)
    return desk


def reported(page: str) -> str:
    found = re.search(r'id="questions">(.*?)</ul>', page, re.DOTALL)
    return found[1] if found else ""


@pytest.mark.parametrize("role", ["school_reviewer", "office_reviewer", "auditor"])
def test_a_pending_report_stands_on_the_file_and_leads_to_its_answer(client, desk, role):
    builders.sign_in(client, person=builders.staff(role))
    said = reported(client.get(url(desk)).text)
    for words in ("00540", "外国文学史", "2026 年 4 月", "某某考点", "五月查分时有"):
        assert words in said
    ident = db.session.scalars(select(ScoreQuestion.id)).one()
    assert (f'href="/staff/questions/{ident}"' in said) is (role != "auditor")


def test_an_answered_report_is_gone_from_the_top(client, desk):
    by = actor(builders.staff("office_reviewer"))
    answer(db.session.scalars(select(ScoreQuestion.id)).one(), QuestionState.REFUSED, "没有考过", by=by, on=NOW)
    builders.sign_in(client, person=builders.staff())
    assert reported(client.get(url(desk)).text) == ""


def test_a_report_to_another_school_is_read_and_answered_there(client, desk):
    db.session.scalars(select(ScoreQuestion)).one().school_code = "10002"
    db.session.commit()
    builders.sign_in(client, person=builders.staff())
    said = reported(client.get(url(desk)).text)
    assert "00540" in said
    assert "/staff/questions/" not in said

"""A decision that cannot be undone is asked about once more, and only one that could be made: with script by the page, else by the server."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Finding, PendingDecision, Review, SiteText
from app.models.base import transaction
from app.rules.review.lifecycle import State
from app.rules.site_texts import UNDO_MINUTES
from tests import builders
from tests.reviewing import fields, missing_course, submitted, url

NUMBER = "prior_degree.diploma_number"
RETURNING = {f"verdict.{NUMBER}": "return", f"reason.{NUMBER}": "末四位不符"}


def unsure(client, desk, **more):
    return fields(client, desk, sure="", **more)


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))


def decided() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Review.decision).where(Review.decision != "")))


def test_it_names_the_person_the_decision_and_all_that_it_is_about(client, reviewer, desk):
    course = missing_course()
    short = submitted(without=(course,), name="欧阳晓雯")
    answer = client.post(url(short), data=unsure(client, short, decision="return", message="请尽快", **RETURNING))
    assert answer.status_code == 200
    for words in (
        "欧阳晓雯",
        short.ticket.number,
        "退回修改",
        course,
        "毕业证书编号：末四位不符",
        "毕业证书照片、备案表照片",
        "请尽快",
        "不能撤销",
    ):
        assert words in answer.text, words
    assert (decided(), short.row.state) == ([], State.SCHOOL_REVIEW)
    answer = client.post(url(short), data=hidden(answer.text) | {"decision": "return"})
    assert (answer.status_code, short.row.state) == (303, State.RETURNED)


def test_what_could_not_be_made_is_refused_before_it_is_asked(client, reviewer, desk):
    short = submitted(without=(missing_course(),))
    for file, more in ((short, {}), (desk, RETURNING), (desk, {"decision": "reject"})):
        answer = client.post(url(file), data=unsure(client, file, **{"decision": "pass", **more}))
        assert answer.status_code == 422
        assert "确认后立即生效" not in re.sub(r"<section.*?</section>", "", answer.text, flags=re.S)
    assert decided() == []


def test_going_back_loses_nothing(client, reviewer, desk):
    page = client.post(url(desk), data=unsure(client, desk, decision="return", message="请尽快", **RETURNING)).text
    answer = client.post(url(desk), data=hidden(page) | {"decision": "save"})
    assert answer.status_code == 303
    page = client.get(url(desk)).text
    assert "末四位不符" in page
    assert "请尽快" in page
    assert decided() == []


@pytest.mark.parametrize("minutes", ["5", "0"])
def test_it_is_asked_where_undo_is_off_and_not_where_it_is_on(client, reviewer, desk, minutes):
    with transaction() as session:
        session.add(SiteText(key=UNDO_MINUTES, value=minutes))
    answer = client.post(url(desk), data=unsure(client, desk, decision="pass", undo="1"))
    assert answer.status_code == (200 if minutes == "0" else 303)
    assert len(db.session.scalars(select(PendingDecision)).all()) == (0 if minutes == "0" else 1)


def test_the_demonstration_leaves_undo_on(make_app):
    app = make_app(demo=True)
    with app.app_context():
        desk, client = submitted(), app.test_client()
        builders.sign_in(client, person=builders.staff())
        assert re.search(r'name="undo" value="1" checked', client.get(url(desk)).text)


def test_the_rest_can_be_called_looked_at_when_it_asks(client, reviewer, desk):
    page = client.post(url(desk), data=unsure(client, desk, decision="return", **RETURNING)).text
    assert "其余已看过" in page
    client.post(url(desk), data=hidden(page) | {"decision": "return", "rest": "1"})
    found = {row.item: row.verdict for row in db.session.execute(select(Finding.item, Finding.verdict))}
    assert found.pop(NUMBER) == "return"
    assert set(found.values()) == {"ok"}
    assert set(found) | {NUMBER} == set(desk.submission.content.labels)

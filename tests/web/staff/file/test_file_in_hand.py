"""A file in a reviewer's hand: what takes it, what gives it back, and what a page that is out of date is told."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from app.actions.applications.submit import withdraw
from app.extensions import db
from app.models import Evidence, Lease
from tests import builders
from tests.reviewing import LATER, fields, myself, submitted, url

DIPLOMA = "prior_degree.diploma_number"


AHEAD = [
    {"Sec-Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"Purpose": "prefetch"},
    {"X-Moz": "prefetch"},
    {"X-Purpose": "preview"},
    {"Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Dest": "iframe"},
]


@pytest.mark.parametrize("headers", AHEAD, ids=str)
def test_what_is_fetched_ahead_takes_no_file_from_anybody(client, desk, reviewer, headers):
    assert client.get(url(desk), headers=headers).status_code == 200
    assert db.session.scalars(select(Lease)).all() == []
    client.get(url(desk), headers={"Sec-Fetch-Dest": "document"})
    assert len(db.session.scalars(select(Lease)).all()) == 1


def test_asking_for_the_head_or_for_the_next_files_pictures_takes_nothing(client, desk, reviewer):
    second = submitted(on=LATER)
    assert client.head(url(desk)).status_code == 200
    place = re.search(r'data-coming="([^"]+)"', client.get(url(desk), headers={"Purpose": "prefetch"}).text)[1]
    answer = client.get(place.replace("&amp;", "&"))
    own = db.session.scalars(select(Evidence.public_id).where(Evidence.application_id == second.row.id))
    assert answer.json == [f"/evidence/{each}" for each in own]
    assert db.session.scalars(select(Lease)).all() == []


def test_a_page_that_is_left_gives_back_its_own_hold_and_none_that_was_taken_since(client, app, desk, reviewer):
    def opened() -> str:
        return re.search(r'data-mine="([^"]+)"', client.get(url(desk)).text)[1]

    def leave(until: str) -> int:
        data = {
            "csrf_token": builders.csrf_of(client.get("/staff/applications").text),
            "act": "release",
            "until": until,
        }
        assert client.post(f"{url(desk)}/desk", data=data).status_code == 204
        return len(db.session.scalars(select(Lease)).all())

    first = opened()
    app.clock.now += timedelta(seconds=3)
    again = opened()
    assert first != again
    assert leave(first) == 1  # the page was loaded again meanwhile
    assert leave(again) == 0


def test_signing_out_gives_back_every_file(client, desk, reviewer):
    for each in (desk, submitted(on=LATER)):
        client.get(url(each))
    assert len(db.session.scalars(select(Lease)).all()) == 2
    client.post("/staff/logout", data={"csrf_token": builders.csrf_of(client.get("/staff").text)})
    assert db.session.scalars(select(Lease)).all() == []


def test_a_stale_decision_reads_both_states(client, desk, reviewer):
    stale = fields(client, desk, decision="pass", state="school_review", number="1")
    desk.decide("pass", reviewer)
    answer = client.post(url(desk), data=stale)
    assert answer.status_code == 409
    assert "打开时：待初审，第 1 次提交；现在：待终审，第 1 次提交" in answer.text


def test_a_decision_about_what_was_taken_back_reads_both_states_and_loses_nothing(client, app, desk, reviewer):
    given = {f"verdict.{DIPLOMA}": "return", f"reason.{DIPLOMA}": "末四位不符", "message": "请尽快"}
    stale = fields(client, desk, decision="return", state="school_review", number="1", **given)
    db.session.execute(delete(Lease))
    db.session.commit()
    withdraw(desk.public_id, by=myself(desk), on=LATER)
    answer = client.post(url(desk), data=stale)
    assert answer.status_code == 409
    for words in ("打开时：待初审；现在：草稿", "末四位不符", "请尽快"):
        assert words in answer.text
    assert (
        client.post(url(desk), data=stale | {"sha256": "0" * 64}).status_code == 404
    )  # who has not read it is told nothing


def test_skipping_with_something_written_keeps_it_and_frees_the_file(client, desk, reviewer):
    second = submitted(on=LATER)
    given = {f"verdict.{DIPLOMA}": "return", f"reason.{DIPLOMA}": "看不清"}
    answer = client.post(url(desk), data=fields(client, desk, decision="save_next", **given))
    assert (answer.status_code, answer.location) == (303, url(second))
    assert db.session.scalars(select(Lease.application_id)).all() == []
    assert "看不清" in client.get(url(desk)).text

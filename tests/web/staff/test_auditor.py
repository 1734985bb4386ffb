"""The auditor opens every file and changes nothing: no lease, no buttons, every opening and every number shown written down."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEvent, Evidence, Lease
from tests import builders
from tests.builders import csrf_of
from tests.reviewing import approved, fields, filled, ok, returning, submitted, url

# what a signed-in person does for themselves, and a search that is posted so that no number stands in an address
OWN = {
    "/session/extend",
    "/staff/logout",
    "/staff/login",
    "/staff/password",
    "/staff/totp",
    "/staff/confirm",
    "/staff/applications/find",
    "/staff/applications/views",
    "/staff/keys",
    "/staff/told",  # that they know what was done to their own account
    "/csp-report",
    "/pay/<name>/notify",
    "/login",
}
DECISIONS = ("pass", "return", "reject", "back", "save", "save_next", "note", "")
ACTS = ("hold", "release", "take_over", "undo", "publish")


@pytest.fixture
def auditor(client: FlaskClient, app: Flask) -> Any:
    person = builders.staff("auditor", name="沈审计")
    builders.sign_in(client, person=person)
    return person


def events(action: str) -> list[AuditEvent]:
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)))


def stored(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but for what belongs to the session and to the list of acts."""
    apart = ("audit_event", "login_session", "throttle")
    tables = [table for table in db.metadata.sorted_tables if table.name not in apart]
    return {table.name: [tuple(map(repr, row)) for row in db.session.execute(select(table))] for table in tables}


def test_the_auditor_reads_a_file_of_any_school_and_takes_it_from_nobody(client, auditor):
    desk, other = submitted(), submitted("10002")
    for each in (desk, other):
        page = client.get(url(each))
        assert page.status_code == 200
        assert "103311201806001234" in page.text
    assert db.session.scalars(select(Lease)).all() == []
    assert [event.subject_id for event in events("review.looked")] == [desk.row.id, other.row.id]
    assert "打开查看" in client.get(url(desk)).text


def test_a_reviewer_keeps_the_file_that_an_auditor_looks_at(client, app, auditor):
    desk = submitted()
    reviewer = app.test_client()
    builders.sign_in(reviewer, person=builders.staff(name="周明"))
    reviewer.get(url(desk))
    assert "周明正在审核" in client.get(url(desk)).text
    assert "接手" not in client.get(url(desk)).text
    assert "你正在审核" in reviewer.get(url(desk)).text


def test_the_page_has_no_button_but_the_one_that_shows_a_number(client, app, auditor):
    waiting, back, done = submitted(), submitted(), approved()
    waiting.decide("pass", builders.staff(), ok("profile.phone"))
    back.decide("return", builders.staff(), returning("profile.address"))
    for desk in (waiting, back, done):
        main = client.get(url(desk)).text.split("<main", 1)[1].split("</main>")[0]
        main = re.sub(r"<input[^>]* data-keys-switch=[^>]*>", "", main)  # the choice of the own account
        buttons = [each for each in re.findall(r"<button[^>]*>", main) if 'type="submit"' in each]
        assert buttons
        assert all('value="reveal"' in each for each in buttons)
        assert re.findall(r"<(?:select|textarea)|<input(?! type=.hidden)", main) == []
        assert "你在查看，不会占用这一件" in main
        assert ".pdf" not in main


def test_a_number_is_shown_when_asked_and_that_is_written_down(client, auditor):
    desk = submitted()
    assert desk.person.id_number not in client.get(url(desk)).text
    answer = client.post(url(desk), data=fields(client, desk, decision="reveal"))
    assert desk.person.id_number in answer.text
    (event,) = events("examinee.revealed")
    assert (event.actor_id, event.subject_id) == (auditor.id, desk.person.id)
    assert desk.person.id_number not in str(event.detail)


def pictures_of(app: Flask, desk: Any) -> list[Evidence]:
    """The file's pictures, with something in the store for each."""
    filled(app, b"pixels")
    found = select(Evidence).where(Evidence.application_id == desk.row.id).order_by(Evidence.id)
    return list(db.session.scalars(found))


HEADERS = (
    {},
    {"Sec-Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"Purpose": "prefetch"},
    {"X-Purpose": "preview"},
    {"X-Moz": "prefetch"},
    {"HX-Request": "true"},
    {"HX-Request": "true", "HX-History-Restore-Request": "true"},
    {"HX-Boosted": "true", "HX-Preloaded": "true"},
    {"X-Look": "1"},
    {"Sec-Fetch-Dest": "empty"},
    {"Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Dest": "document"},
    {"If-None-Match": '"' + "0" * 64 + '"', "Range": "bytes=0-0"},
)
"""What a browser may say that it opens an address for."""


@pytest.mark.parametrize("headers", HEADERS, ids=str)
def test_a_look_is_written_down_whatever_the_browser_says(client, app, auditor, headers):
    desk = submitted()
    pictures = pictures_of(app, desk)
    assert client.get(url(desk), headers=headers).status_code == 200
    assert [event.subject_id for event in events("review.looked")] == [desk.row.id]
    for picture in pictures:
        assert client.get(f"/evidence/{picture.public_id}", headers=headers).status_code in (200, 206)
    seen = events("evidence.viewed")
    assert [(event.subject_id, event.actor_id) for event in seen] == [(desk.row.id, auditor.id)] * len(pictures)
    assert [event.detail["picture"] for event in seen] == [picture.id for picture in pictures]


def test_a_picture_that_is_asked_for_again_is_one_look_and_an_hour_later_another(client, app, auditor):
    desk = submitted()
    picture = pictures_of(app, desk)[0].public_id
    second = app.test_client()
    people = {client: auditor, second: builders.staff("auditor", name="另一位")}
    for who, minutes, looks in ((client, 0, 1), (client, 10, 1), (second, 0, 2), (client, 55, 3)):
        app.clock.now += timedelta(minutes=minutes)
        builders.sign_in(who, person=people[who], on=app.clock.now)
        assert who.get(f"/evidence/{picture}").status_code == 200
        assert len(events("evidence.viewed")) == looks


def test_the_audit_says_in_words_which_picture_was_opened(client, app, auditor):
    client.get(f"/evidence/{pictures_of(app, submitted())[0].public_id}")
    page = client.get("/admin/audit").text
    assert "项目 毕业证书照片" in page
    assert "diploma_photo" not in page


def test_what_a_reviewers_browser_fetches_ahead_is_no_look(client, app):
    desk = submitted()
    builders.sign_in(client, person=builders.staff())
    for headers in ({"Sec-Purpose": "prefetch"}, {"Sec-Fetch-Dest": "empty"}):
        assert client.get(url(desk), headers=headers).status_code == 200
    client.get(f"/evidence/{pictures_of(app, desk)[0].public_id}", headers={"Sec-Purpose": "prefetch"})
    assert db.session.scalars(select(Lease)).all() == []
    assert (events("review.begun"), events("evidence.viewed")) == ([], [])


def test_pictures_are_shown_to_the_auditor(client, auditor):
    desk = submitted()
    picture = db.session.scalars(select(Evidence.public_id).where(Evidence.application_id == desk.row.id)).first()
    answer = client.get(f"/evidence/{picture}", headers={"Sec-Fetch-Dest": "document"})
    assert answer.status_code == 200
    assert "沈审计" in answer.text  # under the watermark


@pytest.mark.parametrize("decision", DECISIONS)
def test_nothing_is_decided_or_noted(client, app, auditor, decision):
    desk = submitted()
    data = fields(client, desk, decision=decision, message="可以", **{"verdict.profile.phone": "ok"})
    before = stored(app)
    assert client.post(url(desk), data=data).status_code == 403
    assert stored(app) == before


@pytest.mark.parametrize("act", ACTS)
def test_nothing_is_done_around_a_file(client, app, auditor, act):
    desk = submitted()
    data = fields(client, desk, act=act, note="备注")
    before = stored(app)
    assert client.post(f"{url(desk)}/desk", data=data).status_code == 403
    assert stored(app) == before


def test_every_post_of_the_site_is_refused_and_leaves_everything_as_it_was(client, app, auditor):
    """But for what is the auditor's own: OWN, and 显示 on a file."""
    desk = approved()
    token = csrf_of(client.get(url(desk)).text)
    before, let_in = stored(app), []
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or str(rule) in OWN:
            continue
        values = {
            name: 1 if "int:" in str(rule) and f"int:{name}" in str(rule) else "nothing" for name in rule.arguments
        }
        known = {"public_id": desk.public_id, "kind": "applications"}
        values |= {name: value for name, value in known.items() if name in values}
        address = app.url_map.bind("localhost").build(rule.endpoint, values, method="POST")
        answer = client.post(address, data={"csrf_token": token})
        sent_away = answer.status_code == 303 and "login" in answer.location
        if answer.status_code != 403 and not sent_away:
            let_in.append(f"{rule}: {answer.status_code}")
    assert let_in == []
    assert stored(app) == before


def test_the_queue_leads_to_the_files_and_offers_no_acts(client, auditor):
    desk = submitted()
    page = client.get("/staff/applications").text
    assert f'href="{url(desk)}' in page
    assert 'name="pick"' not in page
    assert "开始审核" not in page


def test_the_first_page_says_where_the_applications_of_each_round_stand(client, auditor):
    submitted(), submitted("10002")
    page = client.get("/staff").text
    assert re.search(r'href="/staff/applications\?[^"]*state=school_review[^"]*"><b>2</b><span>待初审</span>', page)
    assert "待我审核" not in page


def test_an_absent_file_is_absent(client, auditor):
    assert client.get(f"/staff/applications/{'0' * 32}").status_code == 404
    assert events("review.looked") == []

"""已在学信网核对 on the file, with script and without; single keys are a choice of the account; countdowns are no live regions."""

from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser

import pytest
from sqlalchemy import select

from app.actions.review import undo
from app.actions.review.opinions import Opinion
from app.extensions import db
from app.models import Finding, OnlineCheck, Staff
from app.rules.calendar import short
from app.services.graduation import GRADUATION
from tests import builders
from tests.reviewing import LATER, Desk, actor, fields, returning, submitted, url

CODE = "prior_degree.record_code"
LIVE = ("status", "alert", "log", "marquee")


def reviewer(client, **over) -> Staff:
    person = builders.staff(**over)
    builders.sign_in(client, person=person)
    return person


def test_the_item_leads_to_the_official_page(app, client):
    desk = submitted()
    reviewer(client)
    page = client.get(url(desk)).text
    assert 'href="https://www.chsi.com.cn/xlcx/bgcx.jsp" target="_blank" rel="noopener noreferrer"' in page
    assert "data-official" in page
    assert "已在学信网核对" in page


def test_without_script_a_button_writes_it_down_and_what_was_typed_is_kept(app, client):
    desk = submitted()
    reviewer(client, name="周明")
    form = fields(client, desk, check=CODE, **{"verdict.profile.phone": "return", "reason.profile.phone": "号码不对"})
    answer = client.post(f"{url(desk)}/checks", data=form)
    assert answer.status_code == 303
    page = client.get(url(desk)).text
    assert "✓ 已在学信网核对：周明" in page
    assert "号码不对" in page
    client.post(f"{url(desk)}/checks", data=fields(client, desk, uncheck=CODE))
    assert "✓ 已在学信网核对" not in client.get(url(desk)).text
    refused = client.post(f"{url(desk)}/checks", data={**form, "sha256": "0" * 64})  # of a submission before
    assert (refused.status_code, "号码不对</textarea>" in refused.text) == (409, True)
    assert db.session.scalar(select(OnlineCheck.proof)) is None


def test_the_script_is_told_who_and_when_and_saves_nothing_else(app, client):
    desk = submitted()
    reviewer(client, name="周明")
    form = fields(client, desk, check=CODE, **{"verdict.profile.phone": "ok"})
    answer = client.post(f"{url(desk)}/checks", data=form, headers={"Accept": "application/json"})
    assert answer.json == {"who": "周明", "at": short(builders.NOW, builders.NOW)}
    assert db.session.scalar(select(Finding.id)) is None
    stale = client.post(
        f"{url(desk)}/checks", data={**form, "sha256": "0" * 64}, headers={"Accept": "application/json"}
    )
    assert stale.status_code == 409
    assert "考生已经重新提交" in stale.json["error"]


def test_the_examinee_sees_nothing_of_it(app, client):
    desk = submitted()
    reviewer(client, name="周明核对员")
    client.post(f"{url(desk)}/checks", data=fields(client, desk, check=CODE))
    mine = app.test_client()
    builders.sign_in(mine, tick=desk.ticket)
    page = mine.get(f"/applications/{desk.public_id}").text
    assert "周明核对员" not in page
    assert "已在学信网核对" not in page


def test_an_auditor_reads_the_check_and_cannot_make_one(app, client):
    desk = submitted()
    reviewer(client, role="auditor", school_code="")
    assert "data-official" not in client.get(url(desk)).text
    assert client.post(f"{url(desk)}/checks", data={"check": CODE}).status_code in (400, 403)
    assert db.session.scalar(select(OnlineCheck.item)) is None


# --- single keys


def test_single_keys_are_switched_off_for_the_account_everywhere(app, client):
    desk = submitted()
    person = reviewer(client)
    page = client.get(url(desk)).text
    assert "data-single-keys" not in page
    token = builders.csrf_of(page)
    assert client.post("/staff/keys", data={"csrf_token": token, "single_keys": "off"}).status_code == 204
    other = app.test_client()  # another computer
    builders.sign_in(other, person=person)
    for address in (url(desk), "/staff/applications"):
        page = other.get(address).text
        assert 'data-single-keys="off"' in page
        assert "data-keys-switch" in page
        assert 'data-keys-switch="/staff/keys" checked' not in page
    other.post("/staff/keys", data={"csrf_token": builders.csrf_of(page), "single_keys": "on"})
    assert 'data-keys-switch="/staff/keys" checked' in client.get(url(desk)).text
    assert db.session.get(Staff, person.id, populate_existing=True).single_keys


# --- countdowns


class Countdowns(HTMLParser):
    """The live regions that stand around each countdown of a page."""

    VOID = ("meta", "link", "input", "br", "img", "hr", "wbr")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.found: list[list[str]] = []

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        live = known.get("aria-live") or ("polite" if known.get("role") in LIVE else "off")
        here = [*self.open, (tag, live)]
        if "data-left" in known or "data-until" in known:
            self.found.append([f"{name} {how}" for name, how in here if how != "off"])
        if tag not in self.VOID:
            self.open = here

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass


def countdowns(page: str) -> list[list[str]]:
    parser = Countdowns()
    parser.feed(page)
    return parser.found


def waiting(by: Staff, **over) -> Desk:
    desk = submitted()
    given = {"service": GRADUATION, "by": actor(by), "on": LATER, "seen": desk.seen, "after": timedelta(minutes=5)}
    undo.decide_later(desk.public_id, "pass", Opinion(), **given, **over)
    return desk


@pytest.mark.parametrize("where", ["file", "next file", "queue"])
def test_no_countdown_of_a_reviewer_is_a_live_region(app, client, where):
    app.clock.now = LATER + timedelta(minutes=1)
    by = builders.staff()
    desk, other = waiting(by), submitted()
    builders.sign_in(client, person=by, on=app.clock.now)
    addresses = {"file": url(desk), "next file": url(other), "queue": "/staff/applications?state=decided"}
    found = countdowns(client.get(addresses[where]).text)
    assert found
    assert not any(found), found


def test_no_countdown_of_an_examinee_is_a_live_region(app, client):
    desk = submitted()
    desk.decide("return", builders.staff(), returning("profile.phone"))
    builders.sign_in(client, tick=desk.ticket)
    seen = [
        each for path in ("", "/fixes") for each in countdowns(client.get(f"/applications/{desk.public_id}{path}").text)
    ]
    assert seen
    assert not any(seen), seen

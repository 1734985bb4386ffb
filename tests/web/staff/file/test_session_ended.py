"""A reviewer's session that is over loses no work: it comes back into the same file after signing in again; no raw names."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import Finding, KeptWork, LoginSession, Review
from app.models.base import transaction
from tests import builders
from tests.builders import NOW
from tests.reviewing import Desk, fields, submitted, url

DIPLOMA, PHONE = "prior_degree.diploma_number", "profile.phone"
TYPED = {
    f"verdict.{DIPLOMA}": "return", f"reason.{DIPLOMA}": "末四位应为 1243", f"verdict.{PHONE}": "ok",
    "message": "请核对编号", "note": "电话未接",
}  # fmt: skip
OVER = NOW + timedelta(minutes=16)


@pytest.fixture
def desk(client, app):
    app.clock.now = NOW
    builders.sign_in(client, person=builders.staff(name="周明", id=7))
    return submitted()


def ended(client: Any, app: Any, desk: Desk, decision: str = "save", **typed: str) -> Any:
    """What the page answers whose session has been idle for too long."""
    page = fields(client, desk)
    app.clock.now = OVER
    return client.post(
        f"{url(desk)}?state=school_review&flag=code", data={**page, "decision": decision, **TYPED, **typed}
    )


def again(client: Any, app: Any, ident: int = 7) -> None:
    """The same person signs in again in the same browser."""
    builders.sign_in(
        client, person=builders.staff(id=ident, name="别人") if ident != 7 else _Person(7), on=app.clock.now
    )


class _Person:
    def __init__(self, ident: int) -> None:
        self.id = ident


@pytest.mark.parametrize("decision", ["save", "return", "pass", "note"])
def test_the_work_is_in_the_same_file_after_signing_in_again(client, app, desk, decision):
    answer = ended(client, app, desk, decision)
    assert answer.status_code == 401
    assert "你刚才填写的内容都留好了" in answer.text
    address = unescape(re.search(r'href="(/staff/login\?next=[^"]*)"', answer.text)[1])
    assert "state%3Dschool_review%26flag%3Dcode" in address  # the filters too
    assert db.session.scalar(select(func.count()).select_from(Review)) == 0  # nothing was decided or saved
    again(client, app)
    page = client.get(url(desk)).text
    assert "你填写的内容已经放回，还没有暂存" in page
    for shown in ("末四位应为 1243</textarea>", "请核对编号</textarea>", "电话未接"):
        assert shown in page, shown
    for ident in (f"return.{DIPLOMA}", f"verdict.{PHONE}"):
        assert re.search(rf'id="{re.escape(ident)}"[^>]* checked', page), ident
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    assert client.post(url(desk), data={**hidden, "decision": "save", **TYPED}).status_code == 303
    stored = db.session.scalars(select(Finding.item)).all()
    assert set(stored) == {DIPLOMA, PHONE}
    assert "已经放回" not in client.get(url(desk)).text


def test_it_can_be_thrown_away_and_is_nobody_elses(client, app, desk):
    ended(client, app, desk)
    other = app.test_client()
    builders.sign_in(other, person=builders.staff(name="王丽"), on=app.clock.now)
    assert "已经放回" not in other.get(url(desk)).text
    again(client, app)
    page = client.get(url(desk)).text
    client.post(f"{url(desk)}/desk", data={"csrf_token": builders.csrf_of(page), "act": "forget"})
    assert "已经放回" not in client.get(url(desk)).text
    assert KeptWork.query.all() == []


def test_it_survives_others_who_sign_in_meanwhile(client, app, desk):
    from app.security.sessions import open_session

    page = fields(client, desk)
    app.clock.now = NOW + timedelta(hours=2)
    other = builders.staff().id
    with transaction() as session:
        open_session(session, on=app.clock.now, kind="staff", staff_id=other)
    assert "都留好了" in client.post(url(desk), data={**page, "decision": "save", **TYPED}).text
    again(client, app)
    assert "已经放回" in client.get(url(desk)).text


@pytest.mark.parametrize("wrong", ["token", "session"])
def test_nobody_elses_browser_writes_into_a_persons_pages(client, app, desk, wrong):
    page = fields(client, desk)
    app.clock.now = OVER
    if wrong == "token":
        page["csrf_token"] = "x" + page["csrf_token"][1:]
    else:
        with transaction() as session:
            session.query(LoginSession).delete()
    answer = client.post(url(desk), data={**page, "decision": "save", **TYPED})
    assert answer.status_code == 401
    assert "都留好了" not in answer.text
    assert "请核对编号" in answer.text  # it is on the page, to be copied
    assert KeptWork.query.all() == []


def test_what_was_saved_meanwhile_is_not_overwritten_by_what_came_back(client, app, desk):
    ended(client, app, desk)
    other = app.test_client()
    builders.sign_in(other, person=builders.staff(name="王丽"), on=app.clock.now)
    theirs = fields(other, desk)
    assert other.post(url(desk), data={**theirs, "decision": "save", "message": "我先看的"}).status_code == 303
    other.post(f"{url(desk)}/desk", data={"csrf_token": theirs["csrf_token"], "act": "release"})
    again(client, app)
    page = client.get(url(desk)).text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    answer = client.post(url(desk), data={**hidden, "decision": "save", **TYPED})
    assert answer.status_code == 409
    assert "我先看的" in answer.text


def test_asking_for_the_end_of_the_session_does_not_move_it(client, app, desk):
    client.get("/staff")
    before = client.get("/staff").headers["X-Session-Ends"]
    app.clock.now = NOW + timedelta(minutes=10)
    answer = client.get("/session/end", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["X-Session-Ends"]) == (204, before)
    assert client.get("/staff").headers["X-Session-Ends"] > before  # any other request renews it
    app.clock.now = NOW + timedelta(minutes=26)
    assert client.get("/session/end", headers={"HX-Request": "true"}).status_code == 401


def test_no_page_that_gives_typed_text_back_shows_a_raw_field_name(client, app, desk):
    """Every field of every form, sent after the end: what has no label of its own is 填写的内容."""
    from app.security.typed_text import label_of
    from app.wizard.forms import Form

    names, waiting = (
        {"verdict.profile.phone", "reason.prior_degree.diploma_number", "waiver.00540", "a.b", "nonsense"},
        [Form],
    )
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        names |= set(form.labels()) if form is not Form else set()
    assert len(names) > 60
    answer = client.application.test_client().post(url(desk), data=dict.fromkeys(names, "某些文字"))
    assert answer.status_code == 401
    shown = re.findall(r'<label for="kept-\d+">([^<]*)</label>', answer.text)
    assert shown
    for label in shown:
        assert re.search("[\u4e00-\u9fff]", label), label
        assert not re.search(r"[a-z_]{3,}", label), label
    assert label_of("reason.prior_degree.diploma_number") == "毕业证书编号：退回原因"
    assert label_of("sha256") is None


def test_a_form_of_an_old_page_is_sent_again_under_the_same_filters(client, desk):
    """Signed in anew in another tab: the token is an old one, and a button sends what is there once more."""
    old = fields(client, desk) | {"csrf_token": "x", "decision": "save", **TYPED}
    ours = {"Sec-Fetch-Site": "same-origin"}
    answer = client.post(f"{url(desk)}?state=all&order=name&undo=0", data=old, headers=ours)
    assert answer.status_code == 400
    action, rest = re.search(r'<form method="post" action="([^"]*)">(.*?)</form>', answer.text, re.DOTALL).groups()
    again = {name: unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', rest)}
    assert again.items() >= TYPED.items()
    onward = client.post(unescape(action), data=again, headers=ours).location
    assert "state=all&order=name&undo=0" in onward


def test_a_page_that_is_not_there_speaks_of_tickets_only_to_who_has_several(client, desk):
    page = client.get("/staff/applications/nothing")
    assert page.status_code == 404
    assert "准考证号" not in page.text

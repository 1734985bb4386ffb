"""A reviewer's session that is over loses no work: it comes back into the same file after signing in again; no raw names."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import Finding, KeptWork, Review, Staff
from app.models.base import transaction
from app.security.sessions import open_session
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


def filled(page: str) -> set[tuple[str, str]]:
    """Name and text of the fields that one sees filled: not those in a part that is closed."""
    for closed in re.findall(r"<details(?![^>]* open)[^>]*>.*?</details>", page, re.DOTALL):
        page = page.replace(closed, "")
    lines = re.findall(r'<input id="[^"]*" name="([^"]+)" value="([^"]+)"', page)
    texts = re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n?([^<]+)</textarea>', page)
    chosen = re.findall(
        r'<select[^>]* name="([^"]+)"[^>]*>(?:(?!</select>).)*?<option value="([^"]+)" selected', page, re.DOTALL
    )
    ticked = re.findall(r'<input [^>]*name="([^"]+)"[^>]* value="([^"]+)" checked>', page)
    return {(name, unescape(text)) for name, text in (*lines, *texts, *chosen, *ticked)}


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


def opened(app: Any, kind: str, person: Any) -> str:
    """A sign-in, which sweeps what is over and ends what that person had."""
    with transaction() as session:
        return open_session(session, on=app.clock.now, kind=kind, staff_id=person.id)


def idle_while_others_sign_in(client: Any, app: Any) -> None:
    app.clock.now = NOW + timedelta(hours=2)
    opened(app, "staff", builders.staff())


def twelve_hours_old(client: Any, app: Any) -> None:
    app.clock.now = NOW + timedelta(hours=12)
    opened(app, "staff", builders.staff())


def signed_in_elsewhere(client: Any, app: Any) -> None:
    opened(app, "staff", _Person(7))


def signed_out_in_another_tab(client: Any, app: Any) -> None:
    token = builders.csrf_of(client.get("/staff/password").text)
    assert client.post("/staff/logout", data={"csrf_token": token}).status_code == 303


def the_code_is_still_asked_for(client: Any, app: Any) -> None:
    with client.session_transaction() as browser:
        browser["_user_id"] = opened(app, "half", _Person(7))


def an_examinee_signed_in_here(client: Any, app: Any) -> None:
    signed_out_in_another_tab(client, app)
    builders.sign_in(client, tick=builders.ticket(builders.examinee()))


def a_colleague_signed_in_here(client: Any, app: Any) -> None:
    signed_out_in_another_tab(client, app)
    builders.sign_in(client, person=builders.staff(name="王丽"))


ENDS = (
    idle_while_others_sign_in, twelve_hours_old, signed_in_elsewhere, signed_out_in_another_tab,
    the_code_is_still_asked_for, an_examinee_signed_in_here, a_colleague_signed_in_here,
)  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_whatever_ended_the_session_the_work_comes_back(client, app, desk, end):
    page = fields(client, desk)
    end(client, app)
    ours = {"Sec-Fetch-Site": "same-origin"}
    answer = client.post(url(desk), data={**page, "decision": "pass", **TYPED}, headers=ours)
    assert answer.status_code in (400, 401, 403)
    assert "留好" in answer.text
    assert "再提交一次" not in answer.text  # under a colleague's name least of all
    again(client, app)
    page = client.get(url(desk)).text
    assert "你填写的内容已经放回，还没有暂存" in page
    assert filled(page) >= {(f"reason.{DIPLOMA}", "末四位应为 1243"), ("message", "请核对编号"), ("note", "电话未接")}


@pytest.mark.parametrize("wrong", ["none", "forged", "old", "disabled", "without"])
def test_nobody_elses_browser_writes_into_a_persons_pages(client, app, desk, wrong):
    """The page says for whom it was made; a mark that is not ours, too old, or of an account that is closed says nothing."""
    page = fields(client, desk)
    app.clock.now = OVER
    if wrong == "old":
        app.clock.now = NOW + timedelta(days=3, seconds=1)
    elif wrong == "disabled":
        with transaction() as session:
            session.get(Staff, 7).active = False
    elif wrong == "without":
        del page["whose"]
    elif wrong == "forged":
        page["whose"] = page["whose"].replace(page["whose"][:5], "WzgsM", 1)
    elif wrong == "none":
        page["whose"] = ""
    answer = client.post(url(desk), data={**page, "decision": "save", **TYPED})
    assert answer.status_code == 401
    assert "都留好了" not in answer.text
    assert "请核对编号" in answer.text  # it is on the page, to be copied
    assert ">内部备注</label>" in answer.text
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


@pytest.mark.parametrize(
    ("address", "field", "label"),
    [
        ("/staff/applications/x", "note", "内部备注"),
        ("/staff/applications/x/revoke", "reason", "撤销的原因"),
        ("/staff/applications/x/completion", "reason", "撤销办结的原因"),
        ("/staff/spot-checks/1/1", "note", "说明"),
        ("/staff/questions/1", "answer", "给考生的答复"),
        ("/staff/orders/x/correct", "reason", "哪里登记错了"),
        ("/admin/settings", "name", "站点名称"),
        ("/admin/reasons/1", "text", "给考生看的文字"),
        ("/forecast/missing", "text", "说明"),
    ],
)
def test_what_is_given_back_is_called_as_its_own_page_calls_it(app, address, field, label):
    answer = app.test_client().post(address, data={field: "写了很久"})
    assert answer.status_code == 401
    assert re.findall(r'<label for="kept-\d+">([^<]*)</label>', answer.text) == [label]

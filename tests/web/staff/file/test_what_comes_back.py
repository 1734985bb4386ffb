"""Where the work of an ended session comes back to: every field that the page has, seen at once; what has none is listed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.extensions import db
from app.models import KeptWork, Note, Submission
from app.models.base import transaction
from tests import builders
from tests.builders import NOW
from tests.reviewing import approved, fields, submitted, url
from tests.web.staff.file.test_aside_pages import SAYS, ask
from tests.web.staff.file.test_session_ended import DIPLOMA, OVER, PHONE, TYPED, filled

WRITTEN = {(name, text) for name, text in TYPED.items() if not name.startswith("verdict.")}
CHANGED = "这一件在那以后有变化"


@pytest.fixture
def me(client, app):
    app.clock.now = NOW
    person = builders.staff("school_lead", school_code="10574", name="郑负责")
    builders.sign_in(client, person=person)
    return person


def late(client, app, desk, form, me, **typed):
    """The page of an ended session sends its form; then the same person signs in again."""
    app.clock.now += timedelta(minutes=16)
    answer = client.post(url(desk), data={**form, **typed})
    assert "都留好了" in answer.text
    builders.sign_in(client, person=me, on=app.clock.now)
    return client.get(url(desk)).text


def form_at(page: str, start: str) -> dict[str, str]:
    """The hidden fields of one form of the page, as the browser sends them."""
    form = re.search(rf"<form[^>]*{start}.*?</form>", page, re.DOTALL)[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))


def listed(page: str) -> dict[str, str]:
    """What the notice lists as without a field."""
    notice = page[page.index("登录过期时") :]
    return dict(
        re.findall(r'<dt>([^<]*)</dt><dd hx-disable class="prose">([^<]*)</dd>', notice[: notice.index("</section>")])
    )


def test_a_note_on_a_decided_file_is_in_its_field_and_nothing_is_said_to_have_changed(client, app, me):
    desk = approved()
    form = form_at(client.get(url(desk)).text, "data-review")
    page = late(client, app, desk, form, me, decision="note", note="下午再打一次")
    assert ("note", "下午再打一次") in filled(page)
    assert "你填写的内容已经放回，还没有保存" in page
    assert CHANGED not in page
    again = {**form_at(page, "data-review"), "decision": "note", "note": "下午再打一次"}
    assert client.post(url(desk), data=again).status_code == 303
    assert "已经放回" not in client.get(url(desk)).text
    assert [row.text for row in Note.query.all()] == ["下午再打一次"]


def test_an_answer_is_in_its_field_and_listed_once_the_question_has_another(client, app, me):
    desk, other = submitted(), app.test_client()
    builders.sign_in(other, person=builders.staff(name="周明"))
    ask(other, desk)
    form = form_at(client.get(url(desk)).text, 'id="aside"')
    page = late(client, app, desk, form, me, decision="answer", answer=SAYS)
    assert ("answer", SAYS) in filled(page)
    assert CHANGED not in page
    both = form_at(page, "data-review") | {"decision": "note", "note": "问过了"}
    assert client.post(url(desk), data=both).status_code == 303  # the other form of the page: the answer stays
    assert ("answer", SAYS) in filled(client.get(url(desk)).text)
    builders.sign_in(other, person=builders.staff(name="李办", role="office_reviewer"), on=app.clock.now)
    form = fields(other, desk, decision="answer", answer="可以认可")
    assert other.post(url(desk), data=form).status_code == 303
    page = client.get(url(desk)).text
    assert listed(page) == {"答复": SAYS}
    assert CHANGED not in page


def test_what_a_colleague_holds_meanwhile_is_listed_ticks_and_all_and_comes_back_later(client, app, me):
    desk, other = submitted(), app.test_client()
    form = fields(client, desk, decision="save", **TYPED)
    app.clock.now = OVER
    builders.sign_in(other, person=builders.staff(name="王丽"), on=OVER)
    theirs = fields(other, desk)
    app.clock.now = NOW + timedelta(minutes=1)
    page = late(client, app, desk, form, me)
    assert "王丽正在审核" in page
    refused = client.post(url(desk), data=form | {"csrf_token": builders.csrf_of(page)})
    assert refused.status_code == 409
    assert "<dt>通过</dt>" in refused.text
    assert CHANGED not in page
    assert filled(page) >= {("note", "电话未接")}
    assert listed(page) == {"通过": "手机号码", "毕业证书编号": "退回：末四位应为 1243", "审核意见": "请核对编号"}
    again = form_at(page, "data-review") | {"decision": "note", "note": "电话未接"}
    assert client.post(url(desk), data=again).status_code == 303
    other.post(f"{url(desk)}/desk", data={"csrf_token": theirs["csrf_token"], "act": "release"})
    page = client.get(url(desk)).text
    assert filled(page) >= WRITTEN - {("note", "电话未接")}
    assert ("note", "电话未接") not in filled(page)  # that one is saved
    assert listed(page) == {}


def test_only_a_new_submission_is_called_a_change_and_then_all_is_listed(client, app, me):
    desk = submitted()
    form = fields(client, desk, decision="save", **TYPED)
    page = late(client, app, desk, form, me)
    assert CHANGED not in page
    with transaction() as session:
        session.get(Submission, desk.submission.id).sha256 = "0" * 64
    page = client.get(url(desk)).text
    assert CHANGED in page
    assert ("note", "电话未接") not in filled(page)
    assert listed(page) == {
        "通过": "手机号码",
        "毕业证书编号": "退回：末四位应为 1243",
        "审核意见": "请核对编号",
        "内部备注": "电话未接",
    }


@pytest.mark.parametrize("undo", ["", "1"])
def test_every_field_is_back_where_one_sees_it_and_the_box_of_undo_as_it_was(client, app, me, undo):
    desk = submitted()
    page = client.get(url(desk)).text
    texts = {name: f"写在 {name}" for name in re.findall(r'<(?:textarea|input) id="([^"]+)" name="\1"', page)}
    texts |= {f"reason.{DIPLOMA}": "末四位应为 1243"}
    assert {"message", "question", "note"} <= texts.keys()
    typed = texts | {f"verdict.{DIPLOMA}": "return", f"verdict.{PHONE}": "ok", "asked": "office", "rest": "1"}
    page = late(client, app, desk, fields(client, desk), me, decision="ask", undo=undo, **typed)
    assert filled(page) >= {
        each for each in typed.items() if each[0].partition(".")[0] != "reason" or DIPLOMA in each[0]
    }
    assert (("undo", "1") in filled(page)) is (undo == "1")
    assert listed(page) == {}


@pytest.mark.parametrize("undo", ["", "1"])
def test_the_box_of_undo_stays_as_it_was_when_the_page_is_shown_again(client, app, me, undo):
    desk = submitted()
    form = fields(client, desk, message="请核对", undo=undo)
    refused = client.post(url(desk), data=form | {"decision": "return", "sure": "1"})
    assert refused.status_code == 422
    saved = client.post(url(desk), data=form | {"decision": "save"})
    for page in (refused.text, client.get(saved.location).text):
        assert (("undo", "1") in filled(page)) is (undo == "1")


def test_a_refusal_does_not_forget_what_was_back(client, app, me):
    """Nor on what it was filled: a save of somebody else since is still told."""
    desk = submitted()
    form = fields(client, desk, decision="save", **TYPED)
    page = late(client, app, desk, form, me)
    before = form_at(page, "data-review")
    again = before | TYPED | {"decision": "return", f"reason.{DIPLOMA}": "", "undo": "1"}
    refused = client.post(url(desk), data=again)
    assert refused.status_code == 422
    after = form_at(refused.text, "data-review")
    assert (after["restored"], after["saved"]) == (before["restored"], before["saved"]) != ("", "")
    assert client.post(url(desk), data=after | TYPED | {"decision": "save"}).status_code == 303
    assert db.session.query(KeptWork).count() == 0

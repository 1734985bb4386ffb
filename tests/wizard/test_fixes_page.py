"""The page of fixes over HTTP, as a browser without script would use it."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.actions.applications.cases import load_case
from app.actions.review.opinions import RETURN, Opinion, Verdict
from app.actions.review.revoking import revoke
from app.actions.windows.extensions import extend
from app.extensions import db
from app.models import Evidence
from app.rules.evidence.kinds import photo_words
from app.rules.review.fixes import REPLIES
from app.services.graduation.options import GraduationOptions
from app.wizard.service import services
from tests import builders
from tests.builders import NOW
from tests.reviewing import LATER, Desk, actor, submitted
from tests.wizard.test_changing_from_confirm import row_of_steps
from tests.wizard.test_discard import KEPT
from tests.wizard.test_wizard import Browser, photo

NUMBER, STATEMENT, PHOTO = "prior_degree.diploma_number", "statement.statement", "prior_degree.record_photo"
YEAR, MAJOR, NAME = "prior_degree.diploma_year", "scores.major", "profile.name"


def returned(*keys: str, message: str = "", **over: Any) -> Desk:
    desk = submitted(**over)
    reasons = {key: Verdict(RETURN, f"退回原因是{key}") for key in keys}
    desk.decide("return", builders.staff(school_code=desk.row.school_code), Opinion(reasons, message))
    return desk


def sign_in(client: FlaskClient, desk: Desk, on: Any = NOW) -> Browser:
    builders.sign_in(client, tick=desk.ticket, on=on)
    return Browser(client)


def url(desk: Desk) -> str:
    return f"/applications/{desk.public_id}/fixes"


def state(page: str, key: str) -> str:
    found = re.search(rf'data-fix="{re.escape(key)}">([^<]*)<', page)
    assert found, key
    return found[1]


def names(page: str) -> set[str]:
    """Fields that can be filled in on the page, 我的说明 apart."""
    form = page[
        page.index('<form class="stack fixing"') : page.index("</form>", page.index('<form class="stack fixing"'))
    ]
    return set(re.findall(r'<(?:input|select|textarea)(?: type="file")? id="([a-z_]+)"', form))


@pytest.fixture
def desk(app: Flask) -> Desk:
    return returned(NUMBER, STATEMENT, message="请仔细核对")


@pytest.fixture
def browser(client: FlaskClient, desk: Desk) -> Browser:
    return sign_in(client, desk)


def test_reapplying_leads_to_one_page_with_the_returned_items_only(browser: Browser, desk: Desk) -> None:
    page = browser.get("/")
    assert f'href="/applications/{desk.public_id}"' in page
    assert re.search(rf'href="{url(desk)}">重新申请<', browser.get(f"/applications/{desk.public_id}"))
    page = browser.get(url(desk))
    assert names(page) == {"diploma_number", "diploma_remark", "statement"}
    for words in (f"退回原因是{NUMBER}", f"退回原因是{STATEMENT}", "请仔细核对", "其他内容（已锁定，可以查看）"):
        assert words in page
    assert state(page, NUMBER) == state(page, STATEMENT) == "还没有处理"
    assert "还有 2 项没有处理" in page
    assert "退回 2 项" in page


def test_starting_again_leads_there_too(browser: Browser, desk: Desk) -> None:
    browser.get("/services/graduation")
    assert browser.post("/services/graduation").location == url(desk)


def test_everything_is_done_on_the_one_page(browser: Browser, desk: Desk) -> None:
    browser.get(url(desk))
    answer = browser.post(url(desk), act="save", diploma_number="103311201806004321")
    assert answer.status_code == 303
    assert state(browser.page, NUMBER) == "已修改"
    assert "<del>103311201806001234</del>" in browser.page
    assert "还有 1 项没有处理" in browser.page
    answer = browser.post(url(desk), act="next", **{f"reply.{STATEMENT}": "已经写到学习收获，见第二段。"})
    assert answer.status_code == 303
    assert "申请已重新提交，回执编号" in browser.page
    assert desk.row.state == "school_review"
    assert desk.submission.content.replies == {STATEMENT: "已经写到学习收获，见第二段。"}
    assert "已经写到学习收获" in browser.page  # in the history of the application


def test_submitting_too_early_names_each_open_item_and_keeps_what_was_typed(browser: Browser, desk: Desk) -> None:
    browser.get(url(desk))
    answer = browser.post(url(desk), act="next", diploma_number="103311201806004321")
    assert answer.status_code == 422
    assert "<title>错误：" in browser.page
    assert f'href="#fix-{STATEMENT}"' in browser.page
    assert f'href="#fix-{NUMBER}"' not in browser.page[: browser.page.index('class="tasks"')]
    assert 'value="103311201806004321"' in browser.page
    assert desk.row.state == "returned"


def test_an_invalid_change_is_told_at_its_field_and_does_not_go_through(browser: Browser, desk: Desk) -> None:
    browser.get(url(desk))
    browser.post(url(desk), act="save", statement="太短")
    assert "自我鉴定应为 300 至 800 字" in browser.page
    answer = browser.post(url(desk), act="next", **{f"reply.{NUMBER}": "没有错"})
    assert answer.status_code == 422
    assert 'href="#statement"' in browser.page
    assert desk.row.state == "returned"
    assert (state(browser.page, STATEMENT), state(browser.page, NUMBER)) == ("还要修改", "已说明")
    assert "还有 1 项没有处理" in browser.page
    assert "可以提交" not in browser.page


def test_words_that_are_too_long_are_kept_and_told_at_their_field(browser: Browser, desk: Desk) -> None:
    browser.get(url(desk))
    browser.post(url(desk), act="save", **{f"reply.{NUMBER}": "长" * 301})
    assert "的说明最多 300 字，现在是 301 字" in browser.page
    assert "长" * 301 in browser.page
    assert state(browser.page, NUMBER) == "还要修改"


def test_the_confirming_step_asks_the_same(browser: Browser, desk: Desk) -> None:
    confirm = f"/applications/{desk.public_id}/confirm"
    browser.get(confirm)
    answer = browser.post(confirm, act="next")
    assert answer.status_code == 422
    assert f'href="{url(desk)}#fix-{NUMBER}"' in browser.page
    assert desk.row.state == "returned"


def test_what_is_wrong_in_no_returned_item_is_told_with_the_way_to_it(browser: Browser, desk: Desk) -> None:
    browser.get(url(desk))
    done = {f"reply.{NUMBER}": "已核对", "statement": builders.STATEMENT + "又写了一句。"}
    browser.post(url(desk), act="save", **done)
    assert "各项都已处理，可以提交" in browser.get(url(desk))
    browser.get(f"/applications/{desk.public_id}/profile?back=fixes")
    browser.post(f"/applications/{desk.public_id}/profile", act="save", phone="123", back="fixes")
    page = browser.get(url(desk))
    assert "各项都已处理，可以提交" not in page
    assert re.search(r'还要更新：<a href="[^"]*/profile\?back=fixes#phone">手机号码应为', page)


def test_a_picture_is_changed_on_the_page_and_what_was_typed_beside_it_is_kept(client: FlaskClient, app: Flask) -> None:
    desk = returned(PHOTO, NUMBER)
    browser = sign_in(client, desk)
    browser.get(url(desk))
    typed = {"diploma_number": "103311201806004321"}
    bad = browser.post(
        f"{url(desk)}/record_photo", record_photo=(io.BytesIO(b"GIF89a" + b"\0" * 300), "a.gif"), **typed
    )
    assert bad.status_code == 422
    assert "GIF" in browser.page
    answer = browser.post(f"{url(desk)}/record_photo", record_photo=(io.BytesIO(photo()), "IMG 1.jpg"), **typed)
    assert answer.location == f"{url(desk)}#drop-record_photo"
    assert state(browser.page, PHOTO) == "已修改"
    assert state(browser.page, NUMBER) == "已修改"
    assert "查看上次的照片" in browser.page
    assert Evidence.query.filter_by(slot="record_photo").count() == 2
    assert browser.post(url(desk), act="next").status_code == 303
    assert desk.row.state == "school_review"


def test_a_picture_that_came_with_the_whole_page_counts(client: FlaskClient, app: Flask) -> None:
    desk = returned(PHOTO)
    browser = sign_in(client, desk)
    assert photo_words(strict=False) in browser.get(url(desk))
    answer = browser.post(url(desk), act="next", record_photo=(io.BytesIO(photo()), "IMG 1.jpg"))
    assert answer.status_code == 303
    assert desk.row.state == "school_review"


@pytest.mark.parametrize("slot", ["diploma_photo", "nothing"])
def test_a_picture_that_was_not_returned_stays(browser: Browser, desk: Desk, slot: str) -> None:
    browser.get(url(desk))
    answer = browser.post(f"{url(desk)}/{slot}", **{slot: (io.BytesIO(photo()), "IMG 1.jpg")})
    assert answer.status_code == (404 if slot == "nothing" else 409)
    assert Evidence.query.filter_by(slot=slot).count() == (0 if slot == "nothing" else 1)


def test_another_year_brings_the_papers_that_it_asks_for(client: FlaskClient, app: Flask) -> None:
    desk = returned(YEAR)
    browser = sign_in(client, desk)
    page = browser.get(url(desk))
    assert {"diploma_year", "diploma_month", "record_code", "record_photo"} <= names(page)
    assert "report_number" not in names(page)
    answer = browser.post(url(desk), act="choose", diploma_year="1999", diploma_month="6", proof_kind="record")
    assert answer.status_code == 303
    assert {"report_number", "report_photo"} <= names(browser.page)
    assert "1999 年 6 月你还不满 14 岁" in browser.page
    assert "record_code" not in names(browser.page)
    assert browser.post(url(desk), act="next").status_code == 422
    assert "请填写报告编号" in browser.page or "报告编号" in browser.page


def test_what_is_changed_on_its_own_step_comes_back_to_the_page(client: FlaskClient, app: Flask) -> None:
    desk = returned(MAJOR)
    browser = sign_in(client, desk)
    page = browser.get(url(desk))
    step = f"/applications/{desk.public_id}/scores"
    assert f'href="{step}?back=fixes"' in page
    browser.get(f"{step}?back=fixes")
    assert '<input type="hidden" name="back" value="fixes">' in browser.page
    answer = browser.post(step, act="choose", back="fixes", major="050101.10574.2024")
    assert answer.location == f"{step}?back=fixes"
    answer = browser.post(step, act="next", back="fixes", major="050101.10574.2024")
    assert answer.location == url(desk)


def test_a_step_opened_by_itself_goes_on_as_before(browser: Browser, desk: Desk) -> None:
    step = f"/applications/{desk.public_id}/statement"
    browser.get(step)
    answer = browser.post(step, act="next", statement=builders.STATEMENT + "好。")
    assert answer.location.endswith("/prior-degree")


def test_the_row_of_steps_ticks_none_that_was_returned(browser: Browser, desk: Desk) -> None:
    said = row_of_steps(browser.get(f"/applications/{desk.public_id}/scores"))
    assert said["个人信息"] == said["考生须知"] == "（已完成）"
    assert said["自我鉴定"] == said["前置学历"] == "（退回修改）"


def test_contact_data_can_be_brought_up_to_date_and_lead_back(browser: Browser, desk: Desk) -> None:
    profile = f"/applications/{desk.public_id}/profile"
    assert f'href="{profile}?back=fixes"' in browser.get(url(desk))
    browser.get(f"{profile}?back=fixes")
    answer = browser.post(profile, act="next", back="fixes", phone="13900000000")
    assert answer.location == url(desk)


def test_what_the_office_holds_can_only_be_explained(client: FlaskClient, app: Flask) -> None:
    desk = returned(NAME)
    browser = sign_in(client, desk)
    page = browser.get(url(desk))
    assert names(page) == set()
    assert "不能在这里修改" in page
    assert "021-0000 0001" in page
    assert browser.post(url(desk), act="next").status_code == 422
    assert browser.post(url(desk), act="next", **{f"reply.{NAME}": "曾用名，附公安机关证明"}).status_code == 303
    assert desk.row.state == "school_review"


def test_nothing_that_was_not_returned_can_be_slipped_in(browser: Browser, desk: Desk) -> None:
    browser.get(url(desk))
    browser.post(
        url(desk), act="save", record_code="ZZZZZZZZZZZZ", major="530601.10574.2024", **{f"reply.{PHOTO}": "没有错"}
    )
    answers = desk.row.answers
    assert answers["prior_degree"]["record_code"] == "A1B2C3D4E5F6G7H8"
    assert answers["scores"]["major"] == "050101.10574.2024"
    assert REPLIES not in answers


def test_an_autosave_answers_with_the_states_of_the_items(browser: Browser, desk: Desk) -> None:
    browser.get(url(desk))
    answer = browser.post(url(desk), act="autosave", **{f"reply.{NUMBER}": "没有错"})
    assert answer.status_code == 200
    assert answer.json["version"] == desk.row.version
    assert answer.json["fixes"] == {STATEMENT: ["bad", "还没有处理"], NUMBER: ["ok", "已说明"]}
    browser.get(url(desk))
    answer = browser.post(url(desk), act="autosave", statement="太短")
    assert answer.json["fixes"][STATEMENT] == ["bad", "还要修改"]


def test_an_empty_page_that_saves_itself_changes_nothing(browser: Browser, desk: Desk) -> None:
    browser.get(url(desk))
    before = desk.row.version
    given = desk.row.answers
    browser.post(
        url(desk),
        act="autosave",
        statement=given["statement"]["statement"],
        diploma_number=given["prior_degree"]["diploma_number"],
        diploma_remark="",
        **{f"reply.{NUMBER}": "", f"reply.{STATEMENT}": ""},
    )
    assert desk.row.version == before


def test_a_stale_tab_gets_both_texts(browser: Browser, desk: Desk) -> None:
    old = browser.get(url(desk))
    browser.post(url(desk), act="save", **{f"reply.{NUMBER}": "新的说明"})
    browser.page = old
    answer = browser.post(url(desk), act="save", **{f"reply.{NUMBER}": "旧的说明"})
    assert answer.status_code == 409
    assert "新的说明" in browser.page
    assert "旧的说明" in browser.page
    assert desk.row.answers[REPLIES][NUMBER] == "新的说明"


def test_of_both_texts_either_is_taken_without_submitting(browser: Browser, desk: Desk) -> None:
    words = {f"reply.{NUMBER}": "旧页的说明"}
    old = browser.get(url(desk))
    browser.post(url(desk), act="save", **{f"reply.{NUMBER}": "新页的说明"})
    browser.page = old
    assert browser.post(url(desk), act="next", **words).status_code == 409
    assert browser.page.count("旧页的说明") == browser.page.count("新页的说明") == 1
    assert 'name="act" value="save">用我填的' in browser.page
    assert browser.post(url(desk), act="save", **words).location == url(desk)
    assert "旧页的说明" in browser.page


def test_of_a_stale_tab_nothing_else_that_was_typed_is_lost(browser: Browser, desk: Desk) -> None:
    """What the other tab left alone is saved; what both changed is shown, in however many steps."""
    mine = {"statement": "我写的一份。" * 60, "diploma_remark": "我的备注", f"reply.{STATEMENT}": "我的说明"}
    old = browser.get(url(desk))
    browser.post(url(desk), act="save", statement="另一页的一份。" * 60)
    browser.page = old
    assert browser.post(url(desk), act="save", **mine).status_code == 409
    kept = desk.row.answers
    assert kept["prior_degree"]["diploma_remark"] == "我的备注"
    assert kept[REPLIES][STATEMENT] == "我的说明"
    assert kept["statement"]["statement"].startswith("另一页")
    assert 'name="statement"' in browser.page
    assert 'name="diploma_remark"' not in browser.page
    assert "没有列在下面的内容已经保存" in browser.page
    browser.page = old
    mine = {"statement": "再写的一份。" * 60, f"reply.{STATEMENT}": "再说明一次"}
    assert browser.post(url(desk), act="save", **mine).status_code == 409
    for text in ("再写的一份", "另一页的一份", "再说明一次", "我的说明"):
        assert text in browser.page
    assert browser.post(url(desk), act="save", **mine).location == url(desk)
    assert desk.row.answers[REPLIES][STATEMENT] == "再说明一次"


def test_an_explanation_that_nobody_can_see_explains_nothing(browser: Browser, desk: Desk) -> None:
    browser.get(url(desk))
    browser.post(url(desk), act="save", **{f"reply.{STATEMENT}": "\u200b\u3164"})
    assert state(browser.page, STATEMENT) == "还没有处理"


def test_a_second_click_on_submit_leads_to_the_application(browser: Browser, desk: Desk) -> None:
    browser.get(url(desk))
    old = browser.page
    words = {f"reply.{NUMBER}": "没有错", f"reply.{STATEMENT}": "没有错"}
    browser.post(url(desk), act="next", **words)
    browser.page = old
    answer = browser.post(url(desk), act="next", **words)
    assert answer.location == f"/applications/{desk.public_id}"
    assert desk.row.submissions == 2
    browser.page = old
    assert browser.post(url(desk), act="autosave", **words).status_code == 409


@pytest.mark.parametrize("place", ["fixes", "fixes/record_photo", "prior-degree"])
@pytest.mark.parametrize("act", ["next", "save"])
def test_after_the_return_was_revoked_a_page_left_open_says_so_and_gives_the_text_back(
    browser: Browser, desk: Desk, place: str, act: str
) -> None:
    browser.get(url(desk))
    version = desk.row.version
    office = actor(builders.staff("office_reviewer"))
    revoke(desk.public_id, "退错了", version=version, by=office, on=LATER + timedelta(minutes=5))
    typed = {"diploma_number": "1033112018", "diploma_year": "2018", f"reply.{NUMBER}": "号码没有错"}
    answer = browser.post(f"/applications/{desk.public_id}/{place}", act=act, version=str(version), **typed)
    assert answer.status_code == 409
    assert (
        "原来的退回已于 2026 年 11 月 24 日 13:05（北京时间）撤销，主考学校会重新审核，你现在不用修改" in browser.page
    )
    kept = dict(KEPT.findall(browser.page))
    assert kept["编号"] == "1033112018"
    assert "2018 年" not in kept.values()  # as it is stored
    if place != "prior-degree":
        assert kept["我的说明（毕业证书编号）"] == "号码没有错"
    back = re.search(r'class="btn primary" href="([^"]*)"', browser.page)
    assert back
    assert "原来的审核决定" in browser.get(back[1]) or "退回修改（已撤销）" in browser.page


def test_an_application_that_waits_for_nothing_has_no_such_page(client: FlaskClient, app: Flask) -> None:
    desk = submitted()
    browser = sign_in(client, desk)
    browser.get("/")
    answer = client.get(url(desk))
    assert (answer.status_code, answer.location) == (303, f"/applications/{desk.public_id}")


def test_somebody_elses_page_does_not_exist(browser: Browser, desk: Desk, app: Flask) -> None:
    stranger = app.test_client()
    builders.sign_in(stranger, tick=builders.ticket(builders.examinee(name="别人")))
    assert stranger.get(url(desk)).status_code == 404


def test_what_is_left_stands_in_words_on_home_on_the_result_and_on_the_page(
    client: FlaskClient, app: Flask, desk: Desk
) -> None:
    app.clock.now = NOW + timedelta(days=9, hours=20)  # type: ignore[attr-defined]  # 13 days from NOW it closes
    browser = sign_in(client, desk, on=app.clock.now)  # type: ignore[attr-defined]
    for address in ("/", f"/applications/{desk.public_id}", url(desk), "/services/graduation"):
        page = browser.get(address)
        assert "还剩 3 天 4 小时" in page, address
        assert "2026 年 12 月 7 日 12:00" in page, address
        assert 'data-until="2026-12-07T04:00:00+00:00"' in page, address


def test_when_it_is_over_everything_is_locked_and_says_whom_to_call(
    client: FlaskClient, app: Flask, desk: Desk
) -> None:
    early = sign_in(client, desk)
    early.get(url(desk))
    app.clock.now = NOW + timedelta(days=13)  # type: ignore[attr-defined]  # the very moment
    builders.sign_in(client, tick=desk.ticket, on=app.clock.now)  # type: ignore[attr-defined]
    browser = Browser(client)
    for address in ("/", f"/applications/{desk.public_id}", url(desk)):
        page = browser.get(address)
        assert "不能再修改和提交" in page, address
        assert "学校10574（电话 021-0000 0001）" in builders.plain_phones(page), address
        assert "还剩" not in page, address
    assert "确认无误，提交申请" not in browser.page
    assert f"退回原因是{NUMBER}" in browser.page
    browser.page = early.page
    browser.page = re.sub(
        r'name="csrf_token" value="[^"]*"', f'name="csrf_token" value="{builders.csrf_of(page)}"', early.page
    )
    answer = browser.post(url(desk), act="next", **{f"reply.{NUMBER}": "写得太晚"})
    assert answer.status_code == 409
    assert "写得太晚" in browser.page


def test_an_own_deadline_is_shown_and_honoured(client: FlaskClient, app: Flask, desk: Desk) -> None:
    late = NOW + timedelta(days=14)
    office = actor(builders.staff("office_reviewer"))
    extend(desk.ticket.id, desk.window.id, "fixes", NOW + timedelta(days=17), "住院", by=office, on=late)
    app.clock.now = late  # type: ignore[attr-defined]
    browser = sign_in(client, desk, on=late)
    for address in ("/", f"/applications/{desk.public_id}", url(desk)):
        page = browser.get(address)
        assert "已为你单独延长" in page, address
        assert "2026 年 12 月 11 日 12:00" in page, address
        assert "还剩 3 天" in page, address
    words = {f"reply.{NUMBER}": "没有错", f"reply.{STATEMENT}": "没有错"}
    assert browser.post(url(desk), act="next", **words).status_code == 303
    assert desk.row.state == "school_review"
    assert "已单独为你延长" in browser.get("/messages")


def test_somebody_with_an_own_time_may_apply_after_the_closing(client: FlaskClient, app: Flask) -> None:
    window = submitted().window
    tick = builders.ticket(builders.examinee())
    late = NOW + timedelta(days=14)
    app.clock.now = late  # type: ignore[attr-defined]
    builders.sign_in(client, tick=tick, on=late)
    browser = Browser(client)
    assert "立即申请" not in browser.get("/services/graduation")
    office = actor(builders.staff("office_reviewer"))
    extend(tick.id, window.id, "apply", NOW + timedelta(days=17), "住院", by=office, on=late)
    page = browser.get("/services/graduation")
    assert "立即申请" in page
    assert "已为你单独延长" in page
    answer = browser.post("/services/graduation")
    assert answer.location.endswith("/notice")


def test_no_two_steps_of_a_service_ask_for_a_field_of_the_same_name(client: FlaskClient, app: Flask) -> None:
    """The page of fixes puts fields of several steps into one form."""
    desk = submitted()
    case = load_case(db.session(), desk.public_id, on=NOW)
    case.window = replace(case.window, options=GraduationOptions(portrait=True))
    for service in services():
        names = [name for step in service.steps for name in (*step.fields(case), *step.slots(case))]
        assert len(names) == len(set(names)), service.code
        for step in service.steps:
            known = {*step.fields(case), *step.slots(case)}
            assert set(step.inputs(case, step.load(case))) <= known, step.slug


def test_what_is_far_too_long_is_told_given_back_once_and_not_kept(browser: Browser, desk: Desk) -> None:
    browser.get(url(desk))
    before = desk.row.answers["prior_degree"]["diploma_number"]
    sent = {
        "diploma_number": "长" * 9000,
        f"reply.{STATEMENT}": "短" * 9000,
        "statement": builders.STATEMENT + "又写了一句。",
    }
    assert browser.post(url(desk), act="autosave", **sent).status_code == 413
    browser.get(url(desk))
    for act in ("save", "next"):
        assert browser.post(url(desk), act=act, **sent).status_code == 422
        assert browser.page.count("太长了，没有保存") >= 2
        assert "长" * 9000 in browser.page
        assert "短" * 9000 in browser.page
    answers = builders.refresh(desk.row).answers
    assert answers["prior_degree"]["diploma_number"] == before
    assert "短" not in str(answers.get(REPLIES, ""))
    assert answers["statement"]["statement"].endswith("又写了一句。")
    assert "长" * 20 not in browser.get(url(desk))


@pytest.mark.parametrize("act", ["save", "next", "upload"])
def test_a_picture_beside_what_is_too_long_is_stored_and_the_text_given_back(
    client: FlaskClient, app: Flask, act: str
) -> None:
    desk = returned(PHOTO, NUMBER)
    browser = sign_in(client, desk)
    browser.get(url(desk))
    before = Evidence.query.filter_by(slot="record_photo", current=True).one().id
    sent = {
        "diploma_number": "长" * 3000,
        f"reply.{PHOTO}": "短" * 9000,
        "record_photo": (io.BytesIO(photo()), "x.jpg"),
    }
    answer = browser.post(url(desk) + ("/record_photo" if act == "upload" else ""), act=act, **sent)
    assert (answer.status_code, answer.text.count("太长了，没有保存") >= 2) == (422, True)
    assert "长" * 3000 in answer.text
    assert "短" * 9000 in answer.text
    assert Evidence.query.filter_by(slot="record_photo", current=True).one().id != before


def test_a_picture_is_stored_though_a_text_beside_it_was_changed_in_another_tab(
    client: FlaskClient, app: Flask
) -> None:
    desk = returned(PHOTO, NUMBER)
    browser = sign_in(client, desk)
    stale = browser.get(url(desk))
    before = Evidence.query.filter_by(slot="record_photo", current=True).one().id
    browser.post(url(desk), act="save", diploma_number="111111111111111111")
    browser.page = stale
    sent = {"diploma_number": "222222222222222222", "record_photo": (io.BytesIO(photo()), "x.jpg")}
    answer = browser.post(f"{url(desk)}/record_photo", act="upload", **sent)
    assert (answer.status_code, "没有收下的文件" in answer.text) == (409, False)
    assert Evidence.query.filter_by(slot="record_photo", current=True).one().id != before

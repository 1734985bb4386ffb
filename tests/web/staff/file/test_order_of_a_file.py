"""A file begins with what needs eyes; a resubmission with what is new; what the office itself holds comes last and folded."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.actions.applications.submit import submit, withdraw
from app.actions.review.opinions import RETURN, Opinion, Verdict
from app.extensions import db
from app.models import Application, Evidence
from app.models.base import transaction
from app.services.graduation import GRADUATION
from tests import builders
from tests.reviewing import LATER, Desk, fields, missing_course, myself, picture, returning, submitted, url

NUMBER, PHOTO, TEXT = "prior_degree.diploma_number", "prior_degree.record_photo", "statement.statement"


def again(desk: Desk, **answers: dict[str, str]) -> None:
    """Handed in again with these answers (step -> fields) changed."""
    with transaction() as session:
        row = session.merge(desk.row)
        row.answers = {**row.answers, **{step: {**row.answers[step], **new} for step, new in answers.items()}}
    submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)


def new_picture(desk: Desk, slot: str) -> None:
    with transaction() as session:
        row = session.scalars(
            select(Evidence).where(Evidence.application_id == desk.row.id, Evidence.slot == slot)
        ).one()
        row.current = False
    picture(desk.row.id, slot)


def sections(page: str) -> list[tuple[str, list[str]]]:
    """Headings in order, each with the keys of its items."""
    parts = re.split(r'<(?:h2|summary) class="group"[^>]*>', page)[1:]
    return [(part.partition("<")[0], re.findall(r'data-item="([^"]+)"', part)) for part in parts]


def test_a_resubmission_opens_on_what_was_changed_and_returned(client, desk, reviewer):
    desk.decide("return", reviewer, returning(NUMBER, PHOTO, TEXT))
    desk.explain(TEXT, words="已经写全，没有可补充的。")
    new_picture(desk, "record_photo")
    again(desk, prior_degree={"diploma_number": "103311201806009999"}, profile={"address": "上海市静安区另一路 2 号"})
    page = client.get(url(desk)).text
    found = sections(page)
    assert found[0] == ("本次改动（4）", ["profile.address", TEXT, NUMBER, PHOTO])
    folds = dict(found)
    same = next(title for title in folds if title.startswith("没有改动的"))
    assert "profile.phone" in folds[same]
    assert set(folds[same]).isdisjoint(found[0][1])
    assert not re.search(r"<details[^>]* open[^>]*><summary class=\"group\"", page)
    assert re.search(
        r"上次</span><del.*?10331120180600<mark>1234</mark></del>.*?这次</span><ins.*?10331120180600<mark>9999",
        page,
        re.S,
    )
    assert "没有修改，考生说明：" in page
    assert "已经写全，没有可补充的。" in page
    old, new = (
        db.session.scalars(
            select(Evidence.public_id).where(Evidence.slot == "record_photo", Evidence.current == current)
        ).one()
        for current in (False, True)
    )
    assert re.search(rf"<figure.*?/evidence/{old}.*?上次</span>.*?/evidence/{new}.*?这次</span>", page, re.S)


PHONE = "profile.phone"
MORE = "毕业以后我会继续学习。"


def row_of(page: str, item: str) -> str:
    """The markup of one item."""
    return re.search(rf'data-item="{re.escape(item)}".*?(?=data-item="|</form>)', page, re.S)[0]


def test_what_changed_in_the_masked_part_is_a_change_and_can_be_shown_and_copied(client, desk, reviewer):
    desk.decide("return", reviewer, returning(NUMBER))
    again(desk, prior_degree={"diploma_number": "103311201806009999"}, profile={"phone": "13877775678"})
    page = client.get(url(desk)).text
    assert sections(page)[0] == ("本次改动（2）", [PHONE, NUMBER])
    row = row_of(page, PHONE)
    assert row.count("138****5678") == 2
    assert "改动在遮住的部分" in row
    assert 'value="reveal"' in row
    shown = row_of(client.post(url(desk), data=fields(client, desk, decision="reveal")).text, PHONE)
    assert re.search(r'<del class="prose">138<mark>1234</mark>5678</del>', shown)
    assert re.search(rf'<ins class="prose" id="value.{PHONE}">138<mark>7777</mark>5678</ins>', shown)
    assert f'data-copy="value.{PHONE}"' in shown
    assert "遮住" not in shown
    assert f'data-copy="value.{NUMBER}"' in row_of(page, NUMBER)
    assert "未要求修改，也改了" in row


def test_what_differs_in_a_long_text_is_shown_at_once_and_all_of_it_can_be_read(client, desk, reviewer):
    before = desk.row.answers["statement"]["statement"]
    desk.decide("return", reviewer, returning(TEXT))
    again(desk, statement={"statement": before + MORE})
    row = row_of(client.get(url(desk)).text, TEXT)
    whole_old, whole_new, old, new = re.findall(r'<(?:del|ins) class="prose"[^>]*>(.*?)</(?:del|ins)>', row, re.S)
    left_out = f'<span class="muted small aside">……相同的 {len(before) - 40} 字……</span>'
    assert (old, new) == (left_out + before[-40:], left_out + before[-40:] + f"<mark>{MORE}</mark>")
    assert (whole_old, whole_new) == (before, f"{before}<mark>{MORE}</mark>")
    assert "<summary>看全文" in row


def test_the_picture_that_was_changed_is_the_one_that_is_opened(client, desk, reviewer):
    assert re.findall(r'data-name="([^"]+)"', client.get(url(desk)).text) == ["毕业证书照片", "备案表照片"]
    desk.decide("return", reviewer, returning(PHOTO))
    new_picture(desk, "record_photo")
    again(desk)
    page = client.get(url(desk)).text
    assert re.findall(r'data-name="([^"]+)"', page) == ["备案表照片", "毕业证书照片"]
    assert "和上次的并排看" in page


def test_what_is_folded_is_open_where_something_in_it_must_be_seen(client, desk, reviewer):
    desk.decide("return", reviewer, returning(NUMBER))
    again(desk, prior_degree={"diploma_number": "103311201806009999"})
    given = {"verdict.profile.phone": "return", "reason.profile.phone": ""}
    answer = client.post(url(desk), data=fields(client, desk, decision="return", **given))
    assert answer.status_code == 422
    assert re.search(r"<details[^>]* open><summary class=\"group\">没有改动的", answer.text)


def test_a_first_submission_has_no_changes(client, desk, reviewer):
    page = client.get(url(desk)).text
    assert "本次改动" not in page
    assert "没有改动的" not in "".join(title for title, _ in sections(page))


def test_what_was_withdrawn_before_anybody_decided_is_a_first_submission(client, desk, reviewer):
    first = sections(client.get(url(desk)).text)
    withdraw(desk.public_id, by=myself(desk), on=LATER)
    again(desk, profile={"address": "上海市静安区另一路 2 号"})
    page = client.get(url(desk)).text
    assert "第 2 次提交" in page
    assert sections(page) == first
    assert "未要求修改" not in page
    desk.decide("return", reviewer, returning(NUMBER))
    again(desk, prior_degree={"diploma_number": "103311201806009999"})
    page = client.get(url(desk)).text
    assert "第 1 次退回：" in page
    assert "第 2 次退回" not in page


def test_who_sees_it_for_the_first_time_has_the_changes_first_and_nothing_folded(client, desk, reviewer):
    desk.decide("return", reviewer, returning(NUMBER))
    again(desk, prior_degree={"diploma_number": "103311201806009999"})
    desk.decide("pass", reviewer)
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    found = sections(client.get(url(desk)).text)
    assert found[0] == ("本次改动（1）", [NUMBER])
    assert not [title for title, _ in found if title.startswith("没有改动的")]
    assert [title for title, keys in found if "profile.address" in keys] == ["核实个人信息"]


def test_each_stage_is_shown_what_changed_since_its_own_decision(client, desk, reviewer):
    office = builders.staff("office_reviewer")
    desk.decide("pass", reviewer)
    desk.decide("return", office, returning("profile.address"))
    again(desk, profile={"address": "上海市静安区另一路 2 号"})
    desk.decide("return", office, replace(returning(TEXT), again="上次没有看到"))
    desk.explain(TEXT, words="已经写全，没有可补充的。")
    again(desk)
    desk.decide("back", office, Opinion({NUMBER: Verdict(RETURN, "少一位")}, to_school="请再核对"))
    found = sections(client.get(url(desk)).text)
    assert found[:2] == [("要先看的", [NUMBER]), ("本次改动（2）", ["profile.address", TEXT])]


@pytest.mark.parametrize("chosen", ["1", ""], ids=["looked at", "not"])
def test_what_was_passed_over_counts_as_looked_at_where_the_reviewer_said_so(client, desk, reviewer, chosen):
    given = {f"verdict.{NUMBER}": "return", f"reason.{NUMBER}": "末四位不符", "rest": chosen}
    assert client.post(url(desk), data=fields(client, desk, decision="return", **given)).status_code == 303
    again(desk, prior_degree={"diploma_number": "103311201806009999"})
    page = client.get(url(desk)).text
    verified = len(re.findall("✓ 已核验，未变", page))
    assert verified == (len(desk.submission.content.labels) - 1 if chosen else 0)
    assert bool(re.search(r'id="verdict\.profile\.phone" value="ok" checked', page)) is bool(chosen)
    assert not re.search(rf'id="verdict\.{re.escape(NUMBER)}" value="ok" checked', page)


def test_looked_at_is_one_key_and_one_box_where_a_file_can_be_returned(client, desk, reviewer):
    page = client.get(url(desk)).text
    assert re.search(
        r'<input type="checkbox" name="rest" value="1">\s*<span>其余已看过 <kbd aria-hidden="true">L</kbd>', page
    )
    assert "其余已看过：没有标记的各项记为看过" in page


def test_what_needs_eyes_comes_first_and_what_the_office_holds_last(client, app):
    builders.sign_in(client, person=builders.staff())
    course = missing_course()
    short = submitted(without=(course,), name="欧阳晓雯")
    with transaction() as session:
        row = session.query(Evidence).filter_by(application_id=short.row.id, slot="record_photo").one()
        row.codes = ["Z9Y8X7W6V5U4T3S2"]  # not what was typed
    page = client.get(url(short)).text
    found = sections(page)
    titles = [title for title, _ in found]
    assert titles[:5] == ["要先看的", "前置学历凭证", "登记成绩", "尚缺课程", "核实个人信息"]
    assert titles[5] == "自我鉴定"
    assert titles[6] == "考办已有的内容"
    keys = dict(found)
    assert keys["要先看的"] == [PHOTO]
    assert re.findall(r'data-name="([^"]+)"', page) == ["备案表照片", "毕业证书照片"]  # the picture to look at first
    assert keys["登记成绩"] == ["scores.major", "scores.assessment", "scores.missing_reason"]
    assert "profile.phone" in keys["核实个人信息"]
    roster = ["profile.name", "profile.id_number", "profile.sex", "profile.birth_date", "profile.ticket"]
    assert keys["考办已有的内容"][-5:] == roster
    verdict, held = page.index('class="plan"'), page.index("考办已有的内容")
    assert page.index('name="waiver.') < page.index("核实个人信息") < held
    assert page.index("登记成绩") < verdict < page.index("尚缺课程")
    assert held < page.index("<caption")  # the courses with their grades
    assert re.search(r'<details class="fold" data-fold><summary class="group">考办已有的内容', page)
    assert page.count(f'data-item="{PHOTO}"') == 1


def test_a_file_without_pictures_has_no_empty_place_for_them(client, reviewer, desk):
    assert "data-viewer" in client.get(url(desk)).text
    with transaction() as session:
        row = session.merge(desk.row)
        row.answers = {**row.answers, "scores": {**row.answers["scores"], "level": "专科"}}
    db.session.execute(Application.__table__.update().values(state="returned", open_items=None))
    db.session.commit()
    submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)
    page = client.get(url(desk)).text
    assert 'class="review bare"' in page
    assert "data-viewer" not in page
    assert "没有上传凭证" not in page

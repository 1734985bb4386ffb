"""An examinee goes through the steps over HTTP, as a browser without script would."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from app.extensions import db
from app.models import Application, Evidence, PlanRow, Submission, Ticket
from app.models.base import transaction
from tests import builders as build
from tests.builders import NOW
from tests.reviewing import picture


def photo(size: tuple[int, int] = (720, 480), form: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 40).convert("RGB").save(out, form)
    return out.getvalue()


class Browser:
    """A client that posts what a page's form would, with its token, its version and what it showed."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.page = ""

    def get(self, url: str) -> str:
        answer = self.client.get(url, follow_redirects=True)
        assert answer.status_code == 200, (url, answer.status_code, answer.text[:2000])
        self.page = answer.text
        return self.page

    def post(self, url: str, **fields: Any) -> Any:
        hidden = dict(re.findall(r'name="(version|shown)" value="([^"]*)"', self.page))
        data = {"csrf_token": build.csrf_of(self.page), **hidden, **fields}
        answer = self.client.post(url, data=data)
        if answer.status_code == 303:
            self.get(answer.location)
        else:
            self.page = answer.text
        return answer


@pytest.fixture
def tick(app: Flask) -> Any:
    build.school()
    plan = build.plan()
    tick = build.ticket(build.examinee())
    build.scores(tick, build.all_passed(plan))
    build.window()
    return tick


@pytest.fixture
def browser(client: FlaskClient, tick: Any) -> Browser:
    build.sign_in(client, tick=tick)
    return Browser(client)


def fill(browser: Browser, app_url: str, until: str = "confirm") -> None:
    given = build.answers()
    browser.post(f"{app_url}/notice", act="next")
    for step in ("profile", "scores", "statement"):
        browser.post(f"{app_url}/{step}", act="next", **{k: v for k, v in given[step].items() if k != "level"})
    for slot in ("diploma_photo", "record_photo"):
        answer = browser.post(f"{app_url}/prior-degree/{slot}", **{slot: (io.BytesIO(photo()), "IMG 1.jpg")})
        assert answer.status_code == 303, answer.text
    browser.post(f"{app_url}/prior-degree", act="next", **given["prior_degree"])


def begin(browser: Browser) -> str:
    browser.get("/services/graduation")
    answer = browser.post("/services/graduation")
    return re.sub(r"/notice$", "", answer.location)


def test_a_bachelor_goes_from_the_notice_to_the_receipt(browser: Browser, tick: Any) -> None:
    browser.get("/")
    url = begin(browser)
    assert "请仔细阅读。" in browser.page
    fill(browser, url)
    assert "确认无误，提交申请" in browser.page
    answer = browser.post(f"{url}/confirm", act="next")
    assert answer.status_code == 303, browser.page
    submission = Submission.query.one()
    assert submission.receipt in browser.page
    assert Application.query.one().state == "school_review"


def test_a_second_click_on_submit_gives_the_same_receipt(browser: Browser) -> None:
    url = begin(browser)
    fill(browser, url)
    old = browser.page
    browser.post(f"{url}/confirm", act="next")
    browser.page = old
    again = browser.post(f"{url}/confirm", act="next")
    assert again.status_code == 303
    assert Submission.query.count() == 1


def test_steps_cannot_be_jumped_over(browser: Browser) -> None:
    url = begin(browser)
    answer = browser.client.get(f"{url}/statement")
    assert answer.status_code == 303
    assert answer.location.endswith("/notice")


def test_a_picture_cannot_be_sent_to_a_step_that_was_not_reached(browser: Browser) -> None:
    url = begin(browser)
    answer = browser.post(f"{url}/prior-degree/diploma_photo", diploma_photo=(io.BytesIO(photo()), "IMG 1.jpg"))
    assert answer.location.endswith("/notice")
    assert Evidence.query.count() == 0


def test_an_invalid_entry_left_by_going_back_is_marked_on_return_and_empty_ones_are_not(browser: Browser) -> None:
    url = begin(browser)
    browser.post(f"{url}/notice", act="next")
    assert "错误：" not in browser.page
    assert browser.post(f"{url}/profile", act="back", phone="1381234").status_code == 303
    page = browser.get(f"{url}/profile")
    assert "手机号码应为 11 位数字，现在是 7 位" in page
    assert "请填写通讯地址" not in page


def test_an_invalid_entry_is_kept_as_typed_and_marked(browser: Browser) -> None:
    url = begin(browser)
    browser.post(f"{url}/notice", act="next")
    answer = browser.post(f"{url}/profile", act="next", **{**build.answers()["profile"], "phone": "1381234"})
    assert answer.status_code == 422
    assert "错误：" in browser.page
    assert 'value="1381234"' in browser.page
    assert 'value="1381234"' in browser.get(f"{url}/profile")


@pytest.mark.parametrize("act", ["next", "back"])
def test_what_is_far_longer_than_its_field_is_told_given_back_once_and_not_kept(browser: Browser, act: str) -> None:
    """A draft is no store for 245 KiB in the field of the phone, which every later page would carry."""
    url = begin(browser)
    browser.post(f"{url}/notice", act="next")
    browser.post(f"{url}/profile", act="back", phone="1381234")
    browser.get(f"{url}/profile")
    long = "a" + "\u0301" * 60_000
    given = {**build.answers()["profile"], "phone": long, "occupation": "工人"}
    assert browser.post(f"{url}/profile", act=act, **given).status_code == 422
    assert "太长了，没有保存" in browser.page
    assert "\u0301" * 900 in browser.page
    kept = db.session.scalars(select(Application.answers)).one()["profile"]
    assert (kept["phone"], kept["occupation"]) == ("1381234", "工人")
    again = browser.get(f"{url}/profile")
    assert "\u0301" * 5 not in again
    assert 'value="1381234"' in again


def test_an_autosave_of_what_is_far_too_long_says_that_it_is_not_saved(browser: Browser) -> None:
    url = begin(browser)
    browser.post(f"{url}/notice", act="next")
    assert browser.post(f"{url}/profile", act="autosave", address="长" * 5000).status_code == 413
    assert "profile" not in db.session.scalars(select(Application.answers)).one()


def test_going_back_keeps_an_invalid_entry_and_the_submission_names_it(browser: Browser) -> None:
    url = begin(browser)
    fill(browser, url)
    browser.get(f"{url}/profile")
    answer = browser.post(f"{url}/profile", act="back", **{**build.answers()["profile"], "phone": "12"})
    assert answer.status_code == 303
    browser.get(f"{url}/confirm")
    answer = browser.post(f"{url}/confirm", act="next")
    assert answer.status_code == 422
    assert f"{url}/profile?back=confirm#phone" in browser.page
    assert Submission.query.count() == 0


def test_the_count_of_a_statement_is_said_once(browser: Browser) -> None:
    url = begin(browser)
    fill(browser, url)
    page = browser.get(f"{url}/statement")
    counts = re.findall(r"\d+ 字，(?:还差|最多|超出)", page)
    assert len(counts) == 1  # the counter
    assert browser.post(f"{url}/statement", act="next", statement="好" * 250).status_code == 422
    assert re.search(r'id="statement-error"[^>]*>.*?现在是 250 字，还差 50 字', browser.page)
    assert re.search(r'data-counter-for="statement"[^>]*></span>', browser.page)
    assert "已写" not in browser.page
    assert browser.page.count("已保存") == 1


def test_until_a_major_is_chosen_the_page_says_so(browser: Browser, tick: Any) -> None:
    declare(tick, major_code="")
    url = begin(browser)
    browser.post(f"{url}/notice", act="next")
    browser.post(f"{url}/profile", act="next", **build.answers()["profile"])
    assert "请选择专业后在此查看成绩" in browser.page
    browser.post(f"{url}/scores", act="choose", major="050101.10574.2024")
    assert "请选择专业后在此查看成绩" not in browser.page
    assert "中国古代文学史（一）" in browser.page


def declare(tick: Any, **given: str) -> None:
    """What the roster says of the ticket."""
    with transaction() as session:
        row = session.get_one(Ticket, tick.id)
        for name, value in given.items():
            setattr(row, name, value)


def scores_page(browser: Browser) -> str:
    """The page of 登记成绩 as one first comes to it."""
    url = begin(browser)
    browser.post(f"{url}/notice", act="next")
    browser.post(f"{url}/profile", act="next", **build.answers()["profile"])
    return url


DECLARED = r'<option value="([^"]+)"( selected)?>050101 汉语言文学（本科）（报考专业） · 华东某大学 · 2024 版计划<'


def test_the_declared_plan_is_marked_and_chosen_and_can_be_read_line_by_line(browser: Browser) -> None:
    url = scores_page(browser)
    assert re.findall(DECLARED, browser.page) == [("050101.10574.2024", " selected")]
    assert "中国古代文学史（一）" in browser.page
    for line in (
        r"<b>（报考专业）</b></dd>",
        r"<dt>主考学校</dt><dd>华东某大学</dd>",
        r"<dt>计划版本</dt><dd>2024 版</dd>",
    ):
        assert line in browser.page
    assert Application.query.one().answers.get("scores") is None  # suggested, not yet said
    assert browser.post(f"{url}/scores", act="next", major="050101.10574.2024").location == f"{url}/statement"
    browser.get(f"{url}/confirm")


def test_a_plan_is_not_chosen_that_is_not_declared_or_was_graduated_in(browser: Browser, tick: Any) -> None:
    declare(tick, graduated_majors="050101")
    scores_page(browser)
    assert "请选择专业后在此查看成绩" in browser.page


def test_both_counts_and_the_courses_of_an_extra_option_are_said_on_the_page(client: FlaskClient, tick: Any) -> None:
    build.plan("080901/2026")
    build.sign_in(client, tick=build.ticket(build.examinee(), major_code="080901"))
    browser = Browser(client)
    scores_page(browser)
    assert re.search(
        r"按计划的门数已过 0 / 16 门，还差 16 门（[^）]*）；逐门计算还要通过 \d+ 门：课程 \d+ 门、实践环节",
        browser.page,
    )
    assert "须加考：02318 计算机组成原理、00342 高级语言程序设计(一)" in browser.page
    assert "须加考201" not in browser.page


def test_what_is_confirmed_submitted_and_printed_names_the_courses_and_says_both_counts(client: FlaskClient) -> None:
    build.school()
    found = build.plan("080901/2026")
    tick = build.ticket(build.examinee(), major_code="080901")
    extra = next(case for case in found.extras if case.name == "其他工科类")
    build.scores(tick, build.all_passed(found, extra.courses[1:]))
    scores = {"major": found.key, "level": "本科", "missing_reason": "成绩正在补录"}
    answers = build.answers(scores={**scores, "extra_option_1": extra.name, "extra_option_2": "内地考生"})
    row = build.application(tick, build.window(), answers=answers, reached="confirm", at_step="confirm")
    for slot in ("diploma_photo", "record_photo"):
        picture(row.id, slot)
    build.sign_in(client, tick=tick)
    browser, url = Browser(client), f"/applications/{row.public_id}"
    names = "02318 计算机组成原理、00342 高级语言程序设计(一)、00343 高级语言程序设计(一)(实践)"
    told = (f"其他工科类（非电子电工信息类；须加考：{names}）", "逐门计算还要通过 2 门：加考 2 门。")
    confirming = browser.get(f"{url}/confirm")
    assert browser.post(f"{url}/confirm", act="next").status_code == 303
    frozen = db.session.scalars(select(Submission)).one().content
    printed = "".join(frozen.values.values())
    for text in (confirming, browser.get(url), printed):
        assert all(words in text for words in told)
        assert "加考201" not in text
    assert f"其他工科类（{extra.note}）" in [item.plain for item in frozen.items]  # what was stored before is no change


def test_a_choice_that_was_taken_back_stays_taken_back(browser: Browser) -> None:
    url = scores_page(browser)
    browser.post(f"{url}/scores", act="choose", major="")
    assert "请选择专业后在此查看成绩" in browser.page
    assert [chosen for _, chosen in re.findall(DECLARED, browser.page)] == [""]


def test_of_two_declared_versions_neither_is_chosen_for_the_person(browser: Browser) -> None:
    with transaction() as session:
        first = session.query(PlanRow).one()
        body = {**first.body, "version": "2020"}
        kept = {"major_code": first.major_code, "school_code": first.school_code, "name": first.name}
        session.add(PlanRow(**kept, version="2020", level=first.level, body=body, imported_at=NOW))
    scores_page(browser)
    assert browser.page.count("（报考专业）") == 2
    assert "请选择专业后在此查看成绩" in browser.page


def test_a_missing_course_must_be_explained(browser: Browser, tick: Any) -> None:
    from app.models import Score
    from app.models.base import transaction

    with transaction() as session:
        session.execute(Score.__table__.delete().where(Score.course_code == "00540"))
    url = begin(browser)
    browser.post(f"{url}/notice", act="next")
    browser.post(f"{url}/profile", act="next", **build.answers()["profile"])
    answer = browser.post(f"{url}/scores", act="next", major="050101.10574.2024")
    assert answer.status_code == 422
    assert "请如实说明" in browser.page
    assert '请<a href="#missing" data-opens="missing">说明情况</a>。' in browser.page  # with and without script
    assert 'id="missing"' in browser.page
    assert "00540" in browser.page
    assert "021-0000 0001" in browser.page
    answer = browser.post(f"{url}/scores", act="next", major="050101.10574.2024", missing_reason="十月已考，正在复核。")
    assert answer.status_code == 303
    assert answer.location.endswith("/statement")


def test_who_has_graduated_already_is_not_asked_to_explain(browser: Browser, tick: Any) -> None:
    from app.models import Ticket
    from app.models.base import transaction

    with transaction() as session:
        session.get_one(Ticket, tick.id).graduated_majors = "050101"
    url = begin(browser)
    browser.post(f"{url}/notice", act="next")
    browser.post(f"{url}/profile", act="next", **build.answers()["profile"])
    assert browser.post(f"{url}/scores", act="next", major="050101.10574.2024").status_code == 422
    assert "不能再次申请" in browser.page
    assert "说明情况" not in browser.page
    assert "missing_reason" not in browser.page


def test_everything_that_is_missing_of_the_diploma_is_named_at_once(browser: Browser) -> None:
    url = begin(browser)
    fill(browser, url, until="prior-degree")
    empty = {"diploma_number": "", "diploma_year": "", "diploma_month": "", "diploma_province": ""}
    assert browser.post(f"{url}/prior-degree", act="next", **empty).status_code == 422
    said = re.findall(r'<li><a href="#(diploma_\w+)">([^<]+)', browser.page)
    assert said == [
        ("diploma_number", "请填写毕业证书编号"),
        ("diploma_year", "请选择年"),
        ("diploma_month", "请选择月"),
        ("diploma_province", "请选择省市"),
    ]
    fields = [browser.page.index(f'id="{name}"') for name, _ in said]
    assert fields == sorted(fields)  # in the order of the manual


def test_the_page_of_all_services_says_what_to_do_about_a_missed_one(browser: Browser) -> None:
    build.window(name="2020 年上半年", opens_at=NOW - timedelta(days=300), closes_at=NOW - timedelta(days=280))
    assert "已截止" in browser.get("/services")
    assert "若错过本次办理时间，请在下一次按时办理" in browser.page


def test_a_stale_tab_gets_both_texts_and_overwrites_nothing(browser: Browser) -> None:
    url = begin(browser)
    fill(browser, url)
    old = browser.get(f"{url}/statement")
    browser.post(f"{url}/statement", act="next", statement=build.STATEMENT + "新")
    browser.page = old
    answer = browser.post(f"{url}/statement", act="next", statement=build.STATEMENT + "旧")
    assert answer.status_code == 409
    assert build.STATEMENT + "新" in browser.page
    assert build.STATEMENT + "旧" in browser.page
    assert Application.query.one().answers["statement"]["statement"].endswith("新")


def test_another_step_saved_meanwhile_is_no_conflict(browser: Browser) -> None:
    url = begin(browser)
    fill(browser, url)
    old = browser.get(f"{url}/statement")
    browser.get(f"{url}/profile")
    browser.post(f"{url}/profile", act="next", **{**build.answers()["profile"], "phone": "13900000000"})
    browser.page = old
    answer = browser.post(f"{url}/statement", act="next", statement=build.STATEMENT + "好")
    assert answer.status_code == 303


def test_an_autosave_answers_with_the_new_version(browser: Browser) -> None:
    url = begin(browser)
    fill(browser, url)
    browser.get(f"{url}/statement")
    answer = browser.post(f"{url}/statement", act="autosave", statement="还没写完")
    assert answer.status_code == 200
    assert answer.json["version"] == Application.query.one().version
    assert Application.query.one().answers["statement"]["statement"] == "还没写完"


def test_after_closing_nothing_is_saved_and_the_text_comes_back(browser: Browser, app: Flask) -> None:
    url = begin(browser)
    fill(browser, url)
    browser.get(f"{url}/statement")
    app.clock.now = NOW.replace(day=24, month=12)  # the window closed 13 days after NOW
    build.sign_in(browser.client, tick=build.ticket_of(Application.query.one()), on=app.clock.now)
    browser.client.get("/")
    browser.page = browser.client.get("/services/graduation").text
    answer = browser.post(f"{url}/statement", act="next", statement="写得太晚了")
    assert answer.status_code == 409
    assert "截止" in browser.page
    assert "写得太晚了" in browser.page


def test_someone_elses_application_does_not_exist(browser: Browser, app: Flask) -> None:
    url = begin(browser)
    other = build.ticket(build.examinee(name="别人"))
    stranger = app.test_client()
    build.sign_in(stranger, tick=other)
    for address in (url, f"{url}/profile", "/applications/" + "0" * 32):
        assert stranger.get(address).status_code == 404


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.jpg", "0 字节"),
        (b"GIF89a" + b"\0" * 400, "a.jpg", "GIF"),
        (photo()[:5000], "a.jpg", "不完整"),
    ],
)
def test_a_bad_picture_is_told_at_its_field_and_costs_nothing_else(
    browser: Browser, data: bytes, name: str, words: str
) -> None:
    url = begin(browser)
    fill(browser, url)
    browser.get(f"{url}/prior-degree")
    before = Evidence.query.filter_by(slot="diploma_photo", current=True).one().sha256
    answer = browser.post(
        f"{url}/prior-degree/diploma_photo", diploma_photo=(io.BytesIO(data), name), diploma_remark="刚写的备注"
    )
    assert answer.status_code == 422
    assert words in browser.page
    assert "刚写的备注" in browser.page
    assert Evidence.query.filter_by(slot="diploma_photo", current=True).one().sha256 == before

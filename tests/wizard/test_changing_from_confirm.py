"""修改 from 确认提交: one change, then back to where it came from."""

from __future__ import annotations

import re
from typing import Any

from app.models import Application, Score
from app.models.base import transaction
from tests import builders as build
from tests.wizard.test_wizard import Browser, begin, browser, fill, tick

__all__ = ["browser", "tick"]


def confirmed(browser: Browser) -> str:
    url = begin(browser)
    fill(browser, url)
    browser.get(f"{url}/confirm")
    return url


def given(step: str, **over: str) -> dict[str, Any]:
    return {name: text for name, text in build.answers()[step].items() if name != "level"} | over


def test_every_change_leads_to_its_field_and_names_the_way_back(browser: Browser) -> None:
    url = confirmed(browser)
    links = re.findall(r'<dd class="change"><a href="([^"]+)"', browser.page)
    assert f"{url}/profile?back=confirm#phone" in links
    assert all(re.fullmatch(r"/applications/\w+/[\w-]+\?back=confirm#\w+", link) for link in links)
    tasks = re.findall(r'<li><a href="([^"]+)">', browser.page)
    assert f"{url}/statement?back=confirm" in tasks


def test_after_a_change_next_leads_back_to_the_confirm_page(browser: Browser) -> None:
    url = confirmed(browser)
    assert f'href="{url}/confirm"' in browser.get(f"{url}/profile?back=confirm")  # without a change, too
    answer = browser.post(f"{url}/profile", act="next", back="confirm", **given("profile", phone="13900000000"))
    assert answer.location == f"{url}/confirm"
    assert "13900000000" in browser.page


def test_the_way_back_survives_an_error_and_a_choice_and_the_step_before(browser: Browser) -> None:
    url = confirmed(browser)
    browser.get(f"{url}/profile?back=confirm")
    assert browser.post(f"{url}/profile", act="next", back="confirm", **given("profile", phone="12")).status_code == 422
    assert 'name="back" value="confirm"' in browser.page
    answer = browser.post(f"{url}/scores", act="choose", back="confirm", **given("scores"))
    assert answer.location == f"{url}/scores?back=confirm"
    answer = browser.post(f"{url}/scores", act="back", back="confirm", **given("scores"))
    assert answer.location == f"{url}/profile?back=confirm"
    answer = browser.post(f"{url}/profile", act="next", back="confirm", **given("profile"))
    assert answer.location == f"{url}/confirm"


def test_what_stops_the_submission_is_mended_and_leads_back(browser: Browser) -> None:
    url = confirmed(browser)
    browser.get(f"{url}/profile")
    browser.post(f"{url}/profile", act="back", **given("profile", phone="12"))
    browser.get(f"{url}/confirm")
    assert browser.post(f"{url}/confirm", act="next").status_code == 422
    assert f'href="{url}/profile?back=confirm#phone"' in browser.page


def test_nobody_gets_to_the_confirm_page_before_the_steps_are_done(browser: Browser) -> None:
    url = begin(browser)
    browser.post(f"{url}/notice", act="next")
    browser.get(f"{url}/profile?back=confirm")
    assert 'name="back"' not in browser.page
    answer = browser.post(f"{url}/profile", act="next", back="confirm", **given("profile"))
    assert answer.location == f"{url}/scores"


def test_in_its_turn_a_step_leads_to_the_next_one(browser: Browser) -> None:
    url = confirmed(browser)
    browser.get(f"{url}/profile")
    assert browser.post(f"{url}/profile", act="next", **given("profile")).location == f"{url}/scores"


def test_the_button_that_returns_saves_what_is_on_the_page(browser: Browser) -> None:
    url = confirmed(browser)
    page = browser.get(f"{url}/profile?back=confirm")
    assert "返回（保存所作修改）" in page
    assert "不改了" not in page
    answer = browser.post(f"{url}/profile", act="return", back="confirm", **given("profile", phone="13900000000"))
    assert answer.location == f"{url}/confirm"
    assert "13900000000" in browser.page
    assert Application.query.one().at_step == "confirm"


def test_the_button_that_returns_says_what_is_wrong_as_the_next_step_does(browser: Browser) -> None:
    url = confirmed(browser)
    browser.get(f"{url}/profile?back=confirm")
    answer = browser.post(f"{url}/profile", act="return", back="confirm", **given("profile", phone="12"))
    assert answer.status_code == 422
    assert "返回（保存所作修改）" in browser.page


def row_of_steps(page: str) -> dict[str, str]:
    """What the row of steps says of each, for a screen reader: '' of one that is neither done nor to change."""
    row = page[page.index('<ol class="steps"') :].partition("</ol>")[0]
    found = re.findall(r'<span class="word">(.*?)</span>(.*?)</li>', row, re.S)
    return {title: re.sub(r"<[^>]+>|\s", "", rest) for title, rest in found}


def test_a_step_that_needs_a_change_is_not_ticked(browser: Browser, tick: Any) -> None:
    url = confirmed(browser)
    assert row_of_steps(browser.page)["登记成绩"] == "（已完成）"
    with transaction() as session:  # the office takes a grade back
        session.delete(session.query(Score).filter_by(ticket_id=tick.id).first())
    browser.get(f"{url}/profile")
    browser.post(f"{url}/profile", act="back", **given("profile", phone="12"))
    for place in ("notice", "statement", "confirm"):
        said = row_of_steps(browser.get(f"{url}/{place}"))
        assert said["登记成绩"] == said["个人信息"] == "（需要修改）", place
        assert said["前置学历"] == "（已完成）", place
    assert 'class="amiss"' in browser.page

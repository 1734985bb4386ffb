"""Two tabs of one step: both texts once each, and one press to go on with either."""

from __future__ import annotations

import re

import pytest

from app.models import Application
from app.rules.plans.forecast import option_fields
from tests import builders as build
from tests.wizard.test_changing_from_confirm import given
from tests.wizard.test_wizard import Browser, begin, browser, fill, tick

__all__ = ["browser", "tick"]
MINE, THEIRS = build.STATEMENT + "旧页写的", build.STATEMENT + "新页写的"


def stale(browser: Browser, step: str, mine: dict[str, str], theirs: dict[str, str], **more: str) -> str:
    """Another tab saved `theirs`; this one, opened before, posts `mine`: the address of the step."""
    url = begin(browser)
    fill(browser, url)
    old = browser.get(f"{url}/{step}")
    assert browser.post(f"{url}/{step}", act="next", **theirs).status_code == 303
    browser.page = old
    assert browser.post(f"{url}/{step}", act="next", **mine, **more).status_code == 409
    return f"{url}/{step}"


def stored(step: str) -> dict[str, str]:
    found: dict[str, str] = Application.query.one().answers[step]
    return found


def test_both_texts_stand_once_each_and_can_be_copied(browser: Browser) -> None:
    url = stale(browser, "statement", {"statement": MINE}, {"statement": THEIRS})
    assert browser.page.count(MINE) == browser.page.count(THEIRS) == 1
    assert len(re.findall(r"<button[^>]*data-copy[^>]*>复制", browser.page)) == 2
    assert "用我填的" in browser.page
    assert re.search(rf'href="{url}">用另一页的', browser.page)
    assert stored("statement")["statement"] == THEIRS


def test_mine_replaces_the_other_and_goes_on_as_it_would_have(browser: Browser) -> None:
    url = stale(browser, "statement", {"statement": MINE}, {"statement": THEIRS})
    act = re.search(r'name="act" value="(\w+)">用我填的', browser.page)
    assert act
    answer = browser.post(url, act=act[1], statement=MINE)  # the token and the version of this page
    assert answer.status_code == 303
    assert answer.location.endswith("/prior-degree")
    assert stored("statement")["statement"] == MINE


def test_only_what_differs_is_asked_and_the_rest_of_the_other_tab_stays(browser: Browser) -> None:
    mine = given("profile", phone="13911111111")
    url = stale(browser, "profile", mine, given("profile", phone="13922222222", address="新地址 9 号"))
    assert "手机号码" in browser.page
    assert 'name="postcode"' not in browser.page
    browser.post(url, act="next", phone="13911111111")
    assert stored("profile")["phone"] == "13911111111"
    assert stored("profile")["address"] == "新地址 9 号"


def test_a_choice_is_shown_in_words(browser: Browser) -> None:
    stale(
        browser,
        "prior-degree",
        given("prior_degree", diploma_month="7"),
        given("prior_degree", diploma_month="9"),
    )
    assert re.search(r'id="mine-1">7 月<', browser.page)
    assert re.search(r'id="theirs-1">9 月<', browser.page)
    assert 'type="hidden" name="diploma_month" value="7"' in browser.page


def test_what_belongs_to_this_tab_s_major_alone_has_its_name(browser: Browser) -> None:
    other = build.plan("080901/2026")
    extras = {name: group.cases[0].name for name, group in option_fields(other)}
    url = begin(browser)
    fill(browser, url)
    browser.post(f"{url}/scores", act="next", major="080901.10574.2026", **extras)
    old = browser.get(f"{url}/scores")
    assert browser.post(f"{url}/scores", act="next", major="050101.10574.2024").status_code == 303
    browser.page = old
    mine = {**extras, "extra_option_1": option_fields(other)[0][1].cases[1].name}
    assert browser.post(f"{url}/scores", act="next", major="080901.10574.2026", **mine).status_code == 409
    for _, group in option_fields(other):
        assert f">{group.label}</h2>" in browser.page
    assert "extra_option" not in re.sub(r'name="[^"]*"', "", browser.page)


@pytest.mark.parametrize(
    ("step", "field", "mine", "theirs", "box", "may_edit"),
    [
        ("profile", "postcode", "200001", "200002", '<input id="mine-1" name="postcode" value="200001"', True),
        (
            "statement",
            "statement",
            MINE,
            THEIRS,
            r'<textarea class="grows" id="mine-1" name="statement" rows="1\d"',
            True,
        ),
        ("prior-degree", "diploma_month", "7", "9", '<input type="hidden" name="diploma_month" value="7"', False),
    ],
)
def test_each_stands_in_a_box_of_its_kind_and_only_what_can_be_typed_is_said_to_be(
    browser: Browser, step: str, field: str, mine: str, theirs: str, box: str, may_edit: bool
) -> None:
    key = step.replace("-", "_")
    stale(browser, step, given(key, **{field: mine}), given(key, **{field: theirs}))
    assert re.search(box, browser.page)
    assert ("可以在这里改" in browser.page) is may_edit
    assert len(re.findall(r"<button[^>]*data-copy[^>]*>复制", browser.page)) == 2


def test_a_page_of_no_readable_version_overwrites_nothing(browser: Browser) -> None:
    stale(browser, "statement", {"statement": MINE}, {"statement": THEIRS}, version="abc")
    assert stored("statement")["statement"] == THEIRS


def test_a_script_is_told_whether_there_are_two_texts(browser: Browser) -> None:
    url = begin(browser)
    fill(browser, url)
    old = browser.get(f"{url}/statement")
    browser.post(f"{url}/statement", act="next", statement=THEIRS)
    form = {"csrf_token": build.csrf_of(old), "version": "1", "act": "autosave", "statement": MINE}
    answer = browser.client.post(f"{url}/statement", data=form, headers={"X-Autosave": "1"})
    assert (answer.status_code, answer.json["both"]) == (409, True)
    browser.get(f"{url}/confirm")
    browser.post(f"{url}/confirm", act="next")
    answer = browser.client.post(f"{url}/statement", data=form, headers={"X-Autosave": "1"})
    assert (answer.status_code, answer.json["both"]) == (409, False)


def test_the_way_back_to_the_confirm_page_is_not_lost(browser: Browser) -> None:
    url = stale(browser, "statement", {"statement": MINE}, {"statement": THEIRS}, back="confirm")
    assert f'href="{url}?back=confirm"' in browser.page
    answer = browser.post(url, act="next", back="confirm", statement=MINE)
    assert answer.location.endswith("/confirm")


def test_a_third_tab_is_asked_about_again(browser: Browser) -> None:
    url = stale(browser, "statement", {"statement": MINE}, {"statement": THEIRS})
    asked = browser.page
    browser.get(url)
    browser.post(url, act="next", statement=THEIRS + "又改")
    browser.page = asked
    assert browser.post(url, act="next", statement=MINE).status_code == 409
    assert THEIRS + "又改" in browser.page

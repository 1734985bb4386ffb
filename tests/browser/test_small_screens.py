"""What a phone shows of a step, measured on the screen."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE, Visitor
from tests.browser.season import sign_in
from tests.browser.test_accessibility import complete
from tests.browser.test_behaviour import Person, Season, person, season

__all__ = ["person", "season"]


def test_a_phone_has_the_row_of_steps_and_it_leads_back(
    season: Season, person: Person, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(PHONE)
    sign_in(visitor, person)
    page = visitor.go(f"/applications/{complete(season, person)}/statement")
    expect(page.locator(".step-now")).to_have_text("自我鉴定（第 4 步，共 6 步）")
    boxes = [step.bounding_box() for step in page.locator(".steps li").all()]
    assert len(boxes) == 6
    assert all(box and box["height"] >= 44 and box["width"] >= 44 for box in boxes)
    assert {round(box["y"]) for box in boxes if box} == {round(boxes[0]["y"])} if boxes[0] else False
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    link = page.get_by_role("link", name="个人信息", exact=True)
    box = link.bounding_box()
    assert box
    assert min(box["height"], box["width"]) >= 44
    link.click()
    visitor.arrives("/profile")
    expect(page.locator(".step-now")).to_contain_text("第 2 步")


def test_a_desk_has_the_titles_in_the_row(season: Season, person: Person, visit: Callable[..., Visitor]) -> None:
    visitor = visit(DESK)
    sign_in(visitor, person)
    page = visitor.go(f"/applications/{complete(season, person)}/statement")
    expect(page.locator(".step-now")).to_be_hidden()
    for word in ("考生须知", "个人信息", "登记成绩", "自我鉴定"):
        expect(page.locator(".steps").get_by_text(word, exact=True)).to_be_visible()

"""What is wrong stands at its field, and nothing beside the field moves away from it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live, Visitor, seen
from tests.browser.season import Season, open_season, staff_sign_in
from tests.browser.test_accessibility import decided, submitted


@pytest.fixture
def season(live: Live) -> Season:
    return open_season(live.app)


def beside(page: Page) -> tuple[int, int, int]:
    """How far the button stands right of and above the foot of its field, and how wide the field is."""
    form = page.locator("form.filters")
    field, button = form.locator("input[id]").first.bounding_box(), form.locator("button").bounding_box()
    assert field
    assert button
    across, down = button["x"] - field["x"] - field["width"], button["y"] - field["y"]
    return round(across), round(down), round(field["width"])


@pytest.mark.parametrize("width", [1366, 390])
def test_a_search_that_finds_nobody_leaves_its_button_beside_the_field(
    season: Season, visit: Callable[..., Visitor], width: int
) -> None:
    visitor = visit((width, 768))
    visitor.expected |= {422}
    staff_sign_in(visitor, season.staff("admin"))
    page = visitor.go("/staff/orders/record")
    before = beside(page)
    page.locator("#who").fill("查无此人")
    page.locator("#main form.filters button").click()
    expect(page.locator("#who-error")).to_contain_text("没有找到“查无此人”的申请")
    after = beside(page)
    # the red line beside a wrong field takes 16 px
    assert all(abs(one - other) <= 16 for one, other in zip(before, after, strict=True)), (before, after)


def test_what_a_return_to_the_school_lacks_is_said_at_its_field_before_it_is_sent(
    season: Season, visit: Callable[..., Visitor]
) -> None:
    file = submitted(season, season.examinee(name="林一"))
    decided(season, file, "pass")
    visitor = visit((1366, 768))
    staff_sign_in(visitor, season.staff("office_reviewer"))
    page = visitor.go(f"/staff/applications/{file}")
    seen(page)
    page.wait_for_timeout(500)  # hold.js
    button, sent = page.locator("[data-decision=back]"), []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    button.click()
    expect(page.locator("#to_school")).to_be_focused()
    expect(page.locator("#to_school-error")).to_have_text("退回初审须写明原因")
    page.locator("#to_school").fill("请核对")
    expect(page.locator("#to_school-error")).to_have_count(0)
    page.locator('[for="return.prior_degree.diploma_number"]').click()
    page.keyboard.press("Escape")
    button.click()
    reason = page.locator('[id="reason.prior_degree.diploma_number"]')
    expect(reason).to_be_focused()
    expect(page.locator('[data-item="prior_degree.diploma_number"] .error')).to_contain_text("请写明原因")
    assert [url for url in sent if url.endswith(file)] == []

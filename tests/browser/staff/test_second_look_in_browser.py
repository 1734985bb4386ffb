"""The second look of 抽查 with script: a usual reason is written into its field, and what is filled in is not left without a question."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import expect

from app.actions.spot_checks.drawing import Rule, draw
from app.extensions import db
from app.models import Window
from tests import builders
from tests.browser.conftest import Visitor
from tests.browser.season import Season, now
from tests.browser.staff.test_file import files, reviewer
from tests.browser.staff.test_staff_accessibility import season
from tests.browser.test_accessibility import decided
from tests.reviewing import actor

__all__ = ["season"]


def test_a_usual_reason_is_written_out_and_leaving_asks(season: Season, visit: Callable[..., Visitor]) -> None:
    decided(season, files(season, 1)[0], "pass")
    with season.app.app_context():
        window = db.session.query(Window.id).order_by(Window.id).first()[0]
        lead = actor(builders.staff("school_lead", school_code="10574"))
        draw(Rule(window, "school_review", "number", 1), by=lead, on=now() + timedelta(minutes=1))
    visitor = reviewer(season, visit, role="office_reviewer")
    page = visitor.page
    visitor.go("/staff/spot-checks/1/1")
    item = page.get_by_role("group", name="手机号码")
    item.locator("label.no").click()
    choice = item.locator("select")
    choice.select_option(index=1)
    written = item.locator("textarea")
    expect(written).to_have_value(choice.locator("option").nth(1).get_attribute("data-text"))
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_role("link", name="返回这次抽查").first.click()
    page.wait_for_url("**/staff/spot-checks/1")
    assert asked == ["beforeunload"]

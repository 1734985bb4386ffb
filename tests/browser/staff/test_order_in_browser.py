"""What a reviewer has in front: the picture as large on every file, old and new side by side, and the whole width where there is no picture."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from app.actions.applications.submit import submit
from app.extensions import db
from app.models import Application
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.services.graduation import GRADUATION
from tests import builders as build
from tests.browser.conftest import PHONE, Visitor, seen
from tests.browser.looking import OFFICE_PC, shoot, violations
from tests.browser.season import BUSINESS, Person, Season, kept, now, staff_sign_in
from tests.browser.staff.test_deciding import doubted
from tests.browser.staff.test_file import files, reviewer, season, settled
from tests.browser.test_accessibility import decided, draft, submitted

__all__ = ["season"]
NUMBER, PHOTO = "prior_degree.diploma_number", "prior_degree.record_photo"


def box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).first.bounding_box()
    assert found, selector
    return {name: round(value) for name, value in found.items()}


def change(season: Season, public_id: str, step: str, **answers: str) -> Application:
    with season.app.app_context(), transaction() as session:
        row = session.query(Application).filter_by(public_id=public_id).one()
        row.answers = {**row.answers, step: {**row.answers.get(step, {}), **answers}}
        session.flush()
        session.expunge(row)
        return row


def hand_in(season: Season, public_id: str, person: Person) -> None:
    with season.app.app_context():
        by = Actor("examinee", person.ticket_rows[0].examinee_id, person.name)
        submit(public_id, GRADUATION, by=by, on=now())
        db.session.remove()


def came_back(season: Season) -> str:
    """Returned for a number and a photo, and handed in again with both changed."""
    person = season.examinee(name="林一")
    public_id = submitted(season, person)
    decided(season, public_id, "return", "school_reviewer", NUMBER, PHOTO)
    with season.app.app_context():
        by = Actor("examinee", person.ticket_rows[0].examinee_id, person.name)
        build.put_picture(season.app, public_id, "record_photo", PHOTO, kept(80), by, now())
    change(season, public_id, "prior_degree", diploma_number="103311201806009999")
    hand_in(season, public_id, person)
    return public_id


def test_the_picture_is_as_large_on_the_next_file(season: Season, visit: Callable[..., Visitor]) -> None:
    ids = files(season, 3)
    page = reviewer(season, visit).go(f"/staff/applications/{ids[0]}")
    first = [box(page, part) for part in ("figure.shown [data-sheet]", "#items", ".bar")]
    for file in ids[1:]:
        before = page.url
        page.keyboard.press("a")
        page.keyboard.press("Enter")
        settled(page, before)
        assert file in page.url
        assert "生效，之前可以撤销" in page.locator(".flash").inner_text()
        assert page.locator("[data-undo]").is_visible()
        assert [box(page, part) for part in ("figure.shown [data-sheet]", "#items", ".bar")] == first
        shoot(page, "order-next")
    flash, undo = box(page, ".flash"), box(page, "[data-undo]")
    assert flash["x"] + flash["width"] <= undo["x"]  # neither lies over the other
    items = ("profile.name", "profile.birth_date", "profile.phone", NUMBER, PHOTO, "statement.statement")
    doubted(season, ids[2], *items, words="请逐项重新核对。" * 60)
    page.reload()
    seen(page)
    sheet, bar = box(page, "figure.shown [data-sheet]"), box(page, ".bar")
    assert (sheet, bar) == (first[0], first[2])  # however much is said above the items
    above, rows = box(page, ".above"), box(page, "#items")
    assert page.locator(".above").evaluate("part => part.scrollHeight > part.clientHeight")
    assert above["y"] + above["height"] <= rows["y"]
    assert rows["height"] >= 250
    assert page.evaluate("document.documentElement.scrollHeight") <= OFFICE_PC[1]
    shoot(page, "order-sent-back")
    assert violations(page) == []


def test_the_picture_keeps_its_size_whatever_is_told_and_what_is_wrong_is_in_sight(
    season: Season, visit: Callable[..., Visitor]
) -> None:
    """An error, a question that waits, the form of its answer: they stand above the items."""
    file, sheet = files(season, 1)[0], "figure.shown [data-sheet]"
    answerer = season.staff("office_reviewer", school_code="")
    page = reviewer(season, visit).go(f"/staff/applications/{file}")
    first = box(page, sheet)
    assert first["height"] >= 300
    page.keyboard.press("q")
    page.locator("[value=ask]").click()
    for field in ("asked", "question"):  # both at once
        expect(page.locator(f"#{field}-error")).to_be_in_viewport(ratio=1)
    shoot(page, "aside-both-empty")
    assert box(page, sheet) == first
    page.locator("#asked").select_option("office")
    page.locator("#question").fill("照片背面有涂改，是否认可？")
    page.wait_for_timeout(500)  # a click right after the page came is the second half of the first
    page.locator("[value=ask]").click()
    expect(page.locator(".flash")).to_contain_text("已请示")
    office = visit(OFFICE_PC)
    staff_sign_in(office, answerer)
    for each, shown in ((page, "收回请示"), (office.page, "放回审核列表")):
        each.goto(f"{office.url}/staff/applications/{file}")
        expect(each.get_by_role("button", name=shown)).to_be_in_viewport(ratio=1)
        seen(each)
        assert box(each, sheet) == first, shown
        shoot(each, f"aside-{shown}")


def test_old_and_new_picture_lie_side_by_side_and_move_together(season: Season, visit: Callable[..., Visitor]) -> None:
    public_id = came_back(season)
    page = reviewer(season, visit).go(f"/staff/applications/{public_id}")
    assert page.locator("#items h2").first.inner_text() == "本次改动（2）"
    page.keyboard.press("j")
    page.keyboard.press("j")
    sheets = page.locator("figure.shown [data-sheet]")
    expect(sheets).to_have_count(2)
    old, new = sheets.nth(0).bounding_box(), sheets.nth(1).bounding_box()
    assert old
    assert new
    assert (round(old["y"]), round(old["width"])) == (round(new["y"]), round(new["width"]))
    assert old["x"] + old["width"] <= new["x"]
    page.keyboard.press("+")
    page.keyboard.press("r")
    styles = [sheets.nth(n).locator("img").get_attribute("style") for n in (0, 1)]
    assert styles[0] == styles[1]
    assert "rotate(90deg)" in str(styles[0])
    page.keyboard.press("0")
    shoot(page, "order-changes")
    assert violations(page) == []
    # the folded ones are passed over until they are opened
    rows = page.locator("[data-item]:visible").count()
    for _ in range(rows + 3):
        page.keyboard.press("j")
    assert page.locator("details[data-fold][open]").count() == 0
    page.keyboard.press("e")
    assert page.locator("[data-item]:visible").count() > rows
    shoot(page, "order-unfolded")


def test_a_resubmission_fits_on_a_phone(season: Season, visit: Callable[..., Visitor]) -> None:
    public_id = came_back(season)
    page = reviewer(season, visit, PHONE).go(f"/staff/applications/{public_id}")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    page.locator("#items").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('#items').scrollIntoView()")
    shoot(page, "order-phone")


def test_a_file_without_pictures_uses_the_whole_width(season: Season, visit: Callable[..., Visitor]) -> None:
    person = season.examinee(plan="530601/2024", name="林二")
    public_id = draft(season, person)
    change(season, public_id, "scores", major=BUSINESS, level="专科", missing_reason="")
    with season.app.app_context(), transaction() as session:
        row = session.query(Application).filter_by(public_id=public_id).one()
        row.answers = {key: value for key, value in row.answers.items() if key != "prior_degree"}
    hand_in(season, public_id, person)
    page = reviewer(season, visit).go(f"/staff/applications/{public_id}")
    shoot(page, "order-bare")
    assert page.locator("[data-viewer]").count() == 0
    items = box(page, "#items")
    assert items["width"] >= OFFICE_PC[0] - 40
    left, right = (page.locator("#items > div:not(.note)").nth(n).bounding_box() for n in (0, 1))
    assert left
    assert right
    assert left["x"] + left["width"] <= right["x"]
    assert right["x"] + right["width"] > OFFICE_PC[0] - 60
    seen(page)
    page.keyboard.press("a")
    assert "没有打开" not in page.locator("[data-ask]").inner_text()

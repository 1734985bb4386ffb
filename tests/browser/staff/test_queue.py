"""The queue by keyboard and by touch: rows, marks, who has what in hand, a batch and its undo, without script too, axe clean."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from app.actions.applications import leases
from app.actions.review import assigning, sharing, undo
from app.actions.review.opinions import Opinion
from app.extensions import db
from app.models import Application, PendingDecision
from app.models.base import transaction
from app.services.graduation import GRADUATION
from tests import builders as build
from tests.browser.conftest import DESK, PHONE, Live, Visitor
from tests.browser.season import now
from tests.browser.test_accessibility import AT_DESKS, Inspector
from tests.reviewing import Desk, actor, missing_course, submitted

QUEUE = "/staff/applications"
NAMES = ("林晓雯", "赵云", "欧阳静怡", "王芳", "陈志远", "周子涵")


def season(live: Live, number: int = 12) -> list[Desk]:
    """Files that wait for one school, the oldest first: some marked, one overdue, one missing a course."""
    with live.app.app_context():
        window = build.window(opens_at=now() - timedelta(days=20), closes_at=now() + timedelta(days=9))
        desks = []
        for n in range(number):
            on = now() - timedelta(days=10 if n == 0 else 2, minutes=-n)
            without = (missing_course(),) if n == 2 else ()
            desks.append(submitted(window=window, on=on, name=NAMES[n % len(NAMES)], without=without))
        with transaction() as session:
            session.execute(update(Application).values(flags="", flagged=False))
            for index, marks in ((1, ",double,unclear,"), (3, ",code,")):
                row = session.get_one(Application, desks[index].row.id)
                row.flags, row.flagged = marks, True
        return desks


def enter(live: Live, visitor: Visitor, role: str = "school_lead", name: str = "李组长") -> int:
    """Sign somebody in; their number."""
    with live.app.app_context():
        client = live.app.test_client()
        school = "10574" if role.startswith("school") else ""
        person = build.staff(role, school_code=school, name=name)
        build.sign_in(client, person=person, on=live.app.extensions["kaoji.clock"].now())
        cookie = client.get_cookie("session") or next(iter(client._cookies.values()))
        visitor.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live.url}])
        visitor.expected |= {404}  # the seeded pictures have no files
        return int(person.id)


def others_at_work(live: Live, desks: list[Desk]) -> None:
    """A colleague has one file in hand and decided another."""
    with live.app.app_context():
        other = actor(build.staff(name="周明"))
        leases.hold(desks[4].public_id, by=other, on=now())
        undo.decide_later(
            desks[5].public_id,
            "pass",
            Opinion(),
            service=GRADUATION,
            by=other,
            on=now(),
            seen=desks[5].seen,
            after=timedelta(minutes=5),
        )


def shoot(visitor: Visitor, name: str, width: int) -> None:
    if folder := os.environ.get("KAOJI_TEST_SHOTS"):
        visitor.page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=False)


@AT_DESKS
def test_the_queue_and_a_batch_are_accessible_and_fit(
    live: Live, visit: Callable[..., Visitor], size: tuple[int, int]
) -> None:
    desks = season(live)
    others_at_work(live, desks)
    visitor = visit(size)
    enter(live, visitor)
    inspect = Inspector(visitor)
    inspect.visit(f"{QUEUE}?state=school_review", "queue")
    page = visitor.page
    shoot(visitor, "queue-top", size[0])
    page.locator("details.pop summary").click()
    shoot(visitor, "queue-marks", size[0])
    inspect.look("queue-marks-open")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    for index in (0, 1, 2, 3):
        page.locator("input[name=pick]").nth(index).check()
    page.get_by_role("button", name="初审通过", exact=True).click()
    inspect.look("bulk-preview")
    shoot(visitor, "bulk-preview-top", size[0])
    page.get_by_role("button", name="确认办理").click()
    inspect.look("bulk-result")
    visitor.go(QUEUE)
    inspect.look("queue-undo")
    shoot(visitor, "queue-undo-top", size[0])
    page.get_by_role("button", name="全部撤销").click()
    visitor.go(QUEUE)
    page.locator("input[name=pick]").nth(0).check()
    page.get_by_role("button", name="平均分配", exact=True).click()
    inspect.look("bulk-even")
    if size == DESK:
        visitor.go(QUEUE)
        page.keyboard.press("?")
        inspect.look("queue-keys")
    inspect.verdict()


def test_the_queue_is_worked_without_a_mouse_and_its_keys_can_be_switched_off(
    live: Live, visit: Callable[..., Visitor]
) -> None:
    desks = season(live, 6)
    visitor = visit()
    enter(live, visitor)
    page = visitor.go(QUEUE)
    focused = "document.activeElement.textContent"
    page.keyboard.press("j")
    assert page.evaluate(focused) == desks[0].ticket.number
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == desks[1].ticket.number
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("x")
    page.keyboard.press("k")
    expect(page.locator("[data-chosen]")).to_have_text("已选 1 件")
    page.keyboard.press("a")
    expect(page.locator("[data-chosen]")).to_have_text("已选 6 件")
    page.keyboard.press("a")
    expect(page.locator("[data-chosen]")).to_have_text("已选 0 件")
    page.keyboard.press("/")
    page.keyboard.type("xja?王芳")
    assert page.locator("#q").input_value() == "xja?王芳"  # while one types they are letters
    expect(page.locator("[data-chosen]")).to_have_text("已选 0 件")
    page.locator("#q").fill("王芳")
    page.keyboard.press("Enter")
    page.wait_for_url("**state=all&q=**")
    assert page.locator("[data-row]").count() == 1
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{desks[3].public_id}**")
    visitor.go(QUEUE)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="快捷键")).to_be_visible()
    page.get_by_label("使用这些快捷键").uncheck()
    page.keyboard.press("Escape")
    for _ in range(2):  # also after the page is loaded again
        page.keyboard.press("j")
        page.keyboard.press("?")
        assert page.evaluate("document.activeElement.closest('[data-row]')") is None
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.reload()


GAP = """() => { const tab = document.querySelector('.tabs a'), word = document.createRange(); word.selectNodeContents(tab.firstChild);
  return tab.querySelector('.num').getBoundingClientRect().left - word.getBoundingClientRect().right; }"""


@pytest.mark.parametrize("js", [True, False], ids=["script", "plain"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_all_under_a_filter_is_passed_and_taken_back(
    live: Live, visit: Callable[..., Visitor], size: tuple[int, int], js: bool
) -> None:
    season(live, 4)
    with live.app.app_context(), transaction() as session:
        session.execute(update(Application).values(flags="", flagged=False, missing=False))
    visitor = visit(size, js)
    enter(live, visitor)
    page = visitor.go(f"{QUEUE}?level=本科&major=050101")
    if size == PHONE:
        assert page.evaluate(GAP) >= 3  # the number does not stick to its word
    for row in range(4):
        page.locator("input[name=pick]").nth(row).check()
    visitor.press("初审通过")
    assert "所选 4 件" in page.locator("main").inner_text()
    visitor.press("确认办理")
    said = page.locator("main").inner_text()
    assert "跳过 1 件" in said  # the course that is missing
    page.locator("button[name=undo]").first.click()
    visitor.settle()
    assert "决定已撤销，没有生效" in page.locator("main").inner_text()
    visitor.go(QUEUE)
    visitor.press("全部撤销")
    with live.app.app_context():
        assert db.session.scalars(select(PendingDecision)).all() == []
        assert set(db.session.scalars(select(Application.state))) == {"school_review"}


def test_everything_the_filter_finds_is_chosen_beyond_the_page(live: Live, visit: Callable[..., Visitor]) -> None:
    season(live, 52)
    visitor = visit()
    enter(live, visitor)
    page = visitor.go(f"{QUEUE}?state=school_review")
    page.get_by_label("全部符合条件的 52 件").check()
    expect(page.locator("[data-chosen]")).to_have_text("已选全部符合条件的 52 件")
    visitor.press("平均分配")
    assert "所选 52 件，其中 52 件可以办理" in page.locator("main").inner_text()
    visitor.press("确认办理")
    assert "办成 52 件" in page.locator("main").inner_text()
    with live.app.app_context():
        assert db.session.scalars(select(Application.assignee_id)).all().count(None) == 0


@pytest.mark.parametrize("role", ["school_lead", "office_reviewer"])
def test_fourteen_files_and_more_are_in_sight_on_a_small_desk(
    live: Live, visit: Callable[..., Visitor], role: str
) -> None:
    """At 1366x768, the demonstration's banner included: above the bar, each file on one line, whatever is told above them."""
    desks = season(live, 18)
    others_at_work(live, desks)
    visitor = visit((1366, 768))
    me = enter(live, visitor, role)
    in_sight(visitor, f"queue-rows-{role}")
    with live.app.app_context():
        by = actor(build.staff("office_reviewer", school_code="", name="赵组长"))
        chosen = sharing.pick(db.session(), [desk.public_id for desk in desks[6:9]], by, now())
        assigning.assign_many(chosen, [me], by=by, on=now())
    assert "赵组长新分给你 3 件" in in_sight(visitor, f"queue-news-{role}")
    if role == "school_lead":
        for row in (9, 10):
            visitor.page.locator("input[name=pick]").nth(row).check()
        visitor.press("初审通过")
        visitor.press("确认办理")
        told = in_sight(visitor, "queue-news-batch")
        assert ("赵组长新分给你" in told, "批量通过的 2 件" in told) == (True, True)
        visitor.press("全部撤销")
        assert "已撤销 2 件" in in_sight(visitor, "queue-news-flash", address="")
    else:
        with live.app.app_context(), transaction() as session:
            session.execute(update(Application).values(state="approved", decided_at=now()))
        in_sight(visitor, "due-rows", address="/staff/orders/due")


def in_sight(visitor: Visitor, name: str, *, address: str = f"{QUEUE}?state=school_review") -> str:
    """At least fourteen whole rows of a list are above the bar; the words of the page."""
    page = visitor.go(address) if address else visitor.page
    shoot(visitor, name, 1366)
    bar = page.locator(".bar").bounding_box()
    boxes = [row.bounding_box() for row in page.locator("main tbody tr").all()]
    assert bar
    whole = [box for box in boxes if box and box["y"] + box["height"] <= bar["y"]]
    assert len(whole) >= 14, (name, len(whole))
    assert page.evaluate("document.documentElement.scrollWidth") <= 1366
    return page.locator("main").inner_text()


def test_what_leads_on_with_the_filters_takes_them_as_they_stand_on_the_screen(
    live: Live, visit: Callable[..., Visitor]
) -> None:
    """Chosen and not yet asked for with 筛选; a form that is posted, and one that is not."""
    season(live, 4)
    visitor = visit()
    enter(live, visitor, role="admin", name="管理员")
    page = visitor.go(f"{QUEUE}?state=school_review")
    page.get_by_label("层次").select_option("专科")
    page.get_by_role("link", name="导出", exact=True).click()
    page.wait_for_url("**/staff/exports/applications?*")
    expect(page.locator("main")).to_contain_text("同时按队列里的条件导出：层次 专科")
    expect(page.locator("#state")).to_have_value("school_review")
    visitor.go("/admin/audit")
    page.locator("#since").fill("2026-11-01")
    page.get_by_role("link", name="导出", exact=True).click()
    page.wait_for_url("**/staff/exports/audit?*")
    expect(page.locator("#since")).to_have_value("2026-11-01")
    page.go_back()
    page.locator("#since").fill("")
    page.get_by_role("link", name="导出", exact=True).click()
    page.wait_for_url(lambda url: "/exports/audit" in url and "since" not in url)

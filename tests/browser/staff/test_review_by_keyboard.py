"""The review page without a mouse: a whole queue by keyboard, and two reviewers at one file."""

from __future__ import annotations

from sqlalchemy import select

from app.actions.applications.submit import submit
from app.extensions import db
from app.models import Application, AuditEvent, PendingDecision
from app.services.graduation import GRADUATION
from tests import builders as build
from tests.browser.conftest import seen
from tests.reviewing import LATER, Desk, missing_course, myself, returning, submitted

FILES = 20
RESUBMISSIONS = 10


def desks(live, number: int) -> list[Desk]:
    """Files that wait for one school, the oldest first, and its window of one stage, so that the school alone decides."""
    with live.app.app_context():
        window = build.window(stages=1)
        return [submitted(window=window) for _ in range(number)]


def enter(live, visit, **person: str):
    """A reviewer's browser, signed in."""
    with live.app.app_context():
        client = live.app.test_client()
        build.sign_in(client, person=build.staff(**person), on=live.app.extensions["kaoji.clock"].now())
        cookie = client.get_cookie("session") or next(iter(client._cookies.values()))
    visitor = visit()
    visitor.expected |= {404, 409}  # the seeded pictures have no files
    visitor.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live.url}])
    return visitor


def test_twenty_files_are_decided_without_a_mouse(live, visit):
    desks(live, FILES)
    visitor = enter(live, visit)
    page = visitor.go("/staff/applications/next?undo=1")
    pressed = 0

    def press(*keys: str) -> None:
        nonlocal pressed
        for key in keys:
            page.keyboard.press(key)
            pressed += 1

    def decided() -> str:
        """Enter on the question leads to another file (or, in the end, to the queue)."""
        before = page.url
        press("Enter")
        page.wait_for_url(lambda url: url != before)
        page.wait_for_load_state()
        seen(page)
        return page.url

    # two items back, with reasons from the catalogue
    press("x", "1", "x", "1", "b")
    assert page.locator("[data-ask] h2").inner_text().startswith("退回修改（2 项）")
    decided()
    assert pressed <= 8
    # take it back: the file is there again with what was noted
    second = page.url
    press("u")
    page.wait_for_url(lambda url: url != second)
    page.wait_for_load_state()
    seen(page)
    assert page.locator("input[value=return]:checked").count() == 2
    press("b")
    decided()
    for _ in range(FILES - 1):
        press("a")
        decided()
    with live.app.app_context():
        waiting = db.session.scalars(select(PendingDecision.decision)).all()
        assert sorted(waiting) == ["pass"] * (FILES - 1) + ["return"]
        assert set(db.session.scalars(select(Application.state))) == {"school_review"}


def test_ten_resubmissions_are_decided_from_what_changed_by_two_keys_each(live, visit):
    changed = "prior_degree.diploma_number"
    with live.app.app_context():
        window, first = build.window(stages=1), build.staff(name="周明")
        for _ in range(RESUBMISSIONS):
            desk = submitted(window=window)
            desk.decide("return", first, returning(changed))
            desk.explain(changed)
            submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)
    visitor = enter(live, visit)
    page = visitor.go("/staff/applications/next?undo=1")
    pressed = 0
    for _ in range(RESUBMISSIONS):
        assert page.locator("#items h2").first.inner_text().startswith("本次改动（1）")
        assert page.locator("#items").get_by_text("已经核对过，没有错。").first.is_visible()
        before = page.url
        seen(page)
        for key in ("a", "Enter"):
            page.keyboard.press(key)
            pressed += 1
        page.wait_for_url(lambda url, before=before: url != before)
        page.wait_for_load_state()
    assert pressed == 2 * RESUBMISSIONS
    with live.app.app_context():
        assert db.session.scalars(select(PendingDecision.decision)).all() == ["pass"] * RESUBMISSIONS


def test_why_an_item_is_returned_only_now_is_asked_before_the_question(live, visit):
    with live.app.app_context():
        first = build.staff(name="周明")
        desk = submitted(window=build.window(stages=1), without=(missing_course(),))
        desk.decide("return", first, returning("prior_degree.diploma_number"))
        desk.explain("prior_degree.diploma_number")
        submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)
    page = enter(live, visit).go(f"/staff/applications/{desk.public_id}?undo=1")
    seen(page)
    page.keyboard.press("g")
    letter = page.locator("[data-letter='scores.assessment'] kbd").inner_text().lower()
    for key in (letter, "1", "b"):
        page.keyboard.press(key)
    assert page.locator("[data-ask]").is_hidden()
    assert page.evaluate("document.activeElement.id") == "again"
    assert "学分与课程在上一次退回时已经能看到，当时没有退回" in page.locator("#again-error").inner_text()
    page.keyboard.type("上次漏看")
    page.keyboard.press("Enter")  # done: the missing course needs no reason when the file goes back
    before = page.url
    for key in ("b", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url(lambda url: url != before)
    with live.app.app_context():
        assert db.session.scalars(select(PendingDecision.decision)).all() == ["return"]


def test_of_two_reviewers_at_one_file_one_decides_and_the_other_reads_why_not(live, visit):
    desk = desks(live, 1)[0]
    first, second = enter(live, visit, name="周明"), enter(live, visit, name="吴芳")
    url = f"/staff/applications/{desk.public_id}"
    first.go(url)
    page = second.go(url)
    assert "周明正在审核" in page.locator("main").inner_text()
    assert page.locator("[data-decision]").count() == 0
    page.locator("summary", has_text="接手审核").click()
    page.get_by_role("button", name="问过了，由我接手").click()
    page.wait_for_load_state()
    answers = []
    for visitor in (first, second):
        visitor.page.on(
            "response",
            lambda r: (
                answers.append(r.status)
                if r.request.method == "POST" and r.url.split("?")[0].endswith(desk.public_id)
                else None
            ),
        )
        seen(visitor.page)
        if visitor.page.locator("[name=undo]").is_checked():
            visitor.page.keyboard.press("t")
        visitor.page.keyboard.press("a")
        visitor.page.keyboard.press("Enter")
        visitor.page.wait_for_timeout(1500)
    assert answers == [409, 303]
    assert "吴芳正在审核" in first.page.locator("main").inner_text()
    with live.app.app_context():
        acts = db.session.scalars(select(AuditEvent.action).where(AuditEvent.action == "application.approve_at_once"))
        assert len(acts.all()) == 1

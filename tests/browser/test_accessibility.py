"""axe finds nothing on any page of the journey, on a phone and at a desk; nothing is cut off at 360 px."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.extensions import db
from app.models import Application, Order
from app.services.graduation import GRADUATION
from tests import builders as build
from tests.browser.conftest import DESK, PHONE, Live, Visitor
from tests.browser.looking import violations
from tests.browser.season import Person, Season, kept, now, open_season, sign_in, sign_in_by_page, staff_sign_in
from tests.sizes import FULL

RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
STEPS = ("notice", "profile", "scores", "statement", "prior-degree", "confirm")
# in the full size each page at both; otherwise at the one that its people use most
ON_PHONES = pytest.mark.parametrize("size", [PHONE, DESK] if FULL else [PHONE], ids=lambda size: str(size[0]))
AT_DESKS = pytest.mark.parametrize("size", [DESK, PHONE] if FULL else [DESK], ids=lambda size: str(size[0]))

# test_staff_accessibility looks at every page of the staff as it is, at another size; here they are in the full size
PLAIN_STAFF = [
    ("/staff/applications", "staff-queue"),
    ("/staff/examinees", "staff-people"),
    ("/staff/orders", "staff-orders"),
    ("/staff/password", "staff-password"),
]
PLAIN_ADMIN = [
    ("/admin/", "admin"),
    ("/admin/windows", "admin-windows"),
    ("/admin/windows/new", "admin-window-new"),
    ("/admin/windows/1", "admin-window"),
    ("/admin/announcements", "admin-announcements"),
    ("/admin/announcements/new", "admin-announcement"),
    ("/admin/staff", "admin-staff"),
    ("/admin/settings", "admin-settings"),
    ("/staff/orders", "admin-orders"),
]


class Inspector:
    """Looks at one page after the other; says at the end everything that is wrong."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.wrong: list[str] = []

    def look(self, name: str, narrow: bool = True) -> Page:
        """axe at the present size; with `narrow` also: nothing sticks out sideways at 360 px."""
        page = self.visitor.page
        size = page.viewport_size or {"width": 0, "height": 0}
        for rule in violations(page, RULES):
            places = "; ".join(node["html"][:160] for node in rule["nodes"][:3])
            self.wrong.append(f"{name} {size['width']}: {rule['id']}: {rule['help']}: {places}")
        if page.locator("h1").count() != 1:
            self.wrong.append(f"{name}: {page.locator('h1').count()} h1")
        self._shoot(name, size["width"])
        if narrow and size["width"] < 600:
            page.set_viewport_size({"width": 360, "height": 780})
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > 360:
                self.wrong.append(f"{name}: {wide} px wide at 360: {self._widest(page)}")
            page.set_viewport_size(size)  # type: ignore[arg-type]
        return page

    @staticmethod
    def _widest(page: Page) -> str:
        return str(
            page.evaluate(
                "Array.from(document.querySelectorAll('main *, header *, footer *'))"
                ".filter(e => e.getBoundingClientRect().right > 361 && !e.closest('.scroll, .visually-hidden'))"
                ".map(e => e.outerHTML.slice(0, 90)).slice(0, 3).join(' | ')"
            )
        )

    def _shoot(self, name: str, width: int) -> None:
        folder = os.environ.get("KAOJI_TEST_SHOTS")
        if folder:
            self.visitor.page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)

    def visit(self, path: str, name: str, narrow: bool = True) -> None:
        self.visitor.go(path)
        self.look(name, narrow)

    def verdict(self) -> None:
        assert self.wrong == [], "\n".join(self.wrong)


@pytest.fixture
def season(live: Live) -> Season:
    return open_season(live.app)


def draft(season: Season, person: Person, **over: object) -> str:
    """The public id of a whole draft without pictures, at the last step."""
    with season.app.app_context():
        row = build.application(
            person.ticket_rows[0],
            season.window,
            answers=build.answers(),
            reached="confirm",
            at_step="confirm",
            created_at=now(),
            saved_at=now(),
            version=7,
            **over,
        )
        return str(row.public_id)


def complete(season: Season, person: Person) -> str:
    """The public id of a draft with both pictures as the site keeps them."""
    from app.rules.people.roles import Actor

    public_id = draft(season, person)
    with season.app.app_context():
        by = Actor("examinee", person.ticket_rows[0].examinee_id, person.name)
        for shade, slot in ((0, "diploma_photo"), (40, "record_photo")):
            build.put_picture(season.app, public_id, slot, f"prior_degree.{slot}", kept(shade), by, now())
    return public_id


def submitted(season: Season, person: Person) -> str:
    from app.actions.applications.submit import submit
    from app.rules.people.roles import Actor

    public_id = complete(season, person)
    with season.app.app_context():
        submit(public_id, GRADUATION, by=Actor("examinee", person.ticket_rows[0].examinee_id, person.name), on=now())
    return public_id


def decided(season: Season, public_id: str, decision: str, role: str = "school_reviewer", *returned: str) -> None:
    """A reviewer decides; `returned`: keys of items with a reason each."""
    from app.actions.review.decide import decide
    from app.actions.review.opinions import Opinion, Seen
    from app.models import Submission
    from tests.reviewing import actor, returning

    with season.app.app_context():
        by = actor(build.staff(role))
        row = db.session.query(Application).filter_by(public_id=public_id).one()
        last = db.session.query(Submission).filter_by(application_id=row.id).order_by(Submission.number.desc()).first()
        seen = Seen(last.sha256, row.version)
        opinion = returning(*returned) if returned else Opinion()
        decide(public_id, decision, opinion, service=GRADUATION, by=by, on=now(), seen=seen)


@ON_PHONES
def test_pages_before_signing_in(season: Season, visit: Callable[..., Visitor], size: tuple[int, int]) -> None:
    visitor = visit(size)
    visitor.expected |= {400, 404, 405}
    inspect = Inspector(visitor)
    for path, name in (
        ("/login", "login"),
        ("/browsers", "browsers"),
        ("/privacy", "privacy"),
        ("/staff/login", "staff-login"),
    ):
        inspect.visit(path, name)
    person = season.examinee(active=False)
    visitor.go("/login")
    visitor.page.get_by_label("证件号码").fill("310101199503020019")
    visitor.press("登录")
    inspect.look("login-errors")
    inspect.visit("/nowhere", "error-404")
    sign_in_by_page(visitor, person)
    inspect.look("activate")
    visitor.press("设置密码并登录")
    inspect.look("activate-errors")
    inspect.verdict()


@ON_PHONES
def test_an_examinees_pages(season: Season, visit: Callable[..., Visitor], size: tuple[int, int]) -> None:
    visitor = visit(size)
    visitor.expected |= {404, 409}
    inspect = Inspector(visitor)
    person = season.examinee(without=("00540",), tickets=2)
    sign_in(visitor, person)
    inspect.look("home")
    for path, name in (
        ("/scores/latest", "scores-latest"), ("/scores/history", "scores-history"), ("/orders", "orders-empty"),
        ("/services", "services"), ("/services/graduation", "service-open"), ("/password", "password"),
        ("/announcements/1", "announcement"), ("/applications/0", "error-404-in"),
    ):  # fmt: skip
        inspect.visit(path, name)
    url = f"/applications/{draft(season, person)}"
    inspect.visit("/", "home-draft")
    inspect.visit("/services/graduation", "service-draft")
    inspect.visit(url, "application-draft")
    for step in STEPS:
        inspect.visit(f"{url}/{step}", f"step-{step}")
    visitor.go(f"{url}/profile")
    visitor.page.get_by_label("手机号码", exact=True).fill("12")
    visitor.press("下一步")
    inspect.look("step-profile-errors")
    visitor.go(f"{url}/scores")  # a step that was passed says at once what has become wrong
    expect(visitor.page.locator("dialog[open]")).to_be_visible()
    visitor.page.keyboard.press("Escape")
    inspect.look("step-scores-plan")
    stale_tab(visitor, url)
    inspect.look("error-409")
    inspect.verdict()


def stale_tab(visitor: Visitor, url: str) -> None:
    """What is written here meets what another tab saved meanwhile."""
    first = visitor.go(f"{url}/statement")
    other = visitor.context.new_page()
    other.goto(first.url)
    other.get_by_label("自我鉴定", exact=True).fill(build.STATEMENT + "另一处")
    other.get_by_role("button", name="下一步", exact=True).click()
    other.wait_for_url("**/prior-degree")
    other.close()
    first.get_by_label("自我鉴定", exact=True).fill(build.STATEMENT + "这一处")
    visitor.press("下一步")


@ON_PHONES
def test_an_application_after_it_was_submitted(
    season: Season, visit: Callable[..., Visitor], size: tuple[int, int]
) -> None:
    visitor = visit(size)
    inspect = Inspector(visitor)
    person = season.examinee()
    public_id = complete(season, person)
    url = f"/applications/{public_id}"
    sign_in(visitor, person)
    inspect.visit(f"{url}/prior-degree", "step-prior-degree-pictures")
    inspect.visit(f"{url}/confirm", "step-confirm-pictures")
    visitor.press("确认无误，提交申请")
    inspect.look("submitted")
    decided(season, public_id, "return", "school_reviewer", "prior_degree.diploma_number", "prior_degree.record_photo")
    inspect.visit("/", "home-returned")
    inspect.visit("/services/graduation", "service-returned")
    inspect.visit(url, "returned")
    inspect.visit(f"{url}/prior-degree", "step-prior-degree-returned")
    inspect.visit(f"{url}/statement", "step-statement-locked")
    inspect.visit(f"{url}/fixes", "fixes")
    visitor.press("确认无误，提交申请")
    inspect.look("fixes-refused")
    for words in visitor.page.get_by_label(re.compile("^我的说明")).all():
        words.fill("已经核对过，没有错。")
    visitor.page.locator("details > summary", has_text="其他内容").click()
    inspect.look("fixes-explained")
    visitor.press("确认无误，提交申请")
    decided(season, public_id, "pass")
    decided(season, public_id, "pass", "office_reviewer")
    inspect.visit("/", "home-to-pay")
    inspect.visit("/services/graduation", "service-approved")
    inspect.visit(url, "approved")
    visitor.press("支付毕业审定费")
    inspect.look("order")
    visitor.page.get_by_role("link", name=re.compile("^去支付")).click()
    visitor.settle()
    inspect.look("cashier")
    visitor.press("确认支付 ¥ 50.00")
    inspect.visit("/orders", "orders")
    inspect.visit(url, "completed")
    inspect.verdict()


@AT_DESKS
def test_the_staffs_pages(season: Season, visit: Callable[..., Visitor], size: tuple[int, int]) -> None:
    visitor = visit(size)
    visitor.expected |= {403, 404, 409}
    inspect = Inspector(visitor)
    people = [season.examinee(name=name) for name in ("林晓雯", "赵云", "欧阳静")]
    ids = [submitted(season, person) for person in people]
    decided(season, ids[2], "pass")
    decided(season, ids[2], "pass", "office_reviewer")
    ordered(season, ids[2])
    staff_sign_in(visitor, season.staff())
    inspect.look("staff-overview", narrow=False)
    for path, name in (
        *(PLAIN_STAFF if FULL else ()),
        ("/staff/applications?q=999", "staff-queue-empty"),
        (f"/staff/applications/{ids[0]}", "staff-review"),
        (f"/staff/applications/{ids[2]}", "staff-review-closed"),
        ("/admin/", "error-403"),
    ):
        inspect.visit(path, name, narrow=False)
    visitor.go(f"/staff/applications/{ids[0]}")
    visitor.page.get_by_role("button", name=re.compile("^退回修改")).click()
    visitor.settle()
    inspect.look("staff-review-errors", narrow=False)
    visitor.go("/staff/examinees")
    visitor.page.locator("#q").fill(people[0].tickets[0])
    visitor.press("查找")
    inspect.look("staff-people-found", narrow=False)
    visitor.page.locator("tbody a").first.click()
    visitor.settle()
    inspect.look("staff-person", narrow=False)
    inspect.verdict()


def ordered(season: Season, public_id: str) -> None:
    """An order that waits for its payment."""
    from app.actions.payments.orders import open_order
    from app.rules.people.roles import Actor

    with season.app.app_context():
        row = db.session.query(Application).filter_by(public_id=public_id).one()
        open_order(public_id, by=Actor("examinee", row.examinee_id, ""), on=now())
        assert db.session.query(Order).count() == 1


@AT_DESKS
def test_the_administrators_pages(season: Season, visit: Callable[..., Visitor], size: tuple[int, int]) -> None:
    visitor = visit(size)
    inspect = Inspector(visitor)
    staff_sign_in(visitor, season.staff("admin"))
    for path, name in PLAIN_ADMIN if FULL else ():
        inspect.visit(path, name, narrow=False)
    visitor.go("/admin/windows/new")
    visitor.press("保存")
    inspect.look("admin-window-errors", narrow=False)
    inspect.verdict()


def test_the_inspector_sees_what_is_wrong(season: Season, visit: Callable[..., Visitor]) -> None:
    """A page that is broken on purpose: the proof that a green run means something."""
    visitor = visit(PHONE)
    inspect = Inspector(visitor)
    page = visitor.go("/browsers")
    page.evaluate(
        "document.getElementById('main').insertAdjacentHTML('beforeend', '<img src=\"/favicon.ico\"><table class=\"w\"><tr><td>'"
        " + 'x'.repeat(900) + '</td></tr></table><h1>2</h1>')"
    )
    visitor.expected.add(404)
    inspect.look("broken")
    said = "\n".join(inspect.wrong)
    assert "image-alt" in said
    assert "2 h1" in said
    assert "px wide at 360" in said

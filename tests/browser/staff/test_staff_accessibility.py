"""Every page of the staff and the administrators: axe finds nothing, also at 200 % zoom, and the keyboard reaches all of it.

The pages come from the list of routes, so that a new one is looked at without anybody thinking of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page
from sqlalchemy import literal

from app.actions import scope
from app.actions.applications.submit import submit
from app.actions.corrections.asking import PERSON, ask, present
from app.actions.payments.orders import receive
from app.actions.review.notes import add_note
from app.actions.spot_checks.drawing import Rule, draw
from app.adapters.gateways import Notice
from app.extensions import db
from app.models import (
    Announcement,
    Application,
    Examinee,
    Order,
    PaymentEvent,
    ReturnReason,
    ScoreQuestion,
    SpotCheck,
    Staff,
    Window,
)
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.security.allow import policy_of
from app.services.graduation import GRADUATION
from tests import builders as build
from tests.browser.conftest import PHONE, Live, Visitor
from tests.browser.looking import OFFICE_PC, ZOOMED, shoot, violations, walk
from tests.browser.season import Season, now, open_season, staff_sign_in
from tests.browser.test_accessibility import decided, ordered, submitted
from tests.reviewing import actor
from tests.sizes import FULL

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NO_PAGES = {
    "/staff/statistics.xlsx",
    "/staff/totp.svg",
    "/staff/applications/coming",
    "/staff/applications/next",
    "/staff/login",
    "/staff/applications/bulk/<key>",
    "/admin/templates/<kind>",
}
"""Files, a picture, addresses for the page's script, where one is sent on; test_queue.py looks at a choice of several files."""
ROLES = ("admin", "school_lead", "office_reviewer", "finance", "auditor")
# zoomed more goes wrong; in the full run at both sizes
WALKS = [(role, size) for role in ROLES for size in (OFFICE_PC, ZOOMED) if FULL or size == ZOOMED]
BY_KEYBOARD = ("admin", "school_lead", "office_reviewer") if FULL else ("admin", "school_lead")


@pytest.fixture
def season(live: Live) -> Season:
    return open_season(live.app)


@pytest.fixture
def again(season: Season) -> str:
    """A file at the final stage for the second time, with notes, a missing course that was reported, and a paper used twice."""
    person = season.examinee(name="欧阳静")
    other = submitted(season, season.examinee(name="赵云"))
    public_id = submitted(season, person)
    decided(season, public_id, "pass")
    decided(season, public_id, "return", "office_reviewer", "statement.statement")
    with season.app.app_context():
        with transaction() as session:
            row = session.query(Application).filter_by(public_id=public_id).one()
            row.answers = {**row.answers, "statement": {"statement": build.STATEMENT + "补充。"}}
        add_note(public_id, "请看第二页的编号", by=actor(build.staff("office_reviewer", name="吴芳")), on=now())
        submit(public_id, GRADUATION, by=Actor("examinee", person.ticket_rows[0].examinee_id, person.name), on=now())
        build.store(
            ScoreQuestion(
                ticket_id=person.ticket_rows[0].id,
                school_code="10574",
                major_code="050101",
                course_code="00540",
                course_name="外国文学史",
                session="2026-04",
                place="某考点",
                asked_at=now() - timedelta(days=1),
            )
        )
        build.store(ReturnReason(school_code="10574", label="本校的一条", text="请补交原件照片"))
    decided(season, other, "pass")
    decided(season, other, "pass", "office_reviewer")
    ordered(season, other)
    with season.app.app_context():
        window = db.session.query(Window.id).order_by(Window.id).first()[0]
        receive(Notice("training", "T12", "D0", 5000, "{}"), title="训练收银台", on=now())
        lead = actor(build.staff("school_lead", school_code="10574"))
        draw(Rule(window, "school_review", "number", 2), by=lead, on=now() + timedelta(minutes=1))
    return public_id


def asked(role: str) -> str:
    """A correction that somebody of the role asked and has not confirmed; a page of one's own."""
    staff = db.session.query(Staff).filter_by(role=role).order_by(Staff.id.desc()).first()
    if staff is None or role not in scope.OFFICE:
        return "nobody"
    ident = db.session.query(Examinee.id).order_by(Examinee.id).first()[0]
    fields = {**present(db.session(), PERSON, ident), "name": "欧阳靖", "reason": "身份证核对，原登记有误"}
    return ask(PERSON, ident, fields, by=actor(staff), on=now())


def pages(season: Season, role: str, file: str) -> list[str]:
    """Every page that this role may open, its arguments filled in."""
    with season.app.app_context():
        first = {
            "/staff/examinees/<int:ident>": db.session.query(Examinee.id).order_by(Examinee.id).first(),
            "/staff/examinees/<int:ident>/correct": db.session.query(Examinee.id).order_by(Examinee.id).first(),
            "/staff/corrections/<key>": (asked(role),),
            "/staff/questions/<int:ident>": db.session.query(ScoreQuestion.id).first(),
            "/staff/orders/<number>": db.session.query(Order.number).first(),
            "/staff/orders/<number>/correct": db.session.query(Order.number).first(),
            "/staff/orders/payments/<int:ident>": db.session.query(PaymentEvent.id)
            .filter_by(verdict="disputed")
            .first(),
            "/admin/announcements/<int:ident>": db.session.query(Announcement.id).first(),
            "/admin/reasons/<int:ident>": db.session.query(ReturnReason.id).filter_by(school_code="10574").first(),
            "/admin/staff/<int:ident>": db.session.query(Staff.id).first(),
            "/admin/staff/<int:ident>/role": db.session.query(Staff.id).first(),
            "/admin/windows/<int:ident>": db.session.query(Window.id).first(),
            "/staff/applications/<public_id>": (file,),
            "/staff/applications/<public_id>/revoke": (file,),
            "/staff/applications/<public_id>/completion": (file,),
            "/staff/spot-checks/<int:ident>": db.session.query(SpotCheck.id).first(),
            "/staff/spot-checks/<int:ident>/<int:place>": db.session.query(SpotCheck.id, literal(1)).first(),
            "/staff/exports/<kind>": ({"finance": "orders", "auditor": "audit"}.get(role, "applications"),),
        }
    found = []
    for rule in season.app.url_map.iter_rules():
        policy = policy_of(season.app, rule.endpoint)
        address = str(rule)
        ours = address.startswith(("/staff", "/admin")) and "GET" in (rule.methods or ()) and policy is not None
        if (
            not ours
            or address in NO_PAGES
            or "staff" not in policy.kinds
            or (policy.roles and role not in policy.roles)
        ):
            continue
        if not rule.arguments:
            found.append(address)
        else:
            value = first[address]
            assert value is not None, f"nothing to show at {address}"
            given = iter(value)
            found.append(re.sub("<[^>]+>", lambda _, given=given: str(next(given)), address))  # type: ignore[misc]
    return sorted(found)


def looked_at(season: Season, role: str, file: str) -> list[str]:
    """In the full size every page of every role; else each once, and for each role the pages where it has its own acts."""
    mine = pages(season, role, file)
    if FULL:
        return mine
    earlier = {path for other in ROLES[: ROLES.index(role)] for path in pages(season, other, file)}
    own = ("/staff/", "/staff/applications", f"/staff/applications/{file}")
    return [path for path in mine if path not in earlier or path in own]


IN_TABLES = """() => [...document.querySelectorAll('.scroll > table')].flatMap(table => {
  const right = table.parentElement.getBoundingClientRect().right + 1, name = table.caption.textContent;
  const out = [...table.querySelectorAll('button, .btn, .acts a')].filter(each => each.getBoundingClientRect().right > right);
  const wide = innerWidth < 400 && !table.matches('.wide') && table.scrollWidth > table.parentElement.clientWidth;
  return [...(out.length ? [`${name}: ${out.length} acts out of sight, such as ${out[0].textContent}`] : []), ...(wide ? [`${name}: too wide`] : [])];
})"""
"""Acts that one would have to look for at the right of a table, and tables that scroll sideways on a phone without need."""


def complaints(page: Page, path: str) -> list[str]:
    """What axe says, whether the page is wider than the window, and what lacks a name or a heading."""
    size = page.viewport_size or {"width": 0}
    found = violations(page, RULES)
    wrong = [
        f"{path} {size['width']}: {rule['id']}: {'; '.join(node['html'][:140] for node in rule['nodes'][:3])}"
        for rule in found
    ]
    if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
        wide = (
            "Array.from(document.querySelectorAll('body *')).filter(e => e.getBoundingClientRect().right > innerWidth + 1"
            " && !e.closest('.scroll, .visually-hidden')).map(e => e.outerHTML.slice(0, 90)).slice(0, 3)"
        )
        wrong.append(f"{path} {size['width']}: wider than the window: {page.evaluate(wide)}")
    wrong += [f"{path} {size['width']}: {said}" for said in page.evaluate(IN_TABLES)]
    if page.locator("h1").count() != 1:
        wrong.append(f"{path}: {page.locator('h1').count()} h1")
    return wrong


@pytest.mark.parametrize(("role", "size"), WALKS, ids=[f"{role}-{size[0]}" for role, size in WALKS])
def test_axe_finds_nothing_on_any_page(
    season: Season, again: str, visit: Callable[..., Visitor], role: str, size: tuple[int, int]
) -> None:
    visitor = visit(size)
    school = {"school_code": "10574"} if role == "school_lead" else {}
    staff_sign_in(visitor, season.staff(role, **school))
    wrong = []
    for path in looked_at(season, role, again):
        page = visitor.go(path)
        shoot(page, f"{role}{path.replace('/', '-')[:40]}-{size[0]}")
        wrong += complaints(page, path)
    assert wrong == [], "\n".join(wrong)


def test_no_table_hides_its_acts_on_a_phone(season: Season, again: str, visit: Callable[..., Visitor]) -> None:
    """Those of an administrator, who has the most of them."""
    visitor = visit(PHONE)
    staff_sign_in(visitor, season.staff("admin"))
    wrong = []
    for path in [*pages(season, "admin", again), "/staff/orders/record?who=赵云"]:
        page = visitor.go(path)
        wrong += [f"{path}: {said}" for said in page.evaluate(IN_TABLES)]
    assert wrong == [], "\n".join(wrong)


def test_a_link_in_a_wide_table_is_whole_when_it_has_the_focus(season: Season, visit: Callable[..., Visitor]) -> None:
    """However much of it the edge of the table's window cut off before."""
    visitor = visit(ZOOMED)
    person = season.examinee(name="赵云")
    submitted(season, person)
    staff_sign_in(visitor, season.staff("admin"))
    page = visitor.go("/admin/audit")
    button = page.locator("td a").first
    right = "element => element.closest('.scroll').getBoundingClientRect().right"
    left = button.bounding_box()["x"] - button.evaluate(right) + ZOOMED[0]  # type: ignore[index]
    cut = []
    for shown in range(4, 90, 10):
        page.set_viewport_size({"width": int(left) + shown, "height": ZOOMED[1]})
        page.evaluate("document.querySelector('.scroll').scrollLeft = 0")
        page.locator(".scroll").first.focus()
        page.keyboard.press("Tab")
        assert button.evaluate("element => element === document.activeElement")
        box = button.bounding_box()
        if not box or box["x"] + box["width"] > button.evaluate(right):
            cut.append(shown)
    assert cut == []


@pytest.mark.parametrize("role", BY_KEYBOARD)
def test_the_keyboard_reaches_everything_and_the_focus_is_seen(
    season: Season, again: str, visit: Callable[..., Visitor], role: str
) -> None:
    visitor = visit(ZOOMED)
    staff_sign_in(visitor, season.staff(role, **({"school_code": "10574"} if role == "school_lead" else {})))
    wrong = []
    for path in looked_at(season, role, again):
        page = visitor.go(path)
        reached, hidden = walk(page)
        wanted = page.evaluate(
            "document.querySelectorAll('main a[href], main button:not([tabindex=\"-1\"]), main select, main textarea').length"
        )
        if hidden or (wanted and len(reached) < 5):
            wrong.append(f"{path}: not seen: {hidden}; reached {len(reached)}")
    assert wrong == [], "\n".join(wrong)


def test_a_page_that_is_broken_on_purpose_is_complained_of(season: Season, visit: Callable[..., Visitor]) -> None:
    visitor = visit(ZOOMED)
    staff_sign_in(visitor, season.staff())
    page = visitor.go("/staff/password")
    page.evaluate(
        "document.getElementById('main').insertAdjacentHTML('beforeend', '<h1>2</h1><button></button><p class=\"w\">w</p>'"
        ' + \'<a href="#" class="n">leer</a>\')'
    )
    page.evaluate("document.querySelector('.n').style.cssText = 'outline: none; box-shadow: none'")
    page.evaluate("document.querySelector('.w').style.width = '900px'")
    said = "\n".join(complaints(page, "broken"))
    for wrong in ("button-name", "wider than the window", "2 h1"):
        assert wrong in said
    assert "leer" in walk(page)[1]

"""What a phone shows of a step, measured on the screen."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE, Visitor
from tests.browser.forms.test_offline import enter, kept
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


def test_what_a_change_is_for_and_the_way_back_stay_in_sight(
    season: Season, person: Person, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(DESK)
    sign_in(visitor, person)
    confirm = f"/applications/{complete(season, person)}/confirm"
    for size, number in ((PHONE, "13900000001"), ((1366, 768), "13900000002")):
        visitor.page.set_viewport_size({"width": size[0], "height": size[1]})
        page = visitor.go(confirm)
        page.locator('.change a[href$="#diploma_number"], .change a[href$="#occupation"]').first.click()
        visitor.arrives("#occupation")
        note, field = page.locator(".note.stay"), page.locator("#occupation")
        expect(note).to_be_in_viewport(ratio=1)
        expect(field).to_be_in_viewport(ratio=1)
        over, below = note.bounding_box(), field.bounding_box()
        assert over
        assert below
        assert over["y"] + over["height"] <= below["y"]
        page.get_by_label("手机号码", exact=True).fill(number)
        visitor.press("返回（保存所作修改）")
        visitor.arrives("/confirm")
        expect(page.get_by_text(number)).to_be_visible()


LABELS = """() => {
  const under = document.querySelector('.note.stay').getBoundingClientRect().height, hidden = [];
  document.querySelectorAll('#step-form :is(label, legend)').forEach(label => {
    const field = label.closest('.field'), first = field.querySelector('[id][name]');
    if (!first || label.closest('.choice')) return;
    window.scrollTo(0, 0);
    history.replaceState(null, '', location.pathname + location.search);
    location.hash = '#' + first.id;
    if (scrollY && label.getBoundingClientRect().top < under) hidden.push(label.textContent);
    const link = document.querySelector('.errors a');
    link.setAttribute('href', '#' + first.id);
    link.click();
    if (label.getBoundingClientRect().top < under) hidden.push('from the summary: ' + label.textContent);
  });
  return hidden; }"""


def test_what_one_comes_to_change_is_in_sight_with_its_name(
    season: Season, person: Person, visit: Callable[..., Visitor]
) -> None:
    visitor = visit((360, 640))
    sign_in(visitor, person)
    page = visitor.go(f"/applications/{complete(season, person)}/profile?back=confirm")
    for name in ("手机号码", "通讯地址"):
        page.get_by_label(name, exact=True).fill("")
    visitor.press("下一步")
    expect(page.locator(".errors a")).to_have_count(2)
    for size in ((360, 640), PHONE, (1366, 768)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert page.evaluate(LABELS) == [], size


def test_a_picture_that_one_comes_to_change_is_in_sight_with_its_name(
    season: Season, person: Person, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(PHONE)
    sign_in(visitor, person)
    confirm = f"/applications/{complete(season, person)}/confirm"
    for slot in ("diploma_photo", "record_photo"):
        page = visitor.go(confirm)
        page.locator(f'.change a[href$="#{slot}"]').click()
        visitor.arrives(f"#{slot}")
        note, name, field = page.locator(".note.stay"), page.locator(f"label[for={slot}]"), page.locator(f"#{slot}")
        expect(field).to_be_in_viewport(ratio=1)
        expect(page.locator(f"#drop-{slot} img")).to_be_in_viewport(ratio=1)
        over, title = note.bounding_box(), name.first.bounding_box()
        assert over
        assert title
        assert over["y"] + over["height"] <= title["y"]


def test_after_an_error_one_counter_follows_what_is_written(
    season: Season, person: Person, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(PHONE)
    sign_in(visitor, person)
    page = visitor.go(f"/applications/{complete(season, person)}/statement")
    area = page.get_by_label("自我鉴定", exact=True)
    area.fill("好" * 250)
    area.evaluate(
        "box => { box.style.height = '30rem'; }"
    )  # as its corner does: no swap may copy a style, which the policy refuses
    visitor.press("下一步")
    expect(page.locator("#statement-error")).to_contain_text("现在是 250 字，还差 50 字")
    expect(page.locator(".counter")).to_have_text("")
    expect(page.locator(".saved")).to_have_count(1)
    area.press("End")
    area.type("好学")
    expect(page.locator(".counter")).to_have_text("已写 252 字，还差 48 字")
    expect(page.locator(".error, .errors")).to_have_count(0)
    assert not page.title().startswith("错误")
    assert "250" not in page.locator("#main").inner_text()
    area.fill("好" * 320)
    visitor.press("下一步")
    visitor.arrives("/prior-degree")


def test_a_password_can_be_looked_at_and_is_hidden_again_when_sent(visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    page = visitor.go("/login")
    field = page.locator("#password")
    field.fill("Mima-2027")
    page.get_by_role("button", name="显示密码", exact=True).click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="隐藏密码", exact=True).click()
    expect(field).to_have_attribute("type", "password")
    page.get_by_role("button", name="显示密码", exact=True).click()
    page.evaluate("document.querySelector('form.card').addEventListener('submit', event => event.preventDefault())")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(field).to_have_attribute("type", "password")


def test_what_another_page_changed_leads_to_the_choice_and_loses_nothing(
    season: Season, person: Person, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(PHONE)
    visitor.expected |= {409}
    enter(visitor, person, own=True)
    visitor.page.clock.install()
    page = visitor.go(f"/applications/{complete(season, person)}/statement")
    other = visitor.context.new_page()
    visitor.watch(other)
    other.goto(page.url)
    other.get_by_label("自我鉴定", exact=True).fill("另" * 300)
    other.get_by_role("button", name="下一步", exact=True).click()
    other.wait_for_url("**/prior-degree")
    page.get_by_label("自我鉴定", exact=True).fill("我" * 300)
    page.clock.run_for(4000)
    bar = page.locator("#notice-autosave")
    expect(bar).to_contain_text("两处的内容都在")
    bar.get_by_role("button", name="去选择").click()
    expect(page.locator("h1")).to_have_text("两个页面改了同一处")
    expect(page.locator("#notices > *")).to_have_count(0)
    mine = page.locator("#mine-1")
    assert mine.input_value() == "我" * 300
    assert mine.evaluate("box => box.scrollHeight <= box.clientHeight"), (
        "the text stands in a box that is too small for it"
    )
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copy = page.locator("[data-copy=theirs-1]")
    copy.click()
    expect(copy).to_contain_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()") == "另" * 300
    assert len(kept(page)) == 1
    visitor.press("用我填的")
    expect(page.get_by_label("自我鉴定", exact=True)).to_have_value("我" * 300)
    assert kept(page) == []
    expect(page.locator("#notices > *")).to_have_count(0)

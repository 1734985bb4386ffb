"""Every form that staff post carries the token by which a repeat is known, or stands here with why its repeat is harmless."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
FORMS = re.compile(r"<form\b[^>]*method=\"post\".*?</form>|\{\{-? ?form\.button_form\(.*?\}\}", re.S)
TOKEN = re.compile(r"form\.once\(\)|token=True")
SIGNING = "signing in or out: the page that follows is the same, or asks for the next step"
SHOWN = "looks something up and changes nothing"
SO_ALREADY = "what is so already stays so, with the same words"
MAKES = "makes the file again"
SAME = "saves the same once more over itself"
HARMLESS = {
    ("base.html", "/staff/logout"): SIGNING,
    ("base.html", '"/logout"'): SIGNING,
    ("base.html", '"/ticket"'): "of examinees: the ticket chosen is the one already chosen",
    ("account/staff_login.html", "/staff/login"): SIGNING,
    ("account/staff_code.html", "/staff/login"): SIGNING,
    ("account/totp.html", "/staff/totp"): SIGNING,
    ("account/confirm.html", "/staff/confirm"): SIGNING,
    (
        "account/staff_password.html",
        "/staff/password",
    ): "setting of the own account: ends the login session that the repeat would need",
    ("staff/overview.html", "/staff/told"): SO_ALREADY,
    ("admin/announcements.html", "撤下"): SO_ALREADY,
    ("admin/announcements.html", "发布"): SO_ALREADY,
    ("admin/reasons.html", "停用"): SO_ALREADY,
    ("admin/certificates.html", 'value="save"'): SAME,
    ("admin/certificates.html", 'value="assign"'): "those without a number get one; the repeat finds none left",
    ("admin/settings.html", "/admin/settings"): SAME,
    ("admin/forecast.html", "/admin/forecast"): MAKES,
    ("staff/exports/export.html", 'action="/staff/exports'): f"{MAKES}; a set of columns is saved over itself",
    ("staff/file/_ask.html", 'value="publish"'): SO_ALREADY,
    ("staff/file/_holding.html", "take_over"): SO_ALREADY,
    ("staff/file/_kept.html", "forget"): SO_ALREADY,
    ("staff/file/sure.html", "kept"): "carries what the review's form held, its token with it",
    ("staff/queue/queue.html", "/staff/applications/find"): SHOWN,
    ("staff/queue/_assigned.html", "知道了"): SO_ALREADY,
    ("staff/queue/_views.html", 'action="/staff/applications/views"'): SAME,
    ("staff/people/people.html", "/staff/examinees"): SHOWN,
    ("staff/people/person.html", "reveal"): SHOWN,
    ("staff/people/correct.html", "{{ here }}"): "asks for the page that confirms, and changes nothing",
    ("staff/people/correction.html", "{{ here }}"): "what was asked is done once: its repeat finds it done",
}


def of_staff() -> list[tuple[str, str]]:
    """Template and text of each form that staff can post."""
    found = []
    for path in sorted(TEMPLATES.rglob("*.html")):
        name = path.relative_to(TEMPLATES).as_posix()
        if name.startswith(("staff/", "admin/")) or name in {template for template, _ in HARMLESS}:
            found += [(name, text) for text in FORMS.findall(path.read_text("utf-8"))]
    return found


def excused(name: str, text: str) -> list[tuple[str, str]]:
    return [(template, part) for template, part in HARMLESS if template == name and part in text]


def test_every_form_of_staff_carries_the_token_or_says_why_not() -> None:
    forms = of_staff()
    assert len(forms) > 45
    without = [f"{name}: {text[:120]}" for name, text in forms if not TOKEN.search(text) and not excused(name, text)]
    assert without == []


def test_nothing_is_excused_that_is_gone_or_carries_the_token() -> None:
    bare = [(name, text) for name, text in of_staff() if not TOKEN.search(text)]
    used = {key for name, text in bare for key in excused(name, text)}
    assert set(HARMLESS) - used == set()


@pytest.mark.parametrize("macro", ["once", "button_form"])
def test_the_token_is_a_hidden_field_of_its_own_each_time(app, macro: str) -> None:
    call = {"once": "form.once()", "button_form": "form.button_form('/x', '办', token=True)"}[macro]
    with app.test_request_context():
        template = app.jinja_env.from_string('{% import "components/form.html" as form %}{{ ' + call + " }}")
        first, second = (re.findall(r'name="form_token" value="(\w{32})"', template.render()) for _ in range(2))
    assert len(first) == len(second) == 1
    assert first != second

"""The macros of templates/components, rendered from plain data."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, render_template_string

from app.rules.calendar import picked

ROOT = Path(__file__).parents[2]
EVIL = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def page() -> Iterator[Flask]:
    app = Flask("components", template_folder=str(ROOT / "templates"))
    app.jinja_env.globals["csrf_token"] = lambda: "token"
    app.jinja_env.tests["picked"] = picked
    with app.test_request_context():
        yield app


def render(body: str, **context: object) -> str:
    return render_template_string('{% import "components/fields.html" as f %}' + body, **context)


@pytest.mark.usefixtures("page")
def test_a_wrong_field_says_so_beside_it_and_to_screen_readers() -> None:
    html = render(
        "{{ f.text('phone', '手机号码', v, e, hint='11 位') }}",
        v={"phone": "138"},
        e={"phone": ["手机号码应为 11 位数字"]},
    )
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="phone-hint phone-error "' in html
    assert 'id="phone-error"' in html
    assert "手机号码应为 11 位数字" in html
    assert 'value="138"' in html
    assert html.index('id="phone-hint"') < html.index("<input")


@pytest.mark.usefixtures("page")
def test_a_right_field_carries_no_error_marks() -> None:
    html = render("{{ f.text('phone', '手机号码', {}, {}) }}")
    assert "aria-" not in html
    assert 'class="field"' in html


@pytest.mark.parametrize(
    "call",
    [
        "f.text('x', '名称', v, e)",
        "f.text('x', '名称', v, e, locked=True)",
        "f.textarea('x', '名称', v, e)",
        "f.textarea('x', '名称', v, e, locked=True)",
        "f.select('x', '名称', [(v.x, v.x)], v, e)",
        "f.radios('x', '名称', [(v.x, v.x)], v, e)",
        "f.checkbox('x', v.x, v, e)",
        "f.file('x', '名称', e)",
        "f.upload('x', '名称', '/up', none, e)",
        "f.captcha({'captcha': e.x})",
    ],
)
@pytest.mark.usefixtures("page")
def test_what_people_type_never_becomes_markup(call: str) -> None:
    html = render("{{ " + call + " }}", v={"x": EVIL}, e={"x": [EVIL]})
    assert "<img src=x" not in html
    assert not re.search(
        r"<[^>]*\sonerror=alert[^>]*>", html.replace("&#34;&gt;&lt;img src=x onerror=alert(1)&gt;", "")
    )


@pytest.mark.usefixtures("page")
def test_a_locked_field_posts_nothing() -> None:
    html = render(
        "{{ f.text('name', '姓名', {'name': '林晓雯'}, locked=True) }}{{ f.textarea('t', '说明', {}, locked=True) }}"
    )
    assert "<input" not in html
    assert "<textarea" not in html
    assert "林晓雯" in html


@pytest.mark.usefixtures("page")
def test_a_password_is_never_written_back() -> None:
    assert "value=" not in render("{{ f.password('password', '密码') }}")


@pytest.mark.usefixtures("page")
def test_a_leading_line_break_of_a_text_survives_the_textarea() -> None:
    # HTML drops the first line break after <textarea>, so the macro writes one of its own
    assert "\n\n第二行</textarea>" in render("{{ f.textarea('t', '说明', {'t': '\\n第二行'}) }}")


@pytest.mark.usefixtures("page")
def test_the_error_summary_links_to_each_field() -> None:
    html = render_template_string(
        '{% from "components/errors.html" import summary %}{{ summary(e) }}',
        e={"phone": ["手机号码应为 11 位数字"], "form": ["办理时间已过"]},
    )
    assert "有 2 处需要修改" in html
    assert '<a href="#phone">' in html
    assert 'href="#form"' not in html


def test_no_template_carries_inline_script_style_or_unescaped_text() -> None:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son[a-z]+=\"|<style|\|\s*safe\b|<script(?![^>]*\ssrc=)", text), path.name


def test_vendored_files_are_those_that_their_readme_names() -> None:
    for readme in (ROOT / "static/vendor/README.md", ROOT / "tests/vendor/README.md"):
        rows = re.findall(r"\| `([^`]+)` \|.*`([0-9a-f]{64})`", readme.read_text(encoding="utf-8"))
        assert rows
        for name, digest in rows:
            assert hashlib.sha256((readme.parent / name).read_bytes()).hexdigest() == digest


def test_a_list_of_people_is_read_whole_on_a_phone() -> None:
    """Where a list of staff names a 准考证号, a row is a block there: no column is cut off."""
    flat = [
        f"{path.name}: {call[:40]}"
        for path in (ROOT / "templates" / "staff").rglob("*.html")
        for call in re.findall(r"call table\(.*?\) %}", path.read_text(encoding="utf-8"), re.S)
        if "('准考证号'" in call and "stacked=True" not in call
    ]
    assert flat == []

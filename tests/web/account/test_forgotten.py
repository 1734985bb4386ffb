"""Until a code can be sent, the sign-in page says whom to call, when, and what for; staff read the same rule."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from app.models import SiteText
from tests import builders as build

ROOT = Path(__file__).resolve().parents[3]
ASKED = "姓名、证件号码、准考证号，以及登记的手机号码、考过的课程等一两项只有本人才清楚的信息"
WITHOUT = "姓名、证件号码和考过的两门课程（课程、考次）"
OTHER_NAMES = re.compile(r"一次性(?!登录码|告知)[^的\s，。（]{1,3}|重置码")


def test_the_sign_in_page_names_school_hours_and_phone_and_the_code(app: Flask, client: FlaskClient) -> None:
    build.school(hours="工作日 9:00-11:30")
    build.school("10575", name="没有电话的学校", phone="")
    build.store(SiteText(key="contact_phone", value="021-5555 0000"))
    build.store(SiteText(key="contact_hours", value="工作日 13:00-16:00"))
    app.extensions.pop("kaoji.site", None)
    page = client.get("/login").text
    part = page[page.index('id="forgotten"') :]
    for words in ("华东某大学", "021-0000 0001", "工作日 9:00-11:30", "021-5555 0000", "工作日 13:00-16:00"):
        assert words in part
    assert "核对" in part
    assert "可以在电话里给你一个一次性登录码" in part
    assert page.index('id="own_device"') < page.index('id="own_device-hint"')  # 勾选后… stands below its box
    assert "没有电话的学校" not in part
    assert 'href="#forgotten"' in page


def test_a_site_without_any_phone_says_where_to_look(client: FlaskClient) -> None:
    assert "电话见主考学校官网" in client.get("/login").text


def test_staff_read_the_rule_that_the_caller_read(client: FlaskClient) -> None:
    build.school()
    assert ASKED in client.get("/login").text
    build.sign_in(client, person=build.staff("office_reviewer"))
    page = client.get(f"/staff/examinees/{build.ticket(build.examinee()).examinee_id}").text
    part = page[page.index("<h2>重置密码</h2>") :]
    assert ASKED in part
    assert "可以在电话里告诉本人" in part
    assert "已核对本人身份证件" not in part
    assert WITHOUT in part
    assert "回拨本页的手机号码" in part


def test_the_code_has_one_name_everywhere() -> None:
    folders = [(ROOT / name).rglob("*") for name in ("app", "templates", "static/js", "docs")]
    files = [path for folder in folders for path in folder if path.suffix in (".py", ".html", ".js", ".md")]
    files += [ROOT / "README.md", ROOT / "CHANGELOG.md"]
    found = {path.name: OTHER_NAMES.findall(path.read_text(encoding="utf-8")) for path in files}
    assert {name: names for name, names in found.items() if names} == {}

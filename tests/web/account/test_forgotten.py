"""Until a code can be sent, the sign-in page says whom to call, when, and what for."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from app.models import SiteText
from tests import builders as build


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
    assert "没有电话的学校" not in part
    assert 'href="#forgotten"' in page


def test_a_site_without_any_phone_says_where_to_look(client: FlaskClient) -> None:
    assert "电话见主考学校官网" in client.get("/login").text

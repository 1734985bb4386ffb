"""The order of home: mine and open, what I can do now, grades and orders, announcements; one pinned may stand first."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.models import Announcement
from tests import builders as build
from tests.builders import NOW

PARTS = ("还没有提交", "近期可办理的业务", "当次成绩", "历次成绩", "我的订单", "通知公告", "未开放办理的业务")


@pytest.fixture
def home(app: Flask, client: FlaskClient) -> FlaskClient:
    build.school()
    tick = build.ticket(build.examinee())
    build.application(tick, build.window(), at_step="statement", reached="statement")
    build.window(name="往年", opens_at=NOW - timedelta(days=90), closes_at=NOW - timedelta(days=80))
    build.store(Announcement(title="考务安排", published_at=NOW - timedelta(days=1)))
    build.sign_in(client, tick=tick)
    return client


def main(client: FlaskClient) -> str:
    page = client.get("/").text
    return page[page.index("<main") : page.index("</main>")]


def test_home_is_in_the_order_of_what_matters_now(home: FlaskClient) -> None:
    page = main(home)
    places = [page.index(words) for words in PARTS]
    assert places == sorted(places)


def test_a_pinned_announcement_stands_first_as_one_line_and_no_other(home: FlaskClient) -> None:
    assert 'class="pinned"' not in main(home)
    for days, title in ((9, "旧的置顶"), (3, "系统维护")):
        build.store(Announcement(title=title, published_at=NOW - timedelta(days=days), pinned=True))
    page = main(home)
    assert re.search(
        r'<p class="pinned"><span class="tag">置顶</span><a href="/announcements/\d+">系统维护</a></p>', page
    )
    assert page.count('class="pinned"') == 1
    assert page.index("系统维护") < page.index("你好")
    assert page.index("旧的置顶") > page.index("我的订单")
    assert page.count("系统维护") == 2  # once more in the list


def test_the_forecast_is_in_the_menu_and_is_where_one_is(home: FlaskClient) -> None:
    for address, here in (("/", "首页"), ("/forecast", "毕业预测")):
        page = home.get(address).text
        menu = page[page.index('<nav class="menu"') : page.index("</nav>", page.index('<nav class="menu"'))]
        assert re.findall(r'href="/forecast"[^>]*>([^<]+)', menu) == ["毕业预测"]
        assert re.findall(r'aria-current="page">([^<]+)', menu) == [here]

"""What the benches share: a site in a temporary folder, and a bare Flask page to measure against.

`bare()` is the yardstick of performance.md: one route, one template of about 7 KB with a layout, a menu and static files by
`url_for`, a loop of fifty rows and escaped values; no session, no database, no extension.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, render_template
from jinja2 import DictLoader

from app import create_app
from app.config import DEMO, load, stamp_instance
from app.extensions import db
from tests import builders as build

CAPTCHA = "K7M4"
PLAN = "050101/2024"
LAYOUT = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{% block title %}{% endblock %}</title><link rel="stylesheet" href="{{ url_for('static', filename='app.css') }}">
<script src="{{ url_for('static', filename='htmx.min.js') }}" defer></script></head>
<body><header><a href="{{ url_for('bare') }}">{{ site }}</a><nav><ul>
{% for word in menu %}<li><a href="{{ url_for('bare', at=word) }}">{{ word }}</a></li>{% endfor %}</ul></nav></header>
<main id="main">{% block main %}{% endblock %}</main><footer>{{ site }}</footer></body></html>
"""
PAGE = """{% extends "layout.html" %}
{% block title %}{{ title }} - {{ site }}{% endblock %}
{% block main %}<h1>{{ title }}</h1>
<table><caption>{{ title }}</caption><thead><tr><th scope="col">代码</th><th scope="col">课程</th><th scope="col">学分</th><th scope="col">成绩</th></tr></thead>
<tbody>{% for row in rows %}
<tr><td class="num">{{ row.code }}</td><td class="main">{{ row.name }}</td><td class="r">{{ row.credits }}</td><td>{{ row.mark }}</td></tr>{% endfor %}
</tbody></table>{% endblock %}
"""


def bare(app: Flask | None = None) -> Flask:
    """A Flask application that does nothing but render its page at /bare; or the same route on an application."""
    own = app or Flask("bare")
    pages = own.jinja_env.overlay(loader=DictLoader({"layout.html": LAYOUT, "bare.html": PAGE})) if app else None
    if app is None:
        own.jinja_loader = DictLoader({"layout.html": LAYOUT, "bare.html": PAGE})
    given = {
        "site": "考籍管理服务平台",
        "title": "专业计划与成绩",
        "menu": ["首页", "成绩查询", "申办项目", "我的订单"],
        "rows": [
            {"code": f"{i:05}", "name": f"课程第 {i} 门（<上>）", "credits": i % 9, "mark": 60 + i} for i in range(50)
        ],
    }

    def page() -> str:
        return pages.get_template("bare.html").render(given) if pages else render_template("bare.html", **given)

    own.add_url_rule("/bare", "bare", page)
    return own


@contextmanager
def site(**settings: str) -> Iterator[Flask]:
    """A demonstration instance on SQLite in a temporary folder: school, real plans, an open round."""
    with tempfile.TemporaryDirectory(prefix="kaoji-bench-") as name:
        folder = Path(name)
        stamp_instance(folder, DEMO)
        environment = {"KAOJI_DEMO_CAPTCHA": CAPTCHA, "KAOJI_PORT": "0"}
        app = create_app(load(folder, environment | {f"KAOJI_{key.upper()}": value for key, value in settings.items()}))
        with app.app_context():
            db.create_all()
            build.school()
            build.plan(PLAN)
            build.plan("080901")
            build.window(**round_of(datetime.now(UTC)))
            db.session.remove()
        try:
            yield app
        finally:
            with app.app_context():
                db.session.remove()
                db.engine.dispose()


def round_of(now: datetime) -> dict[str, Any]:
    """The times of a round that is open now."""
    day = timedelta(days=1)
    return {
        "opens_at": now - 3 * day,
        "closes_at": now + 13 * day,
        "pay_opens_at": now + 20 * day,
        "pay_closes_at": now + 30 * day,
    }


def person(**over: Any) -> Any:
    """The ticket of somebody who passed everything; needs an application context."""
    tick = build.ticket(build.examinee(**over))
    build.scores(tick, build.all_passed(build.plan_of(PLAN)))
    return tick

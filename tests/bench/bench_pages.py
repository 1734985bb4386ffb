"""What our pages cost beside a bare Flask template page, in process, without a network (performance.md, goal 1).

    python -m tests.bench.bench_pages [rounds]

All cases are taken in turn, round after round, in one run; the ratio is bare / page, so 1.0 is as cheap as the bare page.
Goals: a step of 15 fields >= 0.35, home >= 0.6, a save with validation and an audit row >= 0.30.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from jinja2 import ChoiceLoader, DictLoader
from wtforms import Form, StringField, ValidationError
from wtforms.fields import Field

from app.actions.applications import drafts
from app.actions.audit import record
from app.actions.services import register
from app.extensions import db
from app.models import Window
from app.rules.case import Case
from app.rules.people.contacts import address_problem
from app.rules.people.roles import SYSTEM
from app.wizard.service import Service
from app.wizard.step import Step
from tests import builders as build
from tests.bench.beside.bench_site import bare, person, site

FIELDS = 15
EACH = 10  # requests of a case in one round
GOALS = {"step of 15 fields": 0.35, "home": 0.6, "save": 0.30, "save + audit row": 0.30}
TEMPLATE = """{% extends "wizard/step.html" %}
{% import "components/fields.html" as f %}
{% block fields %}<div class="grid">
{% for name, label in step.labels(case).items() %}{{ f.text(name, label, values, errors, hint='省、市、区县、街道、门牌号', autocomplete='off') }}
{% endfor %}</div>{% endblock %}
"""


def _place(form: Form, field: Field) -> None:
    problem = address_problem(field.data or "")
    if problem:
        raise ValidationError(problem)


FifteenForm = type(
    "FifteenForm", (Form,), {f"place_{i}": StringField(f"地址 {i}", [_place]) for i in range(1, FIELDS + 1)}
)


class Fifteen(Step):
    slug, title, short, form, template = "fifteen", "十五项", "十五项", FifteenForm, "bench/fifteen.html"


class Last(Step):
    slug, title, short, template = "last", "确认", "确认", "bench/fifteen.html"

    def take(self, case: Case, posted: Mapping[str, str]) -> dict[str, str]:
        return {}


def fifteen_service(app: Flask) -> None:
    """A service whose first step has fifteen fields, on the ordinary engine and frame."""
    register(Service("fifteen", "十五项", steps=(Fifteen(), Last())))
    app.jinja_loader = ChoiceLoader([app.jinja_loader, DictLoader({"bench/fifteen.html": TEMPLATE})])  # type: ignore[list-item]


class Caller:
    """One page of an application, asked for through Flask's test client: in process, without a network."""

    def __init__(
        self, app: Any, path: str, cookie: str = "", forms: list[bytes] | None = None, status: int = 200
    ) -> None:
        self.client, self.path, self.status, self.calls = FlaskClient(app, use_cookies=False), path, status, 0
        self.headers = {"Cookie": cookie} if cookie else {}
        self.forms = forms

    def __call__(self) -> int:
        if self.forms:
            body = self.forms[self.calls % len(self.forms)]
            kind = "application/x-www-form-urlencoded"
            answer = self.client.post(self.path, data=body, content_type=kind, headers=self.headers)
        else:
            answer = self.client.get(self.path, headers=self.headers)
        self.calls += 1
        assert answer.status_code == self.status, (self.path, answer.status, answer.text[:500])
        return len(answer.data)


def cases(app: Flask) -> dict[str, Caller]:
    """Everything that is measured, by name."""
    now = datetime.now(UTC)
    with app.app_context():
        tick = person(created_at=now)
        window = db.session.query(Window).one()
        own = {"created_at": now, "saved_at": now}
        draft = build.application(tick, window, answers=build.answers(), reached="confirm", at_step="confirm", **own)
        places = {f"place_{i}": "上海市黄浦区某路 1 号" for i in range(1, FIELDS + 1)}
        other = build.window(
            name="十五项",
            service="fifteen",
            opens_at=window.opens_at,
            closes_at=window.closes_at,
            pay_opens_at=None,
            pay_closes_at=None,
        )
        long = build.application(tick, other, service="fifteen", answers={"fifteen": places}, reached="last", **own)
        client = app.test_client()
        build.sign_in(client, tick=tick, on=now)
    url = f"/applications/{long.public_id}/fifteen"
    page = client.get(url).text
    cookie = f"kaoji={client.get_cookie('kaoji').value}"  # type: ignore[union-attr]
    given = {"csrf_token": build.csrf_of(page), "act": "next", **places}
    forms = [urlencode({**given, "place_1": f"上海市黄浦区某路 {i} 号"}).encode() for i in range(1, 9)]
    steps = {
        f"step {slug}": Caller(app, f"/applications/{draft.public_id}/{slug}", cookie)
        for slug in ("profile", "scores", "prior-degree", "confirm")
    }
    return {
        "bare page": Caller(bare(), "/bare"),
        "home": Caller(app, "/", cookie),
        "step of 15 fields": Caller(app, url, cookie),
        "save": Caller(app, url, cookie, forms, 303),
        "save + audit row": Audited(app, url, cookie, forms, 303),
        **steps,
        "sign-in page": Caller(app, "/login"),
    }


class Audited(Caller):
    """The same save, writing an audit row in its transaction (drafts of ours make none)."""

    def __call__(self) -> int:
        plain = drafts._writable

        def and_record(state: Any, window: Any, on: datetime) -> None:
            plain(state, window, on)
            record(db.session(), on=on, by=SYSTEM, action="draft.saved", subject="application", subject_id=1)

        drafts._writable = and_record
        try:
            return super().__call__()
        finally:
            drafts._writable = plain


def main(rounds: int) -> None:
    with site() as app:
        fifteen_service(app)
        measured = cases(app)
        sizes = {name: [case() for _ in range(5)][-1] for name, case in measured.items()}
        wall: dict[str, list[float]] = {name: [] for name in measured}
        cpu: dict[str, list[float]] = {name: [] for name in measured}
        gc.collect()
        gc.freeze()
        for _ in range(rounds):
            for name, case in measured.items():
                began, spent = time.perf_counter(), time.process_time()
                for _ in range(EACH):
                    case()
                wall[name].append((time.perf_counter() - began) / EACH)
                cpu[name].append((time.process_time() - spent) / EACH)
    report(sizes, wall, cpu)


def report(sizes: dict[str, int], wall: dict[str, list[float]], cpu: dict[str, list[float]]) -> None:
    """The best round of each case, since other work on the machine only ever makes a round slower."""
    print(f"{'':<20}{'bytes':>8}{'ms':>8}{'ratio':>8}{'cpu ratio':>11}  goal")
    for name in sizes:
        best, best_cpu = min(wall[name]), min(cpu[name])
        ratio, goal = min(wall["bare page"]) / best, GOALS.get(name)
        said = f">= {goal:.2f} {'met' if ratio >= goal else 'MISSED'}" if goal else ""
        print(
            f"{name:<20}{sizes[name]:>8}{best * 1000:>8.2f}{ratio:>8.2f}{min(cpu['bare page']) / best_cpu:>11.2f}  {said}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)

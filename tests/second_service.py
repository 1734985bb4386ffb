"""A second service beside graduation, of two steps, so that tests see what pages, lists and acts do for any of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from jinja2 import ChoiceLoader, DictLoader
from wtforms import Form, StringField
from wtforms.validators import DataRequired

from app.actions import services
from app.rules.case import Case, Routing
from app.rules.review.lifecycle import State
from app.rules.review.reasons import Seed
from app.rules.service import Reasons, Words
from app.rules.submission import Item
from app.wizard.service import Service
from app.wizard.step import Step
from app.wizard.steps.confirm import Confirm

TEMPLATE = """{% extends "wizard/step.html" %}
{% block fields %}{% import "components/fields.html" as f %}
{% for name, label in step.labels(case).items() %}{{ f.text(name, label, values, errors) }}{% endfor %}{% endblock %}
"""
EXEMPTION = Service("exemption", "课程免考", steps=())


class NameForm(Form):
    new_name = StringField("改成的姓名", [DataRequired("请填写姓名")])


class What(Step):
    slug, title, short, form, template = "what", "更正内容", "更正内容", NameForm, "second/what.html"

    def items(self, case: Case) -> list[Item]:
        return [Item("what.new_name", "改成的姓名", self.load(case).get("new_name", ""))]


class Correction(Service):
    """Reviewed by the examinee's own school; nothing of it is about courses."""

    def routing(self, case: Case) -> Routing:
        return Routing("", case.ticket.school_code, None, None)


CORRECTION = Correction(
    "correction",
    "信息更正",
    steps=(What(), Confirm()),
    words=Words(
        notice="请带好户口簿。",
        fee_title="更正手续费",
        receipt="GZ",
        messages={"submit": "更正申请已收到。"},
        states={State.COMPLETED: "已更正"},
        afterwards={State.COMPLETED: "新的姓名已经登记。"},
        reviewer="学校",
    ),
    reasons=Reasons(
        places=(("what", "更正内容", (("what.new_name", "改成的姓名"),)),),
        seeds=(Seed("G01", "与户口簿不一致", "改成的姓名与户口簿不一致", ("what.new_name",)),),
    ),
)


@contextmanager
def registered(service: Service = EXEMPTION) -> Iterator[Service]:
    """The site offers it until the end of the block."""
    services.register(service)
    try:
        yield service
    finally:
        services._registered.pop(service.code)


def with_templates(app: Flask) -> None:
    """The site finds the template of the step of CORRECTION."""
    app.jinja_loader = ChoiceLoader([app.jinja_loader, DictLoader({"second/what.html": TEMPLATE})])  # type: ignore[list-item]

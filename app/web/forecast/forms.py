"""Forms of the forecast: what is looked at, a 缺成绩 report."""

from __future__ import annotations

from app.wizard.forms import Choice, Form, Line, Lines


class ForecastForm(Form):
    """Names of the plans; their 加考 fields are made while the page is (`queries.carried_over`)."""

    major = Choice("专业")
    compare = Choice("与另一个专业或版本对照")


class MissingForm(Form):
    course = Choice("没有成绩的课程")
    session = Line("考次")
    place = Line("在哪里考的")
    text = Lines("说明")

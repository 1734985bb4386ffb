"""Posted form of a 缺成绩 report."""

from __future__ import annotations

from app.wizard.forms import Form, Line, Lines


class MissingForm(Form):
    course = Line("没有成绩的课程")
    session = Line("考次")
    place = Line("在哪里考的")
    text = Lines("说明")

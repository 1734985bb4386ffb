"""The posted forms of this room."""

from __future__ import annotations

from app.wizard.forms import Form, Line, Many, Number, Text


class FilterForm(Form):
    """What a list is narrowed to; in the address and in every form of the page."""

    service = Line("业务")
    window = Line("办理时间")
    school = Line("主考学校")
    major = Line("专业")
    state = Line("状态")
    since = Line("从")
    until = Line("到")
    batch = Line()


class ExportForm(FilterForm):
    """导出, and 保存这组列 with the same fields. drop: a group of columns to be forgotten."""

    file = Text("文件", default="xlsx")
    columns = Many("列")
    reason = Line("用途")
    set_name = Line("这组列的名字")
    drop = Number()

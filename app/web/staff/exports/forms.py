"""Posted forms of exports."""

from __future__ import annotations

from app.wizard.forms import Form, Line, Many, Number, Text, Token


class FilterForm(Form):
    """Filters of a list, in the address and in every form of the page."""

    service = Line("业务")
    window = Line("办理时间")
    school = Line("主考学校")
    major = Line("专业")
    state = Line("状态")
    since = Line("从")
    until = Line("到")
    q = Line("查找")
    actor = Line("人")
    action = Line("动作")
    batch = Line()
    level = Line("层次")
    flag = Line("标记")
    match = Line()
    age = Line("等待")
    who = Line("分配")
    person = Line()
    group = Line()
    reviewed = Line()
    returned = Line()
    submitted_since = Line()
    submitted_until = Line()
    left_state = Line()  # of the queue, where this list has no such state


class ExportForm(FilterForm):
    """导出 and 保存这组列. `drop`: id of a column set to delete."""

    file = Text("文件", default="xlsx")
    columns = Many("列")
    reason = Line("用途")
    set_name = Line("这组列的名字")
    drop = Number()
    form_token = Token()

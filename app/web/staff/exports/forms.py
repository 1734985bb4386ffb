"""Posted forms of exports."""

from __future__ import annotations

from app.wizard.forms import Choice, Form, Line, Many, Number, Token


class FilterForm(Form):
    """Filters of a list, in the address and in every form of the page."""

    service = Choice("业务")
    window = Choice("办理时间")
    school = Choice("主考学校")
    major = Choice("专业")
    state = Choice("状态")
    since = Line("从")
    until = Line("到")
    q = Line("查找")
    actor = Choice("人")
    action = Choice("动作")
    batch = Choice()
    level = Choice("层次")
    flag = Choice("标记")
    match = Choice()
    age = Choice("等待")
    who = Choice("分配")
    person = Choice()
    group = Choice()
    reviewed = Choice()
    returned = Line()
    submitted_since = Line()
    submitted_until = Line()
    left_state = Choice()  # of the queue, where this list has no such state


class ExportForm(FilterForm):
    """导出 and 保存这组列. `drop`: id of a column set to delete."""

    file = Choice("文件", default="xlsx")
    columns = Many("列")
    reason = Line("用途")
    set_name = Line("这组列的名字")
    drop = Number()
    form_token = Token()

"""Posted forms of the examinee and question pages."""

from __future__ import annotations

from app.wizard.forms import TICKED, Choice, Form, Lines, Number, Text, Token


class SearchForm(Form):
    q = Text("证件号码、准考证号或姓名")


class PersonForm(Form):
    """显示, 延长, 提前结束 and 重置密码, by `act`."""

    act = Text()
    case = Choice("办理时间和准考证号")  # ticket id, dot, window id
    what = Choice("延长什么")
    until = Text("新的截止时间")
    reason = Text("原因")
    extension = Number()
    checked = Choice("已按上面的办法核对，是本人", TICKED)
    form_token = Token()


class AnswerForm(Form):
    state = Text("处理结果")
    answer = Lines("给考生的答复")
    form_token = Token()

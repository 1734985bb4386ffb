"""Forms of the orders: filters of the lists, 登记现场缴费, its correction."""

from __future__ import annotations

from app.wizard.forms import Choice, Form, Line, Number, Text, Token


class MoneyForm(Form):
    """Filters of both lists, named as those of exports."""

    q = Line("查找")
    state = Choice("状态")
    window = Choice("办理时间")
    school = Choice("主考学校")
    major = Choice("专业")
    since = Line("从")
    until = Line("到")
    order = Choice("排序")


class LookForm(Form):
    """Whose payment: `application` chooses among several; `receipt` is kept for the next step."""

    who = Line("订单号、准考证号、回执编号或姓名")
    application = Text()
    receipt = Line()


class PaidForm(LookForm):
    """Confirms what the page showed: version of the application, amount in 分."""

    receipt = Line("收据号")
    version = Number()
    amount = Number()
    form_token = Token()


class SettleForm(Form):
    how = Line("怎样处理的")
    form_token = Token()


class CorrectForm(Form):
    reason = Line("哪里登记错了")
    form_token = Token()

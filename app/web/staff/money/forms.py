"""Forms of the orders: the list's filters, 登记现场缴费."""

from __future__ import annotations

from app.wizard.forms import Form, Line, Text


class OrdersForm(Form):
    """Filters of the list of orders."""

    q = Line("查找")
    state = Text("状态")


class PaidForm(Form):
    who = Line("订单号、准考证号或回执编号")
    receipt = Line("收据号")

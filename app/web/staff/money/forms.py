"""Posted form of 登记现场缴费."""

from __future__ import annotations

from app.wizard.forms import Form, Line


class PaidForm(Form):
    who = Line("订单号、准考证号或回执编号")
    receipt = Line("收据号")

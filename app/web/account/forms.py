"""Account forms; they validate what needs no database."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask import current_app
from wtforms.validators import EqualTo, InputRequired, Length, StopValidation

from app.rules.people.identity import id_problem, normalise_id, ticket_problem
from app.security.request_time import arrived
from app.wizard.forms import TICKED, Choice, Form, Text

# can only be an identity card number: length, date and check digit are validated
CARD_LIKE = re.compile(r"[0-9]{15,17}[0-9A-Z]?[0-9A-Z]?|[0-9]{17,19}")
OTHER_DOCUMENT = re.compile(r"\S{4,40}")
AGAIN = "两次输入的新密码不一致"


def _today() -> date:
    return arrived().astimezone(current_app.extensions["kaoji"].zone).date()


def id_number(form: Form, field: Text) -> None:
    """Validate a card number by its digits, a passport or permit number by its length only."""
    number = normalise_id(field.data or "")
    if not number:
        raise StopValidation("请填写证件号码")
    problem = id_problem(number, _today()) if CARD_LIKE.fullmatch(number) else None
    if problem is None and not (OTHER_DOCUMENT.fullmatch(number) and number.isprintable()):
        problem = "证件号码应为 4 至 40 位，请核对"
    if problem:
        raise StopValidation(problem)


def ticket_number(form: Form, field: Text) -> None:
    """Validate a 准考证号 of twelve digits."""
    problem = ticket_problem(field.data or "")
    if problem:
        raise StopValidation(problem)


def given_ticket(form: Form, field: Text) -> None:
    """Validate a 准考证号 that is asked for only where one has to wait, and need not be given."""
    if (field.data or "").strip():
        ticket_number(form, field)


def _required(words: str) -> list[Any]:
    return [InputRequired(words), Length(max=256, message="内容太长")]


def _new() -> Text:
    return Text("新密码", validators=_required("请填写新密码"))


def _again() -> Text:
    return Text("再填写一次新密码", validators=[InputRequired("请再填写一次新密码"), EqualTo("new_password", AGAIN)])


class KeysForm(Form):
    """`single_keys`: on or off."""

    single_keys = Text()


class LoginForm(Form):
    id_number = Text("证件号码", validators=[id_number])
    password = Text("密码", validators=_required("请填写密码"))
    captcha = Text("验证码", validators=_required("请填写验证码"))
    ticket = Text("准考证号", validators=[given_ticket])
    own_device = Choice("这是我自己的设备", TICKED)
    captcha_form = Text()
    next = Text()


class ActivateForm(Form):
    ticket = Text("准考证号", validators=[ticket_number])
    new_password = _new()
    new_password_again = _again()


class PasswordForm(Form):
    current_password = Text("现在的密码", validators=_required("请填写现在的密码"))
    new_password = _new()
    new_password_again = _again()


class FirstPasswordForm(Form):
    new_password = _new()
    new_password_again = _again()


class StaffLoginForm(Form):
    username = Text("用户名", validators=_required("请填写用户名"))
    password = Text("密码", validators=_required("请填写密码"))
    code = Text("动态码")
    next = Text()


class ProofForm(Form):
    """身份确认 and the first code of a second factor: `code`, or `password` where there is no second factor."""

    code = Text("动态码")
    password = Text("密码")
    next = Text()


class TicketForm(Form):
    ticket = Text("准考证号")

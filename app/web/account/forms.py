"""The forms of this room: they check what can be said without asking the database."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask import current_app
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, StopValidation

from app.rules.people.identity import id_problem, normalise_id, ticket_problem
from app.security.request_time import arrived

# what can only be meant as an identity card: then length, date and check digit are told at once
CARD_LIKE = re.compile(r"[0-9]{15,17}[0-9A-Z]?[0-9A-Z]?|[0-9]{17,19}")
OTHER_DOCUMENT = re.compile(r"\S{4,40}")
AGAIN = "两次输入的新密码不一致"


def _today() -> date:
    return arrived().astimezone(current_app.extensions["kaoji"].zone).date()


def id_number(form: FlaskForm, field: StringField) -> None:
    """A card's number is checked digit by digit; a passport or permit only by its length."""
    number = normalise_id(field.data or "")
    if not number:
        raise StopValidation("请填写证件号码")
    problem = id_problem(number, _today()) if CARD_LIKE.fullmatch(number) else None
    if problem is None and not (OTHER_DOCUMENT.fullmatch(number) and number.isprintable()):
        problem = "证件号码应为 4 至 40 位，请核对"
    if problem:
        raise StopValidation(problem)


def ticket_number(form: FlaskForm, field: StringField) -> None:
    """Twelve digits."""
    problem = ticket_problem(field.data or "")
    if problem:
        raise StopValidation(problem)


def _required(words: str) -> list[Any]:
    return [InputRequired(words), Length(max=256, message="内容太长")]


class Form(FlaskForm):
    """A form whose fields are read as text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]

    def text(self, name: str) -> str:
        return str(self[name].data or "")

    def wrong(self) -> dict[str, list[str]]:
        """Field -> messages, as the templates show them; empty when everything is right."""
        if self.validate():
            return {}
        return {str(name): [str(message) for message in messages] for name, messages in self.errors.items()}


class LoginForm(Form):
    id_number = StringField(validators=[id_number])
    password = PasswordField(validators=_required("请填写密码"))
    captcha = StringField(validators=_required("请填写验证码"))
    captcha_form = HiddenField()
    next = HiddenField()


class ActivateForm(Form):
    ticket = StringField(validators=[ticket_number])
    new_password = PasswordField(validators=_required("请填写新密码"))
    new_password_again = PasswordField(validators=[InputRequired("请再填写一次新密码"), EqualTo("new_password", AGAIN)])


class PasswordForm(Form):
    current_password = PasswordField(validators=_required("请填写现在的密码"))
    new_password = PasswordField(validators=_required("请填写新密码"))
    new_password_again = PasswordField(validators=[InputRequired("请再填写一次新密码"), EqualTo("new_password", AGAIN)])


class FirstPasswordForm(Form):
    new_password = PasswordField(validators=_required("请填写新密码"))
    new_password_again = PasswordField(validators=[InputRequired("请再填写一次新密码"), EqualTo("new_password", AGAIN)])


class StaffLoginForm(Form):
    username = StringField(validators=_required("请填写用户名"))
    password = PasswordField(validators=_required("请填写密码"))
    next = HiddenField()

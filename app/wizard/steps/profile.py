"""核实个人信息 (manual 3.1.2): data on record is shown locked, the rest is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session
from wtforms import Form, StringField, ValidationError
from wtforms.fields import Field
from wtforms.validators import AnyOf

from app.adapters.documents.fonts import printing_problem
from app.models import Examinee
from app.rules.calendar import day
from app.rules.case import Case
from app.rules.people.code_lists import NATIONS, POLITICAL_STATUSES
from app.rules.people.contacts import (
    address_problem,
    email_problem,
    normalise_email,
    normalise_phone,
    phone_problem,
    postcode_problem,
)
from app.rules.people.identity import normalise_digits
from app.rules.people.privacy import mask_id
from app.rules.submission import Item
from app.rules.text import clean_line
from app.wizard.field_inputs import Input
from app.wizard.step import Step

NATION_CHOICES = [(name, name) for _, name in NATIONS]
POLITICAL_CHOICES = [(name, name) for _, name in POLITICAL_STATUSES]
_NATION_NAMES = {key: name for code, name in NATIONS for key in (code, name, name.removesuffix("族"))}
_POLITICAL_NAMES = {key: name for code, name in POLITICAL_STATUSES for key in (code, name)} | {
    "党员": "中共党员",
    "预备党员": "中共预备党员",
    "团员": "共青团员",
    "共青团员": "共青团员",
}


def rule(problem: Callable[[str], str | None]) -> Callable[[Form, Field], None]:
    """Return a rule of app.rules as a WTForms validator."""

    def check(form: Form, field: Field) -> None:
        message = problem(field.data or "")
        if message:
            raise ValidationError(message)

    return check


def optional_email(text: str) -> str | None:
    return email_problem(text) if text else None


def occupation_problem(text: str) -> str | None:
    return f"职业最多 40 个字，现在是 {len(text)} 个" if len(text) > 40 else None


class ProfileForm(Form):
    phone = StringField("手机号码", [rule(phone_problem)])
    email = StringField("电子邮箱", [rule(optional_email)])
    address = StringField("通讯地址", [rule(address_problem), rule(printing_problem)])
    postcode = StringField("邮政编码", [rule(postcode_problem)])
    nation = StringField("民族", [AnyOf([name for name, _ in NATION_CHOICES], "请选择民族")])
    political_status = StringField("政治面貌", [AnyOf([name for name, _ in POLITICAL_CHOICES], "请选择政治面貌")])
    occupation = StringField("职业", [rule(occupation_problem), rule(printing_problem)])


INPUTS = {
    "phone": Input(
        hint="本人常用的 11 位手机号码，审核结果以它联系你",
        type="tel",
        attrs={"inputmode": "numeric", "autocomplete": "tel"},
    ),
    "email": Input(optional=True, type="email", attrs={"autocomplete": "email"}),
    "address": Input(hint="外地请写全称：省、市、区县、街道、门牌号", attrs={"autocomplete": "street-address"}),
    "postcode": Input(hint="6 位数字", width="w-s", attrs={"inputmode": "numeric", "autocomplete": "postal-code"}),
    "nation": Input("select", options=NATION_CHOICES, width="w-m"),
    "political_status": Input("select", options=POLITICAL_CHOICES, width="w-m"),
    "occupation": Input(optional=True, width="w-m", attrs={"autocomplete": "organization-title"}),
}


class Profile(Step):
    slug, title, short, form = "profile", "核实个人信息", "个人信息", ProfileForm
    template = "wizard/steps/profile.html"
    always_open = ("profile.phone", "profile.email", "profile.address", "profile.postcode")

    def load(self, case: Case) -> dict[str, str]:
        held = {
            "phone": case.examinee.phone,
            "nation": _NATION_NAMES.get(case.examinee.nation.strip(), ""),
            "political_status": _POLITICAL_NAMES.get(case.examinee.political_status.strip(), ""),
        }
        return {**held, **case.answer(self.key)}

    def clean(self, name: str, text: str) -> str:
        text = clean_line(text)
        if name == "phone":
            return normalise_phone(text)
        if name == "postcode":
            return normalise_digits(text)
        if name == "email":
            return normalise_email(text)
        if name == "nation":
            return _NATION_NAMES.get(text, text)
        return _POLITICAL_NAMES.get(text, text) if name == "political_status" else text

    def context(self, case: Case, values: Any) -> dict[str, Any]:
        return {
            "held": [(row.label, row.value) for row in self.held(case, masked=True)],
        }

    def inputs(self, case: Case, values: Mapping[str, str]) -> Mapping[str, Input]:
        return INPUTS

    def on_submitted(self, session: Session, case: Case) -> None:
        """Overwrite the roster's contact data with what the examinee confirmed."""
        given = case.answer(self.key)
        if not given:
            return
        person = session.get_one(Examinee, case.examinee.id)
        person.phone = given.get("phone") or person.phone
        person.nation = given.get("nation") or person.nation
        person.political_status = given.get("political_status") or person.political_status
        person.contact_confirmed_at = case.on

    def held(self, case: Case, *, masked: bool = False) -> list[Item]:
        """Return the person's data on record."""
        person, ticket = case.examinee, case.ticket
        number = mask_id(person.id_number) if masked else person.id_number
        rows = [
            Item("profile.name", "姓名", person.name, locked=True),
            Item(
                "profile.id_number",
                person.id_type if person.id_type != "居民身份证" else "身份证号码",
                number,
                locked=True,
            ),
            Item("profile.sex", "性别", person.sex, locked=True),
            Item("profile.birth_date", "出生日期", day(person.birth_date) if person.birth_date else "", locked=True),
            Item("profile.ticket", "准考证号", ticket.number, locked=True),
        ]
        return [row for row in rows if row.value]

    def items(self, case: Case) -> list[Item]:
        values = self.load(case)
        labels = self.labels(case)
        asked = [Item(f"profile.{name}", labels[name], values.get(name, "")) for name in self.fields(case)]
        return self.held(case) + asked

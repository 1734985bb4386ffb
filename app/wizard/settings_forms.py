"""WTForms forms from dataclasses of app.rules.settings: one field each, by type, with its messages.

templates/components/fields.html draws `typed` and `errors`; a wrong entry is shown as typed.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from wtforms import Form
from wtforms.fields import Field

from app.rules.calendar import local, typed_moment
from app.rules.papers.money import parse_fen, plain_yuan
from app.rules.settings import Setting, settings_of
from app.rules.text import clean_line, clean_lines, half_width

WHOLE = re.compile(r"-?[0-9]{1,5}")
"""A number below 0 is read too: what it must be is said by the setting's own rule."""


class SettingField(Field):
    """One setting. Subclasses define `read` (text to value, ValueError with its message) and `show` (the reverse)."""

    def __init__(self, setting: Setting, **options: Any) -> None:
        super().__init__(setting.about.label, default=setting.default, **options)
        self.setting = setting

    def read(self, text: str) -> Any:
        return clean_line(text)

    def show(self, value: Any) -> str:
        return "" if value is None else str(value)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = self.read(str(valuelist[0]) if valuelist else "")

    def _value(self) -> str:
        if self.raw_data is None:
            return self.show(self.data)
        return str(self.raw_data[0]) if self.raw_data else ""


class LineField(SettingField):
    pass


class ChoiceField(SettingField):
    """The settings' own rule refuses other values."""

    def read(self, text: str) -> str:
        return text


class TextField(SettingField):
    def read(self, text: str) -> str:
        return clean_lines(text)


class SwitchField(SettingField):
    def read(self, text: str) -> bool:
        return bool(text)

    def show(self, value: Any) -> str:
        return "1" if value else ""


class CountField(SettingField):
    def read(self, text: str) -> int:
        text = half_width(text)
        if not text and self.setting.about.blank:
            return int(self.setting.default)
        if not WHOLE.fullmatch(text):
            raise ValueError(f"{self.setting.about.label}应为整数")
        return int(text)


class MoneyField(SettingField):
    """Typed in 元, stored in 分; empty is 0."""

    def read(self, text: str) -> int:
        return parse_fen(text or "0")

    def show(self, value: Any) -> str:
        return "" if value is None else plain_yuan(value)


class MomentField(SettingField):
    """Typed in Beijing time, stored as aware UTC."""

    def read(self, text: str) -> datetime | None:
        text, label = text.strip(), self.setting.about.label
        if not text:
            if self.setting.required:
                raise ValueError(f"请填写{label}")
            return None
        try:
            return typed_moment(text)
        except ValueError:
            raise ValueError(f"{label}应如 2026-12-07T16:00（北京时间）") from None

    def show(self, value: Any) -> str:
        return "" if value is None else f"{local(value):%Y-%m-%dT%H:%M}"


KINDS: dict[Any, type[SettingField]] = {
    bool: SwitchField,
    int: CountField,
    datetime: MomentField,
    str: LineField,
    "money": MoneyField,
    "text": TextField,
    "choice": ChoiceField,
}
"""Type of a setting, or its `kind` if set -> field class."""


@cache
def form_for(kind: Hashable) -> type[Form]:
    """Return the form of a dataclass (`kind`) of settings."""
    assert isinstance(kind, type)
    found = {each.name: KINDS[each.about.kind or each.type](each) for each in settings_of(kind)}
    return type(f"{kind.__name__}Form", (Form,), found)


def typed(form: Form) -> dict[str, str]:
    """Return field -> text of its input."""
    return {field.name: field._value() for field in form if isinstance(field, SettingField)}


def errors(form: Form) -> dict[str, list[str]]:
    """Return field -> messages; empty when valid."""
    form.validate()
    return {field.name: [str(message) for message in field.errors] for field in form if field.errors}


def labels(form: Form) -> dict[str, str]:
    """Return field -> label."""
    return {field.name: str(field.label.text) for field in form}


def drawn(form: Form) -> dict[str, str]:
    """Return field -> words at its input: its label, unless the declaration has others."""
    own = {field.name: field.setting.about.drawn for field in form if isinstance(field, SettingField)}
    return {name: own.get(name) or label for name, label in labels(form).items()}

"""The base of the rooms' posted forms. WTForms reads and checks; the macros of components/fields.html draw (docs/decisions/forms.md).

A form names its fields and their labels once. Fields that are not in the post are empty, fields that are not in the form are
ignored. What a field reads:

    Text    one value as it was typed          Line    one line, made uniform        Lines   some lines, made uniform
    Number  a row's number; 0 where it is none Many    every value of that name      Keyed   all `name.<key>`, as key -> value
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import wtforms
from flask import request
from werkzeug.datastructures import MultiDict
from wtforms.fields import Field

from app.rules.text import clean_line, clean_text

LONGEST_NUMBER = 9  # digits


class Form(wtforms.Form):
    """The posted form of this request, or the given values of an address."""

    def __init__(self, given: Any = None, **more: Any) -> None:
        super().__init__(request.form if given is None else given, **more)

    def wrong(self) -> dict[str, list[str]]:
        """Field -> messages, as the templates show them; empty when everything is right."""
        if self.validate():
            return {}
        return {str(name): [str(message) for message in messages] for name, messages in self.errors.items()}

    def values(self) -> dict[str, Any]:
        """Field -> what was typed, as the templates show it again."""
        return {name: field.data for name, field in self._fields.items()}

    def sent(self, name: str) -> bool:
        """Was this field in the post, empty or not?"""
        return bool(self._fields[name].raw_data)

    @classmethod
    def labels(cls) -> dict[str, str]:
        """Field -> label, for a page that shows the form."""
        return _labels(cls)


@cache
def _labels(form: type[Form]) -> dict[str, str]:
    return {name: str(field.label.text) for name, field in form(MultiDict())._fields.items()}


class Text(Field):
    """One value as it was typed; `default` where none was sent."""

    data: str

    def process_data(self, value: Any) -> None:
        self.data = value or ""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        if valuelist:
            self.data = self.read(str(valuelist[0]))

    def read(self, text: str) -> str:
        return text


class Line(Text):
    """One line, without what nobody sees (app.rules.text)."""

    def read(self, text: str) -> str:
        return clean_line(text)


class Lines(Text):
    """Some lines, likewise."""

    def read(self, text: str) -> str:
        return clean_text(text).strip()


class Number(Field):
    """The number of a row, or of its version: up to nine ASCII digits; 0 for anything else."""

    data: int

    def process_data(self, value: Any) -> None:
        self.data = value or 0

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        if valuelist:
            self.data = number_of(str(valuelist[0]))


class Many(Field):
    """Every value that was sent under the name: the ticked boxes of a list."""

    data: list[str]

    def process_data(self, value: Any) -> None:
        self.data = list(value or ())

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = [str(value) for value in valuelist]


class Keyed(Field):
    """Fields that there are as many of as the page has rows: `reason.profile.phone`, `waiver.00540`.

    Sent as `<name>.<key>`, read as key -> value, in the order of the page; `clean` makes each value uniform, `many` keeps all
    values of a key as a list. This is the one way to read fields whose names are made while the page is. A key is only what a
    browser sent: whoever uses it asks whether there is such a row.
    """

    data: dict[str, Any]
    sent: dict[str, str]  # the first value of each key as it was typed

    def __init__(self, label: str = "", *, clean: Callable[[str], str] = str, many: bool = False, **more: Any) -> None:
        super().__init__(label, **more)
        self.clean, self.many = clean, many

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        self.process_errors = []
        self.data, self.sent = {}, {}
        for name in formdata or ():
            if name.startswith(f"{self.name}."):
                self.sent[name.removeprefix(f"{self.name}.")] = formdata.get(name)
                values = [self.clean(value) for value in formdata.getlist(name)]
                self.data[name.removeprefix(f"{self.name}.")] = values if self.many else values[0]


def number_of(text: str) -> int:
    """Up to nine ASCII digits as a number; 0 for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else 0

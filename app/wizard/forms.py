"""Base of the posted forms: WTForms validates, the macros of components/fields.html draw (docs/decisions/forms.md).

Fields missing from the post are empty, unknown ones are ignored. Field types:

    Text    one value as typed                 Line    one cleaned line              Lines   several cleaned lines
    Number  a row's number; 0 if not one       Many    all values of the name        Keyed   all `name.<key>`, as key -> value
    Whole   a whole number; None if not one            Token   random token of the form
    Version version of what the page showed            Choice  one of the values that the page offers

What people did not type, they are given back in words alone, where the form has them, and never as a code
(app.security.typed_text): `chosen` of a field type says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

import wtforms
from flask import request
from werkzeug.datastructures import MultiDict
from wtforms.fields import Field

from app.rules.text import clean_line, clean_lines, half_width

LONGEST_NUMBER = 9  # digits
TOKEN = re.compile("[0-9a-f]{32}")
TICKED = {"1": "已勾选"}


class Form(wtforms.Form):
    """The posted form of this request, or the values given."""

    def __init__(self, given: Any = None, **more: Any) -> None:
        super().__init__(request.form if given is None else given, **more)

    def wrong(self) -> dict[str, list[str]]:
        """Return field -> messages; empty when valid."""
        if self.validate():
            return {}
        return {str(name): [str(message) for message in messages] for name, messages in self.errors.items()}

    def values(self) -> dict[str, Any]:
        """Return field -> typed text."""
        return {name: field.data for name, field in self._fields.items()}

    def sent(self, name: str) -> bool:
        """Whether the post had this field, even empty."""
        return bool(self._fields[name].raw_data)

    @classmethod
    def labels(cls) -> dict[str, str]:
        """Return field -> label."""
        return _labels(cls)

    @classmethod
    def own_labels(cls) -> dict[str, str]:
        """Return field -> label of the fields that have one given; WTForms makes the others' of the name."""
        return {name: label for name, label in cls.labels().items() if label != name.replace("_", " ").title()}


@cache
def _labels(form: type[Form]) -> dict[str, str]:
    return {name: str(field.label.text) for name, field in form(MultiDict())._fields.items()}


def labels_of_all() -> tuple[dict[str, str], set[str]]:
    """Return field -> label where all forms agree on it, and the names that no form labels."""
    found: dict[str, set[str]] = {}
    for form in _all_forms():
        for name in form.labels():
            found.setdefault(name, set()).add(form.own_labels().get(name, ""))
    agreed = {
        name: next(iter(labels)) for name, labels in found.items() if len(labels - {""}) == 1 and "" not in labels
    }
    return agreed, {name for name, labels in found.items() if labels == {""}}


def chosen_in(form: type[Form]) -> dict[str, Mapping[str, str]]:
    """Return field -> value -> words of the fields that are chosen or made by the page, not typed."""
    fields = form(MultiDict())._fields
    return {name: getattr(field, "words", {}) for name, field in fields.items() if getattr(field, "chosen", False)}


def chosen_in_all() -> dict[str, Mapping[str, str]]:
    """Return the same of all forms, where every form that has the field says it is chosen."""
    found: dict[str, Mapping[str, str]] = {}
    typed: set[str] = set()
    for form in _all_forms():
        own = chosen_in(form)
        typed |= form.labels().keys() - own.keys()
        found |= {name: {**found.get(name, {}), **words} for name, words in own.items()}
    return {name: words for name, words in found.items() if name not in typed}


def _all_forms(base: type[Form] = Form) -> list[type[Form]]:
    return [each for form in base.__subclasses__() for each in (form, *_all_forms(form))]


def forms_in(view: Callable[..., Any]) -> list[type[Form]]:
    """Return the forms that a view reads: those its code names."""
    code = getattr(view, "__code__", None)
    named = [getattr(view, "__globals__", {}).get(name) for name in code.co_names] if code else []
    return [each for each in named if isinstance(each, type) and issubclass(each, Form)]


class Text(Field):
    """One value as typed; `default` where none was sent."""

    data: str

    def process_data(self, value: Any) -> None:
        self.data = value or ""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        if valuelist:
            self.data = self.read(str(valuelist[0]))

    def read(self, text: str) -> str:
        return text


class Line(Text):
    """One line without invisible characters (app.rules.text)."""

    def read(self, text: str) -> str:
        return clean_line(text)


class Choice(Line):
    """One of the values that the page offers; `words`: value -> words, where they are known without the page."""

    chosen = True

    def __init__(self, label: str = "", words: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(label, **more)
        self.words = words or {}


class Digits(Text):
    """A number to be typed, full-width too; still text, so that the page can show what was wrong."""

    def read(self, text: str) -> str:
        return half_width(text)


class Lines(Text):
    """Several lines; none where nothing can be seen."""

    def read(self, text: str) -> str:
        return clean_lines(text)


class Token(Text):
    """Random token of the form (components/form.html: once), told to actions; empty if it is none."""

    def read(self, text: str) -> str:
        return text if TOKEN.fullmatch(text) else ""


class Number(Field):
    """Number of a row or version: up to nine ASCII digits; 0 for anything else."""

    data: int
    chosen = True

    def process_data(self, value: Any) -> None:
        self.data = value or 0

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        if valuelist:
            self.data = number_of(str(valuelist[0]))


class Whole(Field):
    """A whole number as int() reads it; None for anything else, so that it can be told from a 0."""

    data: int | None
    chosen = True

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = None
        if valuelist:
            with suppress(ValueError):
                self.data = int(valuelist[0])


class Version(Whole):
    """Version of what the page showed: None where the form has none; 0, older than any, where it cannot be read."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        super().process_formdata(valuelist)
        if valuelist and self.data is None:
            self.data = 0


class Many(Field):
    """All values of the name, as of ticked boxes."""

    data: list[str]
    chosen = True

    def process_data(self, value: Any) -> None:
        self.data = list(value or ())

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = [str(value) for value in valuelist]


class Keyed(Field):
    """One field per row of the page: `reason.profile.phone`, `waiver.00540`.

    Posted as `<name>.<key>`, read as key -> value in the page's order; `clean` applies to each value, `many` keeps all values of a
    key. Use it for all field names made at run time. Keys come from the browser: the caller checks that the row exists.
    """

    data: dict[str, Any]
    sent: dict[str, str]  # first value of each key as typed

    def __init__(self, label: str = "", *, clean: Callable[[str], str] = str, many: bool = False, **more: Any) -> None:
        super().__init__(label, **more)
        self.clean, self.many = clean, many
        self.chosen = many

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        self.process_errors = []
        self.data, self.sent = {}, {}
        for name in formdata or ():
            if name.startswith(f"{self.name}."):
                self.sent[name.removeprefix(f"{self.name}.")] = formdata.get(name)
                values = [self.clean(value) for value in formdata.getlist(name)]
                self.data[name.removeprefix(f"{self.name}.")] = values if self.many else values[0]


def number_of(text: str) -> int:
    """Return up to nine ASCII digits as a number; 0 for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else 0

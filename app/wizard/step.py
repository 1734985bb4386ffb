"""A step of the wizard: one file, one template, one line in its service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

from sqlalchemy.orm import Session
from wtforms import Form

from app.rules.case import Case
from app.rules.refusals import Problem
from app.rules.submission import Item
from app.wizard.field_inputs import ELSEWHERE, Input


class Step:
    """Subclasses set `slug`, `title`, `form` (or None) and say what their rows are.

    A step's answers lie in `case.answers[key]`, field by field as typed, so that an invalid entry is never lost.
    """

    slug: ClassVar[str]
    title: ClassVar[str]
    short: ClassVar[str]  # for the row of steps
    form: ClassVar[type[Form] | None] = None
    template: ClassVar[str | None] = None
    next_label: ClassVar[str] = "下一步"
    always_open: ClassVar[
        tuple[str, ...]
    ] = ()  # items that may be changed in a returned application whatever was returned

    @property
    def key(self) -> str:
        return self.slug.replace("-", "_")

    def applies(self, case: Case) -> bool:
        """Does this case go through the step at all?"""
        return True

    def load(self, case: Case) -> dict[str, str]:
        """What the form shows: the draft first, then what the office holds. Field name -> text."""
        return dict(case.answer(self.key))

    def bind(self, case: Case, data: Mapping[str, Any]) -> Form | None:
        """The form over these values (field name -> text), with the choices and limits that the case sets."""
        return self.form(data=dict(data)) if self.form else None

    def read_posted(self, case: Case, posted: Mapping[str, str]) -> dict[str, str]:
        """The posted fields that belong to this step and are open; the others keep what is stored."""
        kept = dict(case.answer(self.key))
        for name in self.fields(case):
            if name in posted and case.open(f"{self.key}.{name}"):
                kept[name] = self.clean(name, posted[name])
        return kept

    def fields(self, case: Case) -> Sequence[str]:
        """The names that a post may set."""
        return list(names_of(self.form)) if self.form else []

    def slots(self, case: Case) -> Sequence[str]:
        """The evidence slots of this step."""
        return ()

    def cut(self, case: Case, slot: str) -> tuple[int, int] | None:
        """Exact pixels (width, height) that a slot's picture is cut to; None for a paper, which is kept whole."""
        return None

    def hints(self, case: Case) -> dict[str, list[str]]:
        """What looks doubtful but stops nobody: field -> messages, told before submitting. They may insist."""
        return {}

    def labels(self, case: Case) -> dict[str, str]:
        """Field name -> the words beside it."""
        return names_of(self.form) if self.form else {}

    def clean(self, name: str, text: str) -> str:
        """Make typed text uniform without changing what it says."""
        return text.replace("\r\n", "\n").replace("\x00", "").strip()

    def errors(self, case: Case, values: Mapping[str, str]) -> dict[str, list[str]]:
        """What is wrong with these values: field -> messages. Fields that are locked are not asked."""
        form = self.bind(case, values)
        if form is None or form.validate():
            return {}
        return {
            name: [str(message) for message in field.errors]
            for name, field in form._fields.items()
            if field.errors and case.open(f"{self.key}.{name}")
        }

    def problems(self, case: Case) -> list[Problem]:
        """What still stops the submission; asked again inside the submitting transaction."""
        return [
            Problem(self.slug, name, message)
            for name, messages in self.errors(case, self.load(case)).items()
            for message in messages
        ]

    def items(self, case: Case) -> list[Item]:
        """The rows: label and value as people read them."""
        return []

    def context(self, case: Case, values: Mapping[str, str]) -> dict[str, Any]:
        """What else the template shows."""
        return {}

    def inputs(self, case: Case, values: Mapping[str, str]) -> Mapping[str, Input]:
        """The fields and slots that there are now, in order, and how each is drawn. Not said: on the step's own page only."""
        return dict.fromkeys((*self.fields(case), *self.slots(case)), ELSEWHERE)

    def on_submitting(self, session: Session, case: Case) -> None:
        """Inside the transaction of a submission, before the rows are made: add what the office holds to them."""

    def on_submitted(self, session: Session, case: Case) -> None:
        """Inside the transaction of a submission: keep beyond the application what the person confirmed here."""

    def started(self, case: Case) -> bool:
        return self.key in case.answers


@cache
def names_of(form: type[Form]) -> dict[str, str]:
    """A form's field names and labels; making a form only to ask its names would cost every page."""
    return {name: str(field.label.text) for name, field in form()._fields.items()}

"""A step of the wizard: one file, one template, one line in its service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, ClassVar

from sqlalchemy.orm import Session
from wtforms import Form

from app.rules.case import Case
from app.rules.refusals import Problem
from app.rules.submission import Item
from app.rules.text import LONGEST_LINE
from app.wizard.field_inputs import ELSEWHERE, Input


class Step:
    """Subclasses set `slug`, `title`, `form` (or None) and define `items`.

    Answers are stored in `case.answers[key]` by field as typed, so invalid entries are kept; but not what is far longer than its field
    (`longest`, characters by field, by default LONGEST_LINE), which is told and given back once.
    """

    slug: ClassVar[str]
    title: ClassVar[str]
    short: ClassVar[str]  # for the row of steps
    form: ClassVar[type[Form] | None] = None
    template: ClassVar[str | None] = None
    next_label: ClassVar[str] = "下一步"
    longest: ClassVar[Mapping[str, int]] = {}
    always_open: ClassVar[tuple[str, ...]] = ()  # open in every returned application

    @property
    def key(self) -> str:
        return self.slug.replace("-", "_")

    def applies(self, case: Case) -> bool:
        """Whether the case includes this step."""
        return True

    def load(self, case: Case) -> dict[str, str]:
        """Return field name -> text for the form: the draft before data on record."""
        return dict(case.answer(self.key))

    def bind(self, case: Case, data: Mapping[str, Any]) -> Form | None:
        """Return the form over these values, with the case's choices and limits."""
        return self.form(data=dict(data)) if self.form else None

    def read_posted(self, case: Case, posted: Mapping[str, str]) -> dict[str, str]:
        """Return the answers with the posted open fields; others keep their value."""
        kept = dict(case.answer(self.key))
        for name in self.fields(case):
            if name in posted and case.open(f"{self.key}.{name}"):
                kept[name] = self.clean(name, posted[name])
        return kept

    def too_long(self, values: Mapping[str, str]) -> dict[str, list[str]]:
        """Return field -> message for what is too long to be kept even as an invalid entry."""
        return {
            name: too_long_problem(text, self.longest.get(name, LONGEST_LINE))
            for name, text in values.items()
            if len(text) > self.longest.get(name, LONGEST_LINE)
        }

    def storable(self, case: Case, values: Mapping[str, str]) -> dict[str, str]:
        """Return the answers to store: where one is too long, what was stored before."""
        long, before = self.too_long(values), case.answer(self.key)
        former = {name: before[name] for name in long.keys() & before.keys() - self.too_long(before).keys()}
        return {name: text for name, text in values.items() if name not in long} | former

    def typed(self, case: Case, posted: Mapping[str, str]) -> dict[str, str]:
        """Return label -> posted text that is not stored, as the page words both: shown again when it could not be saved."""
        held = self.load(case)
        given = {
            name: text
            for name in self.fields(case)
            if (text := posted.get(name, "")) and self.clean(name, text) != held.get(name, "")
        }
        values = {**held, **given}
        labels, drawn = (
            self.labels(replace(case, answers={**case.answers, self.key: values})),
            self.inputs(case, values),
        )
        return {
            (drawn.get(name, ELSEWHERE).label or labels.get(name, name)): drawn.get(name, ELSEWHERE)
            .in_words()
            .get(text, text)
            for name, text in given.items()
        }

    def fields(self, case: Case) -> Sequence[str]:
        """Return the names a post may set."""
        return list(names_of(self.form)) if self.form else []

    def slots(self, case: Case) -> Sequence[str]:
        """Return the evidence slots of this step."""
        return ()

    def cut(self, case: Case, slot: str) -> tuple[int, int] | None:
        """Return the pixels (width, height) to cut a slot's picture to; None for a paper, kept whole."""
        return None

    def hints(self, case: Case) -> dict[str, list[str]]:
        """Return field -> doubtful points, which do not block submission."""
        return {}

    def labels(self, case: Case) -> dict[str, str]:
        """Return field name -> label."""
        return names_of(self.form) if self.form else {}

    def clean(self, name: str, text: str) -> str:
        """Normalise typed text, keeping its meaning."""
        return text.replace("\r\n", "\n").replace("\x00", "").strip()

    def errors(self, case: Case, values: Mapping[str, str]) -> dict[str, list[str]]:
        """Return field -> messages; locked fields are not checked."""
        form = self.bind(case, values)
        if form is None or form.validate():
            return {}
        return {
            name: [str(message) for message in field.errors]
            for name, field in form._fields.items()
            if field.errors and case.open(f"{self.key}.{name}")
        }

    def problems(self, case: Case) -> list[Problem]:
        """Return what blocks submission; checked again in its transaction."""
        return [
            Problem(self.slug, name, message)
            for name, messages in self.errors(case, self.load(case)).items()
            for message in messages
        ]

    def items(self, case: Case) -> list[Item]:
        """Return label and value as displayed."""
        return []

    def context(self, case: Case, values: Mapping[str, str]) -> dict[str, Any]:
        """Return further template variables."""
        return {}

    def inputs(self, case: Case, values: Mapping[str, str]) -> Mapping[str, Input]:
        """Return the fields and slots in order, and how to draw each. Default: on the step's page only."""
        return dict.fromkeys((*self.fields(case), *self.slots(case)), ELSEWHERE)

    def on_submitting(self, session: Session, case: Case) -> None:
        """Run in the submission's transaction before the rows are made: add data on record."""

    def on_submitted(self, session: Session, case: Case) -> None:
        """Run in the submission's transaction: store confirmed data beyond the application."""

    def started(self, case: Case) -> bool:
        return self.key in case.answers


def too_long_problem(text: str, most: int) -> list[str]:
    return [f"太长了，没有保存：这一格最多保存 {most} 个字符，现在是 {len(text)} 个"]


@cache
def names_of(form: type[Form]) -> dict[str, str]:
    """Return field names and labels, cached: making a form per page is costly."""
    return {name: str(field.label.text) for name, field in form()._fields.items()}

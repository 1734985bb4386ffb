"""Drawing of a step's fields, declared once for its page and the page of fixes.

The form has names, labels and errors, `Step.inputs` the controls; the macro `field` of templates/components/fields.html draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Input:
    """A control. `kind`: text, select, radios, textarea or picture, as in components/fields.html.

    `label`: replaces the form's; `near`: label on the step's page; `of`: field whose item it is part of; `live`: a choice changes
    the fields; `chosen`: preselected on the step's page; `made`: what the page was made with, sent along; `alone`: may stand outside it.
    """

    kind: str = "text"
    label: str = ""
    near: str = ""
    hint: str = ""
    options: Sequence[tuple[str, ...]] = ()
    empty: str | None = None
    optional: bool = False
    of: str = ""
    live: bool = False
    chosen: str = ""
    made: str = ""
    alone: bool = True
    width: str = ""
    type: str = "text"
    attrs: Mapping[str, Any] = field(default_factory=dict)

    def in_words(self) -> dict[str, str]:
        """Return value -> words of what can be chosen; empty for a field that is typed."""
        return {option[0]: option[1] for option in self.options}


ELSEWHERE = Input(alone=False)


@dataclass(slots=True)
class Field:
    """One field of a page. `picture`: as shown by components/fields.html; `cut`: exact pixels; `most`, `fit`: bytes (0: unchanged);
    `accept`: types of file, `must`: the same in words; `alone`: on the page of fixes.
    """

    name: str
    label: str
    input: Input
    locked: bool = False
    alone: bool = False
    picture: dict[str, Any] | None = None
    hints: Sequence[str] = ()
    cut: tuple[int, int] | None = None
    most: int = 0
    fit: int = 0
    accept: str = ""
    must: str = ""

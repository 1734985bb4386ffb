"""How the fields of a step are drawn, declared once for the step's page and the page of fixes.

The form has names, labels and errors; `Step.inputs` has the controls. Both pages draw `Field`s with the macro `field` of
templates/components/fields.html.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Input:
    """A control. `kind`: text, select, radios, textarea or picture, the macros of components/fields.html.

    `label`: replaces the form's; `near`: label on the step's page, beside its neighbours; `of`: field whose item this one is
    part of; `live`: a choice changes which fields exist; `chosen`: preselected on the step's page; `alone`: may stand outside the
    step's page.
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
    alone: bool = True
    width: str = ""
    type: str = "text"
    attrs: Mapping[str, Any] = field(default_factory=dict)


ELSEWHERE = Input(alone=False)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a page. `picture`: the uploaded one as components/fields.html shows it; `cut`: exact pixels; `most`, `fit`:
    bytes (0: unchanged); `alone`: on the page of fixes.
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

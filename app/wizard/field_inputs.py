"""How the fields of a step are drawn: said once, beside its form class, for the step's own page and for the page of fixes.

The form names a field, its label and what is wrong with it; `Step.inputs` says how it is asked for. Both pages draw `Field`s
with one macro (`field` of templates/components/fields.html).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Input:
    """`kind`: text, select, radios, textarea or picture, as the macros of components/fields.html.

    `label`: instead of the form's; `near`: on the step's own page, where its neighbours explain it; `of`: the field whose item
    this one is a part of; `live`: what is chosen changes which fields there are; `chosen`: on the step's own page, while nothing
    is; `alone`: it can be asked for outside of the step's own page.
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
    """One field of a page. `picture`: what components/fields.html shows of an uploaded one; `cut`: exact pixels; `most`, `fit`:
    bytes (0: as it is). `alone`: on the page of fixes."""

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

"""How one field of a step is asked for outside of the step's own page: on the page of fixes, beside fields of other steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Input:
    """`kind`: text, select, radios, textarea or picture, as the macros of components/fields.html; page: on its own page only.

    `label`: where the step's own needs its neighbours to be understood; `of`: the field whose item this one is a part of;
    `live`: what is chosen changes which fields there are.
    """

    kind: str = "page"
    label: str = ""
    hint: str = ""
    options: Sequence[tuple[str, str]] = ()
    empty: str | None = None
    optional: bool = False
    of: str = ""
    live: bool = False
    width: str = ""
    type: str = "text"
    attrs: Mapping[str, Any] = field(default_factory=dict)


ELSEWHERE = Input()

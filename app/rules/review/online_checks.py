"""已在学信网核对: what a check is bound to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from app.rules.submission import Item


def proofs_of(
    items: Sequence[Item], asked: Sequence[str], read_from: Mapping[str, str], pictures: Mapping[str, str]
) -> dict[str, str]:
    """Return item -> hash of its typed code and its picture, for the `asked` items that are filled in.

    `read_from`: item -> item of the picture; `pictures`: public id of a picture -> its SHA-256.
    """
    by_key = {item.key: item for item in items}
    found = {}
    for key in asked:
        item = by_key.get(key)
        if item is None or not item.value:
            continue
        shown = by_key.get(read_from.get(key, ""))
        picture = pictures.get(shown.evidence, "") if shown and shown.evidence else ""
        found[key] = hashlib.sha256(f"{item.value}\n{picture}".encode()).hexdigest()
    return found

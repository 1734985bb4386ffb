"""What was typed on a page that no longer has the fields for it, to be shown again."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from app.rules.review.words import FIELDS
from app.web.staff.file.query import File

CHOSEN = ("verdict", "cause", "rest", "saved")  # no text


def typed(
    file: File, values: Mapping[str, str], *, kept: Collection[str] = (), labels: Mapping[str, str] = FIELDS
) -> list[tuple[str, str]]:
    """Return label and text of each field with text; `kept`: names that still have their field on the page."""
    items = {row.key: row.label for group in file.groups for row in group.rows}
    written = [(name.partition("."), text) for name, text in values.items() if text and name not in kept]
    return [
        (labels.get(kind) or items.get(key) or f"缺 {key} 的理由", text)
        for (kind, _, key), text in written
        if kind not in CHOSEN
    ]

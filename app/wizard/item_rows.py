"""Items as rows to read on the screen."""

from __future__ import annotations

from app.rules.people.privacy import mask_id
from app.rules.submission import Document, Item
from app.wizard.service import Service

Row = dict[str, str]


def item_row(item: Item) -> Row:
    """Return one item for components/summary.html, the ID number masked."""
    value = mask_id(item.value) if item.field == "id_number" else item.value
    image = f"/evidence/{item.evidence}" if item.evidence else ""
    return {"key": item.key, "label": item.label, "value": value, "image": image}


def submitted_rows(service: Service, content: Document) -> list[tuple[str, list[Row]]]:
    """Return title and rows of each step of a frozen submission, 我的说明 last."""
    found: dict[str, list[Row]] = {}
    for item in content.items:
        step = service.step(item.step)
        found.setdefault(step.title if step else item.step, []).append(item_row(item))
    replies = [{"label": content.labels.get(key, key), "value": text} for key, text in content.replies.items() if text]
    return [*found.items(), *([("我的说明", replies)] if replies else [])]

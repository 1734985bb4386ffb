"""What a form says that its page showed, and what to tell when the application is another one by now."""

from __future__ import annotations

from dataclasses import dataclass

from app.rules.case import Case
from app.rules.review.seen_items import SeenItems, read_prints
from app.rules.service import items_of
from app.wizard.path import Path
from app.wizard.views.forms import SubmitForm


@dataclass(frozen=True, slots=True)
class Stale:
    """What differs from the page that was shown. `changed`: item key -> label; `gone`: labels of items that are no more."""

    changed: dict[str, str]
    gone: list[str]

    @property
    def count(self) -> int:
        return len(self.changed) + len(self.gone)


def seen_by(posted: SubmitForm, *, whole: bool) -> SeenItems:
    """Return what the form's page showed; `whole`: all of the application."""
    return SeenItems(posted.version.data, read_prints(posted.shown.data), whole)


def stale_since(seen: SeenItems, case: Case, path: Path) -> Stale:
    """Compare the application as it is now with what was shown."""
    items = items_of(path.service, case)
    now = {item.key: item.label for item in items}
    known = {f"{step.key}.{name}": words for step in path.service.steps for name, words in step.labels(case).items()}
    keys = seen.differences(items)
    return Stale(
        {key: now[key] for key in keys if key in now}, [known[key] for key in keys if key not in now and key in known]
    )

"""What a page showed before a submission: a short print of each item, carried by the page's form.

Only what was seen is submitted: a difference is told instead (app.actions.applications.submit).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.rules.submission import Item

LENGTH = 12  # hex digits of a print: 48 bits tell two texts of one person apart
MOST = 500  # items read from a form


@dataclass(frozen=True, slots=True)
class SeenItems:
    """`version`: of the application, None when the form did not say; then it has not shown this one. `prints`: item key -> print.

    `whole`: every item was shown, so that a further one is a difference too, and so are no prints at all.
    """

    version: int | None = None
    prints: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False

    def differences(self, items: Iterable[Item]) -> list[str]:
        """Return the keys changed since, in the order of `items`, then those that are gone."""
        if not self.prints:
            return []
        now = {item.key: print_of(item) for item in items}
        changed = [key for key, value in now.items() if self.prints.get(key, "" if self.whole else value) != value]
        return changed + [key for key in self.prints if key not in now]

    def differs(self, version: int, items: Iterable[Item]) -> bool:
        """Whether the application is not the one that was shown."""
        said = self.version == version and bool(self.prints or not self.whole)
        return not said or bool(self.differences(items))


def print_of(item: Item) -> str:
    """Return the print of value and picture."""
    return hashlib.sha256(f"{item.value}\0{item.sha256}".encode()).hexdigest()[:LENGTH]


def write_prints(items: Iterable[Item]) -> str:
    """Return the prints as one line for a form: `profile.phone=1f… statement.statement=9a…`."""
    return " ".join(f"{item.key}={print_of(item)}" for item in items)


def read_prints(text: str) -> dict[str, str]:
    """Read such a line; what is none of it is left out."""
    pairs = (word.partition("=") for word in text.split()[:MOST])
    return {key: value for key, mark, value in pairs if mark}

"""What the review page sends: one field of each kind for every item, and what is said of the whole file."""

from __future__ import annotations

from collections.abc import Iterable

from app.actions.review.notes import checked
from app.actions.review.opinions import OK, RETURN, Opinion, Seen, Verdict
from app.rules.refusals import Problem
from app.rules.text import clean_line
from app.wizard.forms import Form, Keyed, Lines, Number, Text, number_of

SAVE = "save"


class ReviewForm(Form):
    """Keyed fields by item, waiver by course. sha256, version, state and number: what the page was made from."""

    decision = Text(default=SAVE)
    verdict = Keyed()
    cause = Keyed()  # a line of the catalogue
    reason = Keyed("退回原因", clean=clean_line)
    waiver = Keyed("准予通过的理由", clean=clean_line)
    message = Lines("审核意见")
    again = Lines("再次退回的理由")
    note = Lines("内部备注")
    undo = Text()
    sha256 = Text()
    version = Number()
    state = Text()
    number = Text()

    def seen(self) -> Seen:
        """Which submission and version the page was made from; a page without them saw nothing that exists."""
        return Seen(self.sha256.data, self.version.data)

    def opinion(self) -> Opinion:
        """Items that nobody judged are left out."""
        findings = {
            key: Verdict(RETURN, self.reason.data.get(key, ""), number_of(self.cause.data.get(key, "")) or None)
            if verdict == RETURN
            else Verdict(OK)
            for key, verdict in self.verdict.data.items()
            if verdict in (OK, RETURN)
        }
        return Opinion(findings, self.message.data, self.waiver.data, self.again.data)

    def checked_note(self, *, asked: bool) -> str:
        """The internal note in its field; '' for none, unless one was `asked` for. Raises Invalid."""
        return checked(self.note.data) if self.note.data or asked else ""

    def shown(self) -> dict[str, str]:
        """Everything typed, by the name of its field, exactly as it was sent: to be shown again."""
        found: dict[str, str] = {}
        for each in (self.verdict, self.cause, self.reason, self.waiver):
            found |= {f"{each.name}.{key}": text for key, text in each.sent.items()}
        found |= {each.name: str(each.raw_data[0]) for each in (self.again, self.message, self.note) if each.raw_data}
        return found


class DeskForm(Form):
    """The buttons around a file, and what its script tells: `until` of the hold that it had, `back` after a decision."""

    act = Text()
    until = Text()
    back = Text()


def errors_of(problems: Iterable[Problem]) -> dict[str, list[str]]:
    """Field name -> messages, as the templates show them."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        found.setdefault(problem.field, []).append(problem.message)
    return found

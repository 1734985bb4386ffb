"""Posted forms of the review page."""

from __future__ import annotations

from collections.abc import Iterable

from app.actions.review.notes import checked
from app.actions.review.opinions import OK, RETURN, Opinion, Seen, Verdict
from app.rules.refusals import Problem
from app.rules.review import words
from app.rules.review.asides import ASKED
from app.rules.text import clean_line
from app.wizard.forms import TICKED, Choice, Form, Keyed, Lines, Number, Text, Token, number_of

SAVE = "save"


class ReviewForm(Form):
    """Keyed fields by item, `waiver` by course.
    sha256, version, saved, state, number: what the page was rendered from.
    """

    decision = Text(default=SAVE)
    verdict = Keyed()
    cause = Keyed()  # id in the catalogue
    reason = Keyed(words.RETURN_REASON, clean=clean_line)
    waiver = Keyed(words.WAIVER_REASON, clean=clean_line)
    message = Lines(words.FIELDS["message"])
    to_school = Lines(words.FIELDS["to_school"])
    again = Lines(words.FIELDS["again"])
    note = Lines(words.FIELDS["note"])
    question = Lines(words.FIELDS["question"])
    asked = Choice(words.FIELDS["asked"], ASKED)
    answer = Lines(words.FIELDS["answer"])
    undo = Text()
    can_undo = Text()  # the page has the box 留几分钟可撤销
    sure = Text()  # asked once more
    rest = Choice("其余已看过", TICKED)
    sha256 = Text()
    saved = Text()
    restored = Text()
    version = Number()
    state = Text()
    number = Text()
    form_token = Token()

    def seen(self) -> Seen:
        """Return submission hash, version and stored review of the rendered page."""
        return Seen(self.sha256.data, self.version.data, self.saved.data)

    def opinion(self) -> Opinion:
        """Return the opinion without items that have no verdict."""
        findings = {
            key: Verdict(RETURN, self.reason.data.get(key, ""), number_of(self.cause.data.get(key, "")) or None)
            if verdict == RETURN
            else Verdict(OK)
            for key, verdict in self.verdict.data.items()
            if verdict in (OK, RETURN)
        }
        texts = self.message.data, self.waiver.data, self.again.data, self.to_school.data
        return Opinion(findings, *texts, bool(self.rest.data))

    def checked_note(self, *, asked: bool) -> str:
        """Return the internal note, '' for none unless `asked`. Raises Invalid."""
        return checked(self.note.data) if self.note.data or asked else ""

    def shown(self) -> dict[str, str]:
        """Return everything typed, unchanged, by field name; with `undo`, where the page has that box."""
        found: dict[str, str] = {}
        for each in (self.verdict, self.cause, self.reason, self.waiver):
            found |= {f"{each.name}.{key}": text for key, text in each.sent.items()}
        lines = (self.again, self.message, self.to_school, self.note, self.rest, self.question, self.asked, self.answer)
        found |= {each.name: str(each.raw_data[0]) for each in lines if each.raw_data}
        return found | self.undo_choice()

    def undo_choice(self) -> dict[str, str]:
        """Return whether 留几分钟可撤销 is ticked; empty for a page without the box."""
        return {"undo": "1" if self.undo.data else "0"} if self.can_undo.data else {}


class DeskForm(Form):
    """Buttons beside the review and its script: `until` of the lease, `back` after a decision."""

    act = Text()
    until = Text()
    back = Text()
    form_token = Token()


def errors_of(problems: Iterable[Problem]) -> dict[str, list[str]]:
    """Return field -> messages."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        found.setdefault(problem.field, []).append(problem.message)
    return found

"""What the review page sends, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.actions.review.notes import checked
from app.actions.review.opinions import OK, RETURN, Opinion, Seen, Verdict
from app.rules.refusals import Problem
from app.rules.text import clean_line, clean_text


def read_seen(form: Mapping[str, str]) -> Seen:
    """Which submission and version the page was made from; a page without them saw nothing that exists."""
    version = form.get("version", "")
    return Seen(
        form.get("sha256", ""), int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else 0
    )


def read_opinion(form: Mapping[str, str]) -> Opinion:
    """verdict.<item>, reason.<item>, cause.<item> (of the catalogue), waiver.<course>, message and again.

    Items that nobody judged are left out.
    """
    findings = {}
    for name, value in form.items():
        kind, _, key = name.partition(".")
        if kind == "verdict" and value in (OK, RETURN):
            reason = clean_line(form.get(f"reason.{key}", ""))
            findings[key] = (
                Verdict(value, reason, _number(form.get(f"cause.{key}", ""))) if value == RETURN else Verdict(OK)
            )
    waivers = {name.partition(".")[2]: clean_line(value) for name, value in form.items() if name.startswith("waiver.")}
    again = clean_text(form.get("again", "")).strip()
    return Opinion(findings, clean_text(form.get("message", "")).strip(), waivers, again)


def read_note(form: Mapping[str, str], *, asked: bool) -> str:
    """The internal note in its field; '' for none, unless one was `asked` for. Raises Invalid."""
    note = clean_text(form.get("note", "")).strip()
    return checked(note) if note or asked else ""


def read_values(form: Mapping[str, str]) -> dict[str, str]:
    """Everything typed, to be shown again."""
    kept = ("verdict.", "reason.", "cause.", "waiver.")
    return {
        name: value for name, value in form.items() if name.startswith(kept) or name in ("message", "again", "note")
    }


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def errors_of(problems: Iterable[Problem]) -> dict[str, list[str]]:
    """Field name -> messages, as the templates show them."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        found.setdefault(problem.field, []).append(problem.message)
    return found

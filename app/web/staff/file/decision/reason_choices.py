"""Reasons offered per item, with placeholders filled."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from flask import current_app

from app.actions.review.opinions import RETURN, Opinion
from app.actions.review.reasons import KEPT, catalogue
from app.actions.services import about_courses
from app.extensions import db
from app.rules.case import Case
from app.rules.people.roles import Actor
from app.rules.plans.eligibility import Assessment
from app.rules.review.reasons import Entry, Lacking, filled, lacking_of, offered
from app.web.staff.file.query import File
from app.wizard.service import service_for

FRESH = 5.0  # seconds until a change made in another process is seen; /admin/reasons clears the cache of its own


@dataclass(frozen=True, slots=True)
class Choice:
    """An option: label and filled text."""

    id: int
    label: str
    text: str


def choices(file: File, by: Actor) -> dict[str, tuple[Choice, ...]]:
    """Return item key -> options, in the order of keys 1 to 9."""
    entries, lacking = _entries(by), _lacking(file)
    return {
        row.key: tuple(
            Choice(each.id, each.label, filled(each, lacking, about_courses=about_courses(row.key)))
            for each in offered(entries, row.key)
        )
        for group in file.groups
        for row in group.rows
    }


def written_out(opinion: Opinion, file: File, by: Actor) -> Opinion:
    """Fill in the text of reasons that were chosen without text (page without script)."""
    words = {(key, choice.id): choice.text for key, each in choices(file, by).items() for choice in each}
    findings = {
        key: replace(finding, reason=words.get((key, finding.cause or 0), ""))
        if finding.verdict == RETURN and not finding.reason
        else finding
        for key, finding in opinion.findings.items()
    }
    return replace(opinion, findings=findings)


def has_unwritten(opinion: Opinion) -> bool:
    """Return whether a chosen reason has no text yet."""
    return any(each.verdict == RETURN and not each.reason and each.cause for each in opinion.findings.values())


def _entries(by: Actor) -> tuple[Entry, ...]:
    """Return the catalogue for this person's school (office: the common one), cached for FRESH seconds."""
    kept: dict[str, tuple[float, tuple[Entry, ...]]] = current_app.extensions.setdefault(KEPT, {})
    at, entries = kept.get(by.school_code, (0.0, ()))
    if not entries or time.monotonic() - at > FRESH:
        entries = catalogue(db.session(), by.school_code)
        kept[by.school_code] = (time.monotonic(), entries)
    return entries


def _lacking(file: File) -> Lacking:
    return lacking_of(_now(file.application.service, file.case, file.assessment))


def _now(service: str, case: Case, frozen: Assessment | None) -> Assessment | None:
    """Return the present assessment (already computed for the page), or the submitted one without the plan."""
    try:
        return service_for(service).routing(case).assessment
    except ValueError:
        return frozen

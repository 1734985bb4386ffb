"""The page of a step that was changed in another tab: both texts once each, and the choice between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template, request

from app.rules.case import Case
from app.rules.refusals import ChangedMeanwhile
from app.rules.review.fixes import PAGE
from app.wizard.field_inputs import Input
from app.wizard.path import Path
from app.wizard.views.forms import StepForm

ACTS = ("next", "back", "return", "save")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field with both texts. `kind`: text, textarea, or chosen from options: the texts are theirs in words and `value` is posted."""

    name: str
    label: str
    mine: str
    theirs: str
    value: str
    kind: str
    attrs: Mapping[str, Any]


def differences(refusal: ChangedMeanwhile, case: Case, path: Path) -> list[Difference]:
    """Return the fields of this post that differ from what is stored."""
    found = []
    for field, mine in refusal.mine.items():
        name = field if field in request.form else f"reply.{field}"  # 我的说明 is stored by item
        if name not in request.form:  # derived from another field
            continue
        theirs = refusal.theirs.get(field, "")
        drawn = _inputs(path, case, field, refusal)
        options = {value: words for given in drawn for value, words in given.in_words().items()}
        kind = "chosen" if options else drawn[-1].kind if drawn else "textarea"  # 我的说明 has several lines
        attrs = drawn[-1].attrs if kind == "text" else {}
        label = (drawn[-1].label if drawn else "") or refusal.labels.get(field, field)
        found.append(Difference(name, label, options.get(mine, mine), options.get(theirs, theirs), mine, kind, attrs))
    return found


def _inputs(path: Path, case: Case, field: str, refusal: ChangedMeanwhile) -> list[Input]:
    """Return how a field is drawn with the other tab's choices and with these; empty for 我的说明."""
    return [
        given
        for step in path.steps
        if field in step.fields(case)
        for values in (refusal.theirs, refusal.mine)
        if (given := step.inputs(case, {**step.load(case), **values}).get(field))
    ]


def conflict_page(refusal: ChangedMeanwhile, fresh: Case, path: Path, slug: str) -> tuple[str, int] | None:
    """Render the page (409), or None when no posted field differs. `slug`: step or PAGE, which takes my text."""
    found = differences(refusal, fresh, path)
    if not found:
        return None
    posted = StepForm()
    act, back = posted.act.data, path.returns_to(posted.back.data)
    if slug == PAGE:  # its 下一步 submits, which only the page itself may
        act = "save"
    page = render_template(
        "errors/conflict.html",
        section="services",
        differences=found,
        rest_saved=slug == PAGE,  # its other steps (app.actions.applications.drafts.save_parts)
        version=fresh.version,
        act=act if act in ACTS else "choose",
        back=back,
        here=path.url_of(slug),
        theirs=path.url_of(slug, back),
    )
    return page, 409

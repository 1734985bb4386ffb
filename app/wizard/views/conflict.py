"""The page of a step that was changed in another tab: both texts once each, and the choice between them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request

from app.rules.case import Case
from app.rules.refusals import ChangedMeanwhile
from app.rules.review.fixes import PAGE
from app.wizard.field_inputs import Input
from app.wizard.path import Path
from app.wizard.step import Step
from app.wizard.views.forms import StepForm

ACTS = ("next", "back", "save")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field with both texts; `chosen`: from options, the texts are theirs in words and `value` is posted."""

    name: str
    label: str
    mine: str
    theirs: str
    value: str
    chosen: bool


def differences(refusal: ChangedMeanwhile, case: Case, path: Path) -> list[Difference]:
    """Return the fields of this post that differ from what is stored."""
    found = []
    for field, mine in refusal.mine.items():
        name = field if field in request.form else f"reply.{field}"  # 我的说明 is stored by item
        if name not in request.form:  # derived from another field
            continue
        theirs = refusal.theirs.get(field, "")
        options = _options(path, case, field, refusal)
        found.append(
            Difference(
                name,
                refusal.labels.get(field, field),
                options.get(mine, mine),
                options.get(theirs, theirs),
                mine,
                bool(options),
            )
        )
    return found


def _options(path: Path, case: Case, field: str, refusal: ChangedMeanwhile) -> dict[str, str]:
    """Return value -> words of a field that is chosen, with both tabs' other choices."""
    found: dict[str, str] = {}
    for step in path.steps:
        if field in step.fields(case):
            for given in (_input(step, case, field, refusal.theirs), _input(step, case, field, refusal.mine)):
                found |= {option[0]: option[1] for option in given.options} if given else {}
    return found


def _input(step: Step, case: Case, field: str, values: dict[str, str]) -> Input | None:
    return step.inputs(case, {**step.load(case), **values}).get(field)


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
        version=fresh.version,
        act=act if act in ACTS else "choose",
        back=back,
        here=path.url_of(slug),
        theirs=path.url_of(slug, back),
    )
    return page, 409

"""Fields of a step as drawn by its own page and the page of fixes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.rules.case import Case
from app.rules.evidence.kinds import LENIENT_BYTES, MAX_FILE_BYTES, photo_file_words, photo_types, photo_words
from app.wizard.field_inputs import ELSEWHERE, Field, Input
from app.wizard.step import Step


def fields_of(step: Step, case: Case, values: Mapping[str, str]) -> dict[str, Field]:
    """Return the fields and pictures of the step's page by name; locked ones are only shown."""
    found = step.inputs(case, values)
    labels = step.labels(case)
    filled = replace(case, answers={**case.answers, step.key: dict(values)}) if step.slots(case) else case
    hints = step.hints(filled)
    drawn = {}
    for name, given in found.items():
        if given is ELSEWHERE:  # the template draws it by itself
            continue
        label = given.near or given.label or labels.get(name, name)
        locked = not case.open(f"{step.key}.{name}")
        drawn[name] = Field(name, label, given, locked, **_picture(step, case, name, given, hints))
    return drawn


def field_alone(step: Step, case: Case, name: str, given: Input, hints: Mapping[str, list[str]]) -> Field:
    """Return an open field for the page of fixes."""
    label = given.label or step.labels(case).get(name, name)
    return Field(
        name, label, given, alone=True, **{"hints": hints.get(name, ()), **_picture(step, case, name, given, hints)}
    )


def _picture(step: Step, case: Case, name: str, given: Input, hints: Mapping[str, list[str]]) -> dict[str, Any]:
    if given.kind != "picture":
        return {}
    found, strict, cut = case.evidence.get(name), case.window.strict_files, step.cut(case, name)
    picture = found and {
        "url": f"/evidence/{found.public_id}",
        "width": found.width,
        "height": found.height,
        "size": found.size,
        "trouble": found.trouble,
    }
    return {
        "picture": picture or None,
        "hints": tuple(hints.get(name, ())),
        "cut": cut,
        "most": MAX_FILE_BYTES if strict else LENIENT_BYTES,
        "fit": 0 if strict else MAX_FILE_BYTES,
        "accept": photo_types(strict=strict),
        "must": (photo_file_words if cut else photo_words)(strict=strict),
    }

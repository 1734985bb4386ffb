"""再次确认 (manual 3.1.6): every row with 修改, then 确认无误，提交申请."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.rules.case import Case
from app.rules.people.privacy import mask_id
from app.rules.refusals import Problem
from app.rules.review.seen_items import write_prints
from app.rules.submission import Item
from app.wizard.path import Path
from app.wizard.step import Step


class Confirm(Step):
    slug, title, short, template = "confirm", "确认提交", "确认提交", "wizard/steps/confirm.html"
    next_label = "确认无误，提交申请"

    def read_posted(self, case: Case, posted: Mapping[str, str]) -> dict[str, str]:
        return {}

    def context(self, case: Case, values: Mapping[str, str]) -> dict[str, Any]:
        from app.wizard.service import service_for

        path = Path(service_for(case.service), case)
        found = [(step, step.items(case), step.problems(case)) for step in path.steps[:-1]]
        groups = [
            (
                step,
                path.url(step, self.slug),
                _rows(items, path.url(step, self.slug), step.hints(case), case, problems),
                problems,
            )
            for step, items, problems in found
        ]
        return {
            "groups": [group for group in groups if group[2] or group[3]],
            "shown": write_prints(item for _, items, _ in found for item in items),
        }


def _rows(
    items: list[Item], url: str, hints: dict[str, list[str]], case: Case, problems: list[Problem]
) -> list[dict[str, Any]]:
    """Return a step's items as summary rows, with 修改 where the item is open; `url`: of the step."""
    wrong = {problem.field: problem.message for problem in problems}
    return [
        {
            "key": item.key,
            "label": item.label,
            "value": mask_id(item.value) if item.field == "id_number" else item.value,
            "image": f"/evidence/{item.evidence}" if item.evidence else "",
            "wrong": wrong.get(item.field, ""),
            "hints": hints.get(item.field, []),
            "change": "" if item.locked or not case.open(item.key) else f"{url}#{item.field}",
        }
        for item in items
    ]

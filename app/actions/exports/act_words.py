"""Words of acts, on their page and in their export alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache

from app.actions.lists import Kind
from app.actions.services import paper_kinds, reason_places
from app.rules.audit_words import GROUPS, detail_words
from app.rules.papers.certificate import RULE_WORDS
from app.rules.papers.verify_codes import KINDS
from app.rules.review.words import STAGES, passed
from app.rules.settings import settings_of
from app.rules.site_texts import TEXTS
from app.rules.windows import WindowFacts

Lists = Mapping[str, Kind]


def names_of(action: str, lists: Lists) -> dict[str, str]:
    """Words for what the detail of an act names: items returned or checked, papers, settings of a window, columns of `lists`."""
    if action.startswith("export."):
        kind = lists.get(action.removeprefix("export."))
        return {**GROUPS, **{column.key: column.title for column in kind.columns}} if kind else {}
    if action.startswith("spot_check."):  # stages of the decisions drawn from, which were passes
        return {state.value: f"{passed(state)}的" for state in STAGES}
    if action.startswith("certificate."):
        return {rule.value: word for rule, word in RULE_WORDS.items()}
    if action.startswith("window."):
        return {each.name: each.about.label for each in settings_of(WindowFacts)}
    if action.startswith("site."):
        return TEXTS
    items = {key: label for _, _, own in reason_places() for key, label in own}
    if action.startswith("evidence."):  # a picture that was opened is named by its place alone
        items |= {key.rpartition(".")[2]: label for key, label in items.items()}
    return {**items, **KINDS, **{key: paper.title for key, paper in paper_kinds().items()}}


def told_by(lists: Lists) -> Callable[[str], str]:
    """Return what makes words of an act and its detail: `action/{json}`, as one column of a query. Raises ValueError, TypeError."""
    names = cache(lambda action: names_of(action, lists))

    def told(row: str) -> str:
        action, _, text = row.partition("/")
        detail = json.loads(text)
        if not isinstance(detail, dict):
            raise TypeError("a detail that is none")
        return detail_words(detail, names(action))

    return told

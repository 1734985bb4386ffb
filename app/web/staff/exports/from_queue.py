"""Filters of the queue carried into an export: their conditions, and their words for the page and the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qsl

from app.actions import scope
from app.actions.exports.exports import Carried, codes_in_words
from app.actions.lists import Kind
from app.rules.people.roles import Actor
from app.rules.review.lifecycle import State
from app.rules.windows import WindowFacts
from app.web.staff.queue import counts as queue_counts
from app.web.staff.queue.filters import (
    AGES,
    FEW,
    STATES,
    WAITING,
    WHO,
    Filters,
    in_state,
    narrowing,
    searched,
)
from app.web.staff.queue.marks import marks_in_words

OWN_STATES = tuple((key or WAITING, word) for key, word in STATES if key in ("", *FEW))
NAMES = (
    "level",
    "flag",
    "match",
    "age",
    "who",
    "person",
    "q",
    "group",
    "reviewed",
    "returned",
    "submitted_since",
    "submitted_until",
)  # without a field of their own on the page
LABELS = {
    "level": "层次",
    "flag": "标记",
    "age": "等待",
    "who": "分配",
    "person": "证件号码",
    "q": "查找",
    "figure": "统计",
    "days": "提交日期",
}
SAID_TOGETHER = {"flag": ("flag", "match"), "days": ("since", "until")}


def takes(kind: Kind) -> bool:
    """Whether the list is one of applications that the queue's filters narrow."""
    return kind.of_cases and kind.find is None


def states_of(kind: Kind) -> tuple[tuple[str, str], ...]:
    """Return the states that a list can be narrowed to, the reviewer's own where it has files under review."""
    under_review = takes(kind) and State.SCHOOL_REVIEW.value in dict(kind.states)
    return (*(OWN_STATES if under_review else ()), *kind.states)


def carried(
    kind: Kind, values: Mapping[str, str], by: Actor, windows: Iterable[WindowFacts], on: datetime
) -> tuple[Carried, ...]:
    """Return each filter beyond the export's own, with its condition."""
    if not takes(kind):
        return ()
    filters = _filters(values)
    found = []
    if values["state"] in dict(OWN_STATES):
        state = Filters(state="" if values["state"] == WAITING else values["state"], who=filters.who)
        found.append(Carried("状态", dict(OWN_STATES)[values["state"]], (in_state(by, state, windows),)))
    for name, words in words_of(filters, by).items():
        if name == "figure":
            behind = replace(filters.behind, since="", until="", window=values["window"])
            found.append(Carried(LABELS[name], words, tuple(behind.conditions(on))))
            continue
        only = Filters(**{each: getattr(filters, each) for each in SAID_TOGETHER.get(name, (name,))})
        search = searched(by, only)
        conditions = (search.within,) if search else tuple(narrowing(by, only, on))
        found.append(Carried(LABELS[name], words, conditions))
    return tuple(found)


def words_of(filters: Filters, by: Actor) -> dict[str, str]:
    """Return key of LABELS -> words of the filters in NAMES that are set."""
    people = dict([*WHO, *(queue_counts.choices(by).people if filters.who and by.role in scope.ASSIGNING else ())])
    words = {
        "level": filters.level,
        "flag": marks_in_words(filters.flag, filters.match) if filters.flag or filters.match else "",
        "age": dict(AGES).get(filters.age, filters.age),
        "who": people.get(filters.who, filters.who),
        "person": "所查的一位" if filters.person else "",
        "q": f"“{filters.q}”" if filters.q else "",
        "figure": "，".join(words for names, words in filters.behind.words() if names != SAID_TOGETHER["days"]),
        "days": filters.behind.days_in_words(),
    }
    return {name: text for name, text in words.items() if text}


def with_left_state(kind: Kind, values: dict[str, str]) -> dict[str, str]:
    """Move a state that the list does not have to `left_state`, which the page keeps and tells."""
    if values["state"] in ("", *dict(states_of(kind))):
        return values
    return {**values, "state": "", "left_state": values["state"]}


def left_out(kind: Kind, values: Mapping[str, str], by: Actor) -> list[str]:
    """Return the words of filters that were on the screen and that this list cannot carry."""
    states = dict(OWN_STATES) | dict(STATES)
    left = values["left_state"]
    found = [f"状态 {states[left]}"] if left and left in states and not values["state"] else []
    if not takes(kind):
        words = words_of(_filters(values), by)
        found += [f"{LABELS[name]} {text}" for name, text in words.items() if not (name == "q" and kind.find)]
    return found


def hidden(kind: Kind, values: Mapping[str, str]) -> list[str]:
    """Return the fields that the page keeps without showing them: the queue's filters, carried or left out."""
    return [name for name in (*NAMES, "left_state") if values[name] and not (name == "q" and kind.find)]


def chosen_under(query: str, by: Actor) -> str:
    """Return the queue's filters under which files were chosen, in words, or ''."""
    filters = Filters.read(dict(parse_qsl(query)))
    named = codes_in_words(filters.service, filters.window, filters.school, filters.major)
    named |= {LABELS[name]: words for name, words in words_of(filters, by).items()}
    return "、".join([dict(STATES)[filters.state], *(f"{label} {words}" for label, words in named.items())])


def _filters(values: Mapping[str, str]) -> Filters:
    own = {"reason": "returned", "since": "submitted_since", "until": "submitted_until"}
    return Filters.read({name: values[name] for name in NAMES} | {name: values[field] for name, field in own.items()})

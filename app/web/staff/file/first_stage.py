"""What the 主考学校 found in 初审, for whoever reads the file after it: item by item, by whom and when, and its waivers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.actions.review.opinions import OK
from app.rules.review.lifecycle import State
from app.rules.review.submission_diff import prints
from app.rules.review.words import DECISIONS
from app.web.staff.file.query import File


@dataclass(frozen=True, slots=True)
class Said:
    """The school's last word on one item. `changed`: the item is another one since; `apart`: not by who decided last, or not then."""

    ok: bool
    who: str
    at: datetime
    changed: bool
    apart: bool


@dataclass(frozen=True, slots=True)
class FirstStage:
    """The school's last decision and all that it said. waivers: missing course -> the reason to let it pass."""

    who: str
    at: datetime
    word: str
    message: str
    items: Mapping[str, Said]
    waivers: Mapping[str, str]
    accepted: int  # items of the last submission that it accepted as they are now
    unmarked: int  # items of the last submission that it said nothing about


def first_stage(file: File) -> FirstStage | None:
    """None where the school has it, or never decided: its own page shows what it noted."""
    rounds = [
        each for each in file.stored.judgements if each.review.stage == State.SCHOOL_REVIEW and each.review.decision
    ]
    if file.case.state is State.SCHOOL_REVIEW or file.case.window.stages != 2 or not rounds:
        return None
    now = prints(file.submission.content.items)
    documents = {each.id: each.content for each in file.stored.submissions}
    last = rounds[-1]
    said: dict[str, Said] = {}
    for each in rounds:  # the oldest first: a later one says otherwise
        then = prints(documents[each.review.submission_id].items)
        at = each.review.decided_at or each.review.begun_at
        for finding in each.findings:
            key = finding.item
            if key in now:
                said[key] = Said(finding.verdict == OK, each.who, at, then.get(key) != now[key], each is not last)
    return FirstStage(
        who=last.who,
        at=last.review.decided_at or last.review.begun_at,
        word=DECISIONS[last.review.decision],
        message=last.review.message,
        items=said,
        waivers=last.review.waivers if last.review.decision == "pass" else {},
        accepted=sum(each.ok and not each.changed for each in said.values()),
        unmarked=len(set(now) - set(said)),
    )

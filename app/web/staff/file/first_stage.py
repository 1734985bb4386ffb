"""Results of 初审 for later readers: findings by item, reviewer, time and waivers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.actions.review.opinions import OK
from app.rules.review.lifecycle import State
from app.rules.review.submission_diff import prints
from app.rules.review.words import DECISIONS
from app.web.staff.file.query import File


@dataclass(frozen=True, slots=True)
class Said:
    """The school's last finding on an item.
    `changed`: the item differs since; `doubted`: the office doubts it since; `apart`: not part of the last decision.
    """

    ok: bool
    who: str
    at: datetime
    changed: bool
    doubted: bool
    apart: bool


@dataclass(frozen=True, slots=True)
class FirstStage:
    """The school's last decision and findings. `waivers`: missing course -> reason."""

    who: str
    at: datetime
    word: str
    message: str
    items: Mapping[str, Said]
    waivers: Mapping[str, str]
    accepted: int  # items accepted, unchanged in the last submission, and not doubted since
    unseen: int  # items that the office doubts and the school has not looked at since
    unmarked: int  # other items without a finding


def first_stage(file: File, unseen: Collection[str]) -> FirstStage | None:
    """Return the results; None during 初审 or if the school never decided. `unseen`: doubted, no verdict since."""
    rounds = [each for each in file.stored.judgements if each.review.stage == State.SCHOOL_REVIEW and each.stands]
    if file.case.state is State.SCHOOL_REVIEW or file.case.window.stages != 2 or not rounds:
        return None
    now = prints(file.submission.content.items)
    documents = {each.id: each.content for each in file.stored.submissions}
    last = rounds[-1]
    said: dict[str, Said] = {}
    for each in rounds:  # oldest first: later findings replace earlier ones
        then = prints(documents[each.review.submission_id].items)
        at = each.review.decided_at or each.review.begun_at
        for finding in each.findings:
            key = finding.item
            if key in now:
                differs = then.get(key) != now[key]
                said[key] = Said(finding.verdict == OK, each.who, at, differs, key in unseen, each is not last)
    return FirstStage(
        who=last.who,
        at=last.review.decided_at or last.review.begun_at,
        word=DECISIONS[last.review.decision],
        message=last.review.message,
        items=said,
        waivers=last.review.waivers if last.review.decision == "pass" else {},
        accepted=sum(each.ok and not each.changed and not each.doubted for each in said.values()),
        unseen=len(unseen),
        unmarked=len(set(now) - set(said) - set(unseen)),
    )

"""后续事宜: what the examinee is told to do after the review, by state and time to pay."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.rules.orders import OVER, how_to_pay, unpaid_state
from app.rules.review.lifecycle import State
from app.rules.windows import WindowFacts

COMPLETED = "请关注主考学校官网公告，按公告办理后续事宜。"
APPROVED = "申请办结后，请按主考学校官网公告办理后续事宜。"
FREE = "审核已经通过，这次办理不收费，请等考办办结；办结后，这里写明后续事宜。"
UNDONE = "办结已撤销，请等考办重新办理，不必再缴费；重新办结后，这里写明后续事宜。"


def follow_up(
    state: State,
    window: WindowFacts,
    on: datetime,
    school: Mapping[State, str],
    own: Mapping[State, str],
    *,
    undone: bool = False,
) -> str:
    """The text of the state by the `school`, else the service's (`own`), else the common one; "" before approval.

    Once the time to pay is over, how to pay all the same; after 已办结, once it was `undone`, and without a fee, nothing about paying.
    """
    if state is State.COMPLETED:
        return school.get(state) or own.get(state) or COMPLETED
    if state is not State.APPROVED:
        return ""
    if undone:
        return UNDONE
    if not window.fee:
        return FREE
    if unpaid_state(window, on) == OVER:
        return how_to_pay(window, on, "主考学校")
    return school.get(state) or own.get(state) or APPROVED

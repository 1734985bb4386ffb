"""Words for stages and decisions.

States: `lifecycle.WORDS`; as shown at a moment: `lifecycle.shown`.
"""

from __future__ import annotations

from app.rules.review.lifecycle import WORDS, State

DECISIONS = {"pass": "通过", "return": "退回修改", "reject": "不予通过", "back": "退回初审"}
"""In button order."""
STAGES = {State.SCHOOL_REVIEW: "初审", State.OFFICE_REVIEW: "终审"}
ONLY_STAGE = "审核"
"""For windows with one stage."""
STAGES_OF_WHOM = {State.SCHOOL_REVIEW: "主考学校初审", State.OFFICE_REVIEW: "考办终审"}
"""For the examinee."""
IN_LISTS = WORDS | {State.RETURNED: "审核未通过"}
"""For lists and counts of staff, without a request to the examinee."""
FIELDS = {
    "message": "审核意见",
    "to_school": "给主考学校",
    "again": "再次退回的理由",
    "note": "内部备注",
    "question": "请示的问题",
    "asked": "请示谁",
    "answer": "答复",
}
"""Texts for a whole application; below, for one item and one missing course."""
RETURN_REASON, WAIVER_REASON = "退回原因", "准予通过的理由"


BEGUN, CORRECTED = "审核已经开始，现在不能撤回。", "退回以后重新提交的申请不能撤回。"
"""Why an examinee cannot withdraw what the school has."""
REVOKE, REVOKED_BECAUSE = "撤销决定", "撤销的原因"


def stage(state: str, stages: int = 2) -> str:
    """初审 or 终审; 审核 with one stage."""
    return ONLY_STAGE if stages == 1 else STAGES[State(state)]


def passed(state: str, stages: int = 2) -> str:
    """初审通过, 终审通过, or 审核通过 with one stage. `state`: the stage passed."""
    return stage(state, stages) + DECISIONS["pass"]

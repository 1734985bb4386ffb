"""What stages and decisions are called: once, for pages, messages, papers, exports and the audit.

The words of a state are `lifecycle.WORDS`; what an examinee reads of one at a moment is `lifecycle.shown`.
"""

from __future__ import annotations

from app.rules.review.lifecycle import WORDS, State

DECISIONS = {"pass": "通过", "return": "退回修改", "reject": "不予通过", "back": "退回初审"}
"""In the order of the buttons."""
STAGES = {State.SCHOOL_REVIEW: "初审", State.OFFICE_REVIEW: "终审"}
ONLY_STAGE = "审核"
"""Of a window with one stage."""
STAGES_OF_WHOM = {State.SCHOOL_REVIEW: "主考学校初审", State.OFFICE_REVIEW: "考办终审"}
"""As the examinee reads them."""
IN_LISTS = WORDS | {State.RETURNED: "审核未通过"}
"""Words of states where staff choose or count by them: nobody there is asked to change anything."""
FIELDS = {"message": "审核意见", "again": "再次退回的理由", "note": "内部备注"}
"""What a reviewer writes for a whole file; below are the words for one item and for one missing course."""
RETURN_REASON, WAIVER_REASON = "退回原因", "准予通过的理由"


def stage(state: str, stages: int = 2) -> str:
    """初审 or 终审; 审核 in a window with one stage."""
    return ONLY_STAGE if stages == 1 else STAGES[State(state)]


def passed(state: str, stages: int = 2) -> str:
    """初审通过, 终审通过, or 审核通过 in a window with one stage. `state` is the stage that passes it."""
    return stage(state, stages) + DECISIONS["pass"]

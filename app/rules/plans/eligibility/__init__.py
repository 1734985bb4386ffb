"""毕业资格: whether a ticket meets a plan, with reasons course by course.

The entry point is `assess`; `apart` explains one figure of it. Its Assessment is used by wizard, forecast, review, papers and statistics. Sources:
contract.md "How they are read", domain.md §1; pass mark: 《高等教育自学考试暂行条例》.
"""

from app.rules.plans.eligibility.documents import as_document, from_document
from app.rules.plans.eligibility.engine import assess
from app.rules.plans.eligibility.model import (
    OPEN_STATES,
    Assessment,
    Branch,
    Case,
    GroupResult,
    Line,
    Missing,
    NextStep,
    Other,
    Reason,
    State,
    Used,
    Verdict,
)
from app.rules.plans.eligibility.report_missing import apart

__all__ = [
    "OPEN_STATES",
    "Assessment",
    "Branch",
    "Case",
    "GroupResult",
    "Line",
    "Missing",
    "NextStep",
    "Other",
    "Reason",
    "State",
    "Used",
    "Verdict",
    "apart",
    "as_document",
    "assess",
    "from_document",
]

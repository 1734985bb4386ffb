"""毕业资格: does a ticket meet a plan, and course by course why (not) yet.

`assess` is the one door; the Assessment it gives feeds the wizard, the forecast, the reviewer, the papers and the
statistics. Sources of the rules: contract.md "How they are read", domain.md §1; 《高等教育自学考试暂行条例》 for the pass mark.
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
    "as_document",
    "assess",
    "from_document",
]

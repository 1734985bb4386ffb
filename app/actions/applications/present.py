"""What the present grades and the ticket's other applications say about a submission: missing courses, and what is 待核."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.actions.applications.cases import load_case
from app.actions.submissions import last_submission
from app.models import Submission
from app.rules.case import Case
from app.rules.plans.eligibility import Assessment, Verdict
from app.rules.review.clashes import Clash
from app.rules.review.waivers import Gap, gaps
from app.rules.service import ServiceLike


def present_assessment(submission: Submission, service: ServiceLike, case: Case) -> Assessment | None:
    """The assessment by present grades; if no longer assessable, that at submission."""
    try:
        found = service.routing(case).assessment
    except ValueError:  # its plan is gone
        found = None
    return found or submission.content.assessment


def current_gaps(submission: Submission, service: ServiceLike, case: Case) -> tuple[Gap, ...]:
    """Missing courses by present grades; if no longer assessable, those at submission."""
    return gaps(present_assessment(submission, service, case))


def to_check(assessment: Assessment | None, clash: Clash | None) -> tuple[str, ...]:
    """What a person must look at before a pass, in words: another application of the ticket, what the plan leaves 待核."""
    beside = [clash.for_staff] if clash and not clash.stops else []
    reasons = assessment.reasons if assessment else ()
    return (*beside, *(reason.text for reason in reasons if reason.code == Verdict.CHECK))


@dataclass(frozen=True, slots=True)
class Look:
    """Of a file that is not opened: missing courses, each needing a reason to pass, and what is 待核, in words or ''."""

    missing: str
    to_check: str


def look(session: Session, application_id: int, public_id: str, service: ServiceLike, clash: Clash | None) -> Look:
    """Assess a submission by present grades."""
    submission = last_submission(session, application_id)
    case = load_case(session, public_id, on=submission.submitted_at)
    found = present_assessment(submission, service, case)
    asked = gaps(found)
    more = f"等 {len(asked)} 门" if len(asked) > 1 else ""
    missing = f"还缺 {asked[0].label}{more}，须打开逐门写明理由" if asked else ""
    return Look(missing, "；".join(to_check(found, clash)))

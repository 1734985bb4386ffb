"""申请毕业 (manual 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.actions.papers import certificates
from app.rules.case import Case, Routing
from app.rules.evidence.portrait import PortraitRule
from app.rules.windows import WindowFacts
from app.services.graduation.columns import APPLICATION_COLUMNS, GRADUATES
from app.services.graduation.options import OPTIONS, options_of
from app.services.graduation.papers import REGISTER
from app.services.graduation.prior_degree import PriorDegree
from app.services.graduation.profile import ProfileWithPortrait
from app.services.graduation.proofs import PROOFS
from app.services.graduation.reasons import REASONS
from app.services.graduation.scores import OPTION_FIELDS, Scores, assessment_of, choice_of
from app.services.graduation.statement import Statement
from app.services.graduation.words import WORDS
from app.wizard.service import Service
from app.wizard.steps.confirm import Confirm
from app.wizard.steps.notice import Notice

_PROOF = tuple(
    f"prior_degree.{name}"
    for name in (
        "proof_kind",
        "record_code",
        "record_photo",
        "record_remark",
        "report_number",
        "report_photo",
        "report_remark",
    )
)


class Graduation(Service):
    """申请毕业; the school of the chosen plan reviews first."""

    def routing(self, case: Case) -> Routing:
        choice = choice_of(case)
        if choice is None:
            raise ValueError("a case without a major is never complete")
        return Routing(choice.plan.major_code, choice.school.code, choice.plan_id, assessment_of(case))

    def major_of(self, answers: dict[str, Any]) -> str:
        chosen: str = answers.get("scores", {}).get("major", "")
        return chosen.partition(".")[0]

    def portrait_rule(self, window: WindowFacts) -> PortraitRule:
        return options_of(window).portrait_rule

    def dependents(self, keys: Sequence[str], case: Case) -> set[str]:
        """Add the 加考 options when the major is returned; they depend on it."""
        found = super().dependents(keys, case)
        if "scores.major" in found:
            found |= {f"scores.{name}" for name in OPTION_FIELDS}
        return found

    def on_completed(self, session: Session, application_id: int, on: datetime) -> None:
        certificates.assign(session, application_id, on=on)


GRADUATION = Graduation(
    code="graduation",
    title="申请毕业",
    steps=(Notice(), ProfileWithPortrait(), Scores(), Statement(), PriorDegree(), Confirm()),
    links=(("/forecast", "毕业资格预测：看看还差哪几门"),),
    words=WORDS,
    proofs=PROOFS,
    reasons=REASONS,
    papers=(REGISTER,),
    columns=APPLICATION_COLUMNS,
    lists=(GRADUATES,),
    completes_major=True,
    options=OPTIONS,
    summary="课程全部合格、符合毕业条件的考生，由主考学校初审、考办终审。",
    dependents_of={
        # a returned choice opens what depends on it; the assessment itself cannot be edited
        "scores.major": ("scores.missing_reason",),
        "scores.assessment": ("scores.major", "scores.missing_reason"),
        # the year decides the second paper
        "prior_degree.diploma_year": ("prior_degree.diploma_month", *_PROOF),
        "prior_degree.proof_kind": _PROOF,
        "prior_degree.record_code": ("prior_degree.record_remark",),
        "prior_degree.record_photo": ("prior_degree.record_remark",),
        "prior_degree.report_number": ("prior_degree.report_remark",),
        "prior_degree.report_photo": ("prior_degree.report_remark",),
        "prior_degree.diploma_photo": ("prior_degree.diploma_remark",),
        "prior_degree.diploma_number": ("prior_degree.diploma_remark",),
    },
)

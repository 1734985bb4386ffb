"""Office data for one submitted application: its plan, its two schools, its grades."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import CompoundSelect, bindparam, cast, literal, null, select, union_all
from sqlalchemy.orm import Session

from app.actions.records.holdings import DbOffice, parsed
from app.actions.records.missing_scores import QUESTION
from app.models import Score, ScoreQuestion
from app.models.base import UtcDateTime
from app.rules.calendar import today
from app.rules.case import PlanChoice, SchoolFacts, TicketFacts
from app.rules.plans.marks import Grade, Origin
from app.rules.plans.missing_scores import Question

_GRADE: dict[str, Any] = {
    "id": literal(0),
    "session": Score.session,
    "course_code": Score.course_code,
    "course_name": Score.course_name,
    "state": Score.mark,
    "answer": Score.origin,
}
_rows: CompoundSelect[Any] = union_all(
    select(*QUESTION.columns).where(ScoreQuestion.ticket_id == bindparam("ticket")),
    select(
        *(
            _GRADE.get(name, cast(null(), UtcDateTime) if name.endswith("_at") else literal(""))
            for name in Question._fields
        ),
    ).where(Score.ticket_id == bindparam("ticket")),
)
"""Questions and grades (as questions of number 0) in equal columns, to read both in one statement."""


class FileOffice(DbOffice):
    """DbOffice limited to the submitted plan and the known schools."""

    def __init__(
        self,
        session: Session,
        ticket: TicketFacts,
        on: datetime,
        plan: tuple[int | None, datetime | None],
        schools: Mapping[str, SchoolFacts],
    ) -> None:
        super().__init__(session, ticket, today(on))
        self._plan, self._known = plan, dict(schools)

    @cached_property
    def _schools(self) -> dict[str, SchoolFacts]:
        return self._known

    @cached_property
    def _choices(self) -> list[PlanChoice]:
        ident, imported_at = self._plan
        if ident is None or imported_at is None:
            return []
        return self._of_plan(ident, parsed(self.session, [(ident, imported_at)])[0])

    @cached_property
    def _both(self) -> list[Any]:
        return list(self.session.execute(_rows, {"ticket": self.ticket.id}))

    @cached_property
    def _grades(self) -> list[Grade]:
        grades = (
            Grade(
                course_code=row.question__course_code,
                course_name=row.question__course_name,
                session=row.question__session,
                mark=row.question__state,
                origin=Origin(row.question__answer),
            )
            for row in self._both
            if not row.question__id
        )
        return sorted(grades, key=lambda grade: (grade.session, grade.course_code))

    @cached_property
    def _questions(self) -> list[Question]:
        rows = sorted((row for row in self._both if row.question__id), key=lambda row: -row.question__id)
        return [QUESTION.read(row) for row in rows]

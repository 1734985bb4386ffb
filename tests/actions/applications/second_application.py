"""A ticket's second application: for the same major, or for another one whose plan shares a course (13000)."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from sqlalchemy import select

from app.actions.applications.submit import submit
from app.extensions import db
from app.models import PlanRow
from app.rules.case import Case
from app.rules.plans.forecast import option_fields
from app.rules.plans.plan import Plan, from_json
from app.services.graduation import GRADUATION
from tests import builders, reviewing
from tests.builders import NOW
from tests.reviewing import Desk, myself

OTHER = "080901"
SHARED = "13000"


def begun(desk: Desk, major: str = "", **over: Any) -> Desk:
    """The same ticket fills in one more application, in a window of its own; by default in the same major."""
    scores = builders.answers()["scores"]
    if major == OTHER:
        plan = _other_plan(desk)
        chosen = {name: group.cases[0].name for name, group in option_fields(plan)}
        scores = {"major": f"{OTHER}.10574.2026", "missing_reason": "", "level": "本科", **chosen}
    window = builders.window(**{"name": "又一次", **over})
    row = builders.application(desk.ticket, window, answers=builders.answers(scores=scores))
    for slot in ("diploma_photo", "record_photo"):
        reviewing.picture(row.id, slot)
    return Desk(row.public_id, desk.person, desk.ticket, window)


def handed_in(desk: Desk) -> Desk:
    """Submitted."""
    submit(desk.public_id, GRADUATION, by=myself(desk), on=NOW)
    return desk


def left_over(desk: Desk, **over: Any) -> Desk:
    """A second application in the same major that is submitted, as sites of before have it, or a race."""
    with patch.object(Case, "beside", return_value=[]):
        return handed_in(begun(desk, **over))


def passed(desk: Desk) -> Desk:
    """Both stages passed it."""
    desk.decide("pass", builders.staff(school_code=desk.row.school_code))
    desk.decide("pass", builders.staff("office_reviewer"))
    return desk


def _other_plan(desk: Desk) -> Plan:
    """The other plan is there, and the ticket has passed all of it."""
    found = db.session.scalar(select(PlanRow).where(PlanRow.major_code == OTHER))
    plan = from_json(found.body) if found else builders.plan(f"{OTHER}/2026")
    marks = {code: mark for code, mark in builders.all_passed(plan).items() if code != SHARED}
    builders.scores(desk.ticket, marks, "2025-10")
    return plan

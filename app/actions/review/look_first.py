"""What is said of a file that somebody should open before it is passed together with others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import exists
from sqlalchemy.orm import Session, aliased

from app.actions.applications.asides import is_answered
from app.actions.applications.present import Look, look
from app.actions.clashes import clash
from app.actions.records.holdings import plans
from app.models import Application, Review, Revocation, Submission, Ticket, stands
from app.rules.service import ServiceLike

REASONS = (
    ("to_check", "待核", "有待核的情况"),
    ("doubted", "考办退回过初审", "考办退回过初审"),
    ("revoked", "原来的决定已撤销", "原来的决定已撤销"),
    ("answered", "请示已答复", "请示已答复"),
    ("flags", "凭证有标记", "的凭证有标记"),
    ("unchanged", "再次提交，退回的内容没有改", "再次提交而退回的内容没有改"),
)
"""Attribute of a chosen file (app.actions.review.sharing.Picked), words for it, and for several (`2 件…`)."""


def reasons(picked: object) -> list[str]:
    """Return the words of what applies to a chosen file; what is 待核 in full."""
    found = [(words, getattr(picked, name)) for name, words, _ in REASONS]
    return [f"{words}：{value}" if isinstance(value, str) else words for words, value in found if value]


def columns() -> tuple[Any, ...]:
    """Return the columns that a query of applications with their last submission adds to answer these."""
    here = (Review.application_id == Application.id, Review.submission_id == Submission.id)
    later = aliased(Review)
    decided_since = exists().where(
        later.application_id == Review.application_id, later.id > Review.id, later.decision != ""
    )
    return (
        exists().where(*here, Review.decision == "back", stands()).label("doubted"),
        exists().where(*here, Revocation.review_id == Review.id, ~decided_since).label("revoked"),
        is_answered().label("answered"),
        Application.plan_id,
        Ticket.graduated_majors,
        Ticket.registered_on,
        clash().label("clash"),
    )


def unsure(session: Session, rows: Sequence[Any]) -> set[int]:
    """Return the ids of rows with `columns` of which something may be 待核: assessing all of them would take long.

    That is another application, a graduation on the roster, or a plan with a last day of registration and no day on record.
    """
    undated = any(row.registered_on is None for row in rows)
    limited = {ident for ident, plan in plans(session) if plan.registered_before} if undated else set()
    return {
        row.id
        for row in rows
        if row.clash or row.graduated_majors or (row.registered_on is None and row.plan_id in limited)
    }


def look_at(session: Session, picked: Any, service_of: Callable[[str], ServiceLike]) -> Look | None:
    """Return what present grades say of a chosen file where something may be missing or 待核; else None."""
    if not (picked.missing or picked.doubtful):
        return None
    return look(session, picked.id, picked.public_id, service_of(picked.service), picked.clash)

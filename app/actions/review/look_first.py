"""What is said of a file that somebody should open before it is passed together with others."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased

from app.actions.applications.asides import is_answered
from app.models import Application, Review, Revocation, Submission, stands

REASONS = (
    ("doubted", "考办退回过初审", "考办退回过初审"),
    ("revoked", "原来的决定已撤销", "原来的决定已撤销"),
    ("answered", "请示已答复", "请示已答复"),
    ("flags", "凭证有标记", "的凭证有标记"),
    ("unchanged", "再次提交，退回的内容没有改", "再次提交而退回的内容没有改"),
)
"""Attribute of a chosen file (app.actions.review.sharing.Picked), words for it, and for several (`2 件…`)."""


def reasons(picked: object) -> list[str]:
    """Return the words of what applies to a chosen file."""
    return [words for name, words, _ in REASONS if getattr(picked, name)]


def columns() -> tuple[ColumnElement[Any], ...]:
    """Return the columns that a query of applications with their last submission adds to answer these."""
    here = (Review.application_id == Application.id, Review.submission_id == Submission.id)
    later = aliased(Review)
    decided_since = exists().where(later.application_id == Application.id, later.id > Review.id, later.decision != "")
    return (
        exists().where(*here, Review.decision == "back", stands()).label("doubted"),
        exists().where(*here, Revocation.review_id == Review.id, ~decided_since).label("revoked"),
        is_answered().label("answered"),
    )

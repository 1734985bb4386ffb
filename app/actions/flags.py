"""Hints about the evidence kept as rows, so that the queue can be narrowed to them and shows them without reading a picture.

Written with each submission, for this case and for the cases that it shares a paper with; the pages' own words are made
anew from the evidence (app.web.staff.evidence_notes).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.actions import doubles
from app.models import CaseFlag, Evidence
from app.rules.evidence_flags import DOUBLE, GONE, TYPED, of_picture
from app.rules.steps import Case, Item


def enter(session: Session, case: Case, items: Sequence[Item]) -> None:
    """Inside a submission's transaction: what this case can be found by from now on, its doubles (`doubles.enter`) included."""
    ident = case.application_id
    before = doubles.numbers_shared_with(session, ident) if case.submissions else set()
    doubles.enter(session, ident, items)
    others = doubles.partners(session, ident)
    _keep(session, ident, _of_pictures(session, case, items) | ({DOUBLE} if others else set()))
    for other in sorted(others):
        _add(session, other, DOUBLE)
    for other in sorted(before - others):
        if not doubles.partners(session, other):
            _drop(session, other, DOUBLE)


def files_looked_for(session: Session, evidence_ids: Iterable[int]) -> None:
    """After these pictures' files were found missing, or found again: their cases say so."""
    shown = (Evidence.current, Evidence.submitted)
    cases = select(Evidence.application_id).where(Evidence.id.in_(evidence_ids), *shown).distinct()
    for ident in session.scalars(cases).all():
        gone = session.scalar(
            select(Evidence.id).where(Evidence.application_id == ident, Evidence.missing, *shown).limit(1)
        )
        if gone is None:
            _drop(session, ident, GONE)
        else:
            _add(session, ident, GONE)


def _of_pictures(session: Session, case: Case, items: Sequence[Item]) -> set[str]:
    shown = {item.evidence for item in items if item.evidence}
    typed = {item.key: item.value for item in items}
    rows = session.execute(
        select(
            Evidence.public_id, Evidence.slot, Evidence.measures, Evidence.width, Evidence.height, Evidence.codes,
            Evidence.label, Evidence.missing,
        ).where(Evidence.application_id == case.application_id, Evidence.current)
    )  # fmt: skip
    portrait = (case.window.portrait_height, case.window.portrait_background)
    found: set[str] = set()
    for row in rows:
        if row.public_id in shown:
            said = typed.get(TYPED.get(row.slot, ""), "")
            found |= of_picture(row.slot, row.measures, (row.width, row.height), row.codes, row.label, said, portrait)
            found |= {GONE} if row.missing else set()
    return found


def _keep(session: Session, ident: int, found: set[str]) -> None:
    """Make the case's flags these; what stands is left alone, so that cases that share a paper never wait for each other."""
    have = set(session.scalars(select(CaseFlag.flag).where(CaseFlag.application_id == ident)))
    for flag in sorted(have - found):
        _drop(session, ident, flag)
    for flag in sorted(found - have):
        _add(session, ident, flag)


def _add(session: Session, ident: int, flag: str) -> None:
    insert: Any = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(CaseFlag)
    session.execute(insert.values(application_id=ident, flag=flag).on_conflict_do_nothing())


def _drop(session: Session, ident: int, flag: str) -> None:
    session.execute(delete(CaseFlag).where(CaseFlag.application_id == ident, CaseFlag.flag == flag))

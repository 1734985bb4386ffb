"""Evidence flags stored with the case: the queue filters and shows them without reading pictures.

Written at submission, also for cases that share evidence. Pages compute their texts anew
(app.web.staff.file.evidence_notes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actions.evidence import doubles
from app.actions.services import service_for
from app.models import Application, Evidence
from app.rules.case import Case
from app.rules.evidence.flags import DAMAGED, DOUBLE, GONE, of_picture, read, stored
from app.rules.evidence.portrait import PortraitRule
from app.rules.submission import Item


def enter(session: Session, case: Case, items: Sequence[Item], portrait: PortraitRule | None) -> None:
    """Write a case's flags and lookup rows (`doubles.enter`) in the submission's transaction."""
    ident = case.application_id
    before = doubles.numbers_shared_with(session, ident) if case.submissions else set()
    doubles.enter(session, ident, items)
    others = doubles.partners(session, ident)
    flags = _of_pictures(session, case, items, portrait) | ({DOUBLE} if others else set())
    _change(session, ident, lambda _: flags)
    for other in sorted(others):
        _add(session, other, DOUBLE)
    for other in sorted(before - others):
        if not doubles.partners(session, other):
            _drop(session, other, DOUBLE)


def files_looked_for(session: Session, evidence_ids: Iterable[int]) -> None:
    """Update the flags of missing and damaged files of these pictures' cases."""
    shown = (Evidence.current, Evidence.submitted)
    cases = select(Evidence.application_id).where(Evidence.id.in_(evidence_ids), *shown).distinct()
    for ident in session.scalars(cases).all():
        for flag, column in ((GONE, Evidence.missing), (DAMAGED, Evidence.damaged)):
            lost = session.scalar(select(Evidence.id).where(Evidence.application_id == ident, column, *shown).limit(1))
            (_drop if lost is None else _add)(session, ident, flag)


def _of_pictures(session: Session, case: Case, items: Sequence[Item], rule: PortraitRule | None) -> set[str]:
    shown = {item.evidence for item in items if item.evidence}
    typed = {item.key: item.value for item in items}
    rows = session.execute(
        select(
            Evidence.public_id,
            Evidence.slot,
            Evidence.measures,
            Evidence.width,
            Evidence.height,
            Evidence.codes,
            Evidence.label,
            Evidence.missing,
            Evidence.damaged,
        ).where(Evidence.application_id == case.application_id, Evidence.current)
    )
    codes = service_for(case.service).proofs.codes
    found: set[str] = set()
    for row in rows:
        if row.public_id in shown:
            said = typed.get(codes.get(row.slot, ""), "")
            found |= of_picture(row.slot, row.measures, (row.width, row.height), row.codes, row.label, said, rule)
            found |= {GONE} if row.missing else {DAMAGED} if row.damaged else set()
    return found


def _add(session: Session, ident: int, flag: str) -> None:
    _change(session, ident, lambda found: found | {flag})


def _drop(session: Session, ident: int, flag: str) -> None:
    _change(session, ident, lambda found: found - {flag})


def _change(session: Session, ident: int, to: Callable[[set[str]], set[str]]) -> None:
    """Change a case's flags; no write or lock when they match already."""
    row = select(Application.flags).where(Application.id == ident)
    flags = session.scalars(row).one()
    if stored(to(set(read(flags)))) != flags:
        flags = session.scalars(row.with_for_update()).one()
        new = stored(to(set(read(flags))))
        session.execute(update(Application).where(Application.id == ident).values(flags=new, flagged=bool(new)))

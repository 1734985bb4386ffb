"""The portrait that the office holds becomes part of a submission, where the round asks for none of the person's own."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.models import Application, Evidence, RosterPortrait
from app.rules.case import Case
from app.rules.evidence.portrait import SLOT, PortraitRule

LABEL = "考籍照片"


def attach(session: Session, case: Case, rule: PortraitRule | None) -> None:
    """Inside a submission's transaction, before its items are made: evidence that shares the file of the roster."""
    if rule is None or rule.asked:
        return
    held = session.scalar(
        select(RosterPortrait)
        .join(Application, Application.examinee_id == RosterPortrait.examinee_id)
        .where(Application.id == case.application_id, RosterPortrait.current)
    )
    shown = (Evidence.application_id == case.application_id, Evidence.slot == SLOT, Evidence.current)
    if held is None or session.scalar(select(Evidence.id).where(*shown, Evidence.sha256 == held.sha256)):
        return
    session.execute(update(Evidence).where(*shown).values(current=False))
    session.add(
        Evidence(
            application_id=case.application_id,
            slot=SLOT,
            media_type="image/jpeg",
            size=held.size,
            width=held.width,
            height=held.height,
            sha256=held.sha256,
            storage_key=held.storage_key,
            label=LABEL,
            submitted=True,
            created_at=case.on,
        )
    )
    session.flush()

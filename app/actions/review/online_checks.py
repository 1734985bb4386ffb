"""已在学信网核对: who checked a typed code on the official page, and when. It holds as long as code and picture stay."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.audit import record
from app.actions.services import service_for
from app.actions.submissions import last_submission
from app.models import Application, Evidence, OnlineCheck
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, NotFound
from app.rules.review.online_checks import proofs_of

CHANGED = "考生已经重新提交，请看过新的凭证再核对。"


def stamp(public_id: str, item: str, *, sha256: str, by: Actor, on: datetime) -> None:
    """Write down that the person checked the item's code. `sha256`: of the submission on the page. A repeat keeps the first time.

    Raises NotFound (file or item), ChangedMeanwhile.
    """
    with transaction() as session:
        row, proof = _proof(session, public_id, item, sha256, by)
        mine = (row.id, item, proof, by.id)
        if session.get(OnlineCheck, mine) is not None:
            return
        session.add(OnlineCheck(application_id=row.id, item=item, proof=proof, staff_id=by.id, checked_at=on))
        _record(session, "evidence.checked_online", row.id, item, by, on)


def take_off(public_id: str, item: str, *, sha256: str, by: Actor, on: datetime) -> None:
    """Take the person's own check off the item. Raises as `stamp`."""
    with transaction() as session:
        row, proof = _proof(session, public_id, item, sha256, by)
        found = session.get(OnlineCheck, (row.id, item, proof, by.id))
        if found is not None:
            session.delete(found)
            _record(session, "evidence.check_taken_off", row.id, item, by, on)


def _proof(session: Session, public_id: str, item: str, sha256: str, by: Actor) -> tuple[Application, str]:
    row = scope.application(session, public_id, by, lock=True)
    submission = last_submission(session, row.id)
    proofs = service_for(row.service).proofs
    query = select(Evidence.public_id, Evidence.sha256).where(Evidence.application_id == row.id)
    pictures: dict[str, str] = dict(session.execute(query).all())
    found = proofs_of(submission.content.items, tuple(proofs.online), proofs.read_from, pictures)
    if submission.sha256 != sha256:
        raise ChangedMeanwhile(CHANGED)
    if item not in found:
        raise NotFound
    return row, found[item]


def _record(session: Session, action: str, application_id: int, item: str, by: Actor, on: datetime) -> None:
    record(
        session, on=on, by=by, action=action, subject="application", subject_id=application_id, detail={"item": item}
    )

"""Before a submission every picture is compared with what was stored, so that nobody gets a receipt for one that is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actions.applications.cases import Pictures, load_case
from app.actions.evidence import whole
from app.adapters.storage import Store
from app.extensions import db
from app.models import Application, Evidence
from app.models.base import transaction
from app.rules.case import Case
from app.rules.people.roles import Actor
from app.rules.review.lifecycle import EDITABLE, State
from app.rules.service import ServiceLike, items_of


def pictures_examined(public_id: str, service: ServiceLike, store: Store, *, by: Actor, on: datetime) -> frozenset[int]:
    """Read and compare the pictures outside of the submitting transaction, which would hold up all writers; return their ids.

    A step asks for each one that is lost. In a returned application its item is opened, so that it can be uploaded again.
    """
    case = load_case(db.session(), public_id, on=on, examinee_id=by.id)
    db.session.rollback()
    if case.state not in EDITABLE or not case.writable:
        return frozenset()
    examined = whole.examine(store, case.application_id, on=on)
    if case.state is State.RETURNED:
        _open_lost(public_id, service, by=by, on=on)
    return examined


def rest_examined(session: Session, case: Case, store: Store, examined: frozenset[int]) -> Case:
    """Inside the transaction: compare what came since, such as the office's portrait; return the case with what is known now."""
    mine = (Evidence.application_id == case.application_id, Evidence.current)
    rows = session.execute(select(*whole.COLUMNS).where(*mine)).all()
    rest = [row for row in rows if row.id not in examined]
    whole.write_down(session, [(row, whole.look(store, row.storage_key, row.sha256).trouble) for row in rest], case.on)
    return replace(case, evidence=Pictures(session, case.application_id))


def _open_lost(public_id: str, service: ServiceLike, *, by: Actor, on: datetime) -> None:
    with transaction() as session:
        case = load_case(session, public_id, on=on, examinee_id=by.id, lock=True)
        lost = {picture.public_id for picture in case.evidence.values() if picture.trouble}
        keys = [item.key for item in items_of(service, case) if item.evidence in lost and not case.open(item.key)]
        if keys and case.open_items is not None:
            row = Application.id == case.application_id
            session.execute(update(Application).where(row).values(open_items=[*case.open_items, *keys]))

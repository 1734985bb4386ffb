"""A form sent twice is one act: a second Enter, click or tap gets the answer of the first.

Each page writes a random token into its forms (components/form.html: once). The act and the note that it was done are one transaction,
so a repeat that arrives meanwhile waits, and one after a failure acts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, delete, select, update
from sqlalchemy.orm import Session

from app.models import DoneForm
from app.models.base import core, insert_into
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile

KEPT = timedelta(days=1)
TAKEN_BACK = "这个决定作过了，后来又撤销，现在没有生效。要再决定，请看过下面的内容再按一次。"
_table = cast(Table, DoneForm.__table__)


def once(
    session: Session,
    token: str,
    what: Any,
    act: Callable[[], dict[str, Any]],
    *,
    by: Actor,
    on: datetime,
) -> dict[str, Any]:
    """Return what `act` returns (JSON); for the same person, token and `what` (JSON) do nothing and return it again.

    Without a token it acts each time. A decision returns its application_id: raises ChangedMeanwhile if it was taken
    back since (`take_back`).
    """
    if not token:
        return act()
    key = hashlib.sha256(json.dumps([token, what], sort_keys=True).encode()).hexdigest()
    mine = (_table.c.staff_id == by.id, _table.c.key == key)
    connection = core(session)
    row: dict[str, Any] = {"staff_id": by.id, "key": key, "made_at": on, "answer": {}}
    claim = insert_into(session, _table).values(**row).on_conflict_do_nothing().returning(_table.c.key)
    if connection.execute(claim).first() is None:
        found = connection.execute(select(_table.c.answer, _table.c.taken_back).where(*mine)).one()
        if found.taken_back:
            raise ChangedMeanwhile(TAKEN_BACK)
        return dict(found.answer)
    answer = act()
    decided = answer.get("application_id")
    core(session).execute(update(_table).where(*mine).values(answer=answer, application_id=decided))
    core(session).execute(delete(_table).where(_table.c.staff_id == by.id, _table.c.made_at < on - KEPT))
    return answer


def done_before(session: Session, token: str, what: Any, *, by: Actor) -> bool:
    """Return whether `once` has done this: a question about it is not asked again."""
    key = hashlib.sha256(json.dumps([token, what], sort_keys=True).encode()).hexdigest()
    query = select(_table.c.key).where(_table.c.staff_id == by.id, _table.c.key == key)
    return bool(token) and session.scalar(query) is not None


def take_back(session: Session, application_id: int) -> None:
    """Forms that decided this application no longer stand: a repeat is told so."""
    core(session).execute(update(_table).where(_table.c.application_id == application_id).values(taken_back=True))

"""Named queue filters of a member of staff."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.actions.repeats import once
from app.models import SavedView
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.rules.refusals import Invalid, NotFound

VIEWS = 20  # of one person


def save_view(name: str, query: str, *, by: Actor) -> None:
    """Save filters (a query string) under a name, replacing earlier ones. Raises Invalid("name")."""
    if not name or len(name) > 30:
        raise Invalid("name", "请给这组筛选起个名字，最多 30 个字")
    with transaction() as session:
        mine = SavedView.staff_id == by.id
        row = session.scalar(select(SavedView).where(mine, SavedView.name == name))
        if row is not None:
            row.query = query[:500]
        elif (session.scalar(select(func.count()).where(mine)) or 0) >= VIEWS:
            raise Invalid("name", f"最多保存 {VIEWS} 组筛选，请先删去不用的")
        elif by.id is not None:
            session.add(SavedView(staff_id=by.id, name=name, query=query[:500]))


def drop_view(ident: int, *, by: Actor, on: datetime, token: str = "") -> None:
    """Delete one of the person's views, once for the `token` of a form. Raises NotFound."""
    with transaction() as session:

        def act() -> dict[str, Any]:
            row = session.scalar(select(SavedView).where(SavedView.id == ident, SavedView.staff_id == by.id))
            if row is None:
                raise NotFound
            session.delete(row)
            return {}

        once(session, token, ["drop_view", ident], act, by=by, on=on)

"""Columns chosen for an export: the last choice, and named sets."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, select

from app.actions.exports.exports import kind_for
from app.actions.repeats import once
from app.extensions import db
from app.models import ExportColumns
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.rules.refusals import Invalid, NotFound

LAST = ""  # the name of the last choice
LONGEST_NAME = 30  # characters
SETS = 20  # of one person and kind


class ColumnSet(NamedTuple):
    """A named set of column keys."""

    id: int
    name: str
    columns: list[str]


def remember(key: str, columns: list[str], *, by: Actor) -> list[str]:
    """Save the last choice; return it without unknown columns."""
    return _keep(key, LAST, columns, by)[1]


def last(key: str, *, by: Actor) -> list[str]:
    """Keys of the person's last choice, else the usual ones."""
    query = select(ExportColumns.columns).where(_own(key, by), ExportColumns.name == LAST)
    return [column.key for column in kind_for(key, by).chosen(db.session.scalar(query))]


def sets(key: str, *, by: Actor) -> list[ColumnSet]:
    """The person's named sets of a kind, by name."""
    query = select(ExportColumns.id, ExportColumns.name, ExportColumns.columns)
    query = query.where(_own(key, by), ExportColumns.name != LAST).order_by(ExportColumns.name)
    return [ColumnSet(*row) for row in db.session.execute(query)]


def keep_set(key: str, name: str, columns: list[str], *, by: Actor) -> int:
    """Save columns under a name, replacing an earlier set; return its id. Raises Invalid (set_name, columns)."""
    if not name or len(name) > LONGEST_NAME:
        raise Invalid("set_name", f"请给这组列起个名字，最多 {LONGEST_NAME} 个字")
    if not columns:
        raise Invalid("columns", "请先选好要保存的列")
    others = and_(_own(key, by), ExportColumns.name.not_in((LAST, name)))
    if (db.session.scalar(select(func.count()).where(others)) or 0) >= SETS:
        raise Invalid("set_name", f"最多保存 {SETS} 组列，请先删去不用的")
    return _keep(key, name, columns, by)[0]


def drop_set(key: str, ident: int, *, by: Actor, on: datetime, token: str = "") -> None:
    """Delete one of the person's named sets, once for the `token` of a form. Raises NotFound."""
    mine = and_(_own(key, by), ExportColumns.id == ident, ExportColumns.name != LAST)
    with transaction() as session:

        def act() -> dict[str, Any]:
            row = session.scalar(select(ExportColumns).where(mine))
            if row is None:
                raise NotFound
            session.delete(row)
            return {}

        once(session, token, ["drop_set", key, ident], act, by=by, on=on)


def _own(key: str, by: Actor) -> ColumnElement[bool]:
    return and_(ExportColumns.staff_id == by.id, ExportColumns.kind == key)


def _keep(key: str, name: str, columns: list[str], by: Actor) -> tuple[int, list[str]]:
    kept = [column.key for column in kind_for(key, by).columns if column.key in columns]
    with transaction() as session:
        row = session.scalar(select(ExportColumns).where(_own(key, by), ExportColumns.name == name))
        if row is None and by.id is not None:
            row = ExportColumns(staff_id=by.id, kind=key, name=name, columns=kept)
            session.add(row)
        elif row is not None:
            row.columns = kept
        session.flush()
        return (row.id if row is not None else 0), kept

"""All lists that can be exported."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Select, select

from app.actions.exports.audit import AUDIT, in_words
from app.actions.exports.columns import APPLICATIONS
from app.actions.exports.money import ORDERS, UNPAID
from app.actions.lists import Column, Kind
from app.actions.services import services


def kinds() -> dict[str, Kind]:
    """All lists by key; applications have the columns that services add."""
    added = {column.key: column for each in services() for column in each.columns}
    applications = replace(APPLICATIONS, columns=(*APPLICATIONS.columns, *added.values()))
    own = [kind for each in services() for kind in each.lists]
    found = {kind.key: kind for kind in (applications, *own, ORDERS, UNPAID)}
    return {**found, AUDIT.key: in_words(found)}


def selected(kind: Kind, columns: list[Column]) -> Select[Any]:
    """The kind's rows with these columns, in its order."""
    return kind.base(select(*(column.source.label(f"c{place}") for place, column in enumerate(columns)))).order_by(
        kind.order
    )

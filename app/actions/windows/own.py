"""办理时间 of one person: the window with the ticket's extension.

All checks for starting, saving, submitting, correcting and paying read it here.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import SQLCoreOperations

from app.actions.services import options_kind
from app.models import Extension, Window
from app.models.base import read_rows
from app.models.parts import Part
from app.rules.settings import load
from app.rules.windows import WindowFacts, extended


def _typed(*, service: str, options: dict[str, Any], **general: Any) -> WindowFacts:
    """The window with options typed by its service. Raises WrongSettings."""
    return WindowFacts(service=service, options=load(options_kind(service), options), **general)


WINDOW = Part("window", _typed, {name: Window.__table__.c[name] for name in WindowFacts.__dataclass_fields__})
OWN_WINDOW = (*WINDOW.columns, Extension.what.label("extension__what"), Extension.until.label("extension__until"))
"""Columns of `own_window`; the statement outer-joins `Extension` by `live`."""


def live(ticket: SQLCoreOperations[int], window: SQLCoreOperations[int] | None = None) -> ColumnElement[bool]:
    """Join condition: the ticket's live extension of this window (default: the statement's Window row)."""
    return and_(
        Extension.ticket_id == ticket,
        Extension.window_id == (Window.id if window is None else window),
        Extension.ended_at.is_(None),
    )


_own = select(*OWN_WINDOW).outerjoin(Extension, live(bindparam("ticket"))).where(Window.id == bindparam("window"))


def window_facts(window: Window) -> WindowFacts:
    """A window's row as plain data, without extensions; for one person use `own_window`."""
    return _typed(**{name: getattr(window, name) for name in WindowFacts.__dataclass_fields__})


def own_window(row: Any) -> WindowFacts:
    """The window from a row with the columns OWN_WINDOW."""
    return extended(WINDOW.read(row), row.extension__what, row.extension__until)


def window_for(session: Session, window_id: int, ticket_id: int) -> WindowFacts | None:
    """The window with the ticket's extension, if it exists."""
    found = read_rows(session, _own, window=window_id, ticket=ticket_id)
    return own_window(found[0]) if found else None

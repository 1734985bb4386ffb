"""办理时间 as one person has it: everybody's window, and the extension of this ticket where there is one.

Whatever asks whether somebody may start, save, submit, correct or pay reads the window through here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import SQLCoreOperations

from app.actions.services import options_kind
from app.models import Extension, Window
from app.models.prepared import Prepared
from app.rules.settings import load
from app.rules.windows import WindowFacts, extended

WINDOW_COLUMNS: tuple[Any, ...] = tuple(Window.__table__.c[name] for name in WindowFacts.__dataclass_fields__)
SERVICE = list(WindowFacts.__dataclass_fields__).index("service")
OWN_WINDOW = (*WINDOW_COLUMNS, Extension.what, Extension.until)
"""The columns of `own_window`; the statement joins `Extension` from outside by `live`."""


def live(ticket: SQLCoreOperations[int], window: SQLCoreOperations[int] | None = None) -> ColumnElement[bool]:
    """The extension that holds now for this ticket in this window (the row of Window in the statement)."""
    return and_(
        Extension.ticket_id == ticket,
        Extension.window_id == (Window.id if window is None else window),
        Extension.ended_at.is_(None),
    )


_own = Prepared(
    select(*OWN_WINDOW).outerjoin(Extension, live(bindparam("ticket"))).where(Window.id == bindparam("window"))
)


def window_of(row: Sequence[Any]) -> WindowFacts:
    """From a row of WINDOW_COLUMNS: everybody's window, its options typed by its service. Raises WrongSettings."""
    values = list(row)
    values[-1] = load(options_kind(values[SERVICE]), values[-1])
    return WindowFacts(*values)


def window_facts(window: Window) -> WindowFacts:
    """A window's row as plain data: everybody's. What one person may do is asked of `own_window`."""
    return window_of([getattr(window, name) for name in WindowFacts.__dataclass_fields__])


def own_window(row: Sequence[Any]) -> WindowFacts:
    """From a row of OWN_WINDOW."""
    return extended(window_of(row[:-2]), row[-2], row[-1])


def window_for(session: Session, window_id: int, ticket_id: int) -> WindowFacts | None:
    """The window as this ticket has it; None when there is no such window."""
    row = _own.one(session, window=window_id, ticket=ticket_id)
    return None if row is None else own_window(row)

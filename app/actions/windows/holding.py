"""A change of a window and what hangs on it wait for each other.

So nobody is approved, ordered or paid by a fee that is gone, and who is touched by a change is counted while nobody hands in, is
decided or orders in the window: what was confirmed is what is done.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.models import Application, Window


def hold_window(session: Session, which: ColumnElement[bool]) -> None:
    """Keep the window of these applications as it is until the transaction ends; several may hold it.

    Before any lock on a ticket or application (app.actions.office.window_changes takes them in that order). PostgreSQL only:
    SQLite has one writer.
    """
    if session.get_bind().dialect.name == "postgresql":
        query = select(Window.id).join(Application, Application.window_id == Window.id).where(which)
        session.execute(query.with_for_update(read=True, of=Window))

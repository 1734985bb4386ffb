"""A change of the fee and what hangs on it wait for each other, so that nobody is approved, ordered or paid by a fee that is gone."""

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

"""Single-key shortcuts of a member of staff, on or off."""

from __future__ import annotations

from sqlalchemy import update

from app.models import Staff
from app.models.base import transaction
from app.rules.people.roles import Actor


def switch_single_keys(on: bool, *, by: Actor) -> None:
    """Keep the person's choice with the account."""
    with transaction() as session:
        session.execute(update(Staff).where(Staff.id == by.id).values(single_keys=on))

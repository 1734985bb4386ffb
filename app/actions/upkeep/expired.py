"""Delete what has expired and belongs to no case: sessions, captchas, counters of tries, corrections that were asked."""

from __future__ import annotations

from datetime import datetime

from app.actions.corrections import asking
from app.models.base import transaction
from app.security import captcha, sessions, throttle


def delete_expired(*, on: datetime) -> None:
    """Each in a transaction of its own: none of them waits for the others."""
    for purge in (sessions.purge, captcha.purge, throttle.purge, asking.purge):
        with transaction() as session:
            purge(session, on)

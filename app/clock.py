"""The time of a site: this computer's, or on PostgreSQL the database's, which all hosts share."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from app.security.request_time import JUMP, Arrival

if TYPE_CHECKING:
    from flask import Flask

LITTLE = timedelta(seconds=1)  # what reading the database's time may differ by


def install(app: Flask, start: datetime | None) -> None:
    """Note the moment of each request before anything else. `start`: of a rehearsal's clock."""
    clock = Arrival(app.wsgi_app, start)
    clock.on_jump = lambda by: note_jump(app, clock, by)
    app.extensions["kaoji.clock"] = clock
    app.wsgi_app = clock  # type: ignore[method-assign]


def note_jump(app: Flask, clock: Arrival, by: timedelta) -> None:
    """Write down that the clock jumped, and bound what runs. On SQLite this host alone has a clock."""
    from app.actions.upkeep import clock as actions

    with app.app_context():
        alone = _alone(app)
        if not alone:
            agree(app, clock)
        actions.note_jump(by, on=clock.now(), shift=alone)


def keep_time(app: Flask, *, first: bool) -> None:
    """Notice jumps where nobody asks for a page; agree with the database. `first`: also what happened while nobody ran."""
    from app.actions.upkeep import clock as actions

    clock: Arrival = app.extensions["kaoji.clock"]
    with app.app_context():
        if not _alone(app):
            before = clock.agreed
            moved = agree(app, clock) - before
            if not first and abs(moved.total_seconds()) > JUMP:
                clock.jumped(moved)
        back = actions.ahead_of(clock.now()) if first else timedelta(0)
    if back:
        clock.jumped(-back)
    clock.look()


def agree(app: Flask, clock: Arrival) -> timedelta:
    """Take the database's time; return how far it is ahead of this host."""
    from app.actions.upkeep import clock as actions

    ahead = actions.ahead_of_this_host()
    clock.agreed = ahead if abs(ahead) > LITTLE else timedelta(0)
    return clock.agreed


def _alone(app: Flask) -> bool:
    return app.extensions["kaoji"].database_file is not None

"""The signed-in person's tickets, read once a request, and only where there are several."""

from __future__ import annotations

from flask import g

from app.extensions import db
from app.security.request_time import arrived
from app.security.sessions import signed_in
from app.wizard import tickets
from app.wizard.tickets import OwnTicket


def own_tickets() -> list[OwnTicket]:
    """Return the tickets of somebody who has several, else nothing; bare numbers on the page of a database failure."""
    me = signed_in()
    if me is None or not me.is_examinee or len(me.tickets) < 2:
        return []
    if "own_tickets" not in g:
        bare = [OwnTicket(number) for number in me.tickets]
        g.own_tickets = bare if g.get("faulty") else tickets.own_tickets(db.session(), me.examinee_id or 0, arrived())
    found: list[OwnTicket] = g.own_tickets
    return found

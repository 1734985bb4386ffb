"""首页 and 申办项目."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from app.actions.people.messages import read_all, read_one, subject
from app.extensions import db
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.home import queries
from app.web.home.forms import ReadForm
from app.web.own_tickets import own_tickets
from app.wizard import queries as wizard
from app.wizard.card import taken_services
from app.wizard.service import services as all_services
from app.wizard.tickets import missed, waiting

bp = Blueprint("home", __name__)
MESSAGES = 30  # per page


@bp.get("/")
@allow("examinee")
def home() -> str:
    """Render pending items, quick entries, open and closed services (manual ch. 2)."""
    me, on = principal(), arrived()
    cards = wizard.cards(db.session(), me.ticket_id or 0, on)
    return render_template(
        "home/home.html",
        section="home",
        now=on,
        cards=[card for card in cards if card.live],
        shut=wizard.shut(cards, on),
        taken=taken_services(cards),
        waiting=waiting(cards, own_tickets(), me.ticket_number),
        missed=missed(cards, own_tickets(), me.ticket_number),
        facts=queries.facts(db.session(), me.ticket_id or 0, me.examinee_id or 0, on),
        announcements=queries.announcements(db.session(), on),
    )


@bp.get("/services")
@allow("examinee")
def services() -> str:
    """申办项目: list all services."""
    me, on = principal(), arrived()
    cards = wizard.cards(db.session(), me.ticket_id or 0, on)
    rows = [
        (service, [c for c in cards if c.window.service == service.code and (c.live or c.public_id)])
        for service in all_services()
    ]
    shut = [card for card in wizard.shut(cards, on) if not card.public_id]  # the others stand above
    return render_template("home/services.html", section="services", rows=rows, shut=shut, taken=taken_services(cards))


@bp.get("/announcements/<int:ident>")
@allow("examinee")
def announcement(ident: int) -> str:
    """Render one announcement."""
    return render_template(
        "home/announcement.html", section="home", announcement=queries.announcement(db.session(), ident, arrived())
    )


@bp.get("/messages")
@allow("examinee")
def messages() -> str:
    """List 站内消息, latest first."""
    before = request.args.get("before", "")
    place = int(before) if before.isascii() and before.isdecimal() and len(before) < 15 else None
    rows = queries.messages(db.session(), principal().examinee_id or 0, place, MESSAGES + 1)
    return render_template(
        "home/messages.html",
        section="home",
        rows=rows[:MESSAGES],
        next=f"/messages?before={rows[MESSAGES - 1].Message.id}" if len(rows) > MESSAGES else None,
        latest="/messages" if place else None,
        subject=subject,
        unread=any(row.Message.read_at is None for row in rows[:MESSAGES]),
    )


@bp.get("/messages/<int:ident>")
@allow("examinee")
def message(ident: int) -> str:
    """Render one message and mark it read; a prefetch does not mark it."""
    me = principal()
    found = queries.message(db.session(), ident, me.examinee_id or 0)
    if found.message.read_at is None and not request.headers.get("Sec-Purpose", "").startswith("prefetch"):
        read_one(ident, by=me.actor, on=arrived())
        found = queries.message(db.session(), ident, me.examinee_id or 0)
    return render_template("home/message.html", section="home", found=found, message=found.message, subject=subject)


@bp.post("/messages")
@allow("examinee")
def read_messages() -> BaseResponse:
    """全部标为已读, up to the first message shown."""
    until = ReadForm().until.data
    known = until.isascii() and until.isdecimal() and len(until) < 15
    read_all(by=principal().actor, on=arrived(), until=int(until) if known else 0)
    return redirect("/messages", 303)

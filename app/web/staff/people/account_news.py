"""On the overview: what others did to this person's account, and to administrators the alarms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import redirect

from app.actions.people import telling
from app.actions.people.alarms import alarms
from app.extensions import db
from app.rules.people.roles import Actor
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.staff.blueprint import bp
from app.wizard.forms import Form, Number


class ToldForm(Form):
    until = Number()  # the last notice that the page showed


def shown(by: Actor, on: datetime) -> dict[str, Any]:
    """Return what the overview shows."""
    session = db.session()
    return {"account_news": telling.news(session, by), "alarms": alarms(session, on) if by.role == "admin" else []}


@bp.post("/staff/told")
@allow("staff")
def account_told() -> Any:
    """知道了: what was done to this account is shown no longer."""
    telling.known(ToldForm().until.data, by=principal().actor, on=arrived())
    return redirect("/staff", 303)

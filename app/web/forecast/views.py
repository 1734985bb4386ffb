"""/forecast: completed and missing parts of a plan, and next steps."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from flask import redirect, render_template, request
from markupsafe import escape
from werkzeug.wrappers import Response

from app.extensions import db
from app.rules.plans.eligibility import Verdict
from app.rules.plans.forecast import side_by_side, standing
from app.rules.plans.named_version import major_closed, none_offered
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.forecast import bp
from app.web.forecast.forms import ForecastForm
from app.web.forecast.queries import COMPARED, Forecast, Outlook, carried_over, choice_values, label
from app.wizard.card import Card
from app.wizard.queries import cards
from app.wizard.service import services

HERE = "/forecast"


@bp.get(HERE)
@allow("examinee")
def forecast() -> str:
    """Render the page.
    `major`: the plan; extra_option_N: 加考; `compare`, compare_option_N: a second plan; `print`: print version.
    """
    on = arrived()
    outlook = Outlook(principal().ticket_id, on)
    asked = carried_over(request.args)
    choice = outlook.choice(asked.get("major", ""))
    main = outlook.forecast(choice, asked) if choice else None
    other = outlook.choice(asked["compare"]) if asked.get("compare") else None
    second = outlook.forecast(other, asked, COMPARED) if other and choice and other.value != choice.value else None
    return render_template(
        "forecast/print.html" if "print" in request.args else "forecast/forecast.html",
        section="forecast",
        choices=[(each.value, label(each)) for each in outlook.office.choices()],
        labels=ForecastForm.labels(),
        values={"major": choice.value if choice else "", **asked},
        choosing="major" in request.args or bool(asked),  # also where 请选择专业 is what was chosen
        not_offered=none_offered(outlook.office.named_version()) or _no_plan(outlook),
        gone=bool(asked.get("major")) and choice is None,
        main=main,
        second=second,
        pairs=side_by_side(main.assessment, second.assessment) if main and second else (),
        extras=_extras(main, second),
        line=main.line if main else "",
        closed=outlook.closed(choice.plan.major_code) if choice else [],
        under_way=_under_way(outlook.office.ticket.id, main, on),
        questions=outlook.office.questions(),
        ticket=outlook.office.ticket,
        standing=standing(outlook.office.ticket.status, outlook.office.ticket.status_until, outlook.on),
        report=f"{HERE}/missing?{urlencode({'major': choice.value})}" if choice else "",
        printed=f"{HERE}?{urlencode({**asked, 'print': '1'})}",
        back=f"{HERE}?{urlencode(asked)}",
        exemption=next((f"/services/{each.code}" for each in services() if each.exempts_courses), ""),
    )


@bp.get(f"{HERE}/line")
@allow("examinee")
def line() -> str | Response:
    """Return the home page's line (htmx); others are redirected to the page."""
    if "HX-Request" not in request.headers:
        return redirect(HERE, 303)
    me = principal()
    if me.ticket_id is None:
        return ""
    outlook = Outlook(me.ticket_id, arrived())
    choice = outlook.choice("")
    if choice is None:
        return "选择专业，逐门核对"
    found = outlook.forecast(choice, {})
    version = f"，按 {choice.plan.version} 版计划{found.beside}" if found.beside else ""
    return str(escape(f"{choice.plan.name}：{found.line}{version}"))


def _no_plan(outlook: Outlook) -> str:
    """Say that no plan of the declared major can be chosen; "" where one can, or none is declared."""
    return major_closed(outlook.office.ticket.major_code, any(each.declared for each in outlook.office.choices()))


def _under_way(ticket_id: int, found: Forecast | None, on: datetime) -> Card | None:
    """Return the application that keeps whoever meets the conditions from another one in this major."""
    if found is None or found.finished or found.assessment.verdict is not Verdict.MET:
        return None
    major = found.choice.plan.major_code
    return next((card for card in cards(db.session(), ticket_id, on) if card.holds and card.major_code == major), None)


def _extras(*forecasts: Forecast | None) -> list[tuple[str, list[object]]]:
    """Return each plan's label and 加考 questions."""
    found = [each for each in forecasts if each and each.options]
    return [(label(each.choice), list(choice_values(each))) for each in found]

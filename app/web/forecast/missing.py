"""/forecast/missing: report 缺成绩 to a plan's 主考学校."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request

from app.actions.records.missing_scores import ask
from app.rules.plans.eligibility import State
from app.rules.plans.missing_scores import Claim
from app.rules.refusals import Incomplete, NotAllowed
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.forecast import bp
from app.web.forecast.forms import MissingForm
from app.web.forecast.queries import Forecast, Outlook

HERE = "/forecast/missing"
NOT_PASSED = (State.FAILED, State.ABSENT, State.CHOICE, State.UNUSED, State.RELEASED)


@bp.get(HERE)
@allow("examinee")
def missing() -> Any:
    """Render the form for a course of plan `major`, `course` preselected."""
    outlook, found = _plan()
    if found is None:
        flash("请先选择专业，再报告缺少的成绩。", "warn")
        return redirect("/forecast", 303)
    return _page(outlook, found, {"course": request.args.get("course", "")}, {})


@bp.post(HERE)
@allow("examinee")
def report() -> Any:
    """Send the report."""
    outlook, found = _plan()
    if found is None:
        return redirect("/forecast", 303)
    form = MissingForm()
    values, code = form.values(), form.course.data
    name = dict(_courses(found)).get(code, "")
    claim = Claim(code if name else "", name, form.session.data, form.place.data, form.text.data)
    me, choice = principal(), found.choice
    try:
        asked = ask(me.ticket_number, choice.school.code, choice.plan.major_code, claim, by=me.actor, on=arrived())
    except Incomplete as refused:
        errors: dict[str, list[str]] = {}
        for problem in refused.problems:
            errors.setdefault(problem.field, []).append(problem.message)
        return _page(outlook, found, values, errors), 422
    except NotAllowed as refused:
        return _page(outlook, found, values, {"": [refused.message]}), 422
    said = f"已报告 {code} {name} 缺成绩，由 {choice.school.name} 核实，结果会显示在这里。"
    flash(said if asked.first_time else "这门课程已经报告过，正在等待处理。", "ok")
    return redirect(f"/forecast?{urlencode({'major': choice.value})}", 303)


def _plan() -> tuple[Outlook, Forecast | None]:
    outlook = Outlook(principal().ticket_id, arrived())
    choice = outlook.choice(request.args.get("major", ""))
    return outlook, outlook.forecast(choice, {}) if choice else None


def _courses(found: Forecast) -> list[tuple[str, str]]:
    """Return courses without a passed grade, open ones first; none that a graduation has used up."""
    lines = [line for line in found.assessment.lines if line.state in NOT_PASSED and line.code not in found.used]
    return [(line.code, line.name) for line in sorted(lines, key=lambda line: not line.open)]


def _page(outlook: Outlook, found: Forecast, values: dict[str, str], errors: dict[str, list[str]]) -> str:
    return render_template(
        "forecast/missing.html",
        section="forecast",
        here=f"{HERE}?{urlencode({name: value for name, value in request.args.items() if name in ('major', 'course')})}",
        back=f"/forecast?{urlencode({'major': found.choice.value})}",
        school=found.choice.school,
        plan=found.choice.plan,
        courses=[(code, f"{code} {name}") for code, name in _courses(found)],
        values=values,
        errors=errors,
        labels=MissingForm.labels(),
        questions=outlook.office.questions(),
    )

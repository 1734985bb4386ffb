"""专业计划: one workbook may hold several plans. A plan that somebody applied on is never changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.actions.imports.common import ImportResult, Progress, finish, upsert, work
from app.actions.imports.glyphs import unprintable_plans
from app.adapters.documents.tables import CellError, Table
from app.models import Application, PlanRow
from app.rules.people.roles import Actor
from app.rules.plans.cells import Fault
from app.rules.plans.plan import Plan, to_json
from app.rules.plans.workbook import parse_workbook

KEY = ("major_code", "school_code", "version")
SHEET = "专业"
USED = "已有考生按这个计划提交了申请，不能改动，请另用新的计划版本"


def import_plans(
    tables: list[Table],
    *,
    by: Actor,
    on: datetime,
    file_name: str,
    check: bool = False,
    progress: Progress = lambda rows: None,
) -> ImportResult:
    """All plans of the workbook or none; counted in plans, not in rows."""
    book = parse_workbook({table.name: table.rows for table in tables})
    errors = [error for table in tables for error in table.errors] + [_cell_error(fault) for fault in book.errors]
    warnings = (*(_cell_error(fault) for fault in book.warnings), *unprintable_plans(book.plans))
    with work(check) as session:
        errors += _used(session, book.plans, tables)
        if errors:
            return ImportResult("plans", errors=tuple(errors), warnings=warnings)
        progress(sum(len(table.rows) for table in tables))
        result = store_plans(session, book.plans, by=by, on=on, file_name=file_name, check=check)
        return replace(result, warnings=warnings)


def _cell_error(fault: Fault) -> CellError:
    return CellError(fault.row, fault.column, fault.value, fault.reason, fault.sheet)


def _used(session: Session, plans: list[Plan], tables: list[Table]) -> list[CellError]:
    """A plan that an application was submitted on stays as it was: what was decided on it must be explainable."""
    stored = _stored(session)
    applied = (Application.plan_id.is_not(None), Application.submitted_at.is_not(None))
    used = set(session.scalars(select(Application.plan_id).where(*applied).distinct()))
    lines = {_named(cells): line for table in tables if table.name == SHEET for line, cells in table.rows}
    errors = []
    for plan in plans:
        key = (plan.major_code, plan.school_code, plan.version)
        if key in stored and stored[key].id in used and stored[key].body != to_json(plan):
            errors.append(CellError(lines.get(key, 0), "计划版本", plan.version, USED, SHEET))
    return errors


def _named(cells: dict[str, str]) -> tuple[str, ...]:
    return tuple(cells.get(title, "") for title in ("专业代码", "学校代码", "计划版本"))


def store_plans(
    session: Session, plans: list[Plan], *, by: Actor, on: datetime, file_name: str, check: bool = False
) -> ImportResult:
    """Write plans inside the caller's transaction, with the audit row."""
    stored = _stored(session)
    rows = [_row(plan, on) for plan in plans]
    new = [row for row in rows if _key(row) not in stored]
    changed = [row for row in rows if _key(row) in stored and stored[_key(row)].body != row["body"]]
    result = ImportResult("plans", len(new), len(changed), len(rows) - len(new) - len(changed), checked_only=check)
    if check:
        return result
    table: Any = PlanRow.__table__
    upsert(session, table, KEY, new + changed)
    return finish(session, on=on, by=by, result=result, file_name=file_name)


def _stored(session: Session) -> dict[tuple[str, ...], Row[Any]]:
    columns = (PlanRow.id, PlanRow.major_code, PlanRow.school_code, PlanRow.version, PlanRow.body)
    return {(row.major_code, row.school_code, row.version): row for row in session.execute(select(*columns))}


def _row(plan: Plan, on: datetime) -> dict[str, Any]:
    return {
        "major_code": plan.major_code,
        "school_code": plan.school_code,
        "version": plan.version,
        "name": plan.name,
        "level": plan.level,
        "starts_on": plan.starts_on,
        "ends_on": plan.ends_on,
        "body": to_json(plan),
        "imported_at": on,
    }


def _key(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(row[name] for name in KEY)

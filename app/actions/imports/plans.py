"""Import 专业计划: a workbook may hold several plans. A plan with submitted applications never changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.actions.imports.changed import changed_cells
from app.actions.imports.columns import REMARK
from app.actions.imports.common import ImportResult, Progress, finish, upsert, work
from app.actions.imports.glyphs import unprintable_plans
from app.actions.imports.headers import meant
from app.actions.imports.plan_columns import PLANS
from app.adapters.documents.tables import CellError, Table, in_order
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
    """Import all plans or none; counts plans."""
    book = parse_workbook({table.name: table.rows for table in tables})
    errors = in_order(_unreadable(tables), [_placed(fault, tables) for fault in book.errors])
    notes = [note for table in tables for note in table.notes]
    warnings = (*notes, *(_cell_error(fault) for fault in book.warnings), *unprintable_plans(book.plans))
    with work(check) as session:
        errors += _used(session, book.plans, tables)
        if errors:
            return ImportResult("plans", errors=tuple(errors), warnings=warnings)
        progress(sum(len(table.rows) for table in tables))
        result = store_plans(session, book.plans, by=by, on=on, file_name=file_name, check=check)
        return replace(result, warnings=warnings)


def _unreadable(tables: list[Table]) -> list[CellError]:
    """Return the cells that lost their value or that a spreadsheet may have changed."""
    kinds = {name: {spec.title: spec.kind for spec in specs} for name, specs in PLANS.items()}
    changed = [error for table in tables for error in changed_cells(table, kinds.get(table.name, {}))]
    lost = [error for table in tables for error in table.errors if error.column != REMARK]
    return lost + changed


def _placed(fault: Fault, tables: list[Table]) -> CellError:
    """Return a fault with the row of the header, and for an unknown column the one that was probably meant."""
    table = next((table for table in tables if table.name == fault.sheet), None)
    if fault.row != 1 or table is None:
        return _cell_error(fault)
    absent = [spec.title for spec in PLANS[fault.sheet] if spec.title not in table.header]
    guess = meant(fault.value, absent) if fault.value else ""
    reason = f"{fault.reason}，是不是“{guess}”？" if guess else fault.reason
    return CellError(table.header_row, fault.column, fault.value, reason, fault.sheet)


def _cell_error(fault: Fault) -> CellError:
    return CellError(fault.row, fault.column, fault.value, fault.reason, fault.sheet)


def _used(session: Session, plans: list[Plan], tables: list[Table]) -> list[CellError]:
    """Refuse changes to a plan with submitted applications: decisions must stay explainable."""
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
    """Write plans and the audit row in the caller's transaction."""
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

"""Import 主考学校: code, name and contact data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.actions.imports.columns import SCHOOLS
from app.actions.imports.common import (
    ImportResult,
    Progress,
    Sheet,
    finish,
    in_order,
    read_sheet,
    refuse_repeats,
    refused,
    upsert,
    work,
)
from app.actions.imports.glyphs import warn_unprintable
from app.adapters.documents.tables import Table
from app.models import School
from app.rules.people.roles import Actor

FIELDS = {
    "学校名称": "name",
    "联系电话": "phone",
    "咨询时间": "hours",
    "地址": "address",
    "网址": "website",
    "办理须知": "instructions",
    "办结须知": "completion_instructions",
}


def import_schools(
    table: Table,
    *,
    by: Actor,
    on: datetime,
    file_name: str,
    check: bool = False,
    progress: Progress = lambda rows: None,
) -> ImportResult:
    """Import all rows or none. Schools missing from the file stay."""
    sheet = read_sheet(table, SCHOOLS)
    if sheet.columns:
        refuse_repeats(sheet, ("学校代码",), sheet.columns["学校代码"])
        warn_unprintable(sheet, "学校名称")
    if sheet.errors:
        return refused("schools", sheet)
    with work(check) as session:
        stored = {school.code: school for school in session.execute(select(School)).scalars()}
        rows = [_row(sheet, index, stored.get(key)) for index, key in enumerate(sheet.columns["学校代码"])]
        new = sum(row["code"] not in stored for row in rows)
        writes = [row for row in rows if row["code"] not in stored or _differs(row, stored[row["code"]])]
        result = ImportResult(
            "schools",
            new,
            len(writes) - new,
            len(rows) - len(writes),
            warnings=in_order(sheet.warnings),
            checked_only=check,
        )
        progress(len(rows))
        if check:
            return result
        target: Any = School.__table__
        session.expunge_all()
        upsert(session, target, ("code",), writes)
        return finish(session, on=on, by=by, result=result, file_name=file_name)


def _row(sheet: Sheet, index: int, found: School | None) -> dict[str, str]:
    """The school's new row; an empty cell keeps the stored value."""
    row = {"code": sheet.columns["学校代码"][index]}
    for title, name in FIELDS.items():
        value = sheet.column(title)[index]
        row[name] = value if value is not None else (getattr(found, name) if found else "")
    return row


def _differs(row: dict[str, str], found: School) -> bool:
    return any(getattr(found, name) != value for name, value in row.items())

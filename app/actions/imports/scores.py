"""Import 成绩: one row per ticket, course, exam session and origin."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actions.imports.columns import SCORES
from app.actions.imports.common import (
    ImportResult,
    Progress,
    Sheet,
    chunks,
    finish,
    in_order,
    read_sheet,
    refuse_repeats,
    refused,
    uncollected,
    upsert_plain,
    work,
)
from app.actions.imports.corrected import corrected
from app.actions.imports.falls import Change, Fall, falls, is_fall, record_falls
from app.adapters.documents.tables import Table
from app.models import Score, Ticket
from app.rules.people.roles import Actor
from app.rules.plans.marks import Origin


class Key(NamedTuple):
    ticket_id: int
    course_code: str
    session: str
    origin: str


class _Stored(NamedTuple):
    mark: str
    name: str


KEY = ("ticket_id", "course_code", "session", "origin")
STORED = ("ticket_id", "course_code", "course_name", "session", "mark", "origin")


@uncollected()
def import_scores(
    table: Table,
    *,
    by: Actor,
    on: datetime,
    file_name: str,
    check: bool = False,
    progress: Progress = lambda rows: None,
) -> ImportResult:
    """Import all rows or none. `progress` gets the rows handled since its last call."""
    sheet = read_sheet(table, SCORES)
    if not sheet.columns:
        return refused("scores", sheet)
    with work(check) as session:
        keys = _keys(session, sheet)
        refuse_repeats(sheet, ("准考证号", "课程代码", "考次", "取得方式"), keys)
        if sheet.errors:
            return refused("scores", sheet)
        return _write(session, sheet, keys, by=by, on=on, file_name=file_name, check=check, progress=progress)


def _keys(session: Session, sheet: Sheet) -> list[Any]:
    """Key of each row, None for a row with an error. Unknown tickets are refused."""
    numbers = sheet.column("准考证号")
    ids: dict[str | None, int] = {}
    for part in chunks(sorted({number for number in numbers if number})):
        ids.update(
            (number, ident)
            for number, ident in session.execute(select(Ticket.number, Ticket.id).where(Ticket.number.in_(part)))
        )
    ticket_ids = [ids.get(number) for number in numbers]
    if None in ticket_ids:
        for index, found in enumerate(ticket_ids):
            if found is None and numbers[index]:
                sheet.refuse(index, "准考证号", numbers[index], "没有这个准考证号，请先导入考生")
    origins = [origin or Origin.NATIONAL.value for origin in sheet.column("取得方式")]
    parts = zip(ticket_ids, sheet.column("课程代码"), sheet.column("考次"), origins, strict=True)
    keys: list[Any] = list(map(Key._make, parts))
    return [None if index in sheet.bad else key for index, key in enumerate(keys)] if sheet.bad else keys


def _write(
    session: Session,
    sheet: Sheet,
    keys: list[Key],
    *,
    by: Actor,
    on: datetime,
    file_name: str,
    check: bool,
    progress: Progress,
) -> ImportResult:
    stored = _stored(session, sorted({key.ticket_id for key in keys}))
    rows: list[tuple[str | int, ...]] = []
    fallen: list[Change] = []
    new = unchanged = 0
    _point_out_corrected(session, sheet, keys, stored)
    for key, said, name in zip(keys, sheet.columns["成绩"], sheet.column("课程名称"), strict=True):
        found = stored.get(key)
        if found == (said, name) or (found and name is None and found.mark == said):
            unchanged += 1
            continue
        if found is None:
            new += 1
        kept_name = name or (found.name if found else "")
        rows.append((key.ticket_id, key.course_code, kept_name, key.session, said, key.origin))
        if found and is_fall(found.mark, said):
            fallen.append(Change(key.ticket_id, key.course_code, kept_name, key.session, found.mark, said))
    below = falls(session, fallen)
    result = ImportResult(
        "scores", new, len(rows) - new, unchanged, (), in_order(sheet.warnings), check, tuple(map(Fall.words, below))
    )
    progress(unchanged)
    if check:
        progress(len(rows))
        return result
    rows.sort()  # in index order
    table: Any = Score.__table__
    upsert_plain(session, table, KEY, STORED, rows, progress)
    told = record_falls(session, below, by=by, on=on)
    return finish(session, on=on, by=by, result=result, file_name=file_name, extra=told)


def _point_out_corrected(session: Session, sheet: Sheet, keys: list[Key], stored: Mapping[Key, _Stored]) -> None:
    """Warn of rows that put back what the office corrected or withdrew."""
    put_right = corrected(session, "score.corrected", "score.withdrawn")
    if not put_right:
        return
    for index, (key, number, said) in enumerate(
        zip(keys, sheet.columns["准考证号"], sheet.columns["成绩"], strict=True)
    ):
        found, told = stored.get(key), put_right.get((number or "", key.course_code, key.session))
        if told and not (found and found.mark == said):
            sheet.warn(index, "成绩", said, told)


def _stored(session: Session, ticket_ids: list[int]) -> dict[Key, _Stored]:
    columns = (Score.ticket_id, Score.course_code, Score.session, Score.origin, Score.mark, Score.course_name)
    found: dict[Key, _Stored] = {}
    for part in chunks(ticket_ids):
        rows = session.execute(select(*columns).where(Score.ticket_id.in_(part)))
        for row in rows:
            key = Key(row.ticket_id, row.course_code, row.session, row.origin)
            found[key] = _Stored(row.mark, row.course_name)
    return found

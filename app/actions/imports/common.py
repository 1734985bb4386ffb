"""Shared by the imports: read columns, collect errors, write rows in sets. Each distinct value is parsed once."""

from __future__ import annotations

import gc
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.actions.imports.changed import changed_cells
from app.actions.imports.columns import ASIDE, Column
from app.actions.imports.headers import unknown_column
from app.adapters.documents.tables import CellError
from app.adapters.documents.tables import Table as CellTable
from app.extensions import db
from app.models.base import insert_into, transaction
from app.rules.people.roles import Actor

Progress = Callable[[int], None]

BATCH = 10_000  # rows in one executemany, parameters in one IN: below SQLite's and PostgreSQL's limits


@dataclass(frozen=True, slots=True)
class ImportResult:
    """Result of an import, or its forecast (`check`). After an error nothing is written and the counts are 0."""

    kind: str
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: tuple[CellError, ...] = ()
    warnings: tuple[CellError, ...] = ()
    checked_only: bool = False
    fallen: tuple[str, ...] = ()
    """Scores that fell below passing after an application or graduation, a line each."""

    @property
    def ok(self) -> bool:
        return not self.errors

    def summary(self) -> str:
        """One line: 新增 3 行，更新 1 行，未变 96 行."""
        verb = "检查通过，将" if self.checked_only else ""
        return f"{verb}新增 {self.new} 行，更新 {self.changed} 行，未变 {self.unchanged} 行"


@dataclass(slots=True)
class Sheet:
    """A file as columns. An empty cell is None; `bad`: indices of rows with an error.

    `lost`: cells (line, title) cut on reading, reported once and not checked further.
    """

    lines: Sequence[int]
    columns: dict[str, list[Any]]
    errors: list[CellError] = field(default_factory=list)
    warnings: list[CellError] = field(default_factory=list)
    bad: set[int] = field(default_factory=set)
    lost: set[tuple[int, str]] = field(default_factory=set)
    name: str = ""  # the worksheet's

    def __len__(self) -> int:
        return len(self.lines)

    def column(self, title: str) -> list[Any]:
        """Values of a column; all None if absent."""
        found = self.columns.get(title)
        return [None] * len(self.lines) if found is None else found

    def refuse(self, index: int, title: str, value: object, reason: str) -> None:
        self.bad.add(index)
        if (self.lines[index], title) not in self.lost:
            self.errors.append(CellError(self.lines[index], title, quoted(value), reason, self.name))

    def warn(self, index: int, title: str, value: object, reason: str) -> None:
        self.warnings.append(CellError(self.lines[index], title, quoted(value), reason, self.name))


def quoted(value: object) -> str:
    """The value as text; '' for None."""
    return "" if value is None else str(value)


def read_sheet(table: CellTable, columns: Sequence[Column]) -> Sheet:
    """Check the header and the cells of known columns; `columns` is empty if none is known."""
    rows = _filled(table)
    lines, cells = zip(*rows, strict=True) if rows else ((), ())
    sheet = Sheet(lines, {}, name=table.name, warnings=[*table.notes])
    sheet.errors += _header_errors(table, columns)
    known = [spec for spec in columns if spec.title in table.header]
    if not known:
        return sheet
    unreadable = [error for error in table.errors if error.column not in ASIDE]
    unreadable += changed_cells(table, {spec.title: spec.kind for spec in known})
    first = {(error.row, error.column): error for error in reversed(unreadable)}
    sheet.lost = set(first)
    sheet.errors += reversed(first.values())
    wrong = {row for row, _ in sheet.lost}
    sheet.bad |= {index for index, line in enumerate(lines) if line in wrong}
    for spec in known:
        sheet.columns[spec.title] = _parsed(sheet, spec, cells)
    for spec in columns:
        if spec.required and spec.title not in sheet.columns:
            sheet.columns[spec.title] = [None] * len(lines)
            sheet.bad |= set(range(len(lines)))
    if not rows:
        sheet.errors.append(CellError(table.header_row + 1, "", "", "文件只有表头，没有内容", table.name))
    return sheet


def _filled(table: CellTable) -> list[tuple[int, dict[str, str]]]:
    """Return the rows without those that only have a serial number or a remark."""
    if not any(title in ASIDE for title in table.header):
        return table.rows
    titles = [title for title in table.header if title not in ASIDE]
    strays = {error.row for error in table.errors}
    return [row for row in table.rows if row[0] in strays or any(row[1][title] for title in titles)]


def _header_errors(table: CellTable, columns: Sequence[Column]) -> list[CellError]:
    known = [spec.title for spec in columns]
    absent = [title for title in known if title not in table.header]
    unknown = [
        (title, unknown_column(title, absent)) for title in table.header if title not in known and title not in ASIDE
    ]
    missing = [(spec.title, "缺少必需的列") for spec in columns if spec.required and spec.title in absent]
    return [
        CellError(table.header_row, title, title if title in table.header else "", reason, table.name)
        for title, reason in unknown + missing
    ]


class _Values(dict[str, Any]):
    """Cell text -> value, parsed on first access. `reasons`: text -> why refused."""

    def __init__(self, spec: Column) -> None:
        self.spec = spec
        self.reasons: dict[str, str] = {}

    def __missing__(self, cell: str) -> Any:
        value = None
        try:
            if cell:
                value = self.spec.parse(cell)
            elif self.spec.required:
                raise ValueError("必须填写")
        except ValueError as error:
            self.reasons[cell] = str(error)
        self[cell] = value
        return value


def _parsed(sheet: Sheet, spec: Column, cells: Sequence[dict[str, str]]) -> list[Any]:
    values = _Values(spec)
    column = list(map(values.__getitem__, map(itemgetter(spec.title), cells)))
    if values.reasons:
        for index, row in enumerate(cells):
            cell = row[spec.title]
            if cell in values.reasons:
                sheet.refuse(index, spec.title, cell, values.reasons[cell])
    return column


def refuse_repeats(sheet: Sheet, titles: Sequence[str], keys: Sequence[Hashable]) -> None:
    """Refuse keys that occur twice, naming the earlier row. None is skipped."""
    if len(set(keys)) == len(keys) and None not in keys:
        return
    first: dict[Hashable, int] = {}
    for index, key in enumerate(keys):
        if key is None:
            continue
        earlier = first.setdefault(key, index)
        if earlier != index:
            said = " ".join(quoted(sheet.column(title)[index]) for title in titles).strip()
            sheet.refuse(index, "、".join(titles), said, f"与第 {sheet.lines[earlier]} 行重复")


def in_order(errors: Sequence[CellError]) -> tuple[CellError, ...]:
    """Errors sorted by row."""
    return tuple(sorted(errors, key=lambda error: error.row))


def refused(kind: str, sheet: Sheet) -> ImportResult:
    """The result of a file with errors."""
    return ImportResult(kind, errors=in_order(sheet.errors), warnings=in_order(sheet.warnings))


@contextmanager
def uncollected() -> Iterator[None]:
    """Disable garbage collection, a third of the time on long files (millions of objects without cycles)."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def work(check: bool) -> Iterator[Session]:
    """The transaction of an import; a check only reads, so it never blocks a writer."""
    if not check:
        with transaction() as session:
            yield session
        return
    try:
        yield db.session()
    finally:
        db.session.rollback()


def finish(
    session: Session,
    *,
    on: datetime,
    by: Actor,
    result: ImportResult,
    file_name: str,
    extra: Mapping[str, Any] | None = None,
) -> ImportResult:
    """Write the import's audit row, also when nothing changed."""
    record(
        session,
        on=on,
        by=by,
        action=f"import.{result.kind}",
        subject="import",
        subject_id=None,
        detail={
            "file": file_name,
            "new": result.new,
            "changed": result.changed,
            "unchanged": result.unchanged,
            **(extra or {}),
        },
    )
    return result


def chunks(values: list[Any], size: int = BATCH) -> Iterator[list[Any]]:
    """Slices of at most `size`."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def upsert(
    session: Session, table: Table, key: Sequence[str], rows: list[dict[str, Any]], keep: Sequence[str] = ()
) -> None:
    """INSERT … ON CONFLICT (key) DO UPDATE of rows with equal columns; columns in `keep` are not updated."""
    if rows:
        statement = _statement(session, table, key, list(rows[0]), keep)
        for part in chunks(rows):
            session.execute(statement, part)


def upsert_plain(
    session: Session,
    table: Table,
    key: Sequence[str],
    columns: Sequence[str],
    rows: list[tuple[str | int, ...]],
    tick: Progress,
) -> None:
    """`upsert` of tuples of text and integers passed directly to the driver: twice as fast for long files.

    `columns` in the table's order.
    """
    kinds: Any = (sqlite.dialect, "qmark") if _on_sqlite(session) else (postgresql.dialect, "format")
    dialect = kinds[0](paramstyle=kinds[1])
    compiled = _statement(session, table, key, columns).compile(dialect=dialect)
    if list(columns) != compiled.positiontup:
        raise ValueError(f"the table has its columns as {compiled.positiontup}")
    connection = session.connection()
    for part in chunks(rows):
        connection.exec_driver_sql(str(compiled), part)
        tick(len(part))


def _on_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _statement(
    session: Session, table: Table, key: Sequence[str], columns: Sequence[str], keep: Sequence[str] = ()
) -> Any:
    statement = insert_into(session, table).values({name: bindparam(name) for name in columns})
    changes = {name: statement.excluded[name] for name in columns if name not in key and name not in keep}
    return statement.on_conflict_do_update(index_elements=list(key), set_=changes)

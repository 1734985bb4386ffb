"""Imports of the office's data: schools, plans, examinees, scores. All rows of a file or none."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from app.actions.imports.common import ImportResult, Progress
from app.actions.imports.examinees import import_examinees
from app.actions.imports.plans import import_plans
from app.actions.imports.schools import import_schools
from app.actions.imports.scores import import_scores
from app.adapters.documents.tables import Table, read_table, read_workbook
from app.rules.people.roles import Actor

KINDS = {"schools": "主考学校", "plans": "专业计划", "examinees": "考生", "scores": "成绩"}


def read_file(kind: str, path: Path) -> list[Table]:
    """The tables of a file of that kind: every sheet of a plans workbook, the first of any other. Raises BadTable."""
    return list(read_workbook(path).values()) if kind == "plans" else [read_table(path)]


def import_file(
    kind: str,
    tables: list[Table],
    *,
    by: Actor,
    on: datetime,
    file_name: str,
    secret: bytes,
    check: bool = False,
    progress: Progress = lambda rows: None,
) -> ImportResult:
    """Import what `read_file` gave. `kind` is a key of KINDS, `secret` the instance's key; `check` only reports."""
    if kind == "plans":
        return import_plans(tables, by=by, on=on, file_name=file_name, check=check, progress=progress)
    (table,) = tables
    if kind == "examinees":
        return import_examinees(table, by=by, on=on, file_name=file_name, secret=secret, check=check, progress=progress)
    do = {"schools": import_schools, "scores": import_scores}[kind]
    return do(table, by=by, on=on, file_name=file_name, check=check, progress=progress)


__all__ = [
    "KINDS",
    "ImportResult",
    "import_examinees",
    "import_file",
    "import_plans",
    "import_schools",
    "import_scores",
    "read_file",
]

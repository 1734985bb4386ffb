"""Imports of schools, plans, examinees and scores, all or nothing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from app.actions.imports.columns import ASIDE, TABLES, Column
from app.actions.imports.common import ImportResult, Progress
from app.actions.imports.examinees import import_examinees
from app.actions.imports.headers import recognised
from app.actions.imports.plan_columns import PLANS
from app.actions.imports.plans import import_plans
from app.actions.imports.schools import import_schools
from app.actions.imports.scores import import_scores
from app.actions.imports.templates import KINDS
from app.adapters.documents.tables import Table, read_table, read_workbook
from app.rules.people.roles import Actor


def read_file(kind: str, path: Path) -> list[Table]:
    """Tables of a file: every visible sheet of a plans workbook, else the first. Raises BadTable."""
    if kind == "plans":
        known = {sheet: _known(specs) for sheet, specs in PLANS.items()}
        return list(read_workbook(path, known).values())
    return [read_table(path, _known(TABLES[kind]))]


def _known(specs: tuple[Column, ...]) -> frozenset[str]:
    return recognised([*ASIDE, *(spec.title for spec in specs)])


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
    """Import the tables of `read_file`. `kind`: a key of KINDS; `secret`: the instance's key; `check`: report only."""
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

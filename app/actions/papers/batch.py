"""A thousand 《毕业生登记表》 in one file: read here a few at a time, set and bound by the adapter."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.actions.exports import exports
from app.actions.exports.columns import GRADUATES
from app.actions.exports.exports import Narrowed
from app.actions.papers.papers import Look, registers
from app.adapters.documents.binding import PART, bind_papers
from app.adapters.documents.tables import BadTable
from app.extensions import db
from app.models import Application
from app.rules.people.roles import Actor
from app.rules.refusals import NotFound

Progress = Callable[[int], None]


def write_registers(
    path: Path, *, narrowed: Narrowed, look: Look, by: Actor, on: datetime, reason: str = "",
    progress: Progress = lambda count: None,
) -> int:  # fmt: skip
    """Write the 登记表 of every approved application in scope under these filters to `path`; how many.

    Raises NotAllowed, Invalid (a filter), NotFound (there is none), BadTable (the file cannot be written).
    """
    kind = exports.kind_for(GRADUATES.key, by)
    query = exports.narrow(kind.base(select(Application.id)), kind, narrowed, by).order_by(Application.id)
    idents = list(db.session.scalars(query))
    if not idents:
        raise NotFound("没有符合条件的登记表")
    part = path.with_name(f"{path.name}.part")
    try:
        bind_papers(_groups(idents, look, by, on), part, made=on, progress=progress)
        os.replace(part, path)
    except OSError as fault:
        raise BadTable(f"{path.name}：写不进去，可能正在其他程序中打开、没有写入权限或文件夹不存在") from fault
    finally:
        part.unlink(missing_ok=True)
    exports.note(kind, len(idents), narrowed, [], "pdf", by=by, on=on, reason=reason)
    return len(idents)


def _groups(idents: list[int], look: Look, by: Actor, on: datetime) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(idents), PART):
        yield _sheets(idents[start : start + PART], look, by, on)


def _sheets(idents: list[int], look: Look, by: Actor, on: datetime) -> list[dict[str, Any]]:
    rows = {row.id: row for row in db.session.scalars(select(Application).where(Application.id.in_(idents)))}
    found = registers([rows[ident] for ident in idents], look=look, by=by, on=on)
    db.session.rollback()
    db.session.expunge_all()
    return found

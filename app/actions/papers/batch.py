"""Many papers in one file: read in groups here, typeset and bound by the adapter."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.actions.exports import exports
from app.actions.exports.exports import Narrowed
from app.actions.papers.papers import Look, many
from app.actions.services import paper_kinds
from app.adapters.documents.binding import PART, bind_papers
from app.adapters.documents.tables import BadTable
from app.extensions import db
from app.models import Application
from app.rules.people.roles import Actor
from app.rules.refusals import NotFound

Progress = Callable[[int], None]


def write_papers(
    key: str,
    path: Path,
    *,
    narrowed: Narrowed,
    look: Look,
    by: Actor,
    on: datetime,
    reason: str = "",
    progress: Progress = lambda count: None,
) -> int:
    """Write the papers of a list (its key: graduates) under these filters to `path`, one per row; return their number.

    Raises NotAllowed, Invalid (a filter), NotFound (no rows), BadTable (the file cannot be written).
    """
    kind = exports.kind_for(key, by)
    query = exports.narrow(kind.base(select(Application.id)), kind, narrowed, by, on).order_by(Application.id)
    idents = list(db.session.scalars(query))
    if not idents:
        raise NotFound(f"没有符合条件的{paper_kinds()[kind.paper].short}")
    part = path.with_name(f"{path.name}.part")
    try:
        bind_papers(_groups(kind.paper, idents, look, by, on), part, made=on, progress=progress)
        os.replace(part, path)
    except OSError as fault:
        raise BadTable(f"{path.name}：写不进去，可能正在其他程序中打开、没有写入权限或文件夹不存在") from fault
    finally:
        part.unlink(missing_ok=True)
    exports.note(kind, len(idents), narrowed, [], "pdf", by=by, on=on, reason=reason)
    return len(idents)


def _groups(paper: str, idents: list[int], look: Look, by: Actor, on: datetime) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(idents), PART):
        yield _sheets(paper, idents[start : start + PART], look, by, on)


def _sheets(paper: str, idents: list[int], look: Look, by: Actor, on: datetime) -> list[dict[str, Any]]:
    rows = {row.id: row for row in db.session.scalars(select(Application).where(Application.id.in_(idents)))}
    found = many(paper, [rows[ident] for ident in idents], look=look, by=by, on=on)
    db.session.rollback()
    db.session.expunge_all()
    return found

"""/admin/templates: empty workbooks for imports, with their columns and the ways to write a mark."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

from flask import abort, render_template

from app.actions import scope
from app.actions.imports import templates
from app.security.allow import allow
from app.security.sessions import principal
from app.web.admin import bp
from app.web.downloads import as_download

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/templates")
@allow("staff", roles=scope.OFFICE)
def template_list() -> str:
    """Explain every kind of import, with a link to its template."""
    kinds = [
        (kind, title, [(name, templates.guide(columns)) for name, columns in templates.explained(kind).items()])
        for kind, title in templates.KINDS.items()
    ]
    return render_template(
        "admin/templates.html",
        section="admin",
        kinds=kinds,
        columns=[(title, "") for title in templates.GUIDE_COLUMNS],
        marks=templates.marks(),
        mark_columns=[(title, "") for title in templates.MARK_COLUMNS],
        advice=templates.ADVICE,
        portraits=templates.PORTRAITS,
        back="/admin/" if principal().role == "admin" else "/staff/questions",
    )


@bp.get("/templates/<kind>")
@allow("staff", roles=scope.OFFICE)
def template_file(kind: str) -> Any:
    """Send the empty workbook of a kind."""
    title = templates.KINDS.get(kind) or abort(404)
    with tempfile.TemporaryDirectory(prefix="kaoji-") as folder:
        path = Path(folder) / "template.xlsx"
        templates.write_template(kind, path)
        data = io.BytesIO(path.read_bytes())
    return as_download(data, XLSX, f"{title}导入模板.xlsx")

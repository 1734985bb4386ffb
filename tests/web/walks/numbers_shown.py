"""Whether an answer to staff holds an identity number in full, and whether that was written down (security.md AC-41)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.extensions import db
from app.models import AuditEvent, Examinee

NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
WRITTEN = ("examinee.revealed", "export.", "forecast.exported")


@contextmanager
def watched(client: FlaskClient) -> Iterator[list[str]]:
    """Each answer to this member of staff is looked at: yields where a number stood that no new row of the audit tells of."""
    faults: list[str] = []
    known = set(db.session.scalars(select(Examinee.id_number)))
    assert len(known) > 5
    honest = client.open

    def look(*args: Any, **kwargs: Any) -> TestResponse:
        before = _last_act()
        answer: TestResponse = honest(*args, **kwargs)
        found = known & set(NUMBER.findall(text_of(answer)))
        if found and not _written(before):
            faults.append(f"{answer.request.method} {answer.request.path}: {len(found)} numbers in full")
        return answer

    client.open = look  # type: ignore[method-assign]
    yield faults
    client.open = honest  # type: ignore[method-assign]


def _last_act() -> int:
    """By the driver alone: it is asked before every answer."""
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT max(id) FROM audit_event")
        return int(cursor.fetchone()[0] or 0)
    finally:
        connection.close()


def _written(before: int) -> bool:
    acts = db.session.scalars(select(AuditEvent.action).where(AuditEvent.id > before)).all()
    db.session.rollback()
    return any(act.startswith(WRITTEN) for act in acts)


def text_of(answer: TestResponse) -> str:
    """All that can be read in an answer: its headers (names of files), and its text, a PDF's or a workbook's too."""
    headers = unquote(str(answer.headers))
    if answer.mimetype == "application/pdf":
        file = PdfReader(io.BytesIO(answer.data))
        return "\n".join([headers, str(file.metadata), *(page.extract_text() for page in file.pages)])
    if answer.mimetype.endswith("spreadsheetml.sheet"):
        with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
            return "\n".join([headers, *(book.read(name).decode(errors="replace") for name in book.namelist())])
    if answer.mimetype.startswith(("text/", "application/json")):
        return f"{headers}\n{answer.get_data(as_text=True)}"
    return headers

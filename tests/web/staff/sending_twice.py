"""A form as its page holds it, sent twice."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.extensions import db


def hidden(page: str, form: str) -> dict[str, str]:
    """The hidden fields of the form that holds this text."""
    found = next(each for each in re.findall(r"<form.*?</form>", page, re.S) if form in each)
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', found))


def twice(client: FlaskClient, address: str, data: dict[str, Any]) -> list[tuple[int, str, list[str]]]:
    """Status, address and messages of two posts, each followed as a browser does."""
    answers = []
    for _ in range(2):
        answer = client.post(address, data=data)
        page = client.get(answer.location).text if answer.location else answer.text
        answers.append((answer.status_code, answer.location, re.findall(r'class="note flash ([^<]+)<', page)))
    return answers


def count(what: Any, *where: Any) -> int:
    db.session.rollback()
    return int(db.session.scalar(select(func.count()).select_from(what).where(*where)) or 0)

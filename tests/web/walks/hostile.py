"""A site in which every text that anybody typed or imported would be markup, and what a page would have made of it."""

from __future__ import annotations

import json
from collections import Counter, deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from sqlalchemy import JSON, text
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from app.extensions import db
from tests.builders import STATEMENT, answers
from tests.web.walks.crawling import Sheet
from tests.web.walks.situations import Season

EVIL = "'\"></textarea></title></script><evil-tag hx-get=/logout hx-trigger=load onload=evil()>${7*7}{{7*7}}"
"""Ends whatever it may stand in, then an element that a script or htmx would act on."""
IMPORTED = {
    "application": "holder_name",
    "evidence": "label",
    "examinee": "name sex nation political_status phone",
    "message": "text",
    "plan": "name",
    "school": "name phone hours address instructions completion_instructions",
    "score": "course_name",
    "score_question": "course_name place text",
    "staff_notice": "text",
}
"""Texts that examinees, imports and the program write; those of staff: COLUMNS of test_marked_texts."""
TYPED = (answers()["profile"]["address"], STATEMENT, "成绩正在复核")
"""What the examinees of the season typed: kept in documents."""


def poison(season: Season, columns: dict[str, str]) -> set[str]:
    """Put EVIL into these columns (table -> names) of every row, and in place of TYPED into every document; return what took it."""
    done: set[str] = set()
    for table in db.metadata.sorted_tables:
        names = columns.get(table.name, "").split()
        documents = [each.name for each in table.columns if isinstance(each.type, JSON) or each.name == "document"]
        keys = [column.name for column in table.primary_key]
        where = " AND ".join(f"{key} = :_{key}" for key in keys)
        for row in db.session.execute(text(f"SELECT * FROM {table.name}")).mappings().all():
            for name in {*names, *documents}:
                new = f"{EVIL}{len(done)}" if name in names and name not in documents else _poisoned(row[name])
                if new == row[name]:
                    continue
                try:
                    with db.session.begin_nested():
                        given = {f"_{key}": row[key] for key in keys}
                        db.session.execute(
                            text(f"UPDATE {table.name} SET {name} = :new WHERE {where}"), {**given, "new": new}
                        )
                except DBAPIError:  # a number, a choice, or what is only added
                    continue
                done.add(f"{table.name}.{name}")
    db.session.commit()
    return done


def _poisoned(stored: str | None) -> str | None:
    """A document with EVIL for what somebody typed."""
    if not stored or not stored.startswith(("{", "[")):
        return stored
    found = json.loads(stored)
    changed = _changed(found)
    return stored if changed == found else json.dumps(changed, ensure_ascii=stored.isascii())


def _changed(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _changed(value) for key, value in part.items()}
    if isinstance(part, list):
        return [_changed(value) for value in part]
    return EVIL if part in TYPED else part


class Made(HTMLParser):
    """What became an element or an attribute of a page, and where the text stands that htmx would read if it were one."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.texts = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "evil-tag" or any(name.startswith("on") for name, _ in attrs):
            self.elements.append(tag)
        self.texts += sum("evil-tag" in (value or "") for _, value in attrs)

    def handle_data(self, data: str) -> None:
        self.texts += "evil-tag" in data
        if "49" in data and "${7*7}" not in data and EVIL.replace("7*7", "49") in data:
            self.elements.append("a template's expression")


@dataclass
class Reading:
    """What the texts became on the pages that one person was led to. `texts`: on how many places they stood."""

    made: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    texts: int = 0
    pages: int = 0


def read(season: Season, name: str, start: str, often: int) -> Reading:
    """Open what every page leads to, `often` addresses of each kind; nothing is sent, and papers and pictures are no pages."""
    client, waiting, seen = season.browsers[name], deque([start]), {start}
    found, kinds = Reading(), Counter[str]()
    while waiting:
        path = waiting.popleft()
        answer = client.get(path, follow_redirects=True)
        if answer.status_code != 200:
            found.failed.append(f"{path}: {answer.status_code}")
        if answer.mimetype != "text/html":
            continue
        html = answer.get_data(as_text=True)
        page = Made(html)
        found.pages += 1
        found.texts += page.texts
        found.made += [f"{name} {path}: {each}" for each in page.elements]
        for link in Sheet(path, html).links:
            to = urlsplit(urljoin(path, link))
            kind = _kind(season, to.path) if not to.netloc else ""
            address = to.path + (f"?{to.query}" if to.query else "")
            if kind and address not in seen and kinds[kind] < often:
                seen.add(address)
                kinds[kind] += 1
                waiting.append(address)
    return found


def _kind(season: Season, path: str) -> str:
    """The endpoint of a page that can be opened; nothing for a file, a form's address or another site's."""
    try:
        endpoint: str = season.app.url_map.bind("localhost").match(path, "GET")[0]
    except HTTPException:
        return ""
    return "" if endpoint == "static" or path.endswith((".pdf", ".png", ".wav", ".svg", ".xlsx", ".zip")) else endpoint

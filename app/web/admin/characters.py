"""/admin/characters: characters in the data that no font can print."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import render_template
from sqlalchemy import select

from app.actions import scope
from app.adapters.documents.fonts import has_picture
from app.extensions import db
from app.models import Examinee, PlanRow, School, Window
from app.security.allow import allow
from app.security.sessions import principal
from app.web.admin import bp

EXAMPLES = 3


@dataclass(slots=True)
class Missing:
    """A character, its number of names and up to three (name, address or "")."""

    character: str
    count: int = 0
    examples: list[tuple[str, str]] = field(default_factory=list)

    @property
    def point(self) -> str:
        return f"U+{ord(self.character):04X}"


@bp.get("/characters")
@allow("staff", roles=("admin",))
def characters() -> str:
    """Check the names of people, schools, majors, courses and windows, each character once against the fonts."""
    found: dict[str, Missing] = {}
    by = principal().actor
    people = select(Examinee.id, Examinee.name).execution_options(yield_per=5000)
    for row in db.session.execute(people):
        _note(found, row.name, scope.shown_name(row.name, by), f"/staff/examinees/{row.id}")
    for name in db.session.scalars(select(School.name)):
        _note(found, name, name, "")
    for body in db.session.scalars(select(PlanRow.body)):
        for name in {body.get("name", ""), *(course["name"] for course in body.get("courses", ()))}:
            _note(found, name, name, "")
    for name in db.session.scalars(select(Window.name)):
        _note(found, name, name, "/admin/windows")
    rows = sorted(found.values(), key=lambda missing: -missing.count)
    return render_template("admin/characters.html", section="admin", rows=rows)


def _note(found: dict[str, Missing], text: str, shown: str, url: str) -> None:
    if text.isascii():
        return
    for character in set(text):
        if not has_picture(character):
            missing = found.setdefault(character, Missing(character))
            missing.count += 1
            if len(missing.examples) < EXAMPLES:
                missing.examples.append((shown, url))

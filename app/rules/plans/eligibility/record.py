"""Grades of a ticket: best row per course, and passed courses by name."""

from collections.abc import Container, Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from app.rules.plans.eligibility.compiled_plan import Compiled
from app.rules.plans.marks import Grade, Mark, Origin, course_name_key, parse_mark, session_start

_UNREADABLE = parse_mark("--")


class Graded(NamedTuple):
    """A grade row with its parsed mark; an unreadable mark passes nothing."""

    grade: Grade
    mark: Mark


@lru_cache(maxsize=4096)
def _read(mark: str) -> Mark:
    try:
        return parse_mark(mark)
    except ValueError:
        return _UNREADABLE


def _rank(item: Graded) -> tuple[object, ...]:
    grade = item.grade
    return (-item.mark.value, grade.session, grade.origin, grade.mark, grade.course_name)


class Record:
    """All grades of a ticket, in any order. `best`: best row per course, passed or not.

    used: courses used up by a graduation -> its major (TicketFacts.used): not in `passed`, still found by name.
    """

    __slots__ = ("_names", "best", "passed", "rows", "used")

    def __init__(self, grades: Iterable[Grade], used: Mapping[str, str]) -> None:
        self.rows = tuple(grades)
        self.used = used
        best: dict[str, Graded] = {}
        self.best = best
        self._names: dict[str, dict[str, Graded]] | None = None
        for grade in self.rows:
            code = grade.course_code
            known = best.get(code)
            item = Graded(grade, _read(grade.mark))
            if known is None or _rank(item) < _rank(known):
                best[code] = item
        self.passed = {code: item for code, item in best.items() if item.mark.passed and code not in used}

    def named(self, name: str, form: Compiled, but: Container[str] = ()) -> list[Graded]:
        """Return passed rows of courses of this name, one per code, without the codes `but`."""
        rows = self._by_name(form).get(course_name_key(name), {})
        return [rows[code] for code in sorted(rows) if code not in but]

    def _by_name(self, form: Compiled) -> dict[str, dict[str, Graded]]:
        """Return passed rows by name and code, with the rows' and the plan's names."""
        if self._names is None:
            self._names = {}
            for grade in self.rows:
                item, code = Graded(grade, _read(grade.mark)), grade.course_code
                for name in (grade.course_name, form.names.get(code, "")):
                    known = self._names.setdefault(course_name_key(name), {}) if name and item.mark.passed else {}
                    if code not in known or _rank(item) < _rank(known[code]):
                        known[code] = item
        return self._names

    def passed_before(self, code: str, limit: date | None) -> Graded | None:
        """Return the best passed row of a course whose 考次 began before `limit`."""
        best = self.passed.get(code)
        if best is None or limit is None or session_start(best.grade.session) < limit:
            return best
        rows = (Graded(grade, _read(grade.mark)) for grade in self.rows if grade.course_code == code)
        early = [row for row in rows if row.mark.passed and session_start(row.grade.session) < limit]
        return min(early, key=_rank, default=None)

    def without(self, origin: Origin) -> "Record":
        """Return the record without one origin."""
        return Record((grade for grade in self.rows if grade.origin != origin), self.used)

    def only(self, origins: Iterable[Origin]) -> "Record":
        """Return the record of these origins."""
        kept = frozenset(origins)
        return Record((grade for grade in self.rows if grade.origin in kept), self.used)

    def spent(self, code: str) -> bool:
        """Whether the course is passed and used up, so that passing it again would not count either."""
        return code in self.used and code in self.best and self.best[code].mark.passed

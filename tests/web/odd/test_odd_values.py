"""Odd numbers, dates and texts in every field of every form and in every address: what is wrong is said (422), and never a fault of ours.

By default each field meets one or two of the values in turn, a date or number also those that are worst for it; with the full size each meets each, on SQLite and on PostgreSQL, which
refuses NUL and numbers of more than 32 or 64 bits where SQLite takes them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.reviewing import PAYING
from tests.sizes import FULL
from tests.web.matrix_map import World
from tests.web.odd.every_field import Asked, Teller, forms, make_odd_world, pages

ODD: tuple[Any, ...] = (
    "\x00", "a\x00b", "\ud800", "\x1b[31m\r\nSet-Cookie: a=b", "1e999", "-1e999", "-0", "NaN", "Infinity", "٣", "१२", "１２", "²", "一千", "½",
    "2147483648", "9223372036854775808", "-9223372036854775809", "9" * 400, "9" * 5000, "-1", "0", "0x10", "1_000", "1.5", "+1", " 1 ",
    "0000-00-00", "0001-01-01", "1899-12-31", "9999-12-31", "10000-01-01", "2026-02-30", "2026-13-01", "２０２６-０１-０１", "2026-W49-2", "20261201",
    "9999-12-31T23:59", "0001-01-01T00:00", "2026-02-29T24:00", "2026-12-01T09:00+99:99", "2026-12-01T09:00:00.123456789Z", "0000-00", "2026-00", "9999-99",
    "", ["1", "2"], ["", "x"], ["9" * 30] * 70, "null", "undefined", "None", "true", "[]", "{}", "%00", "%", "_", "\\", "\u202e\ufeff\u2028", "字" * 3000,
    "a" * 20_000, ".", ",", ".".join("1" * 40), "0.0.0", "99999999999999999.99999999999999999.1", "' OR 1=1 --", '"; DROP TABLE examinee; --', "{{7*7}}",
    "<script>alert(1)</script>", '"><div hx-get=/logout hx-trigger=load>', "../../etc/passwd", "//evil.example", "/\\evil.example",
)  # fmt: skip
HARD = ("\x00", "9223372036854775808", "2147483648", "-1", "٣", "9999-12-31", "0001-01-01T00:00", "9999-12-31T23:59")
"""What a driver or a column of PostgreSQL refuses, and moments that leave the calendar in another zone."""
TOLD = {
    re.compile(r"\d{4}-\d\d.*"): ("0001-01-01T00:00", "0001-01-01", "9999-12-31T23:59", "9999-12-31", "0000-00-00"),
    re.compile(r"\d+(\.\d+)?"): ("٣", "9" * 5000, "9223372036854775808", "-1", "1e999"),
}
"""What a plain value looks like -> what a field of that kind meets by itself, also by default: the others are right, so it is read to the end."""
INJECTED = ("<script>alert(1)", '"><div hx-get')
KEPT = ("act", "decision", "sure")
"""What a form is sent for: odd by itself only, since nothing else of the form is read then."""
FEW = 3
turn = count()


def ways(asked: Asked, *, alone: bool) -> Iterator[dict[str, Any]]:
    """A hard value in all fields; with the full size each hard one, and (`alone`) each of all in each field by itself.

    By default a few fields are odd at a time, so that what is asked after them is reached too.
    """
    fields = [name for name in asked.names if name not in KEPT]
    for odd in HARD if FULL else (HARD[next(turn) % len(HARD)],):
        yield dict.fromkeys(fields, odd)
    if FULL and alone:
        yield from ({name: odd} for name in asked.names for odd in ODD)
    elif alone and asked.method == "POST":
        yield from by_kind(asked, fields)
        for start in range(0, len(asked.names), FEW):
            yield {name: ODD[next(turn) % len(ODD)] for name in asked.names[start : start + FEW]}
    elif alone:
        yield {name: ODD[next(turn) % len(ODD)] for name in asked.names}


def by_kind(asked: Asked, fields: list[str]) -> Iterator[dict[str, Any]]:
    for name in fields:
        given = asked.values.get(name, "")
        plain = str(given[0] if isinstance(given, list) else given)
        yield from ({name: odd} for like, odds in TOLD.items() if like.fullmatch(plain) for odd in odds)


def faults(teller: Teller, asked: Asked, odd: dict[str, Any], met: Counter[int]) -> Iterator[str]:
    answer = teller.tell(asked, odd)
    met[answer.status_code] += 1
    text = answer.data.decode(errors="replace")
    if answer.status_code >= 500 or any(word in text for word in INJECTED):
        short = {name: value if len(value) < 50 else value[:20] for name, value in list(odd.items())[:6]}
        yield f"{asked} {short!r}: {answer.status_code}"


def all_faults(world: World, *, alone: bool) -> list[str]:
    teller = Teller(world)
    found: list[str] = []
    met: Counter[int] = Counter()
    for asked in (*forms(world), *(page for page in pages(world) if page.names)):
        for odd in ways(asked, alone=alone):
            found += faults(teller, asked, odd, met)
    assert met[400] < sum(met.values()) / 20, "the forms are refused before anybody reads them"
    return found


def test_odd_values_are_never_a_fault_of_ours(odd_world: World) -> None:
    assert all_faults(odd_world, alone=True) == []


@pytest.mark.postgres
def test_nor_are_they_on_postgresql(make_app: Any) -> None:
    app = make_app(on_postgres=True, demo=True)
    app.clock.now = PAYING
    with app.app_context():
        assert all_faults(make_odd_world(app), alone=FULL) == []

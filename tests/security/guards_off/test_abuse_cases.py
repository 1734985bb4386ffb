"""The table of abuse cases is whole: all 42 in order, each with tests and the twins of its guards, all of which exist (security.md §3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
UNTESTED = {"AC-29": "no test: ", "AC-31": "no test: "}
"""Cases that are not met yet, with how their row says why."""


def rows() -> list[list[str]]:
    part = (ROOT / "docs" / "security.md").read_text(encoding="utf-8").partition("\n## 3 ")[2].partition("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in part.splitlines() if "| AC-" in line]


def absent(cell: str) -> Iterator[str]:
    for module, function in NAMED.findall(cell):
        path = ROOT / module
        there = path.is_file() and re.search(rf"^def {function}\(", path.read_text(encoding="utf-8"), re.M)
        if not there:
            yield f"{module}::{function}"


def test_all_abuse_cases_stand_in_the_table_in_order() -> None:
    assert [row[0] for row in rows()] == [f"AC-{number:02}" for number in range(1, 43)]
    assert {len(row) for row in rows()} == {6}


def test_every_abuse_case_names_tests_and_twins_that_exist() -> None:
    wrong = []
    for case, _, _, _, tests, off in rows():
        if case in UNTESTED:
            wrong += [] if tests.startswith(UNTESTED[case]) and not NAMED.findall(tests + off) else [case]
            continue
        wrong += [f"{case}: {what}" for what, cell in (("no test", tests), ("no twin", off)) if not NAMED.findall(cell)]
        wrong += [f"{case}: {name}" for name in absent(f"{tests} {off}")]
        wrong += [f"{case}: {left}" for left in (NAMED.sub("", tests + off).strip("; "),) if left.replace("; ", "")]
    assert wrong == []


def test_every_twin_stands_in_the_table() -> None:
    named = {name for row in rows() for _, name in NAMED.findall(row[5])}
    twins = [
        name
        for path in sorted((ROOT / "tests" / "security" / "guards_off").glob("test_*_unguarded.py"))
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.M)
    ]
    assert [name for name in twins if name not in named] == []

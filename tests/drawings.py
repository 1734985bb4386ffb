"""What docs/architecture.md shows of the code, drawn from it: floors and rooms (pyproject.toml and the folders), tables (the models).

`python -m tests.drawings` writes the page's drawings anew.
"""

from __future__ import annotations

import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "architecture.md"


def contracts() -> list[dict[str, Any]]:
    """Those of import-linter, as they stand."""
    found = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed: list[dict[str, Any]] = found["tool"]["importlinter"]["contracts"]
    return listed


def layers(contract: dict[str, Any]) -> list[list[str]]:
    """The layers of a contract, the upper first; names that stand side by side in one list."""
    return [[name.strip(" ()") for part in line.split("|") for name in part.split(":")] for line in contract["layers"]]


def floors() -> list[list[str]]:
    """The floors, the upper first, as app.cli, app.web …"""
    return next(
        found for each in contracts() if each["type"] == "layers" and "app.rules" in (found := layers(each))[-1]
    )


def room_orders() -> dict[str, list[list[str]]]:
    """Floor -> its rooms in the order in which they may import, for the floors that a contract of layers orders."""
    found: dict[str, list[list[str]]] = {}
    for contract in contracts():
        if contract["type"] != "layers" or layers(contract) == floors():
            continue
        order = [[name.rpartition(".") for name in line] for line in layers(contract)]
        for floor in contract.get("containers") or [order[0][0][0]]:
            found[floor] = [[name for _, _, name in line] for line in order]
    return found


def rooms(module: str) -> list[str]:
    """The folders with code inside a floor or room, as app.actions.review; data folders are none."""
    folder = ROOT / Path(*module.split("."))
    if not folder.is_dir():
        return []
    return sorted(f"{module}.{each.name}" for each in folder.iterdir() if each.is_dir() and any(each.glob("*.py")))


def every_room() -> list[str]:
    """All rooms of all floors, and the rooms within them."""
    found, waiting = [], [name for line in floors() for name in line]
    while waiting:
        inner = rooms(waiting.pop(0))
        found += inner
        waiting += inner
    return sorted(found)


def floors_drawn() -> str:
    """The floors as boxes with their rooms, as a Mermaid flowchart; below it the order of rooms where a contract says one."""
    lines = ["```mermaid", "flowchart TB"]
    for number, line in enumerate(floors()):
        lines.append(f'    subgraph floor{number}["{" · ".join(name.removeprefix("app.") for name in line)}"]')
        inside = [room for name in line for room in rooms(name) or [name]]
        lines += [f'        {name.replace(".", "_")}["{name.rpartition(".")[2]}"]' for name in inside]
        lines.append("    end")
    lines += [f"    floor{upper} --> floor{lower}" for upper, lower in pairwise(range(len(floors())))]
    lines.append("```")
    for floor, order in sorted(room_orders().items()):
        lines += ["", f"Order within `{floor}`: {' → '.join(' · '.join(line) for line in order)}"]
    return "\n".join(lines)


def tables_drawn() -> str:
    """The tables and what they refer to, as a Mermaid diagram; those that refer to nothing and are referred to by none are named."""
    from app import models  # noqa: F401  every table must be known
    from app.extensions import db

    tables = sorted(db.metadata.tables.values(), key=lambda table: table.name)
    arrows = sorted({(table.name, key.column.table.name) for table in tables for key in table.foreign_keys})
    joined = {name for arrow in arrows for name in arrow}
    alone = [table.name for table in tables if table.name not in joined]
    lines = ["```mermaid", "erDiagram", *(f"    {one} }}o--|| {other} : of" for one, other in arrows), "```"]
    return "\n".join([*lines, "", f"By themselves: {', '.join(alone)}."])


DRAWINGS = {"floors": floors_drawn, "tables": tables_drawn}


def current(page: str) -> str:
    """The page with each drawing made anew between its marks."""
    for name, draw in DRAWINGS.items():
        begin, end = f"<!-- {name}: made by tests/drawings.py -->\n", f"\n<!-- end of {name} -->"
        head, found, rest = page.partition(begin)
        assert found, f"the page has no place for {name}"
        page = head + begin + draw() + end + rest.partition(end)[2]
    return page


if __name__ == "__main__":
    PAGE.write_text(current(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

"""Tables of staff: what holds an act is a block a row on a phone, and the act stands in it; only a list of facts may be wide."""

from __future__ import annotations

import re
from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / "templates"
TABLE = re.compile(r"\{%-? ?call table\((.*?)\) %\}(.*?)\{% endcall %\}", re.DOTALL)
ACT = re.compile(r"button_form|<button|<form|class=\"[^\"]*btn")
COLUMN = re.compile(r"\('(操作|登记|)', ''\)")


def tables() -> list[tuple[str, str, str]]:
    return [
        (f"{path.relative_to(TEMPLATES)}: {head[:40]}", head, body)
        for path in sorted(TEMPLATES.rglob("*.html"))
        if path.parent.name != "components"
        for head, body in TABLE.findall(path.read_text(encoding="utf-8"))
    ]


def test_a_table_with_acts_is_stacked_and_its_acts_are_named():
    found = tables()
    assert len(found) > 30
    with_column = [name for name, head, body in found if COLUMN.search(head) and ACT.search(body)]
    assert len(with_column) > 4
    wrong = [
        name
        for name, head, body in found
        if (ACT.search(body) or COLUMN.search(head)) and ("stacked=True" not in head or "wide" in head)
    ]
    assert wrong == []
    assert [name for name, head, body in found if COLUMN.search(head) and 'class="acts"' not in body] == []

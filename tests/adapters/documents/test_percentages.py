"""A number that a workbook shows as a percentage is told from one that it shows as it is, however the workbook is written."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from xlsxwriter import Workbook

from app.adapters.documents import sparse
from app.adapters.documents.cells import Percent
from app.adapters.documents.percents import is_percent, percent_cells
from app.adapters.documents.tables import read_table, read_workbook
from tests.adapters.documents.workbooks import write, write_xls


@pytest.mark.parametrize(
    ("code", "percent"),
    [
        ("0%", True),
        ("0.00%;[Red]-0.00%", True),
        ('_ * #,##0.00%_ ;_ * "-"??_ ', True),
        ("General", False),
        ("@", False),
        ('0"%"', False),
        ("0\\%", False),
        ("0_%", False),
        ("0*%", False),
        ("[$-804]0", False),
    ],
)
def test_a_format_is_a_percentage_where_its_sign_is_no_literal(code: str, percent: bool) -> None:
    assert is_percent(code) is percent


def book_of(path: Path) -> Path:
    """85 % and 85, in a format of the file's own and in the built-in one; text and an empty cell in a percentage's format."""
    with Workbook(str(path)) as book:
        forms = [book.add_format({"num_format": code}) for code in ("0.0%", 9, '0"%"')]
        sheet = book.add_worksheet("a")
        for column, title in enumerate(("甲", "乙", "丙", "丁", "戊")):
            sheet.write_string(0, column, title)
        sheet.write_number(1, 0, 0.85, forms[0])
        sheet.write_number(1, 1, 85)
        sheet.write_number(1, 2, 1, forms[1])
        sheet.write_number(1, 3, 85, forms[2])
        sheet.write_string(1, 4, "85", forms[0])
        sheet.write_blank(2, 0, None, forms[0])
        sheet.write_formula(3, 1, "=A2", forms[1], 0.07)
    return path


SHOWN = [
    (2, {"甲": "85%", "乙": "85", "丙": "100%", "丁": "85", "戊": "85"}),
    (4, {"甲": "", "乙": "7%", "丙": "", "丁": "", "戊": ""}),
]


def rewritten(path: Path, change: Callable[[str, str], tuple[str, str]]) -> Path:
    """The workbook with each part as `change` of its name and text gives it."""
    out = path.with_name("rewritten.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(*change(entry.filename, old.read(entry).decode()))
    return out


def prefixed(name: str, text: str) -> tuple[str, str]:
    if "worksheets" not in name:
        return name, text
    for tag in ("c", "v", "row"):
        text = (
            text.replace(f"<{tag} ", f"<x:{tag} ").replace(f"<{tag}>", f"<x:{tag}>").replace(f"</{tag}>", f"</x:{tag}>")
        )
    return name, text.replace(
        "<worksheet ", '<worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    )


WRITINGS: dict[str, Callable[[str, str], tuple[str, str]]] = {
    "as it is": lambda name, text: (name, text),
    "a prefix": prefixed,
    "single quotes": lambda name, text: (name, text.replace('"', "'") if "worksheets" in name else text),
    "no references in the second row": lambda name, text: (
        name,
        text.replace(' r="2"', "").replace(' r="A2"', "").replace(' r="B2"', "").replace(' r="C2"', ""),
    ),
    "another place": lambda name, text: (
        name.replace("sheet1", "Other"),
        text.replace("worksheets/sheet1", "/xl/worksheets/other") if name.endswith(".rels") else text,
    ),
}


@pytest.mark.parametrize("how", list(WRITINGS))
def test_percentages_are_found_however_the_workbook_is_written(tmp_path: Path, how: str) -> None:
    table = read_table(rewritten(book_of(tmp_path / "a.xlsx"), WRITINGS[how]))
    assert table.rows == SHOWN
    assert {title: {row: type(value) for row, value in cells.items()} for title, cells in table.typed.items()} == {
        "甲": {2: Percent},
        "乙": {2: float, 4: Percent},
        "丙": {2: Percent},
        "丁": {2: float},
    }


@pytest.mark.parametrize("size", range(8, 16))
def test_they_are_found_where_the_sheet_comes_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    book = write(tmp_path / "a.xlsx", {"a": [["甲"], [Percent(0.5)]]})
    monkeypatch.setattr(sparse, "CHUNK", size)
    assert percent_cells(book) == {0: {(2, 1)}}


def test_each_sheet_has_its_own(tmp_path: Path) -> None:
    rows = {"a": [["甲"], [Percent(0.5)]], "隐": [["甲"], [Percent(0.5)]], "b": [["甲"], [0.5], [Percent(0.25)]]}
    tables = read_workbook(write(tmp_path / "a.xlsx", rows, hidden=["隐"]))
    assert [row["甲"] for table in tables.values() for _, row in table.rows] == ["50%", "0.5", "25%"]


def test_an_xls_tells_them_too_also_of_numbers_in_one_record(tmp_path: Path) -> None:
    cells = {(0, 0): "甲", (0, 1): "乙", (0, 2): "丙", (1, 0): (3, Percent(1), 85), (2, 1): Percent(0.855), (2, 2): 0.5}
    assert read_table(write_xls(tmp_path / "a.xls", cells)).rows == [
        (2, {"甲": "3", "乙": "100%", "丙": "85"}),
        (3, {"甲": "", "乙": "85.5%", "丙": "0.5"}),
    ]

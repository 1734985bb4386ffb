"""What the reader gives as an empty cell or any row, and is neither: error values, formulas without a result, merged cells, hidden rows."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from xlsxwriter import Workbook

from app.adapters.documents import sparse
from app.adapters.documents.cells import MERGED, NO_RESULT
from app.adapters.documents.error_copy import write_error_copy
from app.adapters.documents.tables import Table, read_table
from tests.adapters.documents.workbooks import record, write_xls

RESULT = "<v>777</v>"


def book_of(path: Path) -> Path:
    """In 甲 an error, a formula with a result, one whose result is no text, one without; the last row is of those alone."""
    with Workbook(str(path)) as book:
        sheet = book.add_worksheet("a")
        for column, title in enumerate(("甲", "乙")):
            sheet.write_string(0, column, title)
            sheet.write_formula(5, column, "=A1", None, 777)
        for row in (1, 2, 3, 4):
            sheet.write_string(row, 1, "x")
        sheet.write_formula(1, 0, "=NA()", None, "#N/A")
        sheet.write_formula(2, 0, "=80+5", None, 85)
        sheet.write_formula(3, 0, '=""', None, "leer")
        sheet.write_formula(4, 0, "=A2", None, 777)
    return path


def rewritten(path: Path, change: Callable[[str], str]) -> Path:
    """The workbook with its sheet as `change` gives it."""
    out = path.with_name("rewritten.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            text = old.read(entry).decode()
            text = text.replace("<v>leer</v>", "<v></v>") if "worksheets/" in entry.filename else text
            new.writestr(entry.filename, change(text) if "worksheets/" in entry.filename else text)
    return out


WITHOUT: dict[str, Callable[[str], str]] = {
    "nothing": lambda text: text.replace(RESULT, ""),
    "an empty element": lambda text: text.replace(RESULT, "<v />"),
    "an element with nothing": lambda text: text.replace(RESULT, "<v></v>"),
    "a shared formula": lambda text: text.replace(f"<f>A1</f>{RESULT}", '<f t="shared" si="0"/>').replace(RESULT, ""),
    "a text without a value": lambda text: text.replace("<c r=", '<c t="str" r=')
    .replace('t="str" r="A2" t="e"', 'r="A2" t="e"').replace('<c t="str" r="A3">', '<c r="A3">')
    .replace(' t="s"', "").replace('<c t="str" r="A1"><v>', '<c t="s" r="A1"><v>')
    .replace('t="str" r="A4" t="str"', 'r="A4" t="str"').replace('<c t="str" r="B', '<c t="s" r="B')
    .replace('<c t="s" r="B6"', '<c t="str" r="B6"').replace(RESULT, ""),
}  # fmt: skip


@pytest.mark.parametrize("how", list(WITHOUT))
def test_an_error_and_a_formula_without_its_result_are_no_empty_cells(tmp_path: Path, how: str) -> None:
    table = read_table(rewritten(book_of(tmp_path / "a.xlsx"), WITHOUT[how]))
    assert [(row, cells["甲"]) for row, cells in table.rows] == [
        (2, "#N/A"),
        (3, "85"),
        (4, ""),
        (5, NO_RESULT),
        (6, NO_RESULT),
    ]
    assert refused(table) == [(2, "甲"), (5, "甲"), (6, "甲"), (6, "乙")]


def refused(table: Table) -> list[tuple[int, str]]:
    return [(error.row, error.column) for error in table.errors]


@pytest.mark.parametrize("size", range(8, 16))
def test_they_are_found_where_the_sheet_comes_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    book = rewritten(book_of(tmp_path / "a.xlsx"), WITHOUT["nothing"])
    monkeypatch.setattr(sparse, "CHUNK", size)
    assert refused(read_table(book)) == [(2, "甲"), (5, "甲"), (6, "甲"), (6, "乙")]


def test_the_copy_with_errors_is_refused_for_the_same(tmp_path: Path) -> None:
    table = read_table(rewritten(book_of(tmp_path / "a.xlsx"), WITHOUT["nothing"]))
    for name in ("b.xlsx", "b.csv"):
        write_error_copy(table, table.errors, tmp_path / name)
        assert refused(read_table(tmp_path / name)) == refused(table), name


def test_what_a_cell_has_from_the_one_above_is_no_empty_cell(tmp_path: Path) -> None:
    with Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet("a")
        sheet.merge_range("A1:C2", "名单")
        for row, cells in enumerate([["甲", "乙", "丙"], ["1", "", "p"], ["2", "", "q"], ["", "", "r"]], start=2):
            for column, text in enumerate(cells):
                sheet.write_string(row, column, text) if text else None
        sheet.merge_range("B4:B6", "同")
        sheet.merge_range("A8:C9", "注")
        sheet.merge_range("A6:A7", "")
    table = read_table(tmp_path / "a.xlsx", ("甲", "乙", "丙"))
    assert [(row, cells["乙"]) for row, cells in table.rows] == [(4, "同"), (5, MERGED), (6, MERGED), (8, "")]
    assert refused(table) == [(5, "乙"), (6, "乙")]


def test_hidden_rows_are_read_and_named(tmp_path: Path) -> None:
    with Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet("a")
        sheet.write_column("A1", ["甲", "1", "2", "3", "4"])
        sheet.set_row(2, options={"hidden": True})
        sheet.set_row(4, options={"hidden": True})
        sheet.set_row(9, options={"hidden": True})
    table = read_table(tmp_path / "a.xlsx")
    assert [row for row, _ in table.rows] == [2, 3, 4, 5]
    assert [note.reason for note in table.notes] == ["第 3 行等 2 行在文件里是隐藏的（或被筛选掉了），也一样导入"]


def test_an_xls_tells_errors_and_hidden_rows_too(tmp_path: Path) -> None:
    of_formula = record(0x0006, struct.pack("<HHHBxBxxxHHIH", 2, 0, 0, 2, 29, 0xFFFF, 0, 0, 0))
    error = record(0x0205, struct.pack("<HHHBB", 3, 0, 0, 42, 1))
    true = record(0x0205, struct.pack("<HHHBB", 3, 1, 0, 1, 0))
    hidden = record(0x0208, struct.pack("<HHHHHHI", 2, 0, 2, 255, 0, 0, 0x120))
    rows = {(0, 0): "甲", (0, 1): "乙", (1, 0): "1", (2, 1): "x"}
    table = read_table(write_xls(tmp_path / "a.xls", rows, (4, 2), of_formula + error + true + hidden))
    assert [list(cells.values()) for _, cells in table.rows] == [["1", ""], ["#NAME?", "x"], ["#N/A", "是"]]
    assert refused(table) == [(3, "甲"), (4, "甲")]
    assert [note.reason for note in table.notes] == ["第 3 行在文件里是隐藏的（或被筛选掉了），也一样导入"]


def test_an_error_value_that_became_text_is_refused_in_a_csv(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("甲,乙\n1,#N/A\n2,#1 楼\n", encoding="utf-8")
    assert refused(read_table(tmp_path / "a.csv")) == [(2, "乙")]

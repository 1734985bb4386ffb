"""Templates: every kind has one, its columns are text, it explains itself, and filled in it can be imported."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from python_calamine import load_workbook

from app.actions.imports import KINDS, import_file, read_file
from app.actions.imports.columns import TABLES
from app.actions.imports.plan_columns import PLANS
from app.actions.imports.templates import explained, write_template
from app.adapters.documents.tables import BadTable
from app.rules.people.roles import SYSTEM
from app.rules.plans.marks import WRITINGS, parse_mark
from tests.adapters.documents.workbooks import write
from tests.builders import NOW, examinee, ticket


def made(kind: str, folder: Path) -> Path:
    path = folder / f"{kind}.xlsx"
    write_template(kind, path)
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_the_columns_stand_in_the_first_row_and_are_explained(tmp_path: Path, kind: str) -> None:
    book = load_workbook(str(made(kind, tmp_path)))
    *data, _ = book.sheet_names if kind != "scores" else book.sheet_names[:-1]
    assert data == list(explained(kind))
    told = [[cell for cell in row if cell] for row in book.get_sheet_by_name("填写说明").to_python()]
    for name, columns in explained(kind).items():
        assert book.get_sheet_by_name(name).to_python() == [[column.title for column in columns]]
        for column in columns:
            (row,) = [
                row
                for row in told
                if ([name] if kind == "plans" else []) == row[: kind == "plans"]
                and column.title == row[kind == "plans"]
            ]
            assert ("必填" in row) == column.required
            assert column.example in row or not column.example
            assert column.allowed in row or not column.allowed


@pytest.mark.parametrize("kind", KINDS)
def test_every_empty_cell_of_a_template_is_text_so_that_nothing_typed_is_changed(tmp_path: Path, kind: str) -> None:
    with zipfile.ZipFile(made(kind, tmp_path)) as archive:
        styles = archive.read("xl/styles.xml").decode()
        text = re.findall(r'formatCode="@"', styles)
        assert len(text) == 1
        code = re.search(r'numFmtId="(\d+)" formatCode="@"', styles)
        assert code
        formats = re.findall(r"<xf [^>]*>", styles.partition("<cellXfs")[2])
        for place, (_, columns) in enumerate(explained(kind).items(), start=1):
            sheet = archive.read(f"xl/worksheets/sheet{place}.xml").decode()
            spans = re.findall(r'<col min="(\d+)" max="(\d+)"[^>]* style="(\d+)"', sheet)
            covered = {
                n
                for first, last, style in spans
                if f'numFmtId="{code[1]}"' in formats[int(style)]
                for n in range(int(first), int(last) + 1)
            }
            assert covered >= set(range(1, len(columns) + 1))


def filled(kind: str, template: Path, out: Path) -> Path:
    """The template with the examples typed below its header, and its other sheets left in."""
    book = load_workbook(str(template))
    sheets: dict[str, Any] = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    for name, columns in explained(kind).items():
        sheets[name].append([column.example for column in columns])
    if kind == "plans":  # examples of different plans do not make one; the two sheets that are needed do
        for name in ("课程组", "加考", "顶替"):
            sheets[name].pop()
        examples = {column.title: column.example for column in PLANS["课程"]} | {
            "课程组": "",
            "对应理论课": "",
            "学分": "75",
        }
        sheets["课程"][1] = [examples[column.title] for column in PLANS["课程"]]
        sheets["专业"][1] = ["" if column.title == "课程门数下限" else column.example for column in PLANS["专业"]]
    return write(out, sheets)


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_filled_in_with_its_examples_can_be_imported(both: Flask, tmp_path: Path, kind: str) -> None:
    if kind == "scores":
        ticket(examinee(), number="010126100001")
    path = filled(kind, made(kind, tmp_path), tmp_path / "filled.xlsx")
    common: dict[str, Any] = {"by": SYSTEM, "on": NOW, "file_name": path.name, "secret": b"x" * 32}
    result = import_file(kind, read_file(kind, path), **common)
    assert (result.errors, result.new) == ((), 1)


def test_an_empty_template_is_refused_as_empty(tmp_path: Path, app: Flask) -> None:
    for kind in KINDS:
        path = made(kind, tmp_path)
        common: dict[str, Any] = {"by": SYSTEM, "on": NOW, "file_name": path.name, "secret": b"x" * 32}
        result = import_file(kind, read_file(kind, path), **common)
        assert any("没有内容" in error.reason or "没有数据" in error.reason for error in result.errors)


def test_the_template_of_scores_shows_every_way_to_write_a_mark(tmp_path: Path) -> None:
    rows = load_workbook(str(made("scores", tmp_path))).get_sheet_by_name("成绩写法").to_python()
    written = [words for words, _, _ in rows[2:]]
    assert written == ["、".join(each.words) for each in WRITINGS]
    for words, shown, meaning in rows[2:]:
        for word in str(words).split("、"):
            mark = parse_mark(word)
            assert mark.shown == shown
            assert mark.passed == ("不合格" not in str(meaning))


@pytest.mark.parametrize(
    ("word", "stored", "passed"),
    [("及格", "合格", True), ("通过", "合格", True), ("优", "优秀", True), ("缺考", "--", False), ("P", "合格", True), ("p", "合格", True),
     ("Ｐ", "合格", True), ("不及格", "不合格", False), ("作弊", "-0", False), ("满分", "++", True)],
)  # fmt: skip
def test_a_mark_in_the_office_s_words_means_what_it_says(word: str, stored: str, passed: bool) -> None:
    assert (parse_mark(word).text, parse_mark(word).passed) == (stored, passed)


def test_examples_and_kinds_are_given_for_every_column() -> None:
    for columns in (*TABLES.values(), *PLANS.values()):
        for column in columns:
            assert column.example or column.title == "备注"


def test_a_template_that_cannot_be_written_raises(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        write_template("scores", tmp_path / "absent" / "a.xlsx")
    with pytest.raises(BadTable):
        read_file("scores", tmp_path / "absent.xlsx")

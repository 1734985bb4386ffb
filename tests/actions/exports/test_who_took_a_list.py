"""A list says who took it: a workbook on a sheet of its own, a CSV in the last column, which imports set aside."""

from __future__ import annotations

import csv
from pathlib import Path

from flask import Flask

from app.actions.imports import import_file, read_file
from app.adapters.documents.lists import NOTES, write_list
from app.rules.people.roles import SYSTEM
from app.rules.plans import workbook
from tests.builders import NOW

NOTE = [("名单", "学校"), ("导出人", "周明（管理员）"), ("导出时间", "2026 年 12 月 7 日 16:00"), ("用途", "=1+1")]
WHO = "导出人：周明（管理员）；导出时间：2026 年 12 月 7 日 16:00；用途：=1+1"


def test_every_row_of_a_csv_says_who_took_it_and_the_other_columns_are_as_they_were(tmp_path: Path) -> None:
    write_list(tmp_path / "a.csv", "名单", ["代码", "名称"], [["01", "=甲"], ["02", "乙"]], notes=NOTE)
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["代码"], row["名称"]) for row in rows] == [("01", "'=甲"), ("02", "乙")]
    assert {row[NOTES] for row in rows} == {WHO}


def test_who_took_it_is_no_formula(tmp_path: Path) -> None:
    write_list(tmp_path / "a.csv", "名单", ["代码"], [["01"]], notes=[("导出人", "=cmd|' /c calc'!A1")])
    assert '"导出人：=cmd' in (tmp_path / "a.csv").read_text("utf-8-sig")


def test_a_csv_without_notes_has_no_such_column(tmp_path: Path) -> None:
    write_list(tmp_path / "a.csv", "名单", ["代码"], [["01"]])
    assert (tmp_path / "a.csv").read_text("utf-8-sig").splitlines() == ["代码", '"01"']


def test_such_a_csv_can_be_imported_again(app: Flask, tmp_path: Path) -> None:
    write_list(tmp_path / "schools.csv", "学校", ["学校代码", "学校名称"], [["10574", "甲大学"]], notes=NOTE)
    tables = read_file("schools", tmp_path / "schools.csv")
    found = import_file("schools", tables, by=SYSTEM, on=NOW, file_name="a", secret=b"x" * 32, check=True)
    assert not found.errors
    assert NOTES in workbook.ASIDE  # of plans

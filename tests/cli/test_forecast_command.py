"""kaoji forecast, on plans that no one here has seen: imported, assessed, written down."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from app.actions.records.forecast import COLUMNS
from app.adapters.documents.tables import read_table
from tests.cli.conftest import Kaoji
from tests.plans_elsewhere import people, write, write_files

CODE = re.compile(r"\d{5}")


@pytest.fixture
def cases(kaoji: Kaoji, site: Path, tmp_path: Path) -> dict[str, str]:
    """Everything imported by the command; name of the case by 准考证号."""
    return loaded(kaoji, tmp_path)


def loaded(kaoji: Kaoji, folder: Path, declared: bool = True) -> dict[str, str]:
    found = write_files(folder, declared)
    for kind, name in (
        ("schools", "schools.csv"),
        ("plans", "plans.xlsx"),
        ("examinees", "examinees.csv"),
        ("scores", "scores.csv"),
    ):
        ran = kaoji("import", kind, folder / name)
        assert ran.code == 0, ran.err
    return found


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_everybody_who_is_one_course_short_is_told_which(kaoji: Kaoji, cases: dict[str, str], tmp_path: Path) -> None:
    assert kaoji("forecast", tmp_path / "list.csv").code == 0
    listed = {cases[row["准考证号"]]: row for row in rows(tmp_path / "list.csv")}
    expected = people()
    for case, one in expected.items():
        if not one.verdict:
            assert case not in listed, case
            continue
        row = listed[case]
        assert (row["专业代码"], row["计划版本"]) == (one.plan["专业代码"], one.plan["计划版本"]), case
        assert (row["学校代码"], row["结论"]) == ("99001", one.verdict), (case, row)
        assert set(CODE.findall(row["缺少课程"])) == one.missing, (case, row["缺少课程"])
    assert len(listed) == sum(bool(one.verdict) for one in expected.values())


def test_the_columns_are_those_of_the_contract(kaoji: Kaoji, cases: dict[str, str], tmp_path: Path) -> None:
    for name in ("list.csv", "list.xlsx"):
        assert kaoji("forecast", tmp_path / name).code == 0
        assert read_table(tmp_path / name).header == COLUMNS
    row = next(row for row in rows(tmp_path / "list.csv") if cases[row["准考证号"]] == "会计缺10001")
    assert list(row.values()) == [
        row["准考证号"],
        "林晓雯",
        "530302",
        "99001",
        "2023",
        "尚缺",
        "31",
        "33",
        "6",
        "7",
        "10001 课程10001",
        "",
    ]
    half = next(row for row in rows(tmp_path / "list.csv") if cases[row["准考证号"]] == "新闻外语")
    assert (half["已得学分"], half["所需学分"], half["所需门数"]) == ("22.5", "22.5", "")


def test_a_workbook_keeps_numbers_of_people_as_text(kaoji: Kaoji, cases: dict[str, str], tmp_path: Path) -> None:
    from python_calamine import CalamineWorkbook

    kaoji("forecast", tmp_path / "list.xlsx")
    header, first, *_ = CalamineWorkbook.from_path(str(tmp_path / "list.xlsx")).get_sheet_by_index(0).to_python()
    cells = dict(zip(header, first, strict=True))
    assert cells["准考证号"].startswith("0101")
    assert cells["专业代码"] == "530302"
    assert isinstance(cells["已得学分"], float)


def test_two_courses_short_are_listed_when_asked_and_none_when_not(
    kaoji: Kaoji, cases: dict[str, str], tmp_path: Path
) -> None:
    kaoji("forecast", tmp_path / "two.csv", "--short", 2)
    two = next(row for row in rows(tmp_path / "two.csv") if cases[row["准考证号"]] == "会计差两门")
    assert two["缺少课程"] == "10001 课程10001、10004 课程10004"
    kaoji("forecast", tmp_path / "none.csv", "--short", 0)
    assert {row["结论"] for row in rows(tmp_path / "none.csv")} == {"符合", "待核"}


def test_one_school_or_major_alone(kaoji: Kaoji, cases: dict[str, str], tmp_path: Path) -> None:
    kaoji("forecast", tmp_path / "major.csv", "--major", "050301")
    assert {row["专业代码"] for row in rows(tmp_path / "major.csv")} == {"050301"}
    kaoji("forecast", tmp_path / "school.csv", "--school", "99001")
    assert len(rows(tmp_path / "school.csv")) == sum(bool(one.verdict) for one in people().values())
    for option in (("--school", "77777"), ("--major", "777777")):
        ran = kaoji("forecast", tmp_path / "no.csv", *option)
        assert ran.code == 1
        assert ran.err.count("\n") == 1
        assert "777" in ran.err
    assert not (tmp_path / "no.csv").exists()


def test_who_declared_nothing_is_listed_under_every_plan_they_share_a_course_with(
    kaoji: Kaoji, site: Path, tmp_path: Path
) -> None:
    cases = loaded(kaoji, tmp_path, declared=False)
    kaoji("forecast", tmp_path / "list.csv")
    listed = {cases[row["准考证号"]]: row for row in rows(tmp_path / "list.csv")}
    assert listed["会计缺10001"]["缺少课程"] == "10001 课程10001"
    assert listed["新闻外语"]["学校代码"] == "*"
    kaoji("forecast", tmp_path / "here.csv", "--school", "99001")
    here = {cases[row["准考证号"]]: row for row in rows(tmp_path / "here.csv")}
    assert here["新闻外语"]["学校代码"] == "99001"


def test_a_name_cannot_become_a_formula(kaoji: Kaoji, cases: dict[str, str], tmp_path: Path) -> None:
    ticket = next(ticket for ticket, case in cases.items() if case == "会计齐全")
    known = next(row for row in rows(tmp_path / "examinees.csv") if row["准考证号"] == ticket)
    write(tmp_path / "renamed.csv", [{**known, "姓名": "=HYPERLINK(1)"}])
    ran = kaoji("import", "examinees", tmp_path / "renamed.csv")
    if ran.code == 0:
        kaoji("forecast", tmp_path / "list.csv")
        row = next(row for row in rows(tmp_path / "list.csv") if row["准考证号"] == ticket)
        assert row["姓名"] == "'=HYPERLINK(1)"
    else:
        assert "姓名" in ran.err


def test_another_ending_a_missing_folder_and_a_wrong_number_are_one_clear_line(
    kaoji: Kaoji, cases: dict[str, str], tmp_path: Path
) -> None:
    wrong = kaoji("forecast", tmp_path / "list.txt")
    assert (wrong.code, wrong.err.count("\n")) == (2, 1)
    assert ".xlsx 或 .csv" in wrong.err
    nowhere = kaoji("forecast", tmp_path / "没有" / "list.csv")
    assert (nowhere.code, nowhere.err.count("\n")) == (1, 1)
    assert "写不进去" in nowhere.err
    assert kaoji("forecast", tmp_path / "list.csv", "--short", "-1").code == 2


def test_an_empty_site_gives_a_list_with_its_header(kaoji: Kaoji, site: Path, tmp_path: Path) -> None:
    for name in ("list.csv", "list.xlsx"):
        ran = kaoji("forecast", tmp_path / name)
        assert ran.code == 0, ran.err
        assert "共 0 行" in ran.out
    assert (tmp_path / "list.csv").read_text(encoding="utf-8-sig").strip() == ",".join(COLUMNS)


def test_who_has_left_or_graduated_in_the_major_is_not_listed(
    kaoji: Kaoji, cases: dict[str, str], tmp_path: Path
) -> None:
    known = {cases[row["准考证号"]]: row for row in rows(tmp_path / "examinees.csv")}
    changed = [
        {**known["会计齐全"], "考籍状态": "退学", "已毕业专业代码": ""},
        {**known["会计日语"], "考籍状态": "", "已毕业专业代码": "530302"},
        {**known["会计满分"], "考籍状态": "停考", "已毕业专业代码": ""},
    ]
    write(tmp_path / "changed.csv", changed)
    assert kaoji("import", "examinees", tmp_path / "changed.csv").code == 0
    kaoji("forecast", tmp_path / "list.csv")
    listed = {cases[row["准考证号"]]: row for row in rows(tmp_path / "list.csv")}
    assert not {"会计齐全", "会计日语"} & listed.keys()
    assert (listed["会计满分"]["结论"], listed["会计满分"]["缺少课程"]) == ("尚缺", "")

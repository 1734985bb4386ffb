"""kaoji import: a bad file changes nothing and says everything."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from app.adapters.documents.tables import read_table
from tests.builders import id_number
from tests.cli.conftest import Kaoji

HEADER = "证件号码,姓名,准考证号,手机号码\r\n"


def roster(bad: bool) -> list[str]:
    """A hundred rows; with `bad`, three of them wrong in three ways."""
    rows = [[id_number(serial=n), f"考生{n}", f"0101261{n:05}", ""] for n in range(1, 101)]
    if bad:
        rows[9][0] = rows[9][0][:17] + ("1" if rows[9][0][17] != "1" else "2")
        rows[49][2] = "12345"
        rows[98][3] = "12345678901"
    return [",".join(row) for row in rows]


def write(path: Path, rows: list[str], encoding: str = "utf-8") -> Path:
    path.write_bytes((HEADER + "\r\n".join(rows) + "\r\n").encode(encoding))
    return path


def dump(site: Path) -> list[tuple[object, ...]]:
    """Every examinee, ticket and audit row."""
    database = sqlite3.connect(site / "kaoji.sqlite3")
    rows = [row for name in ("examinee", "ticket", "audit_event") for row in database.execute(f"SELECT * FROM {name}")]
    database.close()
    return rows


def test_a_hundred_rows_with_three_bad_ones_change_nothing_and_give_exactly_three_errors(
    kaoji: Kaoji, site: Path, tmp_path: Path
) -> None:
    before = dump(site)
    file = write(tmp_path / "考生.csv", roster(bad=True))
    ran = kaoji("import", "examinees", file)
    assert ran.code == 1
    lines = ran.err.splitlines()
    assert [line.split("，")[0] for line in lines[:3]] == ["第 11 行", "第 51 行", "第 100 行"]
    assert "校验不符" in lines[0]
    assert "准考证号应为 12 位数字" in lines[1]
    assert "手机号码" in lines[2]
    assert lines[3].startswith("共 3 处错误，没有导入任何一行")
    assert len(lines) == 4
    assert dump(site) == before


def test_the_copy_with_a_column_of_errors_stands_beside_the_file(kaoji: Kaoji, site: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "考生.csv", roster(bad=True))
    kaoji("import", "examinees", file)
    copy = tmp_path / "考生-错误.csv"
    text = copy.read_text(encoding="utf-8-sig").splitlines()
    assert text[0] == "证件号码,姓名,准考证号,手机号码,错误"
    assert sum(not line.endswith(",") for line in text[1:]) == 3
    assert read_table(copy).header == ("证件号码", "姓名", "准考证号", "手机号码")
    kaoji("import", "examinees", file, "--errors", tmp_path / "别处.xlsx")
    assert (tmp_path / "别处.xlsx").exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_mended_file_goes_in_and_again_changes_nothing(
    kaoji: Kaoji, site: Path, tmp_path: Path, encoding: str
) -> None:
    file = write(tmp_path / "考生.csv", roster(bad=False), encoding)
    assert kaoji("import", "examinees", file) == (0, "新增 100 行，更新 0 行，未变 0 行\n", "")
    assert kaoji("import", "examinees", file) == (0, "新增 0 行，更新 0 行，未变 100 行\n", "")


def test_a_check_changes_nothing(kaoji: Kaoji, site: Path, tmp_path: Path) -> None:
    before = dump(site)
    file = write(tmp_path / "考生.csv", roster(bad=False))
    ran = kaoji("import", "examinees", file, "--check")
    assert (ran.code, ran.out) == (0, "检查通过，将新增 100 行，更新 0 行，未变 0 行\n")
    assert dump(site) == before


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("import", "examinees", "没有.csv"), 1, "没有.csv：没有这个文件"),
        (("import", "people", "x.csv"), 2, "KIND：应为 schools、plans、examinees、scores、portraits 之一"),
        (("forecast", "x.csv", "--short", "-1"), 2, "--short：应为 0 到 99 的整数"),
        (("window", "close", "甲"), 2, "编号：应为整数"),
        (("window", "open", "甲", "--opens"), 2, "--opens 后面要有值"),
        (("import", "examinees"), 2, "缺少 FILE"),
        (("imprt",), 2, "没有这个命令：imprt"),
        (("import", "schools", "x.csv", "--wrong"), 2, "没有这个选项：--wrong"),
    ],
)
def test_a_fault_is_one_line_and_its_exit_code(
    kaoji: Kaoji, site: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    ran = kaoji(*arguments)
    assert ran.code == code
    assert words in ran.err
    assert len(ran.err.splitlines()) == 1


def test_an_error_is_one_line_whatever_the_cell_holds(kaoji: Kaoji, site: Path, tmp_path: Path) -> None:
    file = tmp_path / "成绩.csv"
    file.write_text(f'准考证号,课程代码,考次,成绩\n"01\n02",00037,2026-10,{"分" * 3000}\n', encoding="utf-8")
    lines = kaoji("import", "scores", file).err.splitlines()
    assert len(lines) == 3
    assert "“01 02”" in lines[0]
    assert "（共 3000 个字）" in lines[1]
    assert max(map(len, lines[:2])) < 400


def test_a_template_is_written_once_and_needs_no_instance(kaoji: Kaoji, tmp_path: Path) -> None:
    for kind in ("schools", "plans", "examinees", "scores"):
        ran = kaoji("template", kind, tmp_path / f"{kind}.xlsx")
        assert (ran.code, ran.err) == (0, "")
        assert (tmp_path / f"{kind}.xlsx").exists()
    assert "已经有这个文件" in kaoji("template", "scores", tmp_path / "scores.xlsx").err
    assert "以 .xlsx 结尾" in kaoji("template", "scores", tmp_path / "scores.csv").err
    assert "ZIP" in kaoji("template", "portraits", tmp_path / "p.xlsx").err
    assert kaoji("template", "scores", tmp_path / "absent" / "a.xlsx").code == 1


def test_scores_that_fell_are_listed_by_a_check_and_by_the_import(kaoji: Kaoji, site: Path, tmp_path: Path) -> None:
    people = write(tmp_path / "考生.csv", [f"{id_number()},李小明,010126100001,"])
    people.write_text(
        people.read_text().replace("手机号码", "已毕业专业代码").replace("010126100001,", "010126100001,050101")
    )
    file = tmp_path / "成绩.csv"
    for mark in (85, 45):
        file.write_text(f"准考证号,课程代码,考次,成绩\n010126100001,00540,2026-04,{mark}\n", encoding="utf-8")
        if mark == 85:
            assert kaoji("import", "examinees", people).code == 0
            assert kaoji("import", "scores", file).code == 0
    for more in (["--check"], []):
        ran = kaoji("import", "scores", file, *more)
        assert "更新 1 行" in ran.out
        assert "010126100001 李小明：00540（2026-04）由 85 改为 45" in ran.out


def test_a_folder_is_named_as_it_was_typed(kaoji: Kaoji, site: Path) -> None:
    assert kaoji("import", "schools", ".").err == ".：这是文件夹，不是文件\n"


def test_a_workbook_that_is_none_is_one_line(kaoji: Kaoji, site: Path, tmp_path: Path) -> None:
    file = tmp_path / "成绩.xlsx"
    file.write_bytes(b"PK\x03\x04 not a workbook")
    ran = kaoji("import", "scores", file)
    assert (ran.code, len(ran.err.splitlines())) == (1, 1)


def test_without_an_instance_the_path_is_named(kaoji: Kaoji, tmp_path: Path) -> None:
    for arguments in (("import", "schools", "x.csv"), ("serve",), ("staff", "list"), ("window", "list"), ("upgrade",)):
        ran = kaoji(*arguments)
        assert ran.code == 1
        assert str(tmp_path / "site") in ran.err
        assert len(ran.err.splitlines()) == 1
    assert not (tmp_path / "site").exists()


def test_portraits_come_in_one_archive_and_a_bad_one_is_named(kaoji: Kaoji, site: Path, tmp_path: Path) -> None:
    kaoji("import", "examinees", write(tmp_path / "考生.csv", roster(bad=False)))
    out = io.BytesIO()
    Image.new("RGB", (480, 640), (100, 197, 255)).save(out, "JPEG")
    for file, name in (("good.zip", "010126100007.jpg"), ("bad.zip", "无名.jpg")):
        with zipfile.ZipFile(tmp_path / file, "w") as archive:
            archive.writestr(name, out.getvalue())
    ran = kaoji("import", "portraits", tmp_path / "good.zip")
    assert (ran.code, ran.out.strip()) == (0, "新增 1 张，更新 0 张，未变 0 张")
    ran = kaoji("import", "portraits", tmp_path / "bad.zip")
    assert ran.code == 1
    assert ran.err.splitlines()[0].startswith("“无名.jpg”：文件名应为准考证号或证件号码")
    assert kaoji("import", "portraits", tmp_path / "absent.zip").err.strip() == "absent.zip：找不到这个文件"

"""Tables in and out: every cell arrives as a person typed it, or is named."""

from __future__ import annotations

import csv
import datetime
import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import load_workbook
from rustpy_xlsxwriter import write_worksheets

from app.adapters.documents.error_copy import write_error_copy
from app.adapters.documents.tables import BadTable, CellError, Table, in_order, read_table, read_workbook

ROWS = [{"准考证号": "010123456789", "姓名": "𬭎·买买提"}, {"准考证号": "310119001010", "姓名": "李,“娜”"}]


def workbook(path, sheets):
    write_worksheets(sheets, str(path))
    return path


def written(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def values(table: Table) -> list[dict[str, str]]:
    return [row for _, row in table.rows]


def test_a_workbook_is_read_by_header(tmp_path):
    table = read_table(workbook(tmp_path / "a.xlsx", [("考生", ROWS)]))
    assert table.name == "考生"
    assert table.header == ("准考证号", "姓名")
    assert table.rows == [(2, ROWS[0]), (3, ROWS[1])]
    assert table.errors == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("ends", ["\r\n", "\n"])
def test_both_kinds_of_csv_that_excel_makes_are_read(tmp_path, encoding, delimiter, ends):
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, ROWS[0], delimiter=delimiter, lineterminator=ends)
    writer.writeheader()
    writer.writerows(ROWS)
    table = read_table(written(tmp_path / "a.csv", out.getvalue(), encoding))
    assert values(table) == ROWS


def test_the_content_decides_not_the_ending(tmp_path):
    made = workbook(tmp_path / "a.xlsx", [("考生", ROWS)])
    assert values(read_table(made.rename(tmp_path / "b.csv"))) == ROWS


def test_cells_are_shown_as_a_person_sees_them(tmp_path):
    row = {
        "整数": 15, "小数": 85.5, "和": 0.1 + 0.2, "负": -3, "日期": datetime.date(2026, 4, 1), "时刻": datetime.datetime(2026, 4, 1, 9, 30),
        "是": True, "否": False, "空": None, "文本": "  007\u3000", "十五位": 310115900307123, "像公式": "=1+1", "违规": "-0",
    }  # fmt: skip
    (got,) = values(read_table(workbook(tmp_path / "a.xlsx", [("a", [row])])))
    assert got == {
        "整数": "15",
        "小数": "85.5",
        "和": "0.3",
        "负": "-3",
        "日期": "2026-04-01",
        "时刻": "2026-04-01 09:30:00",
        "是": "是",
        "否": "否",
        "空": "",
        "文本": "007",
        "十五位": "310115900307123",
        "像公式": "=1+1",
        "违规": "-0",
    }


def test_an_identity_number_that_lost_its_end_is_an_error_and_never_repaired(tmp_path):
    rows = [{"证件号码": 310115199003071234, "姓名": "甲"}, {"证件号码": "310115199003071234", "姓名": "乙"}]
    table = read_table(workbook(tmp_path / "a.xlsx", [("考生", rows)]))
    (error,) = table.errors
    assert (error.row, error.column, error.sheet) == (2, "证件号码", "考生")
    assert "请把该列设为文本后重新填写" in error.reason
    assert [row["姓名"] for row in values(table)] == ["甲", "乙"]
    (error,) = read_table(written(tmp_path / "a.csv", "证件号码,姓名\n3.10115E+17,甲\n310115199003071234,乙\n")).errors
    assert error.row == 2


def test_what_protects_a_csv_cell_is_taken_off(tmp_path):
    table = read_table(written(tmp_path / "a.csv", '准考证号,成绩\n="010123456789",\'-0\n\t010123456789,--\n'))
    assert values(table) == [{"准考证号": "010123456789", "成绩": "-0"}, {"准考证号": "010123456789", "成绩": "--"}]


def test_blank_rows_are_skipped_and_row_numbers_are_the_spreadsheet_s(tmp_path):
    table = read_table(workbook(tmp_path / "a.xlsx", [("a", [ROWS[0], {}, {"准考证号": " "}, ROWS[1]])]))
    assert [number for number, _ in table.rows] == [2, 5]
    table = read_table(written(tmp_path / "a.csv", "\n甲,乙\n\n1,2\n,\n3\n"))
    assert table.rows == [(4, {"甲": "1", "乙": "2"}), (6, {"甲": "3", "乙": ""})]


def test_an_empty_first_column_moves_nothing(tmp_path):
    rows = [{"备注": "", "姓名": "甲"}, {"备注": "", "姓名": "乙"}]
    assert values(read_table(workbook(tmp_path / "a.xlsx", [("a", rows)]))) == rows
    table = read_table(written(tmp_path / "a.csv", ",姓名\n,甲\n"))
    assert values(table) == [{"姓名": "甲"}]


def test_a_value_under_no_header_is_an_error(tmp_path):
    table = read_table(written(tmp_path / "a.csv", "甲,乙\n1,2,3\n"))
    assert [(e.row, e.value) for e in table.errors] == [(2, "3")]


def test_white_space_in_a_header_means_nothing_but_a_repeat_is_refused(tmp_path):
    assert read_table(written(tmp_path / "a.csv", ' 准考 证号\u3000,"姓\n名"\n1,2\n')).header == ("准考证号", "姓名")
    with pytest.raises(BadTable, match="“姓名”出现了不止一次"):
        read_table(written(tmp_path / "b.csv", "姓名,姓 名\n1,2\n"))


def test_two_remarks_are_both_remarks(tmp_path):
    table = read_table(written(tmp_path / "a.csv", "备注,姓名,备注\n看过,甲,补报\n,乙,转入\n看过,丙\n"))
    assert (table.header, table.errors) == (("备注", "姓名"), [])
    assert [row["备注"] for row in values(table)] == ["看过；补报", "转入", "看过"]


def test_every_sheet_with_content_of_a_workbook(tmp_path):
    made = workbook(
        tmp_path / "a.xlsx", [("专业", [{"专业代码": "050101"}]), ("Sheet2", []), ("课程", [{"课程代码": "00001"}])]
    )
    sheets = read_workbook(made)
    assert list(sheets) == ["专业", "课程"]
    assert values(sheets["课程"]) == [{"课程代码": "00001"}]
    with pytest.raises(BadTable, match="应为 Excel 工作簿"):
        read_workbook(written(tmp_path / "a.csv", "a,b\n"))


def test_whatever_is_no_table_gives_one_clear_line(tmp_path):
    good = workbook(tmp_path / "good.xlsx", [("a", ROWS)]).read_bytes()
    cases = {
        "empty.xlsx": (b"", "0 字节"),
        "cut.xlsx": (good[: len(good) // 2], "已损坏"),
        "zip.xlsx": (b"PK\x03\x04" + b"\0" * 100, "已损坏"),
        "ole.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "已损坏"),
        "utf16.csv": ("甲,乙\n".encode("utf-16"), "UTF-16"),
        "page.xls": (b"<html><table><tr><td>1</td></tr></table></html>", "网页"),
        "picture.csv": (b"\x89PNG\r\n\x1a\n\0\0\0", "不是 Excel 工作簿或 CSV"),
        "latin.csv": (b"caf\xe9,\xff\xff\n", "GB18030"),
        "blank.csv": (b" , \n\n", "没有内容"),
        "~$good.xlsx": (good, "临时文件"),
    }
    for name, (data, said) in cases.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(BadTable, match=said) as caught:
            read_table(tmp_path / name)
        assert caught.value.message.startswith(f"{name}：")
        assert "\n" not in caught.value.message
    with pytest.raises(BadTable, match="没有这个文件"):
        read_table(tmp_path / "absent.xlsx")
    with pytest.raises(BadTable):
        read_table(tmp_path)
    with pytest.raises(BadTable, match="没有内容"):
        read_table(workbook(tmp_path / "none.xlsx", [("a", [])]))


def test_a_file_that_is_open_in_excel_says_so(tmp_path, monkeypatch):
    path = written(tmp_path / "a.csv", "甲\n1\n")

    def locked(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", locked)
    with pytest.raises(BadTable, match="可能正在 Excel 中打开"):
        read_table(path)


def test_too_large_files_and_zip_bombs_are_refused_before_they_are_read(tmp_path, monkeypatch):
    import app.adapters.documents.rows as rows
    import app.adapters.documents.tables as tables

    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/workbook.xml", "w") as part:
        for _ in range(65):
            part.write(bytes(2**24))
    assert bomb.stat().st_size < 2**22
    with pytest.raises(BadTable, match="解压后超过 1 GB"):
        read_table(bomb)
    monkeypatch.setattr(rows, "MAX_ROWS", 3)
    with pytest.raises(BadTable, match="超过 3 行"):
        read_table(written(tmp_path / "a.csv", "甲\n1\n2\n3\n4\n"))
    with pytest.raises(BadTable, match="超过 3 行"):
        read_table(workbook(tmp_path / "a.xlsx", [("a", [{"甲": str(n)} for n in range(4)])]))
    assert len(read_table(written(tmp_path / "b.csv", "甲\n1\n2\n3\n")).rows) == 3
    monkeypatch.setattr(tables, "MAX_FILE_BYTES", 10)
    with pytest.raises(BadTable, match="超过 0 MB"):
        read_table(written(tmp_path / "c.csv", "甲\n" * 10))


def test_a_workbook_with_entities_is_harmless(tmp_path):
    good = workbook(tmp_path / "good.xlsx", [("a", [{"甲": "x"}])])
    laughs = '<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(tmp_path / "evil.xlsx", "w") as new:
        for entry in old.infolist():
            data = old.read(entry).decode()
            if entry.filename.startswith("xl/worksheets/sheet"):
                data = data.replace("<worksheet", laughs + "<worksheet", 1).replace(">x<", ">&c;&f;<")
            new.writestr(entry, data)
    try:
        shown = str(values(read_table(tmp_path / "evil.xlsx")))
    except BadTable:
        return
    assert "root:" not in shown
    assert "bbbbbbbb" not in shown


def test_errors_of_reading_come_before_those_of_checking():
    lost = CellError(3, "证件号码", "3.1E+17", "丢失")
    told = in_order([lost], [CellError(3, "证件号码", "3.1E+17", "位数不对"), CellError(2, "姓名", "", "没有填写")])
    assert told == [CellError(2, "姓名", "", "没有填写"), lost]


ERRORS = [
    CellError(2, "准考证号", "01", "应为 12 位"),
    CellError(2, "姓名", "", "没有填写"),
    CellError(4, "", "", "这一行重复"),
]


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_the_error_copy_keeps_rows_where_they_were_and_can_be_imported_again(tmp_path, ending):
    rows = [(2, {"准考证号": "01", "成绩": "-0"}), (4, {"准考证号": "010123456789", "成绩": "=HYPERLINK(1)"})]
    table = Table("", ("准考证号", "成绩"), rows)
    out = tmp_path / f"错误.{ending}"
    write_error_copy(table, ERRORS, out)
    again = read_table(out)
    assert again.header == table.header
    assert again.rows == rows
    if ending == "xlsx":
        cells = load_workbook(str(out)).get_sheet_by_index(0).to_python()
    else:
        cells = list(csv.reader(io.StringIO(out.read_text(encoding="utf-8-sig"))))
        assert not any(cell.startswith(("=", "-", "+", "@")) for line in cells for cell in line)
    assert cells[0][2] == "错误"
    assert cells[1][2] == "准考证号：应为 12 位；姓名：没有填写"
    assert cells[2] == ["", "", ""]
    assert cells[3][2] == "这一行重复"


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_what_is_wrong_with_the_header_stands_in_the_first_row_of_the_copy(tmp_path, ending):
    table = Table("", ("准考证号", "分数"), [(2, {"准考证号": "01", "分数": "1"})])
    out = tmp_path / f"错误.{ending}"
    write_error_copy(
        table, [CellError(1, "分数", "分数", "不认识的列"), CellError(2, "准考证号", "01", "应为 12 位")], out
    )
    if ending == "xlsx":
        cells = load_workbook(str(out)).get_sheet_by_index(0).to_python()
    else:
        cells = list(csv.reader(io.StringIO(out.read_text(encoding="utf-8-sig"))))
    assert cells[1] == ["01", "1", "表头，分数：不认识的列；准考证号：应为 12 位"]


def test_the_error_copy_of_a_workbook_has_all_its_sheets(tmp_path):
    tables = [Table("专业", ("专业代码",), [(2, {"专业代码": "050101"})]), Table("课程", ("课程代码",), [])]
    write_error_copy(tables, [CellError(2, "专业代码", "050101", "重复", "专业")], tmp_path / "a.xlsx")
    book = load_workbook(str(tmp_path / "a.xlsx"))
    assert book.sheet_names == ["专业", "课程"]
    assert book.get_sheet_by_name("专业").to_python()[1] == ["050101", "专业代码：重复"]
    assert book.get_sheet_by_name("课程").to_python()[0] == ["课程代码", "错误"]


def test_an_error_copy_that_cannot_be_written_says_so(tmp_path):
    table = Table("", ("甲",), [(2, {"甲": "1"})])
    for name in ("a.xlsx", "a.csv"):
        with pytest.raises(BadTable, match="写不进去"):
            write_error_copy(table, [], tmp_path / "absent" / name)


texts = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc", "Cf", "Cn", "Co")), max_size=20).map(
    lambda t: " ".join(t.split())
)


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(lines=st.lists(st.tuples(st.from_regex("[0-9]{12,18}", fullmatch=True), texts), min_size=1, max_size=5))
def test_whatever_is_written_is_read_back(tmp_path, ending, lines):
    import unicodedata

    rows = [(n, {"号码": a, "文": unicodedata.normalize("NFC", b)}) for n, (a, b) in enumerate(lines, start=2)]
    out = tmp_path / f"a.{ending}"
    write_error_copy(Table("", ("号码", "文"), rows), [], out)
    again = read_table(out)
    if ending == "xlsx":
        assert again.rows == rows
    else:  # CSV cannot tell '=x that somebody typed from '=x that protects; nothing else changes
        assert [(n, r["号码"]) for n, r in again.rows] == [(n, r["号码"]) for n, r in rows]
        for (_, got), (_, put) in zip(again.rows, rows, strict=True):
            assert got["文"] == put["文"] or put["文"].startswith(("'", '="'))

"""A workbook that is small on disk and huge in memory is refused in one line, before it is unpacked into cells."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import app.adapters.documents.tables as tables
from app.adapters.documents.tables import BadTable, read_table
from tests.adapters.documents.workbooks import write, write_xls


@pytest.fixture
def never_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader that would unpack the cells stops the test."""

    def unpacked(_: object) -> None:
        raise AssertionError("the workbook was unpacked")

    monkeypatch.setattr(tables, "load_workbook", unpacked)


def refusal(path: Path) -> str:
    with pytest.raises(BadTable) as caught:
        read_table(path)
    assert "\n" not in caught.value.message
    return caught.value.message


def changed(path: Path, change: Callable[[bytes], bytes], part: str = "sheet1.xml", as_part: str = "") -> Path:
    """The workbook with one part changed, or put under another name."""
    out = path.with_name(f"changed-{path.name}")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename.endswith(part):
                new.writestr(as_part or entry.filename, change(data))
            else:
                new.writestr(entry.filename, data)
    return out


@pytest.fixture(scope="module")
def sparse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows: list[list[object]] = [["准考证号"]]
    rows += [[] for _ in range(59_998)]
    return write(tmp_path_factory.mktemp("far") / "sparse.xlsx", {"成绩": [*rows, [None] * 16_383 + ["x"]]})


def test_two_cells_far_apart_are_refused_with_their_place(sparse: Path, never_unpacked: None) -> None:
    message = refusal(sparse)
    assert "只填了 2 个单元格" in message
    assert "XFD60000" in message


WRITINGS: dict[str, Callable[[bytes], bytes]] = {
    "single quotes": lambda data: data.replace(b'r="XFD60000"', b"r='XFD60000'"),
    "two blanks": lambda data: data.replace(b'<c r="XFD60000"', b'<c  r="XFD60000"'),
    "another attribute first": lambda data: data.replace(b'<c r="XFD60000"', b'<c s="0" r="XFD60000"'),
    "a look of being empty": lambda data: data.replace(b'<c r="XFD60000" ', b'<c r="XFD60000" ph="/>" '),
    "a prefix": lambda data: (
        data.replace(b"<c ", b"<x:c ").replace(b"</c>", b"</x:c>").replace(b"<worksheet ", b'<worksheet xmlns:x="y" ')
    ),
    "no references": lambda data: data.replace(b' r="XFD60000"', b""),
    "UTF-16": lambda data: data.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16"),
    "a small dimension": lambda data: data.replace(b'ref="A1:XFD60000"', b'ref="A1:B2"'),
}


@pytest.mark.parametrize("how", WRITINGS)
def test_no_way_of_writing_the_cells_gets_around_it(sparse: Path, never_unpacked: None, how: str) -> None:
    far = sparse
    if how == "no references":  # every cell stands beside the one before it, so a far one needs as many
        far = changed(
            far, lambda data: data.replace(b'<c r="XFD60000"', b"<c><v>1</v></c>" * 16_383 + b'<c r="XFD60000"')
        )
    assert "60,000 行" in refusal(changed(far, WRITINGS[how]))


def test_a_sheet_under_another_name_is_looked_at_too(sparse: Path, never_unpacked: None) -> None:
    assert "XFD60000" in refusal(changed(sparse, lambda data: data, as_part="xl/theme/words.xml"))


def test_many_sheets_are_counted_together(tmp_path: Path, never_unpacked: None) -> None:
    rows: list[list[object]] = [["a"], *[[] for _ in range(3_800)], [None] * 999 + ["x"]]
    book = write(tmp_path / "a.xlsx", {f"表{n}": rows for n in range(7)})
    assert "各工作表一共有" in refusal(book)


def test_a_part_that_is_larger_than_it_says_is_damage(tmp_path: Path, never_unpacked: None) -> None:
    path = write(tmp_path / "a.xlsx", {"a": [["准考证号"], ["x" * 3_000]]})
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    at = data.index(size.to_bytes(4, "little"), data.index(b"PK\x01\x02"))
    data[at : at + 4] = (size - 500).to_bytes(4, "little")
    path.write_bytes(data)
    assert "已损坏" in refusal(path)


def test_a_sheet_that_is_only_formatted_far_out_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", {"a": [["姓名", "性别"], ["甲", "女"]]})
    far = b'<row r="9000"><c r="XFD9000" s="1"/></row><row r="9001"><c r="XFD9001" s="1"></c></row></sheetData>'
    assert read_table(changed(path, lambda data: data.replace(b"</sheetData>", far))).rows == [
        (2, {"姓名": "甲", "性别": "女"})
    ]


@pytest.mark.parametrize("name", ["content.xml", "xl/workbook.bin"])
def test_other_kinds_of_workbooks_are_named_and_not_read(tmp_path: Path, never_unpacked: None, name: str) -> None:
    path = changed(write(tmp_path / "a.xlsx", {"a": [["姓名"]]}), lambda data: data, as_part=name)
    assert "另存为 .xlsx" in refusal(path)


def test_an_xls_is_read_and_a_sparse_or_lying_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = write_xls(tmp_path / "good.xls", {(0, 0): "姓名", (0, 1): "课程代码", (1, 0): "甲", (1, 1): 37})
    assert read_table(good).rows == [(2, {"姓名": "甲", "课程代码": "37"})]
    assert read_table(good).typed == {"课程代码": {2: 37.0}}
    monkeypatch.setattr(tables, "load_workbook", None)
    assert "IV60000" in refusal(write_xls(tmp_path / "far.xls", {(0, 0): "姓名", (59_999, 255): "x"}))
    lying = write_xls(tmp_path / "lying.xls", {(0, 0): "姓名"}, claimed=(0x7FFFFFFF, 256))
    assert "说自己有" in refusal(lying)
    ring = bytearray(good.read_bytes())
    ring[512 + 4 * 3 : 512 + 4 * 4] = (2).to_bytes(4, "little")  # the stream's second sector leads back to its first
    (tmp_path / "ring.xls").write_bytes(ring)
    assert "已损坏" in refusal(tmp_path / "ring.xls")

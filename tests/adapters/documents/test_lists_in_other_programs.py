"""What other programs make of a list that we wrote: every cell is the text that was put in, and none is a formula (AC-13).

calamine always looks; LibreOffice where it is installed (`soffice` on the path).
"""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from app.adapters.documents.lists import write_list

IDS = ["310101199503020012", "012345678901"]
HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(1+9)", "\t=1+1", "\r=1+1", "\n=1+1", "=cmd|' /C calc'!A0", "@SUM(1+9)*cmd|' /C calc'!A0",
    '=DDE("cmd";"/C calc";"x")', '=HYPERLINK("http://evil.example","x")', '=WEBSERVICE("http://evil.example")', "-2+3+cmd|' /C calc'!A0",
    "＝1+1", "＋1", "－1", "＠SUM(1)", " =1+1", "　＝1+1", "{=1+1}", "%0A=1+1", "';=1", "|cmd", "https://evil.example/x",
    "mailto:a@b", "file:///etc/passwd", "1e5", "00012345", "2026-01-01", "TRUE", "_x000D_", "\u202e=1", "a\nb", "阿卜杜热合曼·买买提",
]  # fmt: skip
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
# field separator, text delimiter, UTF-8, first line, columns as they are, language, quoted fields are text
CSV_FILTER = "CSV:44,34,76,1,,0,true"


def written(folder: Path, ending: str) -> Path:
    path = folder / f"list.{ending}"
    write_list(path, "申请", ["证件号码", "准考证号", "内容"], ([*IDS, text] for text in HOSTILE), [("导出人", "=1+1")])
    return path


def test_calamine_reads_every_cell_as_the_text_that_was_put_in(tmp_path: Path) -> None:
    book = CalamineWorkbook.from_path(written(tmp_path, "xlsx"))
    rows = book.get_sheet_by_name("申请").to_python(skip_empty_area=False)
    assert rows == [["证件号码", "准考证号", "内容"], *([*IDS, text] for text in HOSTILE)]
    assert book.get_sheet_by_name("导出说明").to_python()[1] == ["导出人", "=1+1"]


@pytest.mark.program("soffice")
@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_libreoffice_shows_text_and_has_no_formula(tmp_path: Path, ending: str) -> None:
    kinds, texts, formulas, links = in_libreoffice(written(tmp_path, ending), tmp_path)
    assert (formulas, links) == (0, 0)
    assert kinds == {"string"}
    assert [row[:2] for row in texts] == [IDS] * len(HOSTILE)
    apostrophe = "'" if ending == "csv" else ""
    assert [row[2] for row in texts][:2] == [f"{apostrophe}=1+1", f"{apostrophe}+1"]
    assert all(
        row[2].lstrip("'").split() == seen(text).lstrip("'").split() for row, text in zip(texts, HOSTILE, strict=True)
    )


def seen(text: str) -> str:
    """LibreOffice shows a tab as a gap and a carriage return as a new line."""
    return text.replace("\t", " ").replace("\r", "\n")


def in_libreoffice(path: Path, folder: Path) -> tuple[set[str], list[list[str]], int, int]:
    """(kinds of cells, text of each row but the header, how many formulas, how many links) of the first sheet."""
    arguments = [
        "soffice",
        "--headless",
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        "--convert-to",
        "fods",
    ]
    if path.suffix == ".csv":
        arguments.append(f"--infilter={CSV_FILTER}")
    subprocess.run([*arguments, "--outdir", str(folder), str(path)], check=True, capture_output=True, timeout=120)
    root = ElementTree.parse(path.with_suffix(".fods")).getroot()
    sheet = next(root.iter(f"{{{TABLE}}}table"))
    rows = [list(row.iter(f"{{{TABLE}}}table-cell")) for row in sheet.iter(f"{{{TABLE}}}table-row")][
        1 : len(HOSTILE) + 1
    ]
    texts = [["\n".join("".join(p.itertext()) for p in cell.iter(f"{{{TEXT}}}p")) for cell in row] for row in rows]
    kinds = {str(cell.get(f"{{{OFFICE}}}value-type")) for row in rows for cell in row[:3]}
    formulas = sum(1 for each in root.iter() if f"{{{TABLE}}}formula" in each.attrib)
    return kinds, texts, formulas, sum(1 for _ in root.iter(f"{{{TEXT}}}a"))

"""kaoji export, as a person types it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask_migrate import stamp
from pypdf import PdfReader

from app import create_app
from app.adapters.documents.tables import read_table
from app.config import REAL, load, stamp_instance
from app.extensions import db
from tests import builders, reviewing
from tests.builders import NOW
from tests.cli.conftest import Kaoji


@pytest.fixture
def season(kaoji: Kaoji, tmp_path: Path) -> Path:
    """A site with two approved applications and one submitted."""
    folder = tmp_path / "site"
    stamp_instance(folder, REAL)
    app = create_app(load(folder, {}))
    with app.app_context():
        db.create_all()
        stamp()
        window = builders.window(opens_at=NOW - timedelta(days=3))
        reviewing.approved(name="林晓雯", window=window)
        reviewing.approved(name="欧阳雪", window=window)
        reviewing.submitted(window=window)
        db.session.remove()
        db.engine.dispose()
    return folder


def test_applications_and_graduates_are_written_as_lists(kaoji: Kaoji, season: Path, tmp_path: Path) -> None:
    ran = kaoji("export", "applications", tmp_path / "申请.xlsx")
    assert (ran.code, ran.err) == (0, "")
    assert "共 3 行" in ran.out
    assert len(read_table(tmp_path / "申请.xlsx").rows) == 3
    ran = kaoji("export", "graduates", tmp_path / "g.csv", "--columns", "姓名，准考证号", "--school", "10574")
    assert ran.code == 0
    table = read_table(tmp_path / "g.csv")
    assert table.header == ("准考证号", "姓名")
    assert [row["姓名"] for _, row in table.rows] == ["林晓雯", "欧阳雪"]


def test_graduates_as_pdf_are_a_form_each(kaoji: Kaoji, season: Path, tmp_path: Path) -> None:
    ran = kaoji("export", "graduates", tmp_path / "forms.pdf")
    assert ran.code == 0
    assert ran.err.strip().splitlines()[-1].startswith("提醒：没有设公开网址")
    assert "共 2 份" in ran.out
    assert len(PdfReader(tmp_path / "forms.pdf").pages) == 4


def test_every_export_is_in_the_audit(kaoji: Kaoji, season: Path, tmp_path: Path) -> None:
    kaoji("export", "orders", tmp_path / "o.csv", "--state", "paid")
    kaoji("export", "audit", tmp_path / "l.csv", "--since", "2026-01-01")
    rows = [row for _, row in read_table(tmp_path / "l.csv").rows]
    taken = next(row for row in rows if row["动作代码"] == "export.orders")
    assert taken["动作"] == "导出订单"
    assert "行数 0" in taken["详情"]
    assert "状态 已支付" in taken["详情"]
    assert taken["操作人"].startswith("命令行")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("applications", "a.docx"), 2, ".xlsx"),
        (("orders", "a.pdf"), 2, "graduates"),
        (("nothing", "a.csv"), 2, ""),
        (("applications", "a.csv", "--state", "x"), 1, "没有这个状态"),
        (("applications", "a.csv", "--columns", "身高"), 1, "没有这一列：身高"),
        (("graduates", "a.pdf", "--until", "2020-01-01"), 1, "没有符合条件的登记表"),
        (("graduates", "a.pdf", "--school", "99999"), 1, "没有这个主考学校：99999"),
        (("applications", "a.csv", "--window", "9"), 1, "没有编号为 9 的办理时间"),
        (("orders", "a.csv", "--major", "999999"), 1, "没有这个专业的计划：999999"),
        (("applications", "a.csv", "--service", "transfer"), 1, "没有这个业务：transfer（可用 graduation 申请毕业）"),
        (("applications", "no/a.csv"), 1, "写不进去"),
        (("unpaid", "a.csv", "--since", "2026-11-28", "--until", "2026-11-28"), 2, "应晚于 --since"),
    ],
)
def test_what_cannot_be_exported_is_one_clear_line(
    kaoji: Kaoji, season: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    kind, file, *rest = arguments
    ran = kaoji("export", kind, tmp_path / file, *rest)
    assert ran.code == code
    assert words in ran.err
    assert len(ran.err.strip().splitlines()) == 1
    assert not (tmp_path / file).exists()

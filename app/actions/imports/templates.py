"""Empty workbooks to fill in: the columns of a kind, all text so that nothing typed is changed, and sheets that explain them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.actions.imports.columns import TABLES, Column
from app.actions.imports.plan_columns import PLANS
from app.adapters.documents.lists import Sheet, write_sheets
from app.adapters.documents.tables import GUIDES
from app.rules.plans.marks import WRITINGS

KINDS = {"schools": "主考学校", "plans": "专业计划", "examinees": "考生", "scores": "成绩"}
GUIDE_COLUMNS = ("列", "必填", "格式", "例", "可以填的值", "说明")
MARK_COLUMNS = ("写法", "存为", "意思")
PORTRAITS = (
    "考籍照片没有表格模板：把照片放进一个 ZIP 压缩包，每张以准考证号或证件号码为文件名（例如 010126100001.jpg），一次最多 5,000 张，"
    "再运行 kaoji import portraits 照片.zip"
)
ADVICE = (
    "列的顺序随意，可以删去不用的列；列名不要改。可以另加“序号”“备注”两列，不导入。",
    "各格都已设为文本，直接填写或选择性粘贴“数值”即可；从别处整格粘贴会带来别处的格式，数字和日期可能被改掉。",
    "空着的格子不改动原来的数据；再导入同一行是更新。有一处错就一行也不写入。",
)


def explained(kind: str) -> dict[str, tuple[Column, ...]]:
    """Return sheet -> its columns."""
    return dict(PLANS) if kind == "plans" else {KINDS[kind]: TABLES[kind]}


def guide(columns: Sequence[Column]) -> list[tuple[str, ...]]:
    """Return the rows of GUIDE_COLUMNS that explain the columns."""
    return [
        (
            column.title,
            "必填" if column.required else "",
            column.kind.words,
            column.example,
            column.allowed,
            column.note,
        )
        for column in columns
    ]


def marks() -> list[tuple[str, ...]]:
    """Return the rows of MARK_COLUMNS: how marks may be written."""
    numbers = ("0、1 到 100，最多两位小数", "照写", "60 分合格；不写成百分数，85% 填 85")
    return [numbers, *(("、".join(each.words), each.shown, each.meaning) for each in WRITINGS)]


def write_template(kind: str, out: Path) -> None:
    """Write the empty workbook of a kind. Raises OSError."""
    sheets = explained(kind)
    empty = [Sheet(name, [column.title for column in columns], ()) for name, columns in sheets.items()]
    of_plans = kind == "plans"
    rows = [((name,) if of_plans else ()) + row for name, columns in sheets.items() for row in guide(columns)]
    header = ("工作表", *GUIDE_COLUMNS) if of_plans else GUIDE_COLUMNS
    rows += [("注意", *("",) * (len(header) - 2), line) for line in ADVICE]
    guides = [Sheet(GUIDES[0], header, rows, wrapped=True)]
    if kind == "scores":
        guides.append(Sheet(GUIDES[1], MARK_COLUMNS, marks(), wrapped=True))
    write_sheets(out, [*empty, *guides])

"""Warn of names in an import that no font can print, while the file's author can still act."""

from __future__ import annotations

from collections.abc import Iterable

from app.actions.imports.common import Sheet
from app.adapters.documents.fonts import missing_characters, named
from app.adapters.documents.tables import CellError
from app.rules.plans.plan import Plan

ADVICE = "字库里没有，打印件上会以“〓”代替（见“管理 → 字库缺字”）"


def warn_unprintable(sheet: Sheet, title: str) -> None:
    """Warn of a column's rows; each distinct character is looked up once."""
    values = sheet.column(title)
    missing = set(missing_characters("".join({value for value in values if value})))
    if missing:
        for index, value in enumerate(values):
            if value and (found := _missing_in(value, missing)):
                sheet.warn(index, title, value, f"“{named(found)}”{ADVICE}")


def unprintable_plans(plans: Iterable[Plan]) -> list[CellError]:
    """Warn of major and course names, once per plan."""
    found = []
    for plan in plans:
        names = dict.fromkeys((plan.name, *(course.name for course in plan.courses)))
        for name in names:
            if missing := missing_characters(name):
                words = f"专业 {plan.major_code}：“{named(missing)}”{ADVICE}"
                found.append(CellError(1, "名称", name, words))
    return found


def _missing_in(value: str, missing: set[str]) -> list[str]:
    return [character for character in dict.fromkeys(value) if character in missing]

"""自我鉴定 (manual 3.1.4), within the window's limits by Chinese word count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from wtforms import Form, TextAreaField

from app.adapters.documents.fonts import printing_problem
from app.rules.case import Case
from app.rules.submission import Item
from app.rules.text import (
    LONGEST,
    clean_lines,
    count_in_words,
    count_words,
    looks_empty_or_repeated,
    unprintable_problem,
)
from app.services.graduation.options import options_of
from app.wizard.field_inputs import Input
from app.wizard.step import Step


class StatementForm(Form):
    statement = TextAreaField("自我鉴定")


class Statement(Step):
    slug, title, short, form = "statement", "自我鉴定", "自我鉴定", StatementForm
    longest: ClassVar[Mapping[str, int]] = {"statement": LONGEST}

    def clean(self, name: str, text: str) -> str:
        return clean_lines(text)

    def errors(self, case: Case, values: Mapping[str, str]) -> dict[str, list[str]]:
        if not case.open("statement.statement"):
            return {}
        text = values.get("statement", "")
        limits = options_of(case.window)
        problem = statement_problem(text, limits.statement_min, limits.statement_max) or printing_problem(text)
        return {"statement": [problem]} if problem else {}

    def inputs(self, case: Case, values: Mapping[str, str]) -> Mapping[str, Input]:
        limits = options_of(case.window)
        least, most = limits.statement_min, limits.statement_max
        counted = {
            "min": least,
            "max": most,
            "count": count_in_words(count_words(values.get("statement", "")), least, most),
        }
        hint = f"{least} 至 {most} 字；汉字和标点各算 1 字，一个英文单词或一串数字算 1 字"
        return {"statement": Input("textarea", hint=hint, attrs=counted)}

    def context(self, case: Case, values: Mapping[str, str]) -> dict[str, Any]:
        text = values.get("statement", "")
        repeated = looks_empty_or_repeated(text) if text.strip() else None
        return {"hint": repeated}

    def items(self, case: Case) -> list[Item]:
        return [Item("statement.statement", "自我鉴定", self.load(case).get("statement", ""))]


def statement_problem(text: str, least: int, most: int) -> str | None:
    """Return what is wrong with a 自我鉴定 of `least` to `most` 字, or None."""
    if not text.strip():
        return f"请填写自我鉴定，{least} 至 {most} 字"
    if unprintable := unprintable_problem(text):
        return f"自我鉴定{unprintable}"
    count = count_words(text)
    if count < least:
        return f"自我鉴定应为 {least} 至 {most} 字，现在是 {count} 字，还差 {least - count} 字"
    if count > most:
        return f"自我鉴定应为 {least} 至 {most} 字，现在是 {count} 字，多了 {count - most} 字"
    return None

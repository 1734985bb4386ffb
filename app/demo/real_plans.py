"""Demo plans: three real ones and one invented older version (see data/SOURCE.md)."""

import json
from functools import cache
from importlib.resources import files

from app.rules.plans.plan import Plan, from_json


@cache
def _plans() -> tuple[Plan, ...]:
    text = files("app.demo").joinpath("data", "plans.json").read_text(encoding="utf-8")
    return tuple(from_json(document) for document in json.loads(text))


def real_plans() -> list[Plan]:
    """Return 050101 汉语言文学 (2024 and 2018), 530601 工商企业管理 (专科), 080901 计算机科学与技术 at 10574 with 加考."""
    return list(_plans())

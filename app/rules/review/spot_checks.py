"""抽查: which of the passed files are drawn. Seed and rule decide it alone, so a draw can be repeated and not be chosen."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

RULE = (
    "把种子、冒号和回执编号连在一起，逐件计算 SHA-256，按结果从小到大排列，取前面的件数；按百分比抽取时，件数向上取整。"
)
AGREE, DISAGREE = "agree", "disagree"
VERDICTS = {AGREE: "同意通过", DISAGREE: "不同意，应退回"}
PERCENT, NUMBER = "percent", "number"
WAYS = {PERCENT: "按百分比（%）", NUMBER: "按件数"}
MOST = 1000  # files of one draw


def size_of(population: int, way: str, amount: int) -> int:
    """Number of files to draw: a percentage, rounded up, or a number, of what there is."""
    wanted = math.ceil(population * amount / 100) if way == PERCENT else amount
    return min(wanted, population)


def drawn(seed: str, receipts: Sequence[str], size: int) -> list[str]:
    """Return the receipts drawn, in the order of the draw (RULE), whatever order they are given in."""
    return sorted(receipts, key=lambda receipt: (_rank(seed, receipt), receipt))[:size]


def _rank(seed: str, receipt: str) -> str:
    return hashlib.sha256(f"{seed}:{receipt}".encode()).hexdigest()

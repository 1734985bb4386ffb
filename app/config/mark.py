"""kaoji-instance.txt marks a data folder: demo or real, and, once its database is made, the number that both carry."""

from __future__ import annotations

import os
import re
from pathlib import Path

STAMP = "kaoji-instance.txt"
KINDS = ("demo", "real")
WORDS = "这是考籍平台的数据文件夹，请勿改动。"
NUMBER = re.compile(r"^编号 ([0-9a-f]{32})$", re.MULTILINE)


def kind_of(instance: Path) -> str | None:
    """Return the stamped kind: demo or real; None without an instance, or where the mark is damaged."""
    try:
        kind = (instance / STAMP).read_text(encoding="utf-8").split()[0]
    except (OSError, ValueError, IndexError):
        return None
    return kind if kind in KINDS else None


def why_none(instance: Path) -> str:
    """Return what to do where there is no kind: a site that lost its mark is another thing than a folder without one."""
    path = instance / STAMP
    if os.path.lexists(path):
        return f"数据文件夹的标记已损坏：{path}（请把备份里的这个文件放回原处；没有备份，运行 kaoji init，只补写标记，数据不动）"
    return f"这里没有考籍平台的数据：{instance}（先运行 kaoji init 或 kaoji demo）"


def number_of(instance: Path) -> str:
    """Return the number of the instance's database; empty before it was made, or by a program of before."""
    try:
        found = NUMBER.search((instance / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return found[1] if found else ""


def stamp(instance: Path, kind: str, number: str = "") -> None:
    """Write the mark, whole or not at all."""
    part = instance / f"{STAMP}.part"
    lines = [kind, WORDS, *([f"编号 {number}"] if number else [])]
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, instance / STAMP)

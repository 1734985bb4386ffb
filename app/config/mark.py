"""kaoji-instance.txt marks a data folder: demo or real, and, once its database is made, the number that both carry."""

from __future__ import annotations

import os
import re
from pathlib import Path

STAMP = "kaoji-instance.txt"
WORDS = "这是考籍平台的数据文件夹，请勿改动。"
NUMBER = re.compile(r"^编号 ([0-9a-f]{32})$", re.MULTILINE)


def kind_of(instance: Path) -> str | None:
    """Return the stamped kind: demo, real, or None without an instance."""
    try:
        return (instance / STAMP).read_text(encoding="utf-8").split()[0]
    except (OSError, IndexError):
        return None


def number_of(instance: Path) -> str:
    """Return the number of the instance's database; empty before it was made, or by a program of before."""
    try:
        found = NUMBER.search((instance / STAMP).read_text(encoding="utf-8"))
    except OSError:
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

"""Make app/rules/people/data/pinyin.txt: each syllable without tones, and the characters of U+4E00-9FFF that are read so.

    python tests/rules/people/make_pinyin.py app/rules/people/data/pinyin.txt

Needs pypinyin (MIT, with the table of mozillazg/pinyin-data, made from Unihan), which the program does not need.
"""

from __future__ import annotations

import sys
import unicodedata
from collections import defaultdict
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

HEAD = """# Syllables and the characters read so, every reading of each, without tones; ü is v.
# Made by tests/rules/people/make_pinyin.py from pypinyin {version} (MIT, Copyright (c) 2016 mozillazg), whose table is made from Unihan
# (Copyright 1991-2025 Unicode, Inc.; Unicode License v3).
"""


def plain(reading: str) -> str:
    """lǚ → lv"""
    parts = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(part for part in parts if part.isascii() and part.isalpha())


def main(target: Path) -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for code, readings in import_module("pypinyin.pinyin_dict").pinyin_dict.items():
        if 0x4E00 <= code <= 0x9FFF:
            for reading in readings.split(","):
                if syllable := plain(reading):
                    found[syllable].add(chr(code))
    lines = [f"{syllable} {''.join(sorted(chars))}\n" for syllable, chars in sorted(found.items())]
    target.write_text(HEAD.format(version=version("pypinyin")) + "".join(lines), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

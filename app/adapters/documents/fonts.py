"""The fonts that papers are printed with, and which characters none of them has.

Typst prints a crossed box for such a character and gives no warning, so they are looked for before (decisions/typst.md): at input,
over the whole roster for the administrator, and once more before a paper is set.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pylopdf_fonts_zh_cn
from PIL import ImageFont

_SUFFIXES = (".otf", ".ttf", ".ttc")
_SIZE = 20  # pixels; large enough that two different pictures differ
_NOWHERE = "\U0010fffd"  # a private code point that no font fills: its picture is the "no glyph" one
_UNSEEN = ("Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me")  # categories that need no picture of their own
GETA = "〓"
"""What printers set where a character is missing; the paper says below which one it is."""

_lock = threading.Lock()  # FreeType faces are not to be used by two threads at once
_extra: list[Path] = []


def use_folder(folder: Path | None) -> None:
    """Further fonts of the office, for rare characters (KAOJI_FONTS); set at start only."""
    found = [folder] if folder else []
    if found != _extra:
        _extra[:] = found
        font_files.cache_clear()
        _faces.cache_clear()
        has_picture.cache_clear()


def font_folders() -> list[Path]:
    """Folders that the typesetter looks into: the package's, then the office's."""
    return [Path(pylopdf_fonts_zh_cn.serif_path()).parent, *_extra]


@cache
def font_files() -> tuple[Path, ...]:
    """Every font file of those folders, 宋体 first."""
    files = [path for folder in font_folders() for path in sorted(folder.iterdir()) if path.suffix.lower() in _SUFFIXES]
    return tuple(sorted(files, key=lambda path: "Serif" not in path.name))


@cache
def _faces() -> tuple[tuple[ImageFont.FreeTypeFont, bytes], ...]:
    faces = [ImageFont.truetype(str(path), _SIZE) for path in font_files()]
    return tuple((face, _picture(face, _NOWHERE)) for face in faces)


def _picture(face: ImageFont.FreeTypeFont, character: str) -> bytes:
    mask = face.getmask(character)
    return repr(mask.size).encode() + bytes(mask)


@cache
def has_picture(character: str) -> bool:
    """Can some font print this one character?"""
    if character in "\n\t" or unicodedata.category(character) in _UNSEEN:
        return True
    with _lock:
        return any(_picture(face, character) != none for face, none in _faces())


def missing_characters(text: str) -> list[str]:
    """The characters of a text that no font has, each once, in order."""
    return [character for character in dict.fromkeys(text) if not has_picture(character)]


def named(characters: Iterable[str]) -> str:
    """𪚥（U+2A6A5）、😀（U+1F600）"""
    return "、".join(f"{character}（U+{ord(character):04X}）" for character in characters)


def printing_problem(text: str) -> str | None:
    """Why a text cannot be printed, naming the characters; None when it can."""
    missing = missing_characters(text)
    return f"“{named(missing[:5])}”字库里没有，无法打印，请换成其他文字" if missing else None


def printable(text: str) -> str:
    """The text with 〓 where no font has the character, and without marks that only turn others."""
    if text.isascii():
        return text
    return "".join(
        character if has_picture(character) else GETA
        for character in text
        if not unicodedata.category(character).startswith("Cf")
    )

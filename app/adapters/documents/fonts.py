"""Fonts of the papers, and characters they lack.

Typst prints a box for these without a warning, so they are checked (decisions/typst.md) at input, over the whole roster for the
administrator, and before typesetting.
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
_SIZE = 20  # pixels; different glyphs must differ
_NOWHERE = "\U0010fffd"  # private code point without glyph in any font
_UNSEEN = ("Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me")  # categories that need no glyph
GETA = "〓"
"""Printed for a missing character; the paper names it at its foot."""

_lock = threading.Lock()  # FreeType faces are not thread-safe
_extra: list[Path] = []


def use_folder(folder: Path | None) -> None:
    """Set the office's folder of further fonts (KAOJI_FONTS); at start only."""
    found = [folder] if folder else []
    if found != _extra:
        _extra[:] = found
        font_files.cache_clear()
        _faces.cache_clear()
        has_picture.cache_clear()


def font_folders() -> list[Path]:
    """Return the font folders: the package's, then the office's."""
    return [Path(pylopdf_fonts_zh_cn.serif_path()).parent, *_extra]


@cache
def font_files() -> tuple[Path, ...]:
    """Return all font files, 宋体 first."""
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
    """Whether some font has this character."""
    if character in "\n\t" or unicodedata.category(character) in _UNSEEN:
        return True
    with _lock:
        return any(_picture(face, character) != none for face, none in _faces())


def missing_characters(text: str) -> list[str]:
    """Return the distinct characters that no font has, in order."""
    return [character for character in dict.fromkeys(text) if not has_picture(character)]


def named(characters: Iterable[str]) -> str:
    """Return e.g. 𪚥（U+2A6A5）、😀（U+1F600）"""
    return "、".join(f"{character}（U+{ord(character):04X}）" for character in characters)


def printing_problem(text: str) -> str | None:
    """Return why a text cannot be printed, or None."""
    missing = missing_characters(text)
    return f"“{named(missing[:5])}”字库里没有，无法打印，请换成其他文字" if missing else None


def printable(text: str) -> str:
    """Return the text with 〓 for missing characters, without format characters (Cf)."""
    if text.isascii():
        return text
    return "".join(
        character if has_picture(character) else GETA
        for character in text
        if not unicodedata.category(character).startswith("Cf")
    )

"""Free text: normal forms, cleaning, word count, detection of filler. No other module normalises (tests/test_house.py)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

_LATIN = "0-9A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a"
_EXTEND = "\u0300-\u036f\u20d0-\u20f0\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef"
_SKIP = (
    "\u0000-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
    "\ud800-\udfff"
)
_JOINED = f"\u200d[\u2190-\u2bff\U0001f000-\U0001faff][{_EXTEND}]*"
_WORD = re.compile(
    f"(?:[{_LATIN}][{_EXTEND}]*)+|[\U0001f1e6-\U0001f1ff]{{2}}|[^{_SKIP}{_LATIN}{_EXTEND}][{_EXTEND}]*(?:{_JOINED})*"
)
_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029]")
# C0 and C1 without tab and line feed; direction marks; BOM; surrogates
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
# what takes no room: soft hyphen, zero-width space and marks, fillers; joiners stay, which emoji and some scripts need
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2060-\u2064\u206a-\u206f\u3164\uffa0\ufff9-\ufffb]"
)

LONGEST = 20_000
"""Characters: more than any field takes. What is beyond stays as it was typed: it is told as too long, and given back."""
LONGEST_LINE = 1_000
"""Characters of a field of one line, likewise."""
LONGEST_CODE = 200
"""Characters of a number, a code or a name."""
MOST_MARKS = 30
"""Combining marks in a row (UAX #15, stream-safe text format). Putting n of them in order takes n² steps, with the interpreter held."""
# blocks without any mark, so that nearly every text is looked at once
_MARKED = re.compile(
    "[^\x00-\u02ff\u2000-\u20cf\u2100-\u2bff\u3000-\u3029\u3030-\u3098\u309d-\u9fff\uac00-\ud7a3\uff00-\uff9d]"
    f"{{{MOST_MARKS + 1}}}"
)

SHORTEST_PIECE = 4  # characters compared when looking for repeats
REPEATED_SHARE = 0.4  # share of distinct pieces below which a text is repeated


def normalised(text: str, form: Literal["NFC", "NFKC", "NFKD"] = "NFC", most: int = LONGEST) -> str:
    """Return the text in a normal form of Unicode: the one place where that is done.

    Only the first `most` characters (the field's length, with room for what is composed) are normalised, in which runs of more than
    MOST_MARKS marks are shortened; so it takes time in proportion, whatever was sent.
    """
    if text.isascii():
        return text
    if len(text) <= most:
        return unicodedata.normalize(form, stream_safe(text))
    return unicodedata.normalize(form, stream_safe(text[:most])) + text[most:]


def as_read(name: str) -> str:
    """Return a name for comparing with others: no blanks, full-width and compatible forms as plain ones, no upper case."""
    return "".join(normalised(name, "NFKC", most=LONGEST_LINE).split()).casefold()


def is_normalised(text: str) -> bool:
    """Whether `normalised` would leave the text as it is; asked of every cell of a table."""
    return text.isascii() or (stream_safe(text) == text and unicodedata.is_normalized("NFC", text))


def stream_safe(text: str) -> str:
    """Return the text with at most MOST_MARKS marks in a row; the rest of a run, which no script writes, is left out."""
    if len(text) <= MOST_MARKS or not _MARKED.search(text):
        return text
    kept, run = [], 0
    for character in text:
        marks, alone = _marks(character)
        run = run + marks if alone else marks
        if run <= MOST_MARKS:
            kept.append(character)
    return "".join(kept)


@lru_cache(maxsize=4096)
def _marks(character: str) -> tuple[int, bool]:
    """Return how many marks a character ends with, taken apart, and whether it is nothing else."""
    parts = unicodedata.normalize("NFKD", character)
    bare = [place for place, part in enumerate(parts) if not unicodedata.combining(part)]
    return len(parts) - 1 - (bare[-1] if bare else -1), not bare


def count_words(text: str) -> int:
    """Count 字: each han character or punctuation mark 1, a run of latin letters or digits 1.

    The exact rule, shared with static/js/form/counter.js (code points after NFC):

    1. LATIN is 0-9 A-Z a-z, U+00C0-00D6, 00D8-00F6, 00F8-024F, 1E00-1EFF and the full-width digits and letters
       U+FF10-FF19, FF21-FF3A, FF41-FF5A.
       EXTEND (not counted alone) is U+0300-036F, 20D0-20F0, FE00-FE0F, 1F3FB-1F3FF, E0020-E007F, E0100-E01EF.
       SKIP (not counted) is U+0000-0020, 007F-00A0, 00AD, 034F, 061C, 1680, 180E, 2000-200F, 2028-202F, 205F-206F,
       3000, FEFF and lone surrogates.
    2. From left to right, each longest match counts 1:
       a. a run of LATIN, each with EXTEND: abc123 is 1, 3.14 is 3 (run, mark, run), the keycap 1 is 1;
       b. two regional indicators U+1F1E6-1F1FF: a flag is 1;
       c. another code point (not SKIP, LATIN, EXTEND) with EXTEND, then any number of (U+200D, one of U+2190-2BFF or
          1F000-1FAFF, EXTEND): a han character (Ext B too), a punctuation mark, an emoji with skin colour or ZWJ is 1.
    3. All else counts 0: white space, line ends, zero-width marks, a leading EXTEND.
    """
    return sum(1 for _ in _WORD.finditer(normalised(text)))


def count_in_words(count: int, least: int, most: int) -> str:
    """Return the state of a counted text, as js/form/counter.js says it while one types."""
    if count < least:
        return f"已写 {count} 字，还差 {least - count} 字"
    return f"已写 {count} 字，" + (f"超出 {count - most} 字" if count > most else f"最多 {most} 字")


def clean_text(text: str, most: int = LONGEST) -> str:
    """Return the text as stored: NFC, LF line ends; NUL, control characters, direction marks, lone surrogates and what takes no room removed.

    Keeps tab, spaces and joiners inside emoji; trims nothing. `most`: see `normalised`.
    """
    return normalised(_UNSEEN.sub("", _UNWANTED.sub("", _LINE_ENDS.sub("\n", text))), most=most)


def clean_line(text: str) -> str:
    """Clean a one-line field: `clean_text`, each run of white space as one space, none at the ends; '' if nothing of it is seen."""
    found = " ".join(clean_text(text, LONGEST_LINE).split())
    return found if count_words(found) else ""


def clean_lines(text: str) -> str:
    """Clean a field of several lines: `clean_text` without white space at the ends; '' if nothing of it is seen."""
    found = clean_text(text).strip()
    return found if count_words(found) else ""


PHONE_LINE = 20
"""Han characters on a line of a phone."""


def lines_on_a_phone(text: str, most: int = 24) -> int:
    """Return how many lines a text takes on a phone, `most` at the most: the rows of a box that shows it."""
    return min(most, sum(max(1, -(-len(line) // PHONE_LINE)) for line in text.split("\n")))


def half_width(text: str) -> str:
    """Return typed digits as they are meant: full-width characters as plain ones, no white space. Signs stay, to be reported."""
    return "".join(normalised(text, "NFKC", LONGEST_CODE).split())


def unprintable_problem(text: str) -> str | None:
    """Return a message naming the first code point that `clean_text` removes, or None."""
    found = _UNWANTED.search(_LINE_ENDS.sub("\n", text))
    if not found:
        return None
    return f"含有无法显示的字符（U+{ord(found[0]):04X}），请删去后重新填写"


def looks_empty_or_repeated(text: str) -> str | None:
    """Return why a 自我鉴定 is no text (only spaces, only marks, repeated words), or None.

    Compares pieces of four characters: a paragraph pasted three times has a third of distinct pieces, prose over nine
    tenths.
    """
    shown = "".join(_WORD.findall(normalised(text)))
    if not shown:
        return "只有空格，没有内容"
    if not any(c.isalnum() for c in shown):
        return "只有标点或符号，没有文字"
    if len(shown) < 3 * SHORTEST_PIECE:
        return "内容只是同一个字的重复" if len(shown) > 2 and len(set(shown)) == 1 else None
    pieces = [shown[i : i + SHORTEST_PIECE] for i in range(len(shown) - SHORTEST_PIECE + 1)]
    if len(set(pieces)) < REPEATED_SHARE * len(pieces):
        return "内容大部分是重复的，请用自己的话写"
    return None

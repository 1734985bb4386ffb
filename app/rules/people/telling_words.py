"""What a guesser tries first at somebody's password: the name in pinyin, the birth date in any usual writing, words of this platform."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from itertools import islice, product
from pathlib import Path

from app.rules.people.names import DOTS
from app.rules.text import normalised

PRODUCT = (
    "kaoji", "考籍", "zikao", "自考", "zixuekaoshi", "自学考试", "zxks", "kaosheng", "考生", "zhunkaozheng", "准考证", "zhukao", "主考", "kaoban", "考办",
)  # fmt: skip
PRODUCT_INITIALS = frozenset(("kj", "zk", "ks", "zkz", "kb"))
"""Of these words, too short to be looked for inside of other letters."""
SHORTEST_NAME = 5  # letters of a name's pinyin that are looked for inside other letters
SHORTEST_DATE = 6  # digits, likewise
MOST_READINGS = 256  # of one name
COMPOUND = frozenset(
    [
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "宇文",
        "长孙",
        "夏侯",
        "司徒",
        "独孤",
        "南宫",
        "端木",
        "轩辕",
        "百里",
        "呼延",
        "东郭",
        "西门",
        "太史",
        "申屠",
        "公羊",
        "澹台",
        "濮阳",
        "淳于",
        "单于",
        "钟离",
        "闾丘",
    ]
)
_LIKE = str.maketrans("@401!3$57", "aaoiiesst")
_FIGURES = str.maketrans("〇零一二三四五六七八九", "00123456789")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip


def holds_product(password: str) -> bool:
    """Whether a word of this platform is in it, in any case and width, with k@0ji read as kaoji, or its letters are nothing but initials of one."""
    text = _folded(password)
    if _letters(text) in PRODUCT_INITIALS:
        return True
    return any(word in each for word in PRODUCT for each in (text, _letters(text), _letters(text.translate(_LIKE))))


def holds_username(password: str, username: str) -> bool:
    """Whether the name one signs in with is in it, in any case and width."""
    return _folded(username) in _folded(password)


def holds_name(password: str, name: str) -> bool:
    """Whether the name is in it, in characters or pinyin (every reading of each, surname first or last), or its letters are nothing but initials.

    A name in pinyin is looked for with what stands between its syllables; shorter than SHORTEST_NAME letters only where it stands alone.
    """
    surname, given = (_folded(part) for part in _parts(name))
    if not surname:
        return False
    text = _folded(password)
    whole = surname + given
    if len(whole) > 1 and (whole in text or (len(given) > 1 and given in text)):
        return True
    letters, read = _letters(text), _letters(text.translate(_LIKE))
    joined = re.sub(r"(?<=[a-z])[^a-z0-9]+(?=[a-z])", "", text)  # lu-bu
    runs = set(re.findall("[a-z]+", text)) | set(re.findall("[a-z]+", joined))
    return any(
        word == letters
        or (inside and (word in runs or (len(word) >= SHORTEST_NAME and (word in letters or word in read))))
        for word, inside in _written(surname, given)
    )


def holds_birth(password: str, birth: date) -> bool:
    """Whether the birth date is in it: year, month and day in any order, with or without zeros, signs, 年月日 or the month's name; or month and day alone."""
    text = _folded(password).translate(_FIGURES)
    joined = re.sub(r"(?<=\d)[^0-9a-z]+(?=\d)", "", text)
    runs = set(re.findall(r"\d+", joined)) | set(re.findall(r"\d+", text))
    if any((len(digits) >= SHORTEST_DATE and digits in joined) or digits in runs for digits in _dates(birth)):
        return True
    bare = re.sub("[^0-9a-z]", "", text)
    return any(words in bare for words in _in_english(birth))


def _folded(text: str) -> str:
    """Return it in any case, width and with any marks over its letters as one: ü and ǚ as u, ī as i."""
    return "".join(each for each in normalised(text, "NFKD").casefold() if not unicodedata.combining(each))


def _letters(text: str) -> str:
    return re.sub("[^a-z]", "", text)


def _parts(name: str) -> tuple[str, str]:
    """Return surname and given name; of a name with dots the part before and the rest."""
    first, dot, rest = re.sub(f"[{DOTS}]", "·", name).replace(" ", "").partition("·")
    if dot:
        return first, rest.replace("·", "")
    length = 2 if name[:2] in COMPOUND and len(name) > 2 else 1
    return first[:length], first[length:]


def _written(surname: str, given: str) -> Iterator[tuple[str, bool]]:
    """Yield how people write a name, and whether that is telling inside of other letters too."""
    for family, own in product(_spoken(surname), _spoken(given)):
        last, first = "".join(family), "".join(own)
        short, initials = "".join(each[:1] for each in own), "".join(each[:1] for each in (*family, *own))
        yield from ((last + first, True), (first + last, True), (first, len(given) > 1))
        if given:
            yield from ((last, False), (last + short, False), (short + last, False), (initials, False))


def _spoken(characters: str) -> list[tuple[str, ...]]:
    """Return every way to say the characters, as syllables; letters stand for themselves."""
    each = [_readings(character) for character in characters]
    return list(islice(product(*each), MOST_READINGS))


def _readings(character: str) -> tuple[str, ...]:
    if character.isascii():
        return (character.casefold(),)
    found = [syllable for syllable, characters in _table() if character in characters]
    return tuple(way for syllable in found for way in _ways(syllable)) or ("",)


def _ways(syllable: str) -> tuple[str, ...]:
    """ü is typed v, u or yu."""
    return (syllable,) if "v" not in syllable else tuple(syllable.replace("v", each) for each in ("v", "u", "yu"))


@cache
def _table() -> tuple[tuple[str, str], ...]:
    """Return syllable and characters. Source: tests/rules/people/make_pinyin.py."""
    lines = Path(__file__).with_name("data").joinpath("pinyin.txt").read_text(encoding="utf-8").splitlines()
    rows = (line.partition(" ") for line in lines if not line.startswith("#"))
    return tuple((syllable, characters) for syllable, _, characters in rows)


def _dates(birth: date) -> Iterable[str]:
    """Yield the digits of every usual writing; those of month and day alone count only where no other digit stands beside them."""
    years = (f"{birth.year:04}", f"{birth.year % 100:02}")
    months, days = {f"{birth.month:02}", str(birth.month)}, {f"{birth.day:02}", str(birth.day)}
    for month, day in product(months, days):
        yield from (each for year in years for each in (year + month + day, day + month + year, month + day + year))
    yield f"{birth.month:02}{birth.day:02}"


def _in_english(birth: date) -> Iterable[str]:
    month = _MONTHS[birth.month - 1]
    for name, day in product((month, month[:3]), {f"{birth.day:02}", str(birth.day)}):
        for year in (f"{birth.year:04}", f"{birth.year % 100:02}"):
            yield from (day + name + year, name + day + year, year + name + day)

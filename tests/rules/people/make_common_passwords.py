"""Makes app/rules/people/data/common_passwords.txt: `python tests/rules/people/make_common_passwords.py`.

Nobody's list is copied. The entries are put together from the habits that guessing tools try first: walks over the keyboard, the
usual pinyin and English words with a year or the usual figures behind, repeated pieces, product and school words, dates of
the kind people like. Only what the length and class rules would let through (10 to 64 characters, two classes) is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

TARGET = Path(__file__).resolve().parents[3] / "app" / "rules" / "people" / "data" / "common_passwords.txt"
SHORTEST, LONGEST = 10, 64

PINYIN = (
    "woaini iloveyou zhongguo shanghai beijing guangzhou shenzhen hangzhou nanjing woaiwojia wojiushiwo nihao mima"
    " mimamima wodemima xiexie baobao laopo laogong mama baba xuexi gongzuo kaoshi tongguo jiayou shengri kuaile"
    " xingfu pingan facai gongxifacai zhangsan lisi wangwu xiaoming tiantian woshishei woaizhongguo"
)
SCHOOL = (
    "zikao zixuekaoshi kaoji kaoshengren kaosheng biye biyeshenqing benke zhuanke daxue xuexiao xuesheng laoshi fudan"
    " tongji jiaoda ecnu shmeea shzk zkzk zxks chengji zhunkaozheng student teacher school graduate university"
)
ENGLISH = (
    "password passw0rd p@ssw0rd p@ssword admin administrator welcome letmein qwerty qwertyuiop asdfgh asdfghjkl zxcvbn"
    " zxcvbnm monkey dragon sunshine princess football iloveu master superman batman baseball computer internet windows"
    " hello helloworld test testing guest root login changeme secret default user"
)
TAILS = (
    "1 12 123 1234 12345 123456 1234567 12345678 123456789 1234567890 0 00 000 01 001 007 11 111 1111 111111 222 333"
    " 520 521 1314 5201314 5211314 521 666 6666 666666 888 8888 888888 88888888 999 9999 168 1688 123123 123321 112233"
    " 321 4321 654321 ! !! !@# !@#$ !@#$% @123 @1234 #123 @123456 123! 123!@# 1234! 123. 123456! 123456. .123 _123 a1 abc abc123 qwe qwe123"
)
KEYBOARD = (
    "1qaz2wsx3edc 1qaz2wsx3edc4rfv 1q2w3e4r5t 1q2w3e4r5t6y 1q2w3e4r5t6y7u q1w2e3r4t5 q1w2e3r4t5y6 qwer1234asdf qwert12345 12345qwert"
    " asdf1234qwer 123qweasdzxc qweasdzxc123 qweasd123456 123456qweasd zaq12wsxcde3 zaq1xsw2cde3 qazwsx1234 qazwsxedc123 qazwsx123456"
    " 1234qwerasdf 1234qwerasdfzxcv qwer1234!@#$ !@#$1234qwer 1qaz@wsx3edc 1qaz!qaz2wsx !qaz2wsx3edc 1qazxsw23edc 147258369a a147258369"
    " 1234567890q 1234567890qwe q1234567890 qwertyuiop123 qwertyuiop1 asdfghjkl123 zxcvbnm123 zxcvbnm12345 zxcvbnm1234567 a123456789"
    " a1234567890 aa123456789 abc123456789 abcd123456 abcd12345678 abcdefg123 abcdefg1234567 123456789a 1234567890a 123456789abc"
    " 123456abcdef 12345678ab 12345678abc 0123456789a a0123456789 987654321a a987654321 9876543210a q123456789 z123456789 w123456789"
    " qq123456789 wang123456 wang123456789 zhang123456 li123456789 liu123456789 chen123456 yang123456 zhao123456 huang123456 zhou123456"
)


def words(text: str) -> list[str]:
    """Without repeats, in order."""
    return list(dict.fromkeys(text.split()))


def candidates() -> Iterator[str]:
    """Everything that habit makes, before the rules of length and class."""
    yield from words(KEYBOARD)
    every = words(" ".join((PINYIN, SCHOOL, ENGLISH)))
    years = [str(year) for year in range(1980, 2031)]
    for word, tail in product(every, [*words(TAILS), *years]):
        yield word + tail
        yield tail + word
    for word, year in product(every, years[20:]):
        yield f"{word}@{year}"
    for piece in [
        *words(TAILS),
        "abc",
        "abc1",
        "a1b2",
        "qwe1",
        "asd1",
        "aaa111",
        "abcd1234",
        "q1w2",
        "1a2b",
        "qaz123",
        "zxc123",
        "woaini520",
    ]:
        yield piece * 2
        yield piece * 3
        yield piece * 4
    for letter, figure in product("abcdefghijklmnopqrstuvwxyz", "0123456789"):
        yield letter * 5 + figure * 5
        yield letter * 3 + figure * 7
        yield letter * 4 + figure * 6
        yield letter + figure * 9


def kinds(text: str) -> int:
    """How many of lower-case letters, digits and others occur."""
    return len({"a" if c.isalpha() else "0" if c.isdigit() else "!" for c in text})


def made() -> list[str]:
    """The list as it is stored: lower-case, sorted, without repeats."""
    return sorted({p.lower() for p in candidates() if SHORTEST <= len(p) <= LONGEST and kinds(p) >= 2})


if __name__ == "__main__":
    TARGET.write_text("\n".join(made()) + "\n", encoding="utf-8", newline="\n")
    print(f"{TARGET.name}: {len(made())}")

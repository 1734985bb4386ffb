"""Counting, cleaning and looking at free text."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.orders import receipt_key
from app.rules.text import (
    LONGEST,
    MOST_MARKS,
    clean_line,
    clean_lines,
    clean_text,
    count_words,
    half_width,
    is_normalised,
    looks_empty_or_repeated,
    normalised,
    stream_safe,
    unprintable_problem,
)

PROSE = (
    "我于二〇二一年参加自学考试，五年来利用下班后的时间学完了全部课程。刚开始时基础差，尤其怕高等数学，后来每天早起一小时做题，"
    "慢慢有了信心。工作中我把学到的管理知识用在排班上，得到同事认可。自考让我明白坚持的意义，今后我会继续努力，做一个诚实、有用的人。"
)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        (" \t\r\n\u3000\u00a0\u200b\ufeff", 0),
        ("自我鉴定", 4),
        ("自我鉴定。", 5),
        ("𠮷野家", 3),
        ("我……——好", 6),
        ("abc123", 1),
        ("hello world", 2),
        ("2026年11月", 4),
        ("３.14", 3),
        ("ＡＢＣ１２３", 1),
        ("café naïve", 2),
        ("cafe\u0301", 1),
        ("😀", 1),
        ("👨‍👩‍👧‍👦", 1),
        ("👍🏽好", 2),
        ("❤️❤", 2),
        ("🏳️‍🌈", 1),
        ("🇨🇳🇭🇰", 2),
        ("1️⃣", 1),
        ("葛\U000e0100城", 2),
        ("\u0301\ufe0f\u200d", 0),
        ("\ud83d坏", 1),
        ("第一\n第二", 4),
        ("can't", 3),
    ],
)
def test_the_counter_follows_its_rule(text, count):
    assert count_words(text) == count


@given(st.text(alphabet="中文字。，𠮷あ"), st.text(alphabet=" \n\u3000\t"))
def test_white_space_never_counts(text, space):
    assert count_words(space.join(text)) == len(text)


@given(st.text(), st.text())
def test_more_text_is_never_less_and_never_more_than_its_parts(one, two):
    assert count_words(f"{one}\n{two}") == count_words(one) + count_words(two)


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_cleaning_is_done_once_and_its_result_can_be_stored(text):
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert "\r" not in cleaned
    assert "\0" not in cleaned
    cleaned.encode("utf-8")
    assert unprintable_problem(cleaned) is None


def test_cleaning_keeps_what_people_write():
    assert clean_text(" 甲\r\n乙\r丙\u2028丁\t👨‍👩‍👧 ") == " 甲\n乙\n丙\n丁\t👨‍👩‍👧 "
    assert clean_text("a\0b\x1bc\u202ed\ud800") == "abcd"
    assert clean_line("  上海市\u3000徐汇区\n 1 号 ") == "上海市 徐汇区 1 号"


@pytest.mark.parametrize("unseen", ["\u200b", "\u00ad", "\u2060", "\u3164", "\u200e\u200b", "\u034f"])
def test_what_takes_no_room_makes_no_text_and_no_other_text(unseen):
    assert clean_line(f"收{unseen}据 1{unseen}") == "收据 1"
    assert clean_lines(f"甲{unseen}\n乙{unseen}") == "甲\n乙"
    assert clean_line(f" {unseen} {unseen}") == clean_lines(f"{unseen}\n{unseen}\u200d") == ""
    assert receipt_key(f"SJ72{unseen}75{unseen}") == receipt_key("sj7275")


def test_what_cannot_be_shown_is_named():
    assert "U+0000" in unprintable_problem("a\0")
    assert "U+D800" in unprintable_problem("a\ud800")
    assert unprintable_problem("甲\r\n乙\t丙") is None


@pytest.mark.parametrize(
    "text", ["", "  \n\u3000", "。。。，，，！！！", "😀😀😀", "好" * 300, "好" * 5, "我很努力学习。" * 50, PROSE * 3]
)
def test_filler_is_recognised(text):
    assert looks_empty_or_repeated(text)


@pytest.mark.parametrize(
    "text", [PROSE, "本人热爱祖国", "学习", PROSE + PROSE[:60], "I worked hard for five years and passed every course."]
)
def test_written_text_is_left_alone(text):
    assert looks_empty_or_repeated(text) is None


MARKS = [
    chr(code)
    for code in range(0x110000)
    if not 0xD800 <= code < 0xE000 and all(map(unicodedata.combining, unicodedata.normalize("NFKD", chr(code))))
]
"""All that is nothing but marks once taken apart, as U+0F73 and U+FF9E are without being marks themselves."""


def test_a_run_of_any_marks_is_shortened_and_a_shorter_one_is_left_alone() -> None:
    assert len(MARKS) > 900
    wrong = []
    for mark in MARKS:
        marks = len(unicodedata.normalize("NFKD", mark))
        kept = stream_safe("中" + mark * 40 + "文")
        if len(kept) != 2 + MOST_MARKS // marks:
            wrong.append(f"U+{ord(mark):04X}")
        assert stream_safe("中" + mark * (MOST_MARKS // marks) + "文") == "中" + mark * (MOST_MARKS // marks) + "文"
    assert wrong == []


@given(
    st.text(
        alphabet=st.one_of(st.sampled_from("ae\u0301\u0323\u0f73\uff9e中 "), st.characters(exclude_categories=["Cs"]))
    )
)
def test_a_text_of_no_long_runs_is_normalised_as_unicode_says(text: str) -> None:
    if stream_safe(text) == text:
        assert normalised(text) == unicodedata.normalize("NFC", text)
        assert normalised(text, "NFKC") == unicodedata.normalize("NFKC", text)
        assert is_normalised(text) == (normalised(text) == text)


def test_what_is_longer_than_its_field_stays_long_and_is_normalised_no_further() -> None:
    text = "ｅ\u0301" * LONGEST
    assert clean_lines(text)[LONGEST:] == text[LONGEST:]
    assert len(half_width("１" * 5000)) == 5000
    assert count_words("字" * 40_000) == 40_000


@pytest.mark.parametrize(
    "pair", ["\u0300\u0323", "\u0f73\u0f71", "\uff9e\u0301", "a\u0323\u0300", "\U0001d160\u0323", "\ufdfa"]
)
def test_256_kib_of_marks_cost_little(pair: str) -> None:
    text = pair * (256 * 1024 // len(pair.encode()))
    for ask in (clean_line, clean_lines, half_width, count_words, looks_empty_or_repeated, receipt_key, is_normalised):
        began = time.process_time()
        ask(text)
        assert time.process_time() - began < 0.4, ask

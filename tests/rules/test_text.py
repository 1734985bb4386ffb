"""Counting, cleaning and looking at free text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.orders import receipt_key
from app.rules.text import (
    clean_line,
    clean_lines,
    clean_text,
    count_words,
    looks_empty_or_repeated,
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

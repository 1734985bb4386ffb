"""What is remembered of a file between two submissions."""

from __future__ import annotations

import pytest

from app.rules.review.submission_diff import COMPARED, Judged, Kind, accepted, differences, doubts, late
from app.rules.submission import Item


def items(**values: str) -> list[Item]:
    """name=value, or name=@sha for a picture."""
    return [
        Item(key, key.upper(), "", sha256=text[1:]) if text[:1] == "@" else Item(key, key.upper(), text)
        for key, text in values.items()
    ]


def judged(count: int, stage: str, decision: str, of: list[Item], /, **verdicts: str) -> Judged:
    return Judged(count, stage, decision, of, verdicts)


FIRST = items(number="1234", photo="@aa", phone="138", note="x")


def test_an_item_that_is_the_same_is_no_difference():
    assert differences(FIRST, items(number="1234", photo="@aa", phone="138", note="x"), ()) == ()


def test_a_better_wording_is_no_difference_and_a_real_one_is_told_in_full():
    before, worded = (
        items(extra="工科（须加考201）"),
        Item("extra", "EXTRA", "工科（须加考：物理）", plain="工科（须加考201）"),
    )
    assert differences(before, [worded], ()) == ()
    (found,) = differences([worded], items(extra="文科"), ())
    assert (found.before, found.after) == ("工科（须加考：物理）", "文科")


def test_a_difference_says_what_was_what_is_and_whether_anybody_asked():
    found = differences(FIRST, items(number="1243", photo="@bb", phone="139", extra="y"), {"number", "photo"})
    assert [(d.key, d.kind, d.before, d.after, d.picture, d.asked) for d in found] == [
        ("number", Kind.CHANGED, "1234", "1243", False, True),
        ("photo", Kind.CHANGED, "", "", True, True),
        ("phone", Kind.CHANGED, "138", "139", False, False),
        ("extra", Kind.ADDED, "", "y", False, False),
        ("note", Kind.REMOVED, "x", "", False, False),
    ]


def test_what_was_accepted_stays_accepted_only_while_value_and_picture_are_the_same():
    rounds = [judged(1, "school", "return", FIRST, number="return", photo="ok", phone="ok", note="ok")]
    now = items(number="1243", photo="@bb", phone="138", note="x")
    assert accepted(rounds, "school", now) == {"phone", "note"}
    assert accepted(rounds, "school", items(number="1243", photo="@aa", phone="138")) == {"photo", "phone"}


def test_one_stage_does_not_accept_for_the_other():
    rounds = [judged(1, "school", "pass", FIRST, phone="ok")]
    assert accepted(rounds, "office", FIRST) == set()


def test_a_later_return_takes_an_acceptance_back():
    rounds = [
        judged(1, "school", "return", FIRST, number="return", phone="ok"),
        judged(2, "school", "return", FIRST, phone="return"),
    ]
    assert accepted(rounds, "school", FIRST) == set()


def test_a_picture_changed_and_changed_back_was_not_accepted_in_between():
    other = items(number="1234", photo="@bb")
    rounds = [judged(1, "school", "return", FIRST, photo="ok"), judged(2, "school", "return", other, photo="return")]
    assert accepted(rounds, "school", FIRST) == set()


def test_late_is_what_stood_there_unchanged_and_was_not_named():
    rounds = [judged(1, "school", "return", FIRST, number="return", phone="ok")]
    now = items(number="1243", photo="@bb", phone="138", note="x")
    assert late(rounds, 2, now, ["number", "photo", "phone", "note"]) == ["phone", "note"]
    assert late(rounds, 1, FIRST, ["phone"]) == []  # the same submission, sent back within the office


def test_what_the_office_sent_back_is_in_doubt_where_it_said_or_everywhere():
    first = judged(1, "school", "pass", FIRST, number="ok", phone="ok")
    named = judged(1, "office", "back", FIRST, number="return", phone="ok")
    silent = judged(1, "office", "back", FIRST)
    assert accepted([first, named], "school", FIRST) == {"phone"}
    assert accepted([first, silent], "school", FIRST) == set()
    assert accepted([first, silent, first], "school", FIRST) == {"number", "phone"}
    assert accepted([first, named], "office", FIRST) == {"phone"}


def test_a_doubt_lasts_until_somebody_looked_at_the_item_or_it_was_changed():
    first = judged(1, "school", "pass", FIRST, number="ok", phone="ok")
    named = judged(1, "office", "back", FIRST, number="return", phone="ok")
    silent = judged(1, "office", "back", FIRST)
    passed_over, looked = (
        judged(1, "school", "pass", FIRST, phone="ok"),
        judged(1, "school", "pass", FIRST, number="ok"),
    )
    changed = items(number="1243", photo="@aa", phone="138", note="x")
    for rounds, now, expected in (
        ([first], FIRST, ("", "")),
        ([first, named], FIRST, ("number", "number")),
        ([first, named, passed_over], FIRST, ("number", "number")),
        ([first, named, looked], FIRST, ("number", "")),  # the office still looks there first
        ([first, named, looked, judged(1, "office", "return", FIRST, number="ok")], FIRST, ("", "")),
        ([first, named], changed, ("", "")),
        ([first, silent], FIRST, ("", "note number phone photo")),
        ([first, silent, looked], FIRST, ("", "note phone photo")),
        ([first, silent, looked], changed, ("", "note phone photo")),
    ):
        found = doubts(rounds, now)
        assert (" ".join(sorted(found.named)), " ".join(sorted(found.unseen))) == expected


LONG = "".join(f"第 {number} 学期我按计划读完了课程，也参加了实践。" for number in range(60))
LATER = LONG + "毕业以后我会继续学习。"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (LONG, LATER),
        (LATER, LONG),
        (LONG, "本人是自考生。" + LONG),
        (LONG, LONG[:600] + "（其中一门免考）" + LONG[600:]),
        (LONG, LONG[:300] + "甲" + LONG[301:900] + "乙" + LONG[901:]),
        (LONG, "甲" + LONG[1:-1] + "乙"),
        (LONG, ""),
        ("短的一段", "短的两段"),
    ],
)
def test_what_differs_in_a_long_text_stands_near_the_top_and_nothing_is_lost(before: str, after: str):
    (found,) = differences(items(text=before), items(text=after), ())
    for side, whole in zip(found.sides, (before, after), strict=True):
        assert "".join(part.text for part in side) == whole
        read = [part for part in side if not part.aside]
        assert all(len(part.text) <= 160 for part in read if not part.differs), "what is the same is not read again"
        assert not any(part.aside for part in side) or any(not part.aside for part in side)
    marks = [part.text for side in found.sides for part in side if part.differs]
    assert marks


def test_a_short_text_and_one_too_long_to_compare_are_shown_whole():
    (short,) = differences(items(text="沪" * 60 + "甲"), items(text="沪" * 60 + "乙"), ())
    huge = "长" * (COMPARED // 100)
    (large,) = differences(items(text=huge), items(text=huge + "甲" * 200), ())
    assert not any(part.aside for found in (short, large) for side in found.sides for part in side)

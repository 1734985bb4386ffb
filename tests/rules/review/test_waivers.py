"""What a reviewer is asked about missing courses."""

from __future__ import annotations

from app.rules.review.waivers import Gap, gaps, unanswered


class Assessed:
    def __init__(self, *missing: tuple[str, str]) -> None:
        self.missing = missing

    def missing_courses(self) -> tuple[tuple[str, str], ...]:
        return self.missing


def test_each_missing_course_is_asked_once_in_its_order():
    found = gaps(Assessed(("00540", "外国文学史"), ("", "选修学分"), ("00540", "外国文学史")))
    assert found == (Gap("00540", "外国文学史"), Gap("选修学分", "选修学分"))
    assert [gap.label for gap in found] == ["00540 外国文学史", "选修学分"]


def test_nothing_missing_asks_nothing():
    assert gaps(None) == gaps(Assessed()) == ()


def test_a_blank_reason_is_no_reason():
    asked = (Gap("1", "甲"), Gap("2", "乙"), Gap("3", "丙"))
    assert unanswered(asked, {"1": "已复核", "2": " \u3000", "4": "多余"}) == [asked[1], asked[2]]

"""The catalogue of reasons: what fits which item, which placeholders there are, and what is filled in."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from app.rules.plans.eligibility import NextStep
from app.rules.review.reasons import (
    BLANK,
    MOST_LABEL,
    MOST_TEXT,
    Entry,
    Lacking,
    filled,
    known_place,
    lacking_of,
    offered,
    place_words,
    text_problem,
)
from app.services.graduation.reasons import PLACES, SEEDS

COURSE = Entry(1, "R01", "课程", "课程【{course}】未取得合格成绩", ("scores",))
PRACTICE = Entry(2, "R03", "实践", "实践环节【{course}】未合格", ("scores",))
CREDITS = Entry(3, "R02", "学分", "总学分不足，{credits}", ("scores",))
LACKING = Lacking((("R01", "00540 外国文学史"), ("R03", "00900 实习")), "已修 66 / 要求 73")


def entry(ident: int, *places: str) -> Entry:
    return Entry(ident, "", f"原因{ident}", "文字", places)


def test_the_reasons_of_the_item_come_before_those_of_its_step_and_those_for_everything():
    entries = [entry(1), entry(2, "prior_degree"), entry(3, "prior_degree.record_code"), entry(4, "profile")]
    assert [each.id for each in offered(entries, "prior_degree.record_code")] == [3, 2, 1]
    assert [each.id for each in offered(entries, "statement.statement")] == [1]


def test_within_one_rank_the_order_of_the_catalogue_holds():
    entries = [entry(5, "profile"), entry(1, "profile"), entry(9, "profile")]
    assert [each.id for each in offered(entries, "profile.phone")] == [5, 1, 9]


def test_numbered_items_belong_to_their_name_and_a_longer_name_does_not():
    entries = [entry(1, "scores.extra_option"), entry(2, "prior_degree.record")]
    assert [each.id for each in offered(entries, "scores.extra_option_2")] == [1]
    assert offered([entry(1, "profile.name")], "profile.names") == []


def test_the_missing_courses_are_filled_in_by_their_kind():
    assert filled(COURSE, LACKING) == "课程【00540 外国文学史】未取得合格成绩"
    assert filled(PRACTICE, LACKING) == "实践环节【00900 实习】未合格"
    assert filled(CREDITS, LACKING) == "总学分不足，已修 66 / 要求 73"


def test_a_course_is_never_called_a_practice_that_it_is_not():
    theory = Lacking((("R01", "00540 外国文学史"),), "")
    assert filled(PRACTICE, theory) == f"实践环节【{BLANK}】未合格"


def test_where_none_of_its_kind_is_missing_all_are_named():
    both = Entry(1, "", "课程", "缺【{course}】", ())
    assert filled(both, LACKING) == "缺【00540 外国文学史、00900 实习】"


@pytest.mark.parametrize(("about_courses", "lacking"), [(True, Lacking()), (False, LACKING)])
def test_a_line_without_courses_keeps_a_blank(about_courses, lacking):
    assert filled(COURSE, lacking, about_courses=about_courses) == f"课程【{BLANK}】未取得合格成绩"


def test_many_courses_are_named_in_part_and_counted():
    lacking = Lacking(tuple(("R01", f"0000{number} 课程") for number in range(9)))
    text = filled(COURSE, lacking)
    assert "等 9 门" in text
    assert text.count("课程、") == 5


@pytest.mark.parametrize("text", ["课程【{course}】", "总学分不足，{credits}", "没有占位", "{course}{course}"])
def test_known_placeholders_are_taken(text):
    assert text_problem(text) is None


@pytest.mark.parametrize("text", ["{Course}", "{课程}", "{}", "{course", "course}", "{course!r}", "{0}", "{{course}}"])
def test_unknown_placeholders_and_lone_braces_are_refused_by_name(text):
    problem = text_problem(text)
    assert problem is not None
    assert problem.startswith("不认识 ")
    assert "{course}、{credits}" in problem


@pytest.mark.parametrize("text", ["", "长" * (MOST_TEXT + 1)])
def test_no_words_or_too_many_are_refused(text):
    assert f"1 至 {MOST_TEXT} 字" in str(text_problem(text))


def test_the_programs_own_lines_are_all_of_the_catalogue_and_right():
    assert {seed.code for seed in SEEDS} >= {f"R{number:02}" for number in range(1, 23)}
    assert len({seed.code for seed in SEEDS}) == len({seed.label for seed in SEEDS}) == len(SEEDS)
    for seed in SEEDS:
        assert text_problem(seed.text) is None, seed
        assert 0 < len(seed.label) <= MOST_LABEL, seed
        assert all(known_place(key, PLACES) for key in seed.places), seed
        assert len(seed.code) <= 10


def test_places_are_said_in_words():
    assert place_words(("profile", "prior_degree.record_code"), PLACES) == "个人信息、在线验证码"
    assert place_words((), PLACES) == "每一项"
    assert not known_place("profile.nothing", PLACES)


@dataclass
class Missing:
    rule: str
    next_step: NextStep


def test_what_an_assessment_says_is_missing_has_its_kind_and_its_name():
    assessment: Any = SimpleNamespace(
        missing=(Missing("必考", NextStep.EXAM), Missing("加考 情形", NextStep.EXAM), Missing("必考", NextStep.THESIS)),
        missing_courses=lambda: (("00540", "外国文学史"), ("02318", "计算机组成原理"), ("", "毕业论文")),
        credits_earned=66,
        credits_needed=73,
    )
    assert lacking_of(assessment) == Lacking(
        (("R01", "00540 外国文学史"), ("R05", "02318 计算机组成原理"), ("R04", "毕业论文")), "已修 66 / 要求 73"
    )
    assert lacking_of(None) == Lacking()

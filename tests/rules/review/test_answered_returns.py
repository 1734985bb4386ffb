"""A returned item is answered by a change or by words; only then may the application be submitted again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.rules.review.fixes import (
    PAGE,
    Answer,
    Returned,
    answers,
    in_order,
    problems,
    replies_to_keep,
    reply_problems,
    with_faults,
)
from app.rules.review.submission_diff import Kind, differences
from app.rules.submission import Item

NUMBER, PHOTO, ASSESSMENT, MAJOR = (
    "prior_degree.diploma_number",
    "prior_degree.record_photo",
    "scores.assessment",
    "scores.major",
)


def item(key: str, value: str = "", sha256: str = "", **more: Any) -> Item:
    return Item(key, key.partition(".")[2], value, sha256=sha256, **more)


BEFORE = (
    item(MAJOR, "汉语言文学"),
    item(ASSESSMENT, "尚缺 1 门", locked=True),
    item(NUMBER, "1234"),
    item(PHOTO, "100×80", "a"),
)


def returned(*keys: str) -> Returned:
    return Returned(1, "school_review", "", BEFORE, dict.fromkeys(keys, "不一致"))


def changed(**over: Any) -> list[Item]:
    return [replace(row, **over.get(row.key.replace(".", "_"), {})) for row in BEFORE]


def test_nothing_done_is_open() -> None:
    assert answers(returned(NUMBER, PHOTO), BEFORE, {}, {}) == {NUMBER: Answer.OPEN, PHOTO: Answer.OPEN}


def test_another_value_or_another_picture_is_a_change() -> None:
    now = changed(prior_degree_diploma_number={"value": "1243"}, prior_degree_record_photo={"sha256": "b"})
    assert set(answers(returned(NUMBER, PHOTO), now, {}, {}).values()) == {Answer.CHANGED}


def test_the_same_picture_under_another_name_is_no_change() -> None:
    now = changed(prior_degree_record_photo={"value": "100×80，12 KB", "sha256": "a"})
    same = [replace(row, value="100×80") if row.key == PHOTO else row for row in now]
    assert answers(returned(PHOTO), same, {}, {}) == {PHOTO: Answer.OPEN}


def test_an_item_that_is_gone_is_changed() -> None:
    now = [row for row in BEFORE if row.key != PHOTO]
    assert answers(returned(PHOTO), now, {}, {}) == {PHOTO: Answer.CHANGED}


def test_words_explain_an_item_and_blanks_do_not() -> None:
    assert answers(returned(NUMBER), BEFORE, {}, {NUMBER: "证书上就是这个编号"}) == {NUMBER: Answer.EXPLAINED}
    assert answers(returned(NUMBER), BEFORE, {}, {NUMBER: " \n"}) == {NUMBER: Answer.OPEN}


def test_what_is_refused_is_still_to_be_changed_at_the_item_that_it_belongs_to() -> None:
    done = {NUMBER: Answer.CHANGED, PHOTO: Answer.EXPLAINED, MAJOR: Answer.OPEN}
    leads = {NUMBER: {NUMBER, PHOTO, "prior_degree.code"}, PHOTO: {PHOTO}, MAJOR: {MAJOR}}
    assert with_faults(done, leads, []) == done
    assert with_faults(done, leads, [NUMBER]) == done | {NUMBER: Answer.REFUSED}
    assert with_faults(done, leads, [PHOTO]) == done | {PHOTO: Answer.REFUSED}
    assert with_faults(done, leads, ["prior_degree.code"]) == done | {NUMBER: Answer.REFUSED}
    assert with_faults(done, leads, [MAJOR, "profile.phone"]) == done  # open anyway; of no item here


def test_a_change_elsewhere_answers_nothing() -> None:
    now = changed(prior_degree_record_photo={"sha256": "b"})
    assert answers(returned(NUMBER), now, {NUMBER: {NUMBER, PHOTO}}, {}) == {NUMBER: Answer.OPEN}


def test_what_the_office_holds_is_answered_by_a_change_of_what_it_leads_to() -> None:
    leads = {ASSESSMENT: {ASSESSMENT, MAJOR}}
    assert answers(returned(ASSESSMENT), BEFORE, leads, {}) == {ASSESSMENT: Answer.OPEN}
    now = changed(scores_major={"value": "行政管理"})
    assert answers(returned(ASSESSMENT), now, leads, {}) == {ASSESSMENT: Answer.CHANGED}


def test_each_open_item_is_named_with_what_to_do_and_where() -> None:
    back = returned(NUMBER, PHOTO)
    found = problems(back, {NUMBER: Answer.OPEN, PHOTO: Answer.CHANGED}, {})
    assert [(problem.step, problem.field) for problem in found] == [(PAGE, f"fix-{NUMBER}")]
    assert "diploma_number" in found[0].message
    assert "我的说明" in found[0].message


def test_words_have_a_limit_and_are_counted_as_word_counters_do() -> None:
    back = returned(NUMBER)
    assert reply_problems(back, {NUMBER: "长" * 300}) == {}
    assert "现在是 301 字" in reply_problems(back, {NUMBER: "长" * 301})[NUMBER]
    found = problems(back, {NUMBER: Answer.EXPLAINED}, {NUMBER: "长" * 301})
    assert [problem.field for problem in found] == [f"reply.{NUMBER}"]


def test_only_words_to_returned_items_are_kept() -> None:
    assert replies_to_keep(returned(NUMBER, PHOTO), {NUMBER: " 已核对 ", PHOTO: " ", MAJOR: "多余"}) == {
        NUMBER: "已核对"
    }


def test_returned_items_come_in_the_order_of_the_submission() -> None:
    assert in_order([PHOTO, "gone.item", MAJOR], BEFORE) == [MAJOR, PHOTO, "gone.item"]


def test_the_difference_shows_what_was_explained_beside_what_was_changed() -> None:
    now = changed(prior_degree_diploma_number={"value": "1243"})
    words = {NUMBER: "抄错一位", PHOTO: "照片已经是原件"}
    found = differences(BEFORE, now, {NUMBER, PHOTO}, words)
    assert [(each.key, each.kind, each.reply) for each in found] == [
        (NUMBER, Kind.CHANGED, "抄错一位"),
        (PHOTO, Kind.EXPLAINED, "照片已经是原件"),
    ]
    assert differences(BEFORE, BEFORE, {NUMBER}, {}) == ()

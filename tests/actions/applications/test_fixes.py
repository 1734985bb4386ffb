"""A returned application goes back only when every returned item was changed or explained, and the words go with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask

from app.actions.applications.drafts import save_parts, save_step
from app.actions.applications.fixes import returned_of
from app.actions.applications.submit import submit
from app.actions.review.opinions import RETURN, Opinion, Verdict
from app.extensions import db
from app.models import Submission
from app.rules.refusals import ChangedMeanwhile, Incomplete
from app.rules.review.fixes import REPLIES
from app.services.graduation import GRADUATION
from tests import builders
from tests.reviewing import LATER, Desk, myself, picture, returning, submitted

NUMBER, STATEMENT, PHOTO = "prior_degree.diploma_number", "statement.statement", "prior_degree.record_photo"
SOON = LATER + timedelta(hours=1)


@pytest.fixture
def desk(both: Flask) -> Desk:
    made = submitted()
    reasons = {NUMBER: Verdict(RETURN, "编号与照片不一致"), STATEMENT: Verdict(RETURN, "请写到学习收获")}
    made.decide("return", builders.staff(), Opinion(reasons, "请仔细核对"))
    return made


def write(desk: Desk, replies: dict[str, str] | None = None, **steps: dict[str, str]) -> None:
    parts = {name: {**desk.row.answers.get(name, {}), **values} for name, values in steps.items()}
    given = parts | ({REPLIES: replies} if replies is not None else {})
    save_parts(desk.public_id, given, version=desk.row.version, by=myself(desk), on=SOON)


def again(desk: Desk) -> Any:
    return submit(desk.public_id, GRADUATION, by=myself(desk), on=SOON)


def open_items(desk: Desk) -> list[str]:
    with pytest.raises(Incomplete) as refused:
        again(desk)
    return [problem.field for problem in refused.value.problems]


def test_untouched_items_stop_the_submission_one_by_one(desk: Desk) -> None:
    assert open_items(desk) == [f"fix-{STATEMENT}", f"fix-{NUMBER}"]
    assert desk.row.state == "returned"
    write(desk, statement={"statement": builders.STATEMENT + "收获很大。"})
    assert open_items(desk) == [f"fix-{NUMBER}"]
    write(desk, {NUMBER: "证书上就是这个编号，见照片右下角。"})
    assert again(desk).first_time
    assert desk.row.state == "school_review"


def test_saving_the_same_again_is_no_change(desk: Desk) -> None:
    write(desk, {STATEMENT: "已经写到了"}, prior_degree=dict(desk.row.answers["prior_degree"]))
    assert open_items(desk) == [f"fix-{NUMBER}"]


def test_a_new_picture_is_a_change(app: Flask) -> None:
    desk = submitted()
    desk.decide("return", builders.staff(), returning(PHOTO, reason="不清晰"))
    assert open_items(desk) == [f"fix-{PHOTO}"]
    with db.session.begin():
        db.session.execute(db.text("UPDATE evidence SET current = :no WHERE slot = 'record_photo'"), {"no": False})
    picture(desk.row.id, "record_photo")
    assert again(desk).first_time


def test_the_words_are_frozen_with_the_submission_and_start_empty_after_it(desk: Desk) -> None:
    write(desk, {NUMBER: "证书上就是这个编号。", STATEMENT: ""}, statement={"statement": builders.STATEMENT + "好。"})
    again(desk)
    assert desk.submission.content.replies == {NUMBER: "证书上就是这个编号。"}
    assert REPLIES not in desk.row.answers
    first = db.session.query(Submission).filter_by(number=1).one()
    assert json.loads(first.document)["replies"] == {}


def test_words_to_what_was_not_returned_are_not_kept(desk: Desk) -> None:
    write(desk, {NUMBER: "没有错", STATEMENT: "没有错", "profile.phone": "顺便说一句"})
    again(desk)
    assert set(desk.submission.content.replies) == {NUMBER, STATEMENT}


def test_words_that_are_too_long_stop_the_submission(desk: Desk) -> None:
    write(desk, {NUMBER: "长" * 301, STATEMENT: "没有错"})
    assert open_items(desk) == [f"reply.{NUMBER}"]


def test_a_second_return_asks_anew(desk: Desk) -> None:
    write(desk, {NUMBER: "没有错", STATEMENT: "没有错"})
    again(desk)
    desk.decide("return", builders.staff(), Opinion({NUMBER: Verdict(RETURN, "还是不一致")}), on=SOON)
    found = returned_of(db.session(), desk.row.id)
    assert found is not None
    assert (found.number, dict(found.reasons), found.message) == (2, {NUMBER: "还是不一致"}, "")
    assert open_items(desk) == [f"fix-{NUMBER}"]
    write(desk, {NUMBER: "已请学校盖章证明"})
    again(desk)
    assert desk.submission.content.replies == {NUMBER: "已请学校盖章证明"}


def test_what_the_page_says_of_the_return_is_what_the_reviewer_wrote(desk: Desk) -> None:
    found = returned_of(db.session(), desk.row.id)
    assert found is not None
    assert list(found.reasons.items()) == [(STATEMENT, "请写到学习收获"), (NUMBER, "编号与照片不一致")]
    assert (found.message, found.stage) == ("请仔细核对", "school_review")


def test_a_part_that_changed_meanwhile_does_not_keep_the_others_from_being_saved(desk: Desk) -> None:
    old = desk.row.version
    write(desk, {NUMBER: "第一个页面写的"})
    parts = {REPLIES: {NUMBER: "第二个页面写的"}, "statement": {"statement": "新的鉴定"}}
    with pytest.raises(ChangedMeanwhile) as refused:
        save_parts(desk.public_id, parts, version=old, by=myself(desk), on=SOON)
    assert refused.value.mine == {NUMBER: "第二个页面写的"}
    assert refused.value.theirs == {NUMBER: "第一个页面写的"}
    assert desk.row.answers["statement"]["statement"] == "新的鉴定"
    assert desk.row.answers[REPLIES] == {NUMBER: "第一个页面写的"}


def test_saving_what_is_stored_already_moves_no_version(desk: Desk) -> None:
    write(desk, {NUMBER: "写好了"})
    before = desk.row.version
    write(desk, {NUMBER: "写好了"})
    save_step(desk.public_id, "statement", desk.row.answers["statement"], version=0, by=myself(desk), on=SOON)
    assert desk.row.version == before


def test_words_taken_back_at_the_same_moment_never_leave_an_item_unanswered(desk: Desk, both: Flask) -> None:
    """One tab submits while another clears the words: either the words go along or nothing is submitted."""
    write(desk, {NUMBER: "没有错", STATEMENT: "没有错"})
    version, me = desk.row.version, myself(desk)
    gate = Barrier(2)

    def act(what: Callable[[], object]) -> None:
        with both.app_context():
            gate.wait()
            with suppress(Incomplete, ChangedMeanwhile):
                what()
            db.session.remove()

    def clear() -> None:
        save_parts(desk.public_id, {REPLIES: {NUMBER: "", STATEMENT: ""}}, version=version, by=me, on=SOON)

    acts = (clear, lambda: submit(desk.public_id, GRADUATION, by=me, on=SOON))
    threads = [Thread(target=act, args=(what,)) for what in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if desk.row.state == "returned":
        assert desk.row.submissions == 1
    else:
        assert set(desk.submission.content.replies) == {NUMBER, STATEMENT}

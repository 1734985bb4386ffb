"""The catalogue of reasons: planted once, changed by whom it belongs to, never deleted once it was used."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.actions.review.opinions import RETURN, Opinion, Verdict
from app.actions.review.reasons import (
    ReasonForm,
    catalogue,
    delete_reason,
    line,
    lines,
    plant,
    retire,
    save_reason,
    shift,
)
from app.extensions import db
from app.models import AuditEvent, Finding, ReturnReason
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed, NotFound
from app.services.graduation.reasons import SEEDS
from tests import builders
from tests.builders import NOW
from tests.reviewing import submitted

NUMBER = "prior_degree.diploma_number"
ADMIN = Actor("staff", 1, "褚管理", "admin")
LEAD = Actor("staff", 2, "沈负责", "school_lead", "10574")
FORM = ReasonForm("请到学校", "请带原件到继续教育学院核对", ("prior_degree",))


def save(ident: int | None = None, form: ReasonForm = FORM, *, version: int = 0, by: Actor = ADMIN) -> int:
    return save_reason(ident, form, version=version, by=by, on=NOW)


def rows() -> list[ReturnReason]:
    return list(db.session.scalars(select(ReturnReason).order_by(ReturnReason.position)).all())


def labels(school: str = "") -> list[str]:
    return [entry.label for entry in catalogue(db.session(), school)]


def acts() -> list[str]:
    query = select(AuditEvent.action).where(AuditEvent.action.like("reason.%"))
    return list(db.session.scalars(query.order_by(AuditEvent.id)))


def returned_with(cause: int) -> None:
    opinion = Opinion({NUMBER: Verdict(RETURN, "请带原件", cause)})
    submitted().decide("return", builders.staff(), opinion)


def test_the_programs_lines_are_planted_once_and_what_the_site_made_of_them_stays(both):
    with transaction() as session:
        session.scalars(select(ReturnReason).where(ReturnReason.code == "R08")).one().text = "改过的文字"
        plant(session)
    assert len(rows()) == len(SEEDS)
    assert db.session.scalars(select(ReturnReason.text).where(ReturnReason.code == "R08")).one() == "改过的文字"
    with transaction() as session:
        session.delete(session.scalars(select(ReturnReason).where(ReturnReason.code == "R09")).one())
        plant(session)  # as a newer version of the program plants what it has more
    assert len(rows()) == len(SEEDS)


def test_what_is_not_active_at_first_is_not_offered(app):
    assert labels() == [seed.label for seed in SEEDS if seed.active]


def test_the_administrator_adds_a_line_for_everybody_and_it_is_written_down(app):
    ident = save()
    assert labels("10574")[-1] == "请到学校"
    assert labels()[-1] == "请到学校"
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "reason.created")).one()
    assert (event.subject_id, event.detail["after"]["text"]) == (ident, FORM.text)


def test_a_lead_adds_lines_that_only_their_school_is_offered_after_the_common_ones(app):
    save(by=LEAD)
    assert labels("10574")[-1] == "请到学校"
    assert "请到学校" not in labels("10002")
    assert "请到学校" not in labels()


def test_a_lead_changes_no_common_line_and_does_not_find_another_schools(app):
    common = rows()[0].id
    foreign = save(by=Actor("staff", 3, "别校", "school_lead", "10002"))
    assert foreign not in [row.id for row in lines(db.session(), LEAD)]
    for ident, refusal in ((common, NotAllowed), (foreign, NotFound)):
        for change in (
            lambda ident=ident: save(ident, version=1, by=LEAD),
            lambda ident=ident: retire(ident, by=LEAD, on=NOW),
            lambda ident=ident: delete_reason(ident, by=LEAD, on=NOW),
            lambda ident=ident: shift(ident, "up", by=LEAD, on=NOW),
        ):
            with pytest.raises(refusal):
                change()
    assert line(db.session(), foreign, ADMIN).label == "请到学校"  # the administrator sees every list
    assert acts() == ["reason.created"]


@pytest.mark.parametrize("role", ["school_reviewer", "office_reviewer", "finance", "auditor"])
def test_nobody_else_adds_lines(app, role):
    with pytest.raises(NotAllowed):
        save(by=Actor("staff", 4, "周明", role, "10574"))


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (ReasonForm("", "文字", ()), "label"),
        (ReasonForm("长" * 21, "文字", ()), "label"),
        (ReasonForm("名称", "", ()), "text"),
        (ReasonForm("名称", "课程{kecheng}", ()), "text"),
        (ReasonForm("名称", "长" * 301, ()), "text"),
        (ReasonForm("名称", "文字", ("nothing.here",)), "places"),
        (ReasonForm("材料不齐", "文字", ()), "label"),
    ],
)
def test_a_wrong_line_is_refused_at_its_field(app, form, field):
    with pytest.raises(Invalid) as error:
        save(form=form)
    assert error.value.field == field
    assert len(rows()) == len(SEEDS)


def test_two_schools_may_use_the_same_name(both):
    save(by=LEAD)
    save(by=Actor("staff", 3, "别校", "school_lead", "10002"))
    assert len(rows()) == len(SEEDS) + 2


def test_other_words_for_a_line_leave_what_was_sent_as_it_is(app):
    ident = save()
    returned_with(ident)
    save(ident, ReasonForm("新名称", "新文字", ()), version=1)
    assert db.session.scalars(select(Finding.reason)).one() == "请带原件"
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "reason.edited")).one()
    assert (event.detail["before"]["text"], event.detail["after"]["text"]) == (FORM.text, "新文字")


def test_a_stale_form_does_not_overwrite(app):
    ident = save()
    save(ident, ReasonForm("甲", "甲文字", ()), version=1)
    with pytest.raises(ChangedMeanwhile) as error:
        save(ident, ReasonForm("乙", "乙文字", ()), version=1)
    assert error.value.theirs == {"名称": "甲", "文字": "甲文字"}


def test_a_used_line_is_retired_and_never_deleted(app):
    ident = save()
    returned_with(ident)
    with pytest.raises(NotAllowed, match="已经用过"):
        delete_reason(ident, by=ADMIN, on=NOW)
    retire(ident, by=ADMIN, on=NOW)
    assert "请到学校" not in labels()
    retire(ident, by=ADMIN, on=NOW)  # twice is once
    retire(ident, by=ADMIN, on=NOW, back=True)
    assert "请到学校" in labels()
    assert acts() == ["reason.created", "reason.retired", "reason.restored"]


def test_a_line_whose_use_is_only_in_the_findings_is_not_deleted_either(app):
    ident = save()
    returned_with(ident)
    with transaction() as session:
        session.get_one(ReturnReason, ident).used = False
    with pytest.raises(NotAllowed, match="已经用过"):
        delete_reason(ident, by=ADMIN, on=NOW)


def test_an_unused_line_is_deleted_and_one_of_the_programs_own_is_not(app):
    ident = save()
    delete_reason(ident, by=ADMIN, on=NOW)
    assert len(rows()) == len(SEEDS)
    with pytest.raises(NotAllowed, match="程序自带"):
        delete_reason(rows()[0].id, by=ADMIN, on=NOW)


def test_lines_change_places_within_their_list_and_stop_at_its_ends(both):
    first, second, last = rows()[0], rows()[1], rows()[-1]
    shift(second.id, "up", by=ADMIN, on=NOW)
    assert [row.id for row in rows()[:2]] == [second.id, first.id]
    before = [row.id for row in rows()]
    shift(second.id, "up", by=ADMIN, on=NOW)
    shift(last.id, "down", by=ADMIN, on=NOW)
    assert [row.id for row in rows()] == before
    own = [save(form=ReasonForm(name, "文字", ()), by=LEAD) for name in ("甲", "乙")]
    shift(own[1], "up", by=LEAD, on=NOW)
    assert labels("10574")[-2:] == ["乙", "甲"]

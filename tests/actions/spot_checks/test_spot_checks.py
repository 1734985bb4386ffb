"""抽查: drawn by a stored seed and rule, repeatable; looked at once, by another person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actions.review.opinions import Verdict
from app.actions.review.revoking import revoke
from app.actions.spot_checks import blind, drawing, second_look
from app.actions.spot_checks.drawing import Rule
from app.extensions import db
from app.models import AuditEvent, Review, SpotCheck, SpotCheckFile, Submission
from app.models.base import transaction
from app.rules.refusals import ChangedMeanwhile, Incomplete, Invalid, NotAllowed, NotFound
from app.rules.review.spot_checks import drawn
from tests import builders
from tests.reviewing import LATER, Desk, actor, returning, submitted

DAY = timedelta(days=1)
AFTER = LATER + DAY
PHONE = "profile.phone"


@pytest.fixture
def lead(app):
    return builders.staff("school_lead", school_code="10574", name="郑负责")


def passed(number: int, by, code: str = "10574", on=LATER) -> list[Desk]:
    desks = [submitted(code) for _ in range(number)]
    for desk in desks:
        desk.decide("pass", by, on=on)
    return desks


def draw(by, **over) -> SpotCheck:
    window = over.pop("window_id", None) or db.session.scalar(select(Review.window_id).limit(1))
    given = {"window_id": window, "stage": "school_review", "way": "number", "amount": 3, **over}
    on = given.pop("on", AFTER)
    return db.session.get_one(SpotCheck, drawing.draw(Rule(**given), by=actor(by), on=on))


def files(row: SpotCheck) -> list[SpotCheckFile]:
    query = select(SpotCheckFile).where(SpotCheckFile.spot_check_id == row.id).order_by(SpotCheckFile.place)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def receipts(row: SpotCheck) -> list[str]:
    query = select(Submission.receipt).join(Review, Review.submission_id == Submission.id)
    return [db.session.scalar(query.where(Review.id == each.review_id)) for each in files(row)]


def test_seed_and_rule_are_stored_and_give_the_same_files_again(both):
    passed(9, builders.staff())
    row = draw(builders.staff("school_lead", school_code="10574"))
    everyone = db.session.scalars(select(Submission.receipt)).all()
    assert receipts(row) == drawn(row.seed, everyone, 3)
    assert len(row.seed) == 32
    assert drawing.repeated(db.session(), row) == (True, True)
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "spot_check.drawn")).one()
    assert event.detail["seed"] == row.seed


def test_two_draws_have_two_seeds_and_both_are_kept(lead):
    passed(9, builders.staff())
    first, second = draw(lead), draw(lead)
    assert first.seed != second.seed
    assert len(db.session.scalars(select(SpotCheck.id)).all()) == 2


def test_a_changed_draw_is_found_out(lead):
    passed(9, builders.staff())
    row = draw(lead)
    unlucky, spare = files(row)[0].review_id, set(row.population) - {each.review_id for each in files(row)}
    with transaction() as session:
        session.get_one(SpotCheckFile, (row.id, 1)).review_id = min(spare)
    assert unlucky not in {each.review_id for each in files(row)}
    assert drawing.repeated(db.session(), row) == (False, True)


def test_what_happens_later_changes_no_draw(lead):
    desks = passed(6, builders.staff())
    row = draw(lead)
    revoke(desks[0].public_id, "审错了", version=desks[0].row.version, by=actor(lead), on=AFTER + DAY)
    passed(2, builders.staff(), on=AFTER + DAY)
    assert drawing.repeated(db.session(), row) == (True, True)


def test_drawn_from_are_passed_files_of_the_stage_the_school_the_reviewer_and_the_days(lead):
    one, other, office = builders.staff(), builders.staff(), builders.staff("office_reviewer")
    mine = passed(2, one)
    late = passed(1, one, on=LATER + 3 * DAY)
    theirs = passed(2, other)
    passed(1, builders.staff(school_code="10002"), "10002")
    submitted().decide("return", one, returning(PHONE))
    submitted()
    revoked = passed(1, one)[0]
    revoke(revoked.public_id, "审错了", version=revoked.row.version, by=actor(lead), on=LATER + timedelta(hours=1))
    mine[0].decide("pass", office)

    def population(by, **over) -> int:
        return len(draw(by, on=LATER + 9 * DAY, **over).population)

    assert population(lead) == len(mine + late + theirs)
    assert population(lead, reviewer_id=one.id) == 3
    assert population(lead, since=LATER + DAY) == 1
    assert population(lead, until=LATER + DAY) == 4
    assert population(office) == 6
    assert population(office, school_code="10002") == 1
    assert population(office, stage="office_review") == 1


def test_a_lead_draws_in_his_school_and_stage_only(lead):
    passed(2, builders.staff(school_code="10002"), "10002")
    passed(1, builders.staff())
    assert len(draw(lead, school_code="10002").population) == 1
    with pytest.raises(Invalid, match="终审由考办抽查"):
        draw(lead, stage="office_review")
    with pytest.raises(NotAllowed):
        draw(builders.staff())
    with pytest.raises(NotFound):
        drawing.of(db.session(), draw(builders.staff("admin")).id, actor(lead))


@pytest.mark.parametrize(
    ("field", "over"),
    [
        ("amount", {"amount": 0}),
        ("amount", {"way": "percent", "amount": 101}),
        ("amount", {"amount": 1001}),
        ("way", {"way": "all"}),
        ("stage", {"stage": "draft"}),
        ("until", {"since": AFTER, "until": LATER}),
        ("window", {"until": LATER - 9 * DAY}),
    ],
)
def test_a_rule_that_cannot_be_says_so_at_its_field(lead, field, over):
    passed(1, builders.staff())
    with pytest.raises(Invalid) as refused:
        draw(lead, **over)
    assert refused.value.field == field
    assert db.session.scalar(select(SpotCheck.id)) is None


def test_the_second_look_is_stored_once(lead):
    passed(3, builders.staff())
    row = draw(lead)
    found = {PHONE: Verdict("return", "号码少一位"), "profile.email": Verdict("ok")}
    second_look.check(row.id, 1, "disagree", found, "再看", by=actor(lead), on=AFTER)
    kept = files(row)[0]
    assert (kept.verdict, kept.findings, kept.note, kept.staff_id) == (
        "disagree", [[PHONE, "号码少一位", None]], "再看", lead.id
    )  # fmt: skip
    with pytest.raises(ChangedMeanwhile):
        second_look.check(row.id, 1, "agree", {}, "", by=actor(builders.staff("admin")), on=AFTER)
    assert files(row)[0].verdict == "disagree"


def test_nobody_looks_at_a_decision_of_his_own(lead):
    passed(1, lead)
    row = draw(lead)
    with pytest.raises(NotAllowed, match="由另一位抽查"):
        second_look.check(row.id, 1, "agree", {}, "", by=actor(lead), on=AFTER)
    second_look.check(row.id, 1, "agree", {}, "", by=actor(builders.staff("office_reviewer")), on=AFTER)


@pytest.mark.parametrize(
    ("verdict", "findings", "field"),
    [
        ("disagree", {}, ""),
        ("disagree", {PHONE: Verdict("return")}, f"reason.{PHONE}"),
        ("agree", {PHONE: Verdict("return", "不对")}, f"verdict.{PHONE}"),
        ("disagree", {"no.item": Verdict("return", "不对")}, ""),
        ("", {}, ""),
    ],
)
def test_a_verdict_that_does_not_fit_is_refused(lead, verdict, findings, field):
    passed(1, builders.staff())
    row = draw(lead)
    with pytest.raises(Incomplete) as refused:
        second_look.check(row.id, 1, verdict, findings, "", by=actor(lead), on=AFTER)
    assert field in [problem.field for problem in refused.value.problems]
    assert files(row)[0].verdict == ""


def look(row: SpotCheck, by, place: int = 1) -> None:
    second_look.check(row.id, place, "agree", {}, "", by=actor(by), on=AFTER + DAY)


def test_who_opened_a_drawn_file_looks_at_it_no_more(both):
    """Blind is kept by the program: seen is whoever opened the file while it waited."""
    lead, other = (builders.staff("school_lead", school_code="10574") for _ in range(2))
    desk = passed(1, builders.staff())[0]
    assert blind.waiting(db.session(), desk.public_id, actor(lead)) is None  # in no draw
    row = draw(lead)
    assert blind.waiting(db.session(), desk.public_id, actor(lead)) == blind.Waiting(row.id, 1)
    blind.note_opened(desk.public_id, by=actor(lead), on=AFTER)
    assert blind.waiting(db.session(), desk.public_id, actor(lead)) is None
    with pytest.raises(NotAllowed, match="已经看过"):
        look(row, lead)
    look(row, other)
    assert files(row)[0].staff_id == other.id


def test_who_decided_afterwards_or_looked_in_another_draw_has_seen_the_verdict(lead):
    office = builders.staff("office_reviewer", school_code="")
    desk = passed(1, builders.staff())[0]
    row, again = draw(lead), draw(lead)
    desk.decide("pass", office, on=AFTER)
    with pytest.raises(NotAllowed, match="已经看过"):
        look(row, office)
    look(row, lead)
    with pytest.raises(NotAllowed, match="已经看过"):
        look(again, lead)


def test_a_draw_of_another_school_or_without_its_roles_asks_nothing(lead):
    desk = passed(1, builders.staff())[0]
    draw(lead)
    for other in (builders.staff(), builders.staff("school_lead", school_code="10001")):
        assert blind.waiting(db.session(), desk.public_id, actor(other)) is None

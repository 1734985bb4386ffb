"""A site with rows in every situation, for walks through all its pages: files at each state, and what hangs on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app.actions.applications.drafts import save_parts
from app.actions.applications.leases import acquire
from app.actions.applications.submit import submit
from app.actions.office.site import save_texts
from app.actions.papers import certificates
from app.actions.payments.on_the_spot import record_offline
from app.actions.payments.orders import open_order, receive
from app.actions.records.missing_scores import answer
from app.actions.review.notes import add_note, ask
from app.actions.review.opinions import OK, RETURN, Opinion, Verdict
from app.actions.review.undo import decide_later
from app.actions.spot_checks import drawing
from app.actions.windows.extensions import extend
from app.adapters.gateways import Notice
from app.extensions import db
from app.models import LoginSession, Staff, Window
from app.models.base import transaction
from app.rules.people.roles import SCHOOL_ROLES, STAFF_ROLES, Actor
from app.rules.plans.missing_scores import QuestionState
from app.rules.review.asides import LEAD, OFFICE
from app.rules.review.lifecycle import State
from app.rules.review.spot_checks import PERCENT
from app.rules.windows import Longer
from app.services.graduation import GRADUATION
from tests import builders
from tests.builders import NOW
from tests.reviewing import PAYING, Desk, actor, filled, missing_course, myself, place, submitted
from tests.signing import hashed
from tests.web.matrix_map import HALFWAY
from tests.web.walks.crawling import picture

CODE = "10574"
NUMBER, PHONE = "prior_degree.diploma_number", "profile.phone"
BEFORE = PAYING - timedelta(days=2)


@dataclass
class Season:
    """The site, a browser for everybody, and the files by what became of them."""

    app: Flask
    browsers: dict[str, FlaskClient] = field(default_factory=dict)
    files: dict[str, Desk] = field(default_factory=dict)

    def clients(self) -> list[FlaskClient]:
        return list(self.browsers.values())

    @property
    def examinees(self) -> list[str]:
        return [name for name in self.browsers if name in self.files or name == "newcomer"]

    @property
    def staff(self) -> list[str]:
        return [name for name in self.browsers if name in STAFF_ROLES]


def make_season(app: Flask) -> Season:
    """Files of one school in a round that takes applications, and of one that takes fees, at the moment PAYING."""
    season = Season(app)
    place(CODE)
    place("10002")
    current = builders.window(name="正在办理", opens_at=NOW, closes_at=PAYING + timedelta(days=9), pay_opens_at=NOW)
    paying = builders.window(name="正在缴费", opens_at=NOW - timedelta(days=3), closes_at=PAYING - timedelta(days=1))
    builders.window(name="还没开放", opens_at=PAYING + timedelta(days=30), closes_at=PAYING + timedelta(days=40))
    school, office = builders.staff(name="初审甲"), builders.staff("office_reviewer", name="终审乙")
    with transaction() as session:  # decided at once here; a pending decision is made below
        session.execute(update(Window).where(Window.id == paying.id).values(stages=2))
    files = season.files
    _reviewed(files, current, school, office)
    _ended(files, paying, school, office)
    _around(season, current, school, office)
    filled(app, picture())
    for name, desk in files.items():
        season.browsers[name] = app.test_client()
        builders.sign_in(season.browsers[name], tick=desk.ticket, on=PAYING)
    season.browsers["newcomer"] = app.test_client()
    builders.sign_in(season.browsers["newcomer"], tick=builders.ticket(builders.examinee(name="新来的")), on=PAYING)
    for name in (*STAFF_ROLES, *HALFWAY):
        season.browsers[name] = app.test_client()
        _signed_in(season.browsers[name], name)
    season.browsers["anonymous"] = app.test_client()
    _asked_and_drawn(files, current, actor(school))
    return season


def _asked_and_drawn(files: dict[str, Desk], window: Window, school: Actor) -> None:
    """Files put aside with a question, and those that are looked at again."""
    for asked in (LEAD, OFFICE):
        desk = files[f"asks_{asked}"]
        ask(desk.public_id, Opinion(), "这样可以吗", asked, seen=desk.seen, by=school, on=BEFORE)
    lead, office = builders.staff("school_lead", school_code=CODE), builders.staff("office_reviewer")
    for person, stage, in_round in (
        (lead, State.SCHOOL_REVIEW, window.id),
        (office, State.OFFICE_REVIEW, files["owing"].row.window_id),
    ):
        drawing.draw(drawing.Rule(in_round, stage, PERCENT, 100), by=actor(person), on=PAYING)


def _reviewed(files: dict[str, Desk], window: Window, school: Staff, office: Staff) -> None:
    """Files under review, and drafts."""

    def new(key: str, **over: Any) -> Desk:
        files[key] = submitted(CODE, window=window, on=BEFORE, **over)
        return files[key]

    def done(desk: Desk, decision: str, by: Staff, opinion: Opinion | None = None, on: Any = BEFORE) -> None:
        desk.decide(decision, by, opinion or Opinion({NUMBER: Verdict(OK), PHONE: Verdict(OK)}), on=on)

    back = Opinion({NUMBER: Verdict(RETURN, "编号看不清")}, "请改正后再提交")
    new("waiting", name="等初审")
    new("assigned", name="已分配")
    new("short", without=(missing_course(),), name="缺一门")
    done(new("office", name="等终审"), "pass", school)
    course = missing_course()
    explained = Opinion({PHONE: Verdict(OK)}, waivers={course: "成绩单已核对"})
    done(new("office_short", without=(course,), name="缺课终审"), "pass", school, explained)
    done(new("sent_back", name="退初审"), "pass", school)
    done(files["sent_back"], "back", office, Opinion(to_school="备案表请再核对"))
    done(new("returned", name="被退回"), "return", school, back)
    done(new("again", name="重提交"), "return", school, back)
    files["again"].explain(NUMBER, on=BEFORE + timedelta(hours=1))
    submit(files["again"].public_id, GRADUATION, by=myself(files["again"]), on=BEFORE + timedelta(hours=2))
    new("asks_lead", name="请示负责人")
    new("asks_office", name="请示考办")
    done(new("rejected", name="不通过"), "reject", school, Opinion(message="不符合条件"))
    given = {"service": GRADUATION, "by": actor(school), "on": PAYING, "seen": new("pending", name="待生效").seen}
    decide_later(files["pending"].public_id, "pass", Opinion(), after=timedelta(hours=5), **given)
    person = builders.examinee(name="两个号")
    ticket = builders.ticket(person)
    builders.ticket(person, major_code="530601")
    builders.scores(ticket, builders.all_passed(builders.plan_of("050101/2024")))
    row = builders.application(ticket, window, answers=builders.answers(), reached="confirm", at_step="profile")
    files["draft"] = Desk(row.public_id, person, ticket, window)
    save_parts(
        row.public_id, {"statement": {"statement": builders.STATEMENT}}, version=1, by=myself(files["draft"]), on=BEFORE
    )


def _ended(files: dict[str, Desk], window: Window, school: Staff, office: Staff) -> None:
    """Files that passed: the fee is owed, ordered, paid on the spot; one finished with its number."""
    for name in ("owing", "ordered", "finished"):
        desk = files[name] = submitted(CODE, window=window, name=f"通过{name[0]}")
        desk.decide("pass", school, Opinion({NUMBER: Verdict(OK)}, "同意"), on=NOW)
        desk.decide("pass", office, Opinion({NUMBER: Verdict(OK)}, "同意毕业"), on=NOW)
    open_order(files["ordered"].public_id, by=myself(files["ordered"]), on=PAYING)
    finance = builders.staff("finance", name="财务丙")
    done = record_offline(files["finished"].public_id, "收据 0012", by=actor(finance), on=PAYING)
    receive(Notice("training", "T12", done.order_number, 5000, "{}"), title="训练收银台", on=PAYING)  # a second time


def _around(season: Season, window: Window, school: Staff, office: Staff) -> None:
    """What hangs on the files, and what the office says to all."""
    from app.models import Announcement, Batch, ReturnReason, SavedView, ScoreQuestion

    files, admin = season.files, builders.staff("admin", name="管理丁")
    add_note(files["waiting"].public_id, "电话里问过", by=actor(school), on=BEFORE)
    extend(
        files["returned"].ticket.id, window.id, Longer.FIXES, PAYING + timedelta(days=20), "住院",
        by=actor(office), on=BEFORE,
    )  # fmt: skip
    with transaction() as session:
        acquire(session, files["assigned"].row.id, by=actor(office), on=PAYING)
    asked = {"school_code": CODE, "major_code": "050101", "session": "2026-04", "place": "某考点", "asked_at": NOW}
    builders.store(ScoreQuestion(ticket_id=files["waiting"].ticket.id, course_code="00540", **asked))
    done = builders.store(ScoreQuestion(ticket_id=files["office"].ticket.id, course_code="00541", **asked))
    answer(done.id, QuestionState.REFUSED, "没有这次考试的记录", by=actor(school), on=BEFORE)
    builders.store(Announcement(title="公告", body="公告的内容", published_at=NOW, pinned=True))
    builders.store(Announcement(title="还没发布", body="草稿"))
    builders.store(SavedView(staff_id=school.id, name="我的", query="state=all"))
    builders.store(ReturnReason(school_code=CODE, label="本校的", text="请补交原件照片"))
    builders.store(ReturnReason(school_code="", label="停用的", text="停用的原因", active=False))
    builders.staff("school_reviewer", name="停用戊", active=False)
    certificates.save_settings("ticket", "44", "", by=actor(admin), on=PAYING)
    certificates.assign_all(by=actor(admin), on=PAYING)
    save_texts({"contact_phone": "021-0000 0000", "contact_hours": "工作日 9:00-16:30"}, by=actor(admin), on=PAYING)
    chosen = [[files["waiting"].public_id, files["waiting"].seen.version, files["waiting"].seen.sha256]]
    builders.store(Batch(id="1" * 32, staff_id=school.id, act="pass", files=chosen, people=[], made_at=BEFORE))


def _signed_in(client: FlaskClient, name: str) -> None:
    role = name if name in STAFF_ROLES else "office_reviewer"
    code = {"code_hash": hashed("A-B")} if name == "activating" else {}
    person = builders.staff(role, name=STAFF_ROLES[role], school_code=CODE if role in SCHOOL_ROLES else "", **code)
    builders.sign_in(client, person=person, on=PAYING)
    if name in HALFWAY:
        mine = LoginSession.__table__.update().where(LoginSession.staff_id == person.id)
        db.session.execute(mine.values(kind=name))
        db.session.commit()

"""Two sides of a site, people of every kind, and the question asked of each pair: may they, and what do they see?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.actions.payments.orders import open_order
from app.actions.spot_checks.drawing import Rule as DrawRule
from app.actions.spot_checks.drawing import draw
from app.extensions import db
from app.models import (
    Announcement,
    Batch,
    Evidence,
    LoginSession,
    Message,
    PaymentEvent,
    ReturnReason,
    SavedView,
    ScoreQuestion,
)
from app.rules.people.roles import SCHOOL_ROLES, STAFF_ROLES, Actor
from app.security.allow import Policy, policy_of
from tests import builders
from tests.builders import NOW
from tests.reviewing import PAYING, Desk, approved, filled, myself, place, submitted
from tests.web.matrix_map import (
    ABSENT,
    COMMON,
    EXAMINEES,
    FREE,
    HALFWAY,
    MALFORMED,
    NAMED,
    OTHER,
    OWN,
    PRINCIPALS,
    SCHOOLS,
    SCOPED,
    Side,
    Values,
    World,
)

PICTURE = b"\xff\xd8 a picture"
TOKENS = r'(csrf_token" value|content|data-now|data-session|data-session-ends)="[^"]*"|\d{4}-[0-9A-F]{6}'


def make_world(app: Flask) -> World:
    """A demonstration site (the training cashier exists there only) at a moment when fees are paid."""
    sides = {name: _side(app, code) for name, code in SCHOOLS.items()}
    notice = builders.store(Announcement(title="公告", body="公告", published_at=NOW))
    unknown = {"trade_number": "T0", "amount": 5000, "verdict": "disputed", "raw": "", "received_at": PAYING}
    builders.store(PaymentEvent(gateway="training", **unknown))
    world = World(app, sides, notice.id)
    for name in PRINCIPALS:
        side = sides[OTHER if name.startswith("other_") else OWN]
        kind = name.removeprefix("other_")
        world.browsers[name] = app.test_client()
        if kind in EXAMINEES:
            desk = {"examinee": side.case, "payer": side.paid, "drafter": side.draft}[kind]
            builders.sign_in(world.browsers[name], tick=desk.ticket, on=PAYING)
        elif kind != "anonymous":
            _staff(world.browsers[name], kind, side.code)
    return world


def _side(app: Flask, code: str) -> Side:
    place(code)
    case, paid = submitted(code), approved(code=code)
    number = open_order(paid.public_id, by=myself(paid), on=PAYING)
    builders.paid_order(number, PAYING)
    ticket = builders.ticket(builders.examinee(), school_code=code)
    row = builders.application(
        ticket, builders.window(opens_at=NOW, closes_at=PAYING + timedelta(days=9)), answers=builders.answers()
    )
    draft = Desk(row.public_id, case.person, ticket, case.window)
    picture = db.session.scalars(select(Evidence).where(Evidence.application_id == case.row.id)).first()
    filled(app, PICTURE, Evidence.id == picture.id)
    question = builders.store(
        ScoreQuestion(
            ticket_id=case.ticket.id,
            school_code=code,
            major_code="050101",
            course_code="00540",
            session="2026-04",
            place="某考点",
            asked_at=NOW,
        )
    )
    told = db.session.scalar(select(Message.id).where(Message.examinee_id == case.person.id))
    person = builders.staff(school_code=code)
    view = builders.store(SavedView(staff_id=person.id, name="我的", query="state=all"))
    reason = builders.store(ReturnReason(school_code=code, label=f"本校{code}", text="请补交原件照片"))
    chosen = [[case.public_id, case.seen.version, case.seen.sha256]]
    batch = builders.store(
        Batch(id=f"{int(code):032x}", staff_id=person.id, act="pass", files=chosen, people=[], made_at=NOW)
    )
    lead = Actor("staff", person.id, person.name, "school_lead", code)
    drawn = draw(DrawRule(case.window.id, "school_review", "number", 1, school_code=code), by=lead, on=PAYING)
    return Side(
        code, case, paid, draft, number, picture.public_id, question.id, told, view.id, person.id, reason.id, batch.id,
        drawn,
    )  # fmt: skip


def _staff(client: FlaskClient, name: str, code: str) -> None:
    role = name if name in STAFF_ROLES else "office_reviewer"
    person = builders.staff(role, school_code=code if role in SCHOOL_ROLES else "")
    builders.sign_in(client, person=person, on=PAYING)
    if name in HALFWAY:
        with client.application.app_context():
            mine = LoginSession.__table__.update().where(LoginSession.staff_id == person.id)
            db.session.execute(mine.values(kind=name))
            db.session.commit()


def rules(app: Flask) -> Iterator[tuple[Rule, str, Policy]]:
    """Every rule and method with its policy."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            policy = policy_of(app, rule.endpoint)
            assert policy is not None, rule
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method, policy


def unplaced(app: Flask) -> list[str]:
    """Routes of which nobody said what they name."""
    found = []
    for rule, method, _ in rules(app):
        known = str(rule) in (SCOPED.keys() | COMMON.keys()) if rule.arguments else f"{method} {rule}" in NAMED
        if not known and (rule.arguments or (method != "GET" and str(rule) not in FREE)):
            found.append(f"{method} {rule}")
    return found


def address(world: World, rule: Rule, which: str) -> str:
    """The rule's address with its arguments filled for that scope."""
    thing = SCOPED.get(str(rule))
    if thing is None:
        values = dict(COMMON.get(str(rule), {}))
    else:
        values = dict(thing.absent if which in (ABSENT, MALFORMED) else thing.named(world.sides[which]))
    if which == MALFORMED:
        values = {name: 0 if isinstance(value, int) else "x'\"<>%00" for name, value in values.items()}
    method = next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"}))
    built: str = world.app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
    return built


def ask(world: World, name: str, method: str, path: str, form: Values) -> TestResponse:
    """The request as that person's own page would send it, token and all."""
    browser = world.browsers[name]
    if method == "GET":
        return browser.get(path, query_string=form)
    page = "/login" if name == "anonymous" else "/password" if is_examinee(name) else "/staff/password"
    token = builders.csrf_of(browser.get(page).text) if name not in HALFWAY else ""
    return browser.open(path, method=method, data={**form, "csrf_token": token})


def is_examinee(name: str) -> bool:
    return name.removeprefix("other_") in EXAMINEES


def door(policy: Policy, name: str) -> str:
    """in, sign-in or role, by the policy alone."""
    kind = name if name in HALFWAY else "examinee" if is_examinee(name) else "staff"
    if "public" in policy.kinds:
        return "in"
    if name == "anonymous" or (kind in HALFWAY and kind not in policy.kinds):
        return "sign-in"
    if kind not in policy.kinds:
        return "role"
    if kind == "staff" and policy.roles and name.removeprefix("other_") not in policy.roles:
        return "role"
    return "in"


def outsiders(policy: Policy, owner: str) -> list[str]:
    """Whom the door lets in, and to whom a thing of the OWN side does not exist."""
    found = []
    for name in PRINCIPALS:
        foreign = name != owner if is_examinee(name) else name.startswith("other_")
        if door(policy, name) == "in" and name not in ("anonymous", *HALFWAY) and foreign:
            found.append(name)
    return found


def insiders(policy: Policy, owner: str) -> list[str]:
    """The owner, and staff whose school (or office) it is; money and audit are asked for elsewhere."""
    names = [owner, *SCHOOL_ROLES, "office_reviewer", "admin"]
    return [name for name in names if name and door(policy, name) == "in"]


def plain(answer: TestResponse, *typed: str) -> tuple[int, str, str]:
    """An answer without what differs from one request to the next: tokens, times, error numbers and what was asked for."""
    text, place = answer.data.decode(errors="replace"), answer.headers.get("Location", "")
    for word in typed:
        text, place = text.replace(word, "…"), place.replace(word, "…")
    return answer.status_code, place, re.sub(TOKENS, "", text)


def belongings(world: World) -> dict[str, list[str]]:
    """Every row that belongs to the OWN side's people, table by table."""
    world.questions = world.questions or _questions(world.sides[OWN])
    connection = db.engine.raw_connection()
    try:
        rows = {table: connection.cursor().execute(question).fetchall() for table, question in world.questions.items()}
    finally:
        connection.close()
    return {table: sorted(map(repr, found)) for table, found in rows.items()}


def _questions(side: Side) -> dict[str, str]:
    """The statements of `belongings`, written out: it asks after every form that is posted."""
    desks = (side.case, side.paid, side.draft)
    marks = {
        "application_id": [desk.row.id for desk in desks],
        "examinee_id": [desk.person.id for desk in desks],
        "ticket_id": [desk.ticket.id for desk in desks],
        "staff_id": [side.staff],
        "school_code": [side.code],
    }
    heads = {"application": "application_id", "examinee": "examinee_id", "ticket": "ticket_id", "staff": "staff_id"}
    found = {}
    for table in db.metadata.sorted_tables:
        if table.name == "login_session":
            continue
        column = table.c.id if table.name in heads else next((table.c[c] for c in marks if c in table.c), None)
        if column is not None:
            mine = select(table).where(column.in_(marks[heads.get(table.name, column.name)]))
            found[table.name] = str(mine.compile(db.engine, compile_kwargs={"literal_binds": True}))
    db.session.rollback()
    return found


def leaks(world: World, only: str = "") -> Iterator[str]:
    """Everything that answers an outsider otherwise than 404 like an absent thing, or lets them change something.

    `only`: of the routes that begin so.
    """
    world.before = belongings(world)
    for rule, method, policy in rules(world.app):
        if not str(rule).startswith(only):
            continue
        thing = SCOPED.get(str(rule))
        if thing is not None:
            paths = address(world, rule, OWN), address(world, rule, ABSENT)
            for name in outsiders(policy, thing.owner):
                for form in thing.forms if method != "GET" else ({},):
                    yield from _compared(world, name, method, paths, (form, form), refused=True)
        for named in NAMED.get(f"{method} {rule}", ()):
            for name in outsiders(policy, ""):
                if name.startswith("other_"):
                    forms = named.form(world.sides[OWN], world.sides[OTHER]), named.absent(world.sides[OTHER])
                    yield from _compared(world, name, method, (str(rule), str(rule)), forms, refused=named.refused)


def _compared(
    world: World, name: str, method: str, paths: tuple[str, str], forms: tuple[Values, Values], *, refused: bool
) -> list[str]:
    foreign, absent = (ask(world, name, method, path, form) for path, form in zip(paths, forms, strict=True))
    what = f"{name} {method} {paths[0]} {dict(forms[0])}"
    typed = [
        str(word) for form in forms for name in form if forms[0][name] != forms[1][name] for word in _each(form[name])
    ]
    words = [word if len(word) > 5 else f"={word}" for word in typed]  # a small number by itself stands in every page
    found = []
    if refused and foreign.status_code not in (404, 403):
        found.append(f"{what}: {foreign.status_code}, not 404")
    if plain(foreign, *paths, *words) != plain(absent, *paths, *words):
        found.append(f"{what}: {foreign.status_code}, answered otherwise than an absent one ({absent.status_code})")
    after = belongings(world) if method != "GET" else world.before
    if after != world.before:
        found.append(f"{what}: changed something")
        world.before = after
    return found


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def markers(side: Side) -> list[str]:
    """What may stand on nobody else's page."""
    desks = (side.case, side.paid, side.draft)
    texts = [text for desk in desks for text in (desk.public_id, desk.ticket.number, desk.person.id_number)]
    return [*texts, side.order, side.picture]

"""What every address and every form of the site names, for the matrix of who may reach what.

A new route with an argument gets a line in SCOPED (a thing that belongs to somebody) or in COMMON (the same for everybody
whom its policy lets in); a new POST without an argument a line in NAMED (its form names somebody's thing) or in FREE. A
route that stands nowhere fails tests/web/test_matrix.py by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from app.rules.people.roles import SCHOOL_ROLES, STAFF_ROLES
from tests.reviewing import Desk

OWN, OTHER, ABSENT, MALFORMED = "own", "other", "absent", "malformed"
SCHOOLS = {OWN: "10574", OTHER: "10002"}
HALFWAY = ("activating", "half", "enrolling")
EXAMINEES = ("examinee", "payer", "drafter")
PRINCIPALS = (
    "anonymous",
    *HALFWAY,
    *EXAMINEES,
    *STAFF_ROLES,
    *(f"other_{name}" for name in (*EXAMINEES, *SCHOOL_ROLES)),
)
Values = Mapping[str, Any]


@dataclass
class Side:
    """What belongs to one school: a case under review, a paid one with its order, a draft, and what hangs on them."""

    code: str
    case: Desk
    paid: Desk
    draft: Desk
    order: str
    picture: str
    question: int
    message: int
    view: int
    staff: int
    reason: int
    batch: str
    spot_check: int


@dataclass
class World:
    """Two sides, and a browser for everybody."""

    app: Flask
    sides: dict[str, Side]
    announcement: int
    browsers: dict[str, FlaskClient] = field(default_factory=dict)
    questions: dict[str, str] = field(default_factory=dict)  # what belongs to the OWN side: a statement for each table
    before: dict[str, Any] = field(default_factory=dict)  # what belonged to the OWN side before the last question
    returned: str = ""  # an application with things to change, where the world has one
    asked: list[Any] = field(default_factory=list)  # every form of the site, see tests.web.odd.every_field
    cookies: dict[str, Any] = field(default_factory=dict)  # to which the tokens in these belong

    def clients(self) -> list[FlaskClient]:
        return list(self.browsers.values())


@dataclass(frozen=True)
class Thing:
    """Something that belongs to somebody: how it is named, who of its own side has it, and what forms are posted to it."""

    named: Callable[[Side], Values]
    absent: Values
    owner: str = ""  # the examinee's principal; staff are bound by their school
    forms: tuple[Values, ...] = ({},)


NOBODY = "0" * 32


def _case(owner: str, pick: Callable[[Side], Desk], *forms: Values, **more: str) -> Thing:
    return Thing(
        lambda side: {"public_id": pick(side).public_id, **more}, {"public_id": NOBODY, **more}, owner, forms or ({},)
    )


def _order(*forms: Values) -> Thing:
    return Thing(lambda side: {"number": side.order}, {"number": "G00000000"}, "payer", forms or ({},))


def _acts(*names: str, **more: str) -> tuple[Values, ...]:
    return tuple({"act": name, **more} for name in names)


WRITTEN = {"statement": "换成别人写的自我鉴定。", "version": "1"}
DECIDED = {
    "message": "同意",
    "note": "写给同事",
    "verdict.profile.phone": "return",
    "reason.profile.phone": "不对",
    "version": "1",
}
SCOPED: dict[str, Thing] = {
    "/applications/<public_id>": _case("examinee", lambda side: side.case),
    "/applications/<public_id>/<slug>": _case(
        "drafter", lambda side: side.draft, *_acts("next", "autosave", "back", **WRITTEN), slug="statement"
    ),
    "/applications/<public_id>/<slug>/<slot>": _case(
        "drafter", lambda side: side.draft, *_acts("upload", "remove"), slug="prior-degree", slot="diploma_photo"
    ),
    "/applications/<public_id>/fixes": _case(
        "examinee", lambda side: side.case, *_acts("autosave", "submit", **WRITTEN)
    ),
    "/applications/<public_id>/fixes/<slot>": _case(
        "examinee", lambda side: side.case, *_acts("upload", "remove"), slot="diploma_photo"
    ),
    "/applications/<public_id>/discard": _case("drafter", lambda side: side.draft),
    "/applications/<public_id>/withdraw": _case("examinee", lambda side: side.case),
    "/applications/<public_id>/pay": _case("payer", lambda side: side.paid),
    "/applications/<public_id>/receipt.pdf": _case("examinee", lambda side: side.case),
    "/applications/<public_id>/register.pdf": _case("payer", lambda side: side.paid),
    "/applications/<public_id>/opinion.pdf": _case("payer", lambda side: side.paid),
    "/evidence/<public_id>": Thing(lambda side: {"public_id": side.picture}, {"public_id": NOBODY}, "examinee"),
    "/messages/<int:ident>": Thing(lambda side: {"ident": side.message}, {"ident": 99999}, "examinee"),
    "/orders/<number>": _order(),
    "/orders/<number>/cashier": _order(),
    "/orders/<number>/receipt.pdf": _order(),
    "/staff/orders/<number>": _order(),
    "/staff/orders/<number>/correct": _order({"reason": "看错一位"}),
    "/staff/applications/<public_id>": _case(
        "",
        lambda side: side.case,
        *(
            {"decision": name, **DECIDED}
            for name in ("reveal", "save", "save_next", "note", "return", "reject", "back", "pass")
        ),
    ),
    "/staff/applications/<public_id>/completion": _case(
        "", lambda side: side.paid, *_acts("undo", "again", reason="录错")
    ),
    "/staff/applications/<public_id>/desk": _case(
        "", lambda side: side.case, *_acts("hold", "release", "take_over", "undo", "publish")
    ),
    "/staff/spot-checks/<int:ident>": Thing(lambda side: {"ident": side.spot_check}, {"ident": 99999}),
    "/staff/spot-checks/<int:ident>/<int:place>": Thing(
        lambda side: {"ident": side.spot_check, "place": 1}, {"ident": 99999, "place": 1}, forms=({"result": "agree"},)
    ),
    "/staff/applications/<public_id>/checks": _case(
        "", lambda side: side.case, *({name: "prior_degree.record_code"} for name in ("check", "uncheck"))
    ),
    "/staff/applications/<public_id>/revoke": _case("", lambda side: side.case, {"reason": "审错了", "version": "3"}),
    "/staff/examinees/<int:ident>": Thing(
        lambda side: {"ident": side.case.person.id}, {"ident": 99999}, forms=({"act": "reveal"}, {"checked": "1"})
    ),
    "/admin/reasons/<int:ident>": Thing(
        lambda side: {"ident": side.reason},
        {"ident": 99999},
        forms=(
            {"act": "save", "label": "改", "text": "改过的原因"},
            *_acts("up", "down", "retire", "restore", "delete"),
        ),
    ),
    "/staff/questions/<int:ident>": Thing(
        lambda side: {"ident": side.question}, {"ident": 99999}, forms=({"state": "refused", "answer": "没有考过"},)
    ),
}
COMMON: dict[str, Values] = {
    "/announcements/<int:ident>": {"ident": 1},
    "/admin/announcements/<int:ident>": {"ident": 1},
    "/admin/staff/<int:ident>": {"ident": 1},
    "/admin/staff/<int:ident>/role": {"ident": 1},
    "/admin/templates/<kind>": {"kind": "scores"},
    "/admin/windows/<int:ident>": {"ident": 1},
    "/staff/corrections/<key>": {"key": NOBODY},  # one person's own: tests/web/staff/people/test_corrections.py
    "/staff/examinees/<int:ident>/correct": {"ident": 1},
    "/staff/orders/payments/<int:ident>": {"ident": 1},  # of roles that are bound to no school
    "/services/<code>": {"code": "graduation"},
    "/staff/exports/<kind>": {"kind": "applications"},
    "/staff/exports/<kind>/columns": {"kind": "applications"},
    "/staff/applications/bulk/<key>": {"key": NOBODY},  # one person's own: tests/web/staff/queue/test_queue_bulk.py
    "/pay/<name>/notify": {"name": "training"},
    "/verify/<code>": {"code": "AAAABBBBCCCC"},
}


@dataclass(frozen=True)
class Named:
    """A form or query that names somebody's thing: made of `theirs` and of what is `mine`, who asks.

    `absent` names nothing that is. The answers must be alike; `refused`: both are 404 (or 403, where the role says no first).
    """

    form: Callable[[Side, Side], Values]
    absent: Callable[[Side], Values]
    refused: bool = True


def _picked(**more: Any) -> Named:
    return Named(
        lambda theirs, mine: {"pick": [theirs.case.public_id], **more}, lambda mine: {"pick": [NOBODY], **more}
    )


def _sought(name: str, of: Callable[[Side], Any], absent: str) -> Named:
    return Named(lambda theirs, mine: {name: of(theirs)}, lambda mine: {name: absent}, refused=False)


NO_ID, NO_TICKET = "310101190001010000", "999999999999"
NAMED: dict[str, tuple[Named, ...]] = {
    "POST /staff/applications/bulk": (
        _picked(act="pass"), _picked(act="pass", sure="1"), _picked(act="assign"), _picked(act="assign", sure="1"),
        _picked(act="even"), _picked(act="ids"),
        Named(
            lambda theirs, mine: {"pick": [mine.case.public_id, theirs.case.public_id], "act": "pass", "sure": "1"},
            lambda mine: {"pick": [mine.case.public_id, NOBODY], "act": "pass", "sure": "1"},
        ),
        Named(
            lambda theirs, mine: {"pick": [mine.case.public_id], "to": [theirs.staff], "act": "assign", "sure": "1"},
            lambda mine: {"pick": [mine.case.public_id], "to": ["99999"], "act": "assign", "sure": "1"},
        ),
    ),
    "POST /staff/applications/undo": (
        Named(lambda theirs, mine: {"undo": theirs.case.public_id}, lambda mine: {"undo": NOBODY}),
        Named(lambda theirs, mine: {"batch": theirs.batch}, lambda mine: {"batch": NOBODY}),
    ),
    "POST /staff/applications/views": (Named(lambda theirs, mine: {"drop": theirs.view}, lambda mine: {"drop": "99999"}),),
    "POST /staff/applications/find": (_sought("q", lambda side: side.case.person.id_number, NO_ID),),
    "POST /staff/examinees": (
        _sought("q", lambda side: side.case.ticket.number, NO_TICKET),
        _sought("q", lambda side: side.case.person.id_number, NO_ID),
    ),
    "POST /ticket": (
        Named(lambda theirs, mine: {"ticket": theirs.case.ticket.number}, lambda mine: {"ticket": NO_TICKET}),
    ),
    "POST /messages": (_sought("until", lambda side: side.message, "0"),),
    "GET /staff/applications": (
        _sought("q", lambda side: side.case.ticket.number, NO_TICKET), _sought("person", lambda side: side.case.person.id, "99999"),
    ),
    "GET /staff/applications/coming": (_sought("person", lambda side: side.case.person.id, "99999"),),
    "GET /staff/applications/next": (_sought("person", lambda side: side.case.person.id, "99999"),),
    "GET /staff/orders/due": (_sought("q", lambda side: side.paid.ticket.number, NO_TICKET),),
    "GET /staff/orders": (
        _sought("q", lambda side: side.order, "G00000000"), _sought("q", lambda side: side.paid.ticket.number, NO_TICKET),
    ),
}  # fmt: skip
# POST forms that name nothing of anybody: one's own session and password, plans and windows that all may choose,
# and pages of roles that are bound to no school.
FREE = {
    "/activate", "/admin/announcements/new", "/admin/certificates", "/admin/forecast", "/admin/reasons/new", "/admin/settings", "/admin/staff",
    "/admin/windows/new", "/csp-report", "/forecast/missing", "/login", "/logout", "/password", "/session/extend",
    "/staff/applications/told", "/staff/confirm", "/staff/keys", "/staff/login", "/staff/logout", "/staff/orders/record", "/staff/password", "/staff/spot-checks",
    "/staff/told", "/staff/totp",
}  # fmt: skip

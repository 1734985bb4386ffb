"""What staff write for each other never reaches an examinee: every line of every form is marked, and looked for in all they can fetch.

A line that a form of staff shows, and a column that keeps text, stands in one of the lists here; a new one fails until somebody
has said whether it is meant for the examinee.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import JSON, String, text
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.rules.people.roles import STAFF_ROLES
from tests.reviewing import PAYING
from tests.sites import Pool
from tests.sizes import FULL
from tests.web.walks.marked import LATER, Findings, Marking, ends, fetched, mark, marks_in
from tests.web.walks.situations import Season, make_season

WIDE = 12 if FULL else 4
WALKERS = tuple(STAFF_ROLES) if FULL else ("office_reviewer", "admin")
EXAMINEE, STAFF, NOT_KEPT = "for the examinee", "for staff alone", "kept nowhere: searched for, a number, a code"
FILE = "/staff/applications/<public_id>"
LINES = {
    FILE: {
        EXAMINEE: "message reason waiver",
        STAFF: "to_school again note question answer",
    },
    f"{FILE} back": {STAFF: "reason waiver to_school note", NOT_KEPT: "message"},  # the examinee is told nothing
    f"{FILE} reveal": {NOT_KEPT: "message reason waiver to_school again note question"},
    f"{FILE}/checks": {STAFF: "message reason waiver to_school again", NOT_KEPT: "note question"},  # not decided yet
    f"{FILE}/completion": {EXAMINEE: "reason"},
    "/staff/applications/find": {STAFF: "q"},  # in the audit of what is exported from there
    "/staff/applications/views": {STAFF: "name"},
    "/staff/examinees": {NOT_KEPT: "q"},
    "/staff/examinees/<int:ident>": {STAFF: "reason"},
    "/staff/examinees/<int:ident>/correct": {
        STAFF: "reason",
        EXAMINEE: "name course_name",
        NOT_KEPT: "id_number major_code plan_version to_number to_name course_code session mark",
    },
    "/staff/exports/<kind>": {STAFF: "reason q", NOT_KEPT: "set_name"},
    "/staff/exports/<kind>/columns": {STAFF: "set_name", NOT_KEPT: "reason q"},
    f"{FILE}/revoke": {EXAMINEE: "reason"},
    "/staff/orders/record": {EXAMINEE: "receipt"},
    "/staff/orders/<number>/correct": {STAFF: "reason"},
    "/staff/orders/payments/<int:ident>": {STAFF: "how"},
    "/staff/spot-checks": {NOT_KEPT: "amount"},
    "/staff/spot-checks/<int:ident>/<int:place>": {STAFF: "reason note"},
    "/staff/questions/<int:ident>": {EXAMINEE: "answer"},
    "/staff/login": {NOT_KEPT: "username"},
    "/login": {NOT_KEPT: "id_number captcha"},
    "/staff/totp": {NOT_KEPT: "code"},
    "/admin/announcements/<int:ident>": {EXAMINEE: "title body"},
    "/admin/announcements/new": {EXAMINEE: "title body"},
    "/admin/announcements/new save": {STAFF: "title body"},  # not published yet
    "/admin/certificates": {NOT_KEPT: "area province number", STAFF: "reason"},
    "/admin/reasons/<int:ident>": {STAFF: "label text"},  # what is sent of it is the reason on the file
    "/admin/reasons/new": {STAFF: "label text"},
    "/admin/settings": {
        EXAMINEE: "contact_hours contact_phone name pay_where",
        NOT_KEPT: "local_minimum_associate local_minimum_bachelor undo_minutes",
    },
    "/admin/staff": {STAFF: "name", NOT_KEPT: "username"},
    "/admin/windows/<int:ident>": {
        EXAMINEE: "name notice",
        NOT_KEPT: "fee review_days portrait_height portrait_width statement_max statement_min",
    },
    "/admin/windows/new": {
        EXAMINEE: "name",
        STAFF: "notice",  # read in an application alone, and there is none yet
        NOT_KEPT: "fee review_days portrait_height portrait_width statement_max statement_min",
    },
}
"""By the address a form is sent to, where needed with its button: whom each of its lines is for."""
COLUMNS = {
    "announcement": {EXAMINEE: "title body"},
    "application": {EXAMINEE: "holder_name"},
    "aside": {STAFF: "question answer"},
    "audit_event": {STAFF: "actor_label detail"},
    "batch": {STAFF: "query outcomes"},
    "certificate": {STAFF: "void_reason"},
    "completion": {EXAMINEE: "undone_reason"},
    "correction": {STAFF: "asked"},
    "examinee": {EXAMINEE: "name"},
    "export_columns": {STAFF: "name"},
    "extension": {STAFF: "reason"},
    "fee_order": {EXAMINEE: "receipt"},
    "finding": {EXAMINEE: "reason"},
    "kept_work": {STAFF: "fields"},
    "message": {EXAMINEE: "text"},
    "note": {STAFF: "text"},
    "payment_event": {EXAMINEE: "trade_number raw", STAFF: "correction"},
    "pending_decision": {STAFF: "opinion"},
    "return_reason": {STAFF: "label text"},
    "review": {EXAMINEE: "message waivers", STAFF: "to_school again"},
    "revocation": {EXAMINEE: "reason"},
    "saved_view": {STAFF: "name query"},
    "score": {EXAMINEE: "course_name"},
    "score_question": {EXAMINEE: "answer"},
    "service_window": {EXAMINEE: "name notice"},
    "settlement": {STAFF: "how"},
    "site_text": {EXAMINEE: "value"},
    "spot_check_file": {STAFF: "findings note"},
    "staff": {STAFF: "name"},
}
"""Columns that keep what staff type. All others are in OTHERS: what an examinee typed, an import or the program wrote."""
OTHERS = {
    "application": "public_id ticket_number service state answers reached at_step open_items returned_stage major_code school_code marks counted",
    "aside": "stage asked",
    "audit_event": "actor_kind actor_role address action subject seal",
    "audit_link": "mac",
    "batch": "id act files people",
    "captcha": "key_sha256 owner_sha256 image_mac sound_mac",
    "certificate": "number rule",
    "completion": "courses major_code",
    "certificate_series": "prefix",
    "done_form": "key answer",
    "due_work": "name holder last_error",
    "evidence": "public_id slot media_type sha256 storage_key label measures codes mark",
    "examinee": "id_type id_number sex nation political_status phone password_hash initial_mac reset_hash",
    "export_columns": "kind columns",
    "extension": "what",
    "fee_order": "number fee state paid_by",
    "finding": "item verdict",
    "instance_fact": "key value",
    "kept_work": "sha256",
    "known_device": "token_sha256 account",
    "login_session": "token_sha256 kind",
    "message": "state",
    "online_check": "item proof",
    "paper": "code kind sha256",
    "paper_number": "item number",
    "payment_event": "gateway verdict",
    "pending_decision": "decision sha256 batch",
    "plan": "major_code school_code version name level body",
    "recovery_code": "mac",
    "return_reason": "code school_code places",
    "review": "stage decision",
    "revocation": "state",
    "roster_portrait": "sha256 storage_key",
    "school": "code name phone hours address website instructions completion_instructions",
    "score": "course_code session mark origin",
    "score_question": "school_code major_code course_code course_name session place text state",
    "service_window": "service options",
    "site_text": "key",
    "correction": "id subject",
    "spot_check": "stage school_code way seed population",
    "spot_check_file": "verdict",
    "staff": "username role school_code password_hash code_hash totp_secret",
    "staff_notice": "text",
    "submission": "receipt document sha256",
    "throttle": "key",
    "ticket": "number status major_code school_code plan_version graduated_majors",
}


@pytest.fixture
def season(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> Iterator[Season]:
    """Papers are told by what they are made from: setting them takes long, and no template has more words of staff."""
    monkeypatch.setattr(
        "app.actions.papers.papers.typeset",
        lambda papers, made: json.dumps(papers, default=str, ensure_ascii=False).encode(),
    )
    with pool.prepared("season", make_season, PAYING) as made:
        yield made


def entry(line: str) -> tuple[str, str]:
    """Whom a line is for, empty if nobody has said it, and the entry of LINES that says so."""
    form, _, name = line.rpartition(": ")
    for key in (form, form.rpartition(" ")[0]):
        for whom, names in LINES.get(key, {}).items():
            if name in names.split():
                return whom, f"{key}: {name}"
    return "", line


def declared(line: str) -> tuple[str, str]:
    whom, key = entry(line)
    return "" if whom == NOT_KEPT else whom, key


def test_none_but_what_is_meant_for_the_examinee_comes_to_an_examinee(season: Season) -> None:
    found, faults = Findings(), []
    for name in WALKERS:
        walk = Marking(
            season.app,
            season.browsers[name],
            name,
            season=season,
            into=found,
            declared=declared,
            meant=EXAMINEE,
            often=WIDE,
        )
        faults += walk.from_("/staff").faults
    assert "\n".join(faults) == ""
    said = {line: entry(line) for line in found.lines}
    assert sorted(line for line, (whom, _) in said.items() if not whom) == [], "say in LINES whom this line is for"
    assert {line: sorted(found.read[line]) for line in found.read if said[line][0] != EXAMINEE} == {}, (
        "staff wrote it for each other, and an examinee reads it"
    )
    kept = {line: columns for line, columns in found.kept.items() if columns}
    assert {line: kept[line] for line in kept if said[line][0] == NOT_KEPT} == {}, "it is kept: say for whom"
    of_staff = {f"{table}.{name}" for table, whom in COLUMNS.items() for each in whom.values() for name in each.split()}
    assert {line: columns - of_staff for line, columns in kept.items() if columns - of_staff} == {}, "say it in COLUMNS"
    entries = {f"{form}: {name}" for form, whom in LINES.items() for each in whom.values() for name in each.split()}
    if FULL:
        assert entries - {key for _, key in said.values()} == set(), "no form has this line any more"
    proved = {said[line] for line in kept}
    assert {key for whom, key in said.values() if whom != NOT_KEPT} - {key for _, key in proved} == set(), "never kept"
    read = {said[line][1] for line in found.read}
    assert {key for whom, key in said.values() if whom == EXAMINEE} - read == set(), "no examinee ever reads it"


def text_columns() -> set[str]:
    return {
        f"{table.name}.{column.name}"
        for table in db.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, String | JSON)
    }


def test_of_every_column_with_text_it_is_said_who_writes_it_and_for_whom() -> None:
    declared = [f"{table}.{name}" for table, names in OTHERS.items() for name in names.split()]
    declared += [
        f"{table}.{name}" for table, whom in COLUMNS.items() for names in whom.values() for name in names.split()
    ]
    assert len(declared) == len(set(declared))
    assert (text_columns() - set(declared), set(declared) - text_columns()) == (set(), set())


def test_what_columns_for_staff_hold_is_on_no_page_or_paper_of_an_examinee(season: Season) -> None:
    """Whoever wrote it there: a page, a command, an import, an earlier version."""
    walk = Marking(season.app, season.browsers["admin"], "admin", season=season)
    marked: dict[int, str] = {}
    for table in db.metadata.sorted_tables:
        for name in COLUMNS.get(table.name, {}).get(STAFF, "").split():
            if isinstance(table.c[name].type, JSON):
                continue
            keys = [column.name for column in table.primary_key]
            for row in db.session.execute(text(f"SELECT {', '.join(keys)} FROM {table.name}")).mappings().all():
                marked[len(marked) + 1] = f"{table.name}.{name}"
                where = " AND ".join(f"{key} = :{key}" for key in keys)
                try:
                    with db.session.begin_nested():
                        db.session.execute(
                            text(f"UPDATE {table.name} SET {name} = :_mark WHERE {where}"),
                            {**row, "_mark": mark(len(marked))},
                        )
                except IntegrityError:
                    del marked[len(marked)]
    db.session.commit()
    assert set(marked.values()) >= {
        "review.to_school",
        "review.again",
        "note.text",
        "extension.reason",
    }
    state, now, read = walk.keep(), PAYING + LATER, set()
    for name, desk in season.files.items():
        for end in ends(desk):
            walk.restore(state)
            season.app.clock.now = now  # type: ignore[attr-defined]
            for address, words in fetched(season, name, end):
                read |= {f"{name} {address} {end}: {marked[number]}" for number in marks_in(words)}
    assert sorted(read) == []

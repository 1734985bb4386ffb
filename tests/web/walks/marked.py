"""Marked texts: every line that staff can type is filled with a text of its own, and looked for in all that examinees can fetch."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import product
from typing import Any

import pysqlite3.dbapi2 as sqlite3  # the program's own: another SQLite in this process would take the files away
from flask import Flask
from sqlalchemy import select

from app.actions.applications.asides import take_back
from app.actions.payments.on_the_spot import record_offline
from app.actions.review.opinions import RETURN, Opinion, Verdict
from app.extensions import db
from app.models import Announcement, Application, Aside, Certificate, Evidence, Message, Order, Paper, Staff
from app.rules.review.lifecycle import UNDER_REVIEW, State
from app.rules.review.waivers import gaps
from app.security.allow import policy_of
from app.services.graduation import GRADUATION
from tests import builders
from tests.reviewing import Desk, actor
from tests.sites import FILE
from tests.sizes import FULL
from tests.web.walks.crawling import Field, Sending, Sheet, Walk
from tests.web.walks.situations import CODE, NUMBER, Season

MARK = re.compile(r"(?:密|\\u5bc6)(\d{4})(?:密|\\u5bc6)")  # JSON is stored in ASCII
INVALID = re.compile(r'<(?:input|textarea|select)[^>]* name="([^"]+)"[^>]*aria-invalid="true"')
TIMES = {
    "date": ("", "2026-12-20", "2027-01-20"),
    "datetime-local": ("", "2026-12-20T09:00", "2026-12-30T09:00"),
}  # nothing, and what is not refused beside each other
ASKING = ("/admin/windows", "/staff/examinees/")  # pages whose form leads to a look before anything is done
LATER = timedelta(days=1)  # by then a decision that can be undone has taken effect
EVERYBODY = ("finished", "draft", "owing")  # who is asked where what was written is about nobody
PASSING = {"audit_event", "login_session", "throttle", "captcha", "lease"}  # tables of what passes, and of who did it
OWNERS = {
    "application_id": "SELECT examinee_id FROM application WHERE id = ?",
    "ticket_id": "SELECT examinee_id FROM ticket WHERE id = ?",
    "review_id": "SELECT a.examinee_id FROM application a JOIN review r ON r.application_id = a.id WHERE r.id = ?",
    "examinee_id": "SELECT ?",
}
STATES = ("state", "decision", "verdict", "act")
Rows = dict[str, set[tuple[Any, ...]]]


def mark(number: int) -> str:
    return f"密{number:04}密"


def marks_in(text: str) -> set[int]:
    return {int(number) for number in MARK.findall(text)}


@dataclass
class Findings:
    """What all walks found together. A line is named `rule button: field`."""

    marks: dict[int, str] = field(default_factory=dict)  # mark -> the line that it was typed into
    lines: set[str] = field(default_factory=set)  # every line of every form of staff
    kept: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # line -> columns that keep it
    read: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # line -> where an examinee reads it
    looked: set[tuple[str, ...]] = field(default_factory=set)

    def new(self, line: str) -> str:
        self.marks[len(self.marks) + 1] = line
        return mark(len(self.marks))


@dataclass
class Marking(Walk):
    """The walk of a member of staff who types a mark into every line, and looks where those that are kept come out."""

    season: Season | None = None
    into: Findings = field(default_factory=Findings)
    meant: str = "for the examinee"
    declared: Callable[[str], tuple[str, str]] = lambda line: ("", line)

    def send(self, url: str, where: str, sending: Sending) -> Sheet | None:
        found = self.place(url, sending.action, "POST", where)
        lines = [one for one in sending.fields if one.free]
        if found is None or not lines or sending.htmx:
            return super().send(url, where, sending)
        rule = next(str(rule) for rule in self.app.url_map.iter_rules(found[0]))
        form = f"{rule} {sending.button[1]}".strip()
        self.into.lines |= {line_of(form, one) for one in lines}
        state = self.keep()
        before = state.stored.read(lambda: rows_of(self.app))
        choices = any(one.kind == "radio" and one.value is None for one in sending.fields)
        shown = None
        for last in (False, True) if choices else (False,):
            self.restore(state)
            shown = self._typed(url, where, sending, form, last=last)
            self._look(before)
        asked = {entry for entry in map(self.declared, {line_of(form, one) for one in lines}) if entry[0]}
        kept = {self.declared(line) for line in self.into.kept if self.into.kept[line]}
        read = {self.declared(line) for line in self.into.read}
        again = bool(asked - kept) or any(each[0] == self.meant for each in asked - read)
        again = again or (bool(asked) and not any(self.into.kept[line_of(form, one)] for one in lines))
        (self.unsatisfied.add if again else self.unsatisfied.discard)(self._last)
        return shown

    def _typed(self, url: str, where: str, sending: Sending, form: str, *, last: bool) -> Sheet | None:
        """Send it with a mark in each line; what is refused is written again, otherwise."""
        state, refused = self.keep(), Counter[str]()
        chosen = last_choices(sending.fields) if last else sending.fields
        chosen = tuple(one for one in chosen if one.name != "withdraw")  # ticked, nothing that was typed is kept
        while True:
            self.restore(state)
            fields = tuple(self._written(one, form, refused[one.name]) for one in chosen)
            shown = super().send(url, where, replace(sending, fields=fields))
            wrong = {
                name for name in INVALID.findall(shown.html if shown else "") if refused[name] <= len(self._words())
            }
            if not wrong:
                return self._answered(url, where, shown)
            refused.update(wrong)

    def _answered(self, url: str, where: str, shown: Sheet | None) -> Sheet | None:
        """Confirm what a 办理时间 or a 更正 asks first: until then nothing is changed."""
        for sending in shown.sendings() if shown and url.startswith(ASKING) else ():
            if sending.button[1] != "choose" and any(one.name in ("sure", "shown") for one in sending.fields):
                return super().send(url, where, sending)
        return shown

    def _written(self, one: Field, form: str, refused: int) -> Field:
        """A mark; if that is refused, what the page shows, and then what somebody might have meant."""
        if one.free and not refused:
            return replace(one, value=self.into.new(line_of(form, one)))
        if one.free:
            return replace(one, value=([one.value or "", *self._words()])[refused - 1], kind="hidden")
        if one.kind in TIMES and not one.value:
            return replace(one, value=TIMES[one.kind][min(refused, 2)], kind="hidden")
        return one

    def _words(self) -> tuple[str, ...]:
        assert self.season is not None
        number = db.session.scalar(select(Certificate.number)) or ""
        return ("10", "44", "0101", "abc123", self.season.files["owing"].ticket.number, number)

    def _look(self, before: Rows) -> None:
        """Which columns keep marks now, and what of them do the examinees read, now and at each end of the file?"""
        assert self.season is not None
        changed = {
            table: rows - before[table] for table, rows in self.storage.now().read(lambda: rows_of(self.app)).items()
        }
        names, kept = columns_of(self.app), set[str]()
        for table, rows in changed.items():
            for row in rows:
                for column, value in zip(names[table], row, strict=True):
                    for number in marks_in(value) if isinstance(value, str) else ():
                        kept.add(self.into.marks[number])
                        self.into.kept[self.into.marks[number]].add(f"{table}.{column}")
        kinds = self._kinds(changed, names)
        read = {self.declared(line) for line in self.into.read}
        unread = any(each[0] == self.meant for each in {self.declared(line) for line in kept} - read)
        if not kinds or (kinds <= self.into.looked and not unread):
            return
        self.into.looked |= kinds
        owners = self._owners(changed, names)
        concerned = [name for name, desk in self.season.files.items() if desk.person.id in owners]
        state, clock = self.keep(), self.app.clock  # type: ignore[attr-defined]
        now = clock.now
        for name in concerned or EVERYBODY:
            for end in ends(self.season.files[name]):
                self.restore(state)
                clock.now = now + LATER
                for address, text in fetched(self.season, name, end):
                    for number in marks_in(text):
                        self.into.read[self.into.marks[number]].add(address)
                clock.now = now
        self.restore(state)

    def _kinds(self, changed: Rows, names: dict[str, list[str]]) -> set[tuple[str, ...]]:
        """Which line was kept where, beside which state or decision; in full size every line, else one of each entry."""
        found = set()
        for table, rows in changed.items():
            at = [number for number, column in enumerate(names[table]) if column in STATES]
            for row in rows:
                states = tuple(str(row[number]) for number in at)
                for column, value in zip(names[table], row, strict=True):
                    for number in marks_in(value) if isinstance(value, str) else ():
                        line = self.into.marks[number]
                        found.add((line if FULL else self.declared(line)[1], f"{table}.{column}", *states))
        return found

    def _same_for_htmx(self, full: Sheet) -> None:
        """The walk without marks looks at that."""

    def _owners(self, changed: Rows, names: dict[str, list[str]]) -> set[int]:
        """The examinees whom changed rows are about."""
        found = set()
        with closing(sqlite3.connect(self.app.extensions["kaoji"].instance / FILE)) as connection:
            for table, rows in changed.items():
                for row in rows if table not in PASSING else ():
                    for column, value in zip(names[table], row, strict=True):
                        if column in OWNERS and value is not None:
                            found |= {owner for (owner,) in connection.execute(OWNERS[column], (value,))}
        return found


def line_of(form: str, one: Field) -> str:
    """`reason.profile.phone` and `reason.profile.email` are one line."""
    return f"{form}: {one.name.partition('.')[0]}"


def last_choices(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Of each group of radios where nothing is chosen, the last one."""
    last = {one.name: one for one in fields if one.kind == "radio"}
    open_ = last.keys() - {one.name for one in fields if one.kind == "radio" and one.value is not None}
    return tuple(
        replace(one, value=one.choices[0]) if one.name in open_ and one is last[one.name] else one for one in fields
    )


def columns_of(app: Flask) -> dict[str, list[str]]:
    return {table.name: [column.name for column in table.columns] for table in db.metadata.sorted_tables}


def rows_of(app: Flask) -> Rows:
    """Everything that is stored, table by table."""
    with closing(sqlite3.connect(app.extensions["kaoji"].instance / FILE)) as connection:
        return {
            table: set(connection.execute("SELECT {} FROM {}".format(", ".join(f'"{name}"' for name in names), table)))
            for table, names in columns_of(app).items()
        }


def ends(desk: Desk) -> Iterator[tuple[str, ...]]:
    """How a file may go on: passed to the end; in full size as it is, returned or rejected by each stage too."""
    under_review = State(desk.row.state) in UNDER_REVIEW
    if FULL or not under_review:
        yield ()
    if under_review:
        yield from (("pass",), *((("return",), ("reject",)) if FULL else ()))


def fetched(season: Season, name: str, end: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every address that this examinee may open, and the text of its answer."""
    desk, app = season.files[name], season.app
    client, now = app.test_client(), app.clock.now  # type: ignore[attr-defined]
    builders.sign_in(client, tick=desk.ticket, on=now)
    client.get("/")  # what is due takes effect
    for decision in end:
        finish(desk, decision, now)
    seen, waiting = set[str](), [*own_addresses(app, desk)]
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = client.get(address)
        text = answer.get_data(as_text=True) if not answer.mimetype.startswith("image/") else ""
        yield address, text + "".join(answer.headers.values())


def finish(desk: Desk, decision: str, on: Any) -> None:
    """The file is decided by others until it is at an end."""
    people = {State.SCHOOL_REVIEW: ("school_reviewer", CODE), State.OFFICE_REVIEW: ("office_reviewer", "")}
    asked = select(Staff).join(Aside, Aside.staff_id == Staff.id).where(Aside.ended_at.is_(None))
    for person in db.session.scalars(asked.where(Aside.application_id == desk.row.id)).all():
        take_back(desk.public_id, by=actor(person), on=on)
    while (state := State(desk.row.state)) in UNDER_REVIEW:
        role, school = people[state]
        waivers = {gap.key: "已核对" for gap in gaps(desk.submission.content.assessment)}
        findings = {NUMBER: Verdict(RETURN, "看不清")} if decision == "return" else {}
        opinion = Opinion(findings, "意见", waivers, again="才看到")
        desk.decide(decision, builders.staff(role, school_code=school), opinion, on=on)
    if state is State.APPROVED:
        record_offline(desk.public_id, f"收据 {desk.row.id}", by=actor(builders.staff("finance")), on=on)


def own_addresses(app: Flask, desk: Desk) -> list[str]:
    """Every address of the site that answers an examinee, with everything of theirs that it can name."""
    mine = Application.examinee_id == desk.person.id

    def all_of(query: Any) -> list[Any]:
        return list(db.session.scalars(query))

    applications = all_of(select(Application.public_id).where(mine))
    pictures = all_of(
        select(Evidence.public_id).join(Application, Evidence.application_id == Application.id).where(mine)
    )
    if not FULL:
        pictures = pictures[:1]
    things: dict[str, list[Any]] = {
        "public_id": applications + pictures,
        "number": all_of(select(Order.number).where(Order.examinee_id == desk.person.id)),
        "ident": [
            *all_of(select(Message.id).where(Message.examinee_id == desk.person.id)),
            *all_of(select(Announcement.id)),
        ],
        "code": [GRADUATION.code, *all_of(select(Paper.code))],
        "slug": [step.slug for step in GRADUATION.steps],
    }
    found = []
    for rule in app.url_map.iter_rules():
        policy = policy_of(app, rule.endpoint)
        if policy is None or "GET" not in (rule.methods or ()) or not {"examinee", "public"} & set(policy.kinds):
            continue
        assert rule.arguments <= things.keys(), f"say in tests/web/walks/marked.py what {rule} can name"
        names = sorted(rule.arguments)
        own = {"public_id": pictures if str(rule).startswith("/evidence") else applications}
        for values in product(*((things | own)[name] for name in names)):
            found.append(app.url_map.bind("localhost").build(rule.endpoint, dict(zip(names, values, strict=True))))
    return [address for address in found if not address.startswith("/captcha")]

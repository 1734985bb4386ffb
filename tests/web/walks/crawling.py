"""A walk through the site by what its pages show: every link opened, every form sent, each from the state its page was made from.

Nothing here names a page: a new page, link or form is walked as soon as another page leads to it.
"""

from __future__ import annotations

import io
from collections import Counter, deque
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from tests.web.walks.blanks import gaps
from tests.web.walks.stored import Storage, Stored

HOST = "http://localhost"
DEAD = {400, 403, 404, 405, 415}
VOID = {"input", "img", "link", "meta", "br", "hr"}
MOST = 30  # addresses of one page, whatever is asked of it
LONGEST = 6  # redirects
TRIES = 5  # to get a form taken
TYPED = {"text", "search", "tel", "email", "url", ""}
WORDS = {
    "number": "1",
    "date": "2026-12-01",
    "month": "2026-12",
    "datetime-local": "2026-12-01T09:00",
    "email": "a@example.com",
    "tel": "13812345678",
    "password": "Ceshi-Mima-8823",
}


@dataclass(frozen=True)
class Field:
    """One control: what it sends if nobody touches it (`value` None: nothing), and what it could send."""

    name: str
    kind: str  # type of the input, select or textarea
    value: str | None
    choices: tuple[str, ...] = ()
    at_least: int = 0  # characters

    @property
    def free(self) -> bool:
        """Whether any text can be typed into it."""
        return self.kind == "textarea" or self.kind in TYPED


@dataclass(frozen=True)
class Sending:
    """One way to send a form: by one of its buttons, as a browser or as htmx does."""

    action: str
    method: str
    fields: tuple[Field, ...]
    button: tuple[str, str] = ("", "")
    htmx: bool = False
    files: bool = False

    def values(self, fill: Callable[[Field], str]) -> dict[str, list[Any]]:
        """What is sent when what is empty was filled."""
        sent: dict[str, list[Any]] = {}
        groups = {one.name for one in self.fields if one.kind in ("radio", "checkbox") and one.value is not None}
        for one in self.fields:
            if one.kind == "file":
                if self.files:
                    sent.setdefault(one.name, []).append((io.BytesIO(picture()), "photo.jpg"))
                continue
            value = one.value
            if one.kind in ("radio", "checkbox"):
                if value is None and one.name not in groups:
                    value = one.choices[0]
                    groups.add(one.name)
            elif one.kind == "select":
                value = value or next((each for each in one.choices if each), "")
            elif not value and one.kind != "hidden":
                value = fill(one)
            if value is not None:
                sent.setdefault(one.name, []).append(value)
        if self.button[0]:
            sent.setdefault(self.button[0], []).append(self.button[1])
        return sent


def plain_words(one: Field) -> str:
    """Something that a person could have typed."""
    return WORDS.get(one.kind, "填写的文字" * max(1, -(-one.at_least // 5)))


_pictures: list[bytes] = []


def picture() -> bytes:
    if not _pictures:
        made = io.BytesIO()
        Image.effect_noise((640, 480), 60).convert("RGB").save(made, "JPEG")
        _pictures.append(made.getvalue())
    return _pictures[0]


@dataclass
class Sheet(HTMLParser):
    """What a page offers: addresses that it leads to, and forms with their buttons."""

    url: str
    html: str
    status: int = 200
    links: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    inside_main: bool = False

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[dict[str, Any]] = []
        self._forms: list[dict[str, Any]] = []
        self._loose: list[tuple[str, Field | tuple[str, str, dict[str, str]]]] = []
        self._select: dict[str, Any] | None = None
        self._area: dict[str, Any] | None = None
        self._disabled = 0
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.add(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in ("img", "script", "object", "iframe") and "src" in given:
            self.links.append(given["src"])
        if "hx-get" in given:
            self.links.append(given["hx-get"])
        if tag == "form":
            self._open.append({"given": given, "fields": [], "buttons": []})
            self._forms.append(self._open[-1])
        elif tag == "fieldset" and ("disabled" in given or self._disabled):
            self._disabled += 1
        elif tag == "option" and self._select is not None:
            self._select["options"].append((given.get("value", ""), "selected" in given))
        elif tag in ("input", "select", "textarea", "button") and "disabled" not in given and not self._disabled:
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        kind, name = given.get("type", ""), given.get("name", "")
        if tag == "button" or kind in ("submit", "image"):
            if kind not in ("button", "reset"):
                self._put(given, (name, given.get("value", ""), given))
        elif tag == "select":
            self._select = {"given": given, "options": []}
        elif tag == "textarea":
            self._area = {"given": given, "text": ""}
        elif name and kind in ("radio", "checkbox"):
            value = given.get("value", "on")
            self._put(given, Field(name, kind, value if "checked" in given else None, (value,)))
        elif name and "readonly" not in given:
            self._put(given, Field(name, kind or "text", given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._open:
            self._open.pop()
        elif tag == "fieldset" and self._disabled:
            self._disabled -= 1
        elif tag == "select" and self._select is not None:
            given, options = self._select["given"], self._select["options"]
            chosen = next((value for value, on in options if on), options[0][0] if options else "")
            if given.get("name"):
                self._put(given, Field(given["name"], "select", chosen, tuple(value for value, _ in options)))
            self._select = None
        elif tag == "textarea" and self._area is not None:
            given, typed = self._area["given"], self._area["text"].removeprefix("\n")
            if given.get("name") and "readonly" not in given:
                self._put(given, Field(given["name"], "textarea", typed, at_least=int(given.get("data-min") or 0)))
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area["text"] += data

    def _put(self, given: dict[str, str], what: Any) -> None:
        if "form" in given:
            self._loose.append((given["form"], what))
        elif self._open:
            self._open[-1]["buttons" if isinstance(what, tuple) else "fields"].append(what)

    def sendings(self) -> Iterator[Sending]:
        """Every way to send every form of the page."""
        for form in self._forms:
            given = form["given"]
            mine = [what for ident, what in self._loose if ident == given.get("id")]
            fields = tuple(form["fields"] + [what for what in mine if isinstance(what, Field)])
            buttons = form["buttons"] + [what for what in mine if isinstance(what, tuple)]
            if not buttons and not _sent_by_itself(given, fields):
                continue
            for name, value, own in buttons or [("", "", {})]:
                action = own.get("formaction", given.get("action", self.url))
                method = own.get("formmethod", given.get("method", "get")).upper()
                files = "multipart" in given.get("enctype", "")
                yield Sending(action, method, fields, (name, value), files=files)
                swapped = given.get("hx-post") or given.get("hx-get")
                if swapped is not None and "formaction" not in own:
                    kind = "POST" if "hx-post" in given else "GET"
                    yield Sending(swapped, kind, fields, (name, value), htmx=True, files=files)


def _sent_by_itself(given: dict[str, str], fields: tuple[Field, ...]) -> bool:
    """A form without a button: by htmx at a change, or by Enter in its only line."""
    return "hx-trigger" in given or sum(one.kind in TYPED or one.kind in WORDS for one in fields) == 1


@dataclass
class State:
    """A copy of everything that is stored, and whose browser it is in what state."""

    stored: Stored
    cookies: Any


@dataclass
class Walk:
    """One person's walk. `often`: how many addresses of one kind are opened; `every`: all of them, and each form of each page, else each once."""

    app: Flask
    client: FlaskClient
    who: str
    often: int = 12
    every: bool = False
    fill: Callable[[Field], str] = plain_words
    faults: list[str] = field(default_factory=list)
    opened: Counter[Any] = field(default_factory=Counter)
    sent: Counter[Any] = field(default_factory=Counter)
    answers: int = 0
    unsatisfied: set[Any] = field(default_factory=set)  # forms to be sent again from another page that shows them
    _last: Any = None

    def __post_init__(self) -> None:
        self.storage = Storage(self.app)

    def from_(self, *starts: str) -> Walk:
        """Walk from these addresses to everything that they lead to."""
        with self.storage.watched():
            waiting: deque[tuple[State, str, str]] = deque((self.keep(), "(start)", start) for start in starts)
            while waiting:
                state, where, link = waiting.popleft()
                self.restore(state)
                if (page := self.open(where, link)) is not None:
                    waiting += self.of_page(page)
        return self

    def of_page(self, first: Sheet) -> Iterator[tuple[State, str, str]]:
        """Send the page's forms, and those of the answers; what is to be opened next, in the state in which it was found."""
        pages = deque([(self.keep(), first)])
        while pages:
            state, page = pages.popleft()
            for link in page.links:
                if self._wanted(page, link):
                    yield state, page.url, link
            for sending in page.sendings():
                where = f"{page.url} [{sending.button[1] or sending.button[0]}]"
                if sending.method == "GET":
                    chosen = sending.values(self.fill)
                    link = urljoin(page.url, sending.action).split("?")[0] + "?" + urlencode(chosen, doseq=True)
                    if self._wanted(page, link):
                        yield state, where, link
                elif self._due(page, where, sending):
                    self.restore(state)
                    shown = self.send(page.url, where, sending)
                    if shown is not None:
                        pages.append((self.keep(), shown))

    def _due(self, page: Sheet, where: str, sending: Sending) -> bool:
        """Whether a form of this kind is still to be sent."""
        kind = self.place(page.url, sending.action, "POST", where)
        if kind is None:
            return False
        names = frozenset(one.name.partition(".")[0] for one in sending.fields)
        key = kind[0], sending.button, names, sending.htmx, *((page.url,) if self.every else ())
        due = self.sent[key] == 0 or (key in self.unsatisfied and self.sent[key] < TRIES)
        self.sent[key] += due
        self._last = key
        return due

    def _wanted(self, page: Sheet, link: str) -> bool:
        parts = urlsplit(link)
        if parts.scheme not in ("", "http", "https") or (parts.netloc and not link.startswith(HOST)):
            return False
        if not parts.path and not parts.query:
            if parts.fragment and parts.fragment not in page.ids:
                self.faults.append(f"{self.who}: {page.url} -> #{parts.fragment}: no such place on the page")
            return False
        found = self.place(page.url, link, "GET", page.url)
        if found is None:
            return False
        full = urlsplit(urljoin(HOST + page.url, link))
        names = frozenset(name for name, _ in parse_qsl(full.query, keep_blank_values=True))
        self.opened[full.path, full.query] += 1
        if self.opened[full.path, full.query] > 1:
            return False
        self.opened[found[0], names] += 1
        if self.opened[found[0], names] > (self.often if found[1] or self.every else 2):
            return False
        self.opened[found[0]] += 1
        return self.every or self.opened[found[0]] <= MOST

    def place(self, url: str, link: str, method: str, where: str) -> tuple[str, dict[str, Any]] | None:
        """Endpoint and arguments of an address; None, and a fault, if no page of the site answers to it."""
        full = urlsplit(urljoin(HOST + url, link))
        try:
            if "//" in full.path or not full.path.startswith("/") or "{" in full.path or "None" in full.path:
                raise ValueError
            adapter = self.app.url_map.bind("localhost")
            return adapter.match(full.path, method)  # type: ignore[return-value]
        except (RequestRedirect, MethodNotAllowed, HTTPException, ValueError) as wrong:
            why = getattr(wrong, "code", None) or "malformed"
            self.faults.append(f"{self.who}: {where} -> {method} {link or '(empty)'}: {why}")
            return None

    def open(self, where: str, link: str) -> Sheet | None:
        url = urljoin(HOST + where.partition(" ")[0], link) if where.startswith("/") else HOST + link
        path = url.removeprefix(HOST).partition("#")[0]
        answer = self.client.get(path)
        shown = self._judged(where, path, answer)
        if shown is not None and shown.url == path:
            kind = "htmx", *self.app.url_map.bind("localhost").match(path.partition("?")[0])[:1]
            self.opened[kind] += 1
            if self.every or self.opened[kind] <= 2:
                self._same_for_htmx(shown)
        return shown

    def _same_for_htmx(self, full: Sheet) -> None:
        """The partial page offers the same, in well-formed addresses too."""
        answer = self.client.get(full.url, headers={"HX-Request": "true"})
        self.answers += 1
        if answer.status_code != full.status:
            self.faults.append(f"{self.who}: {full.url} for htmx: {answer.status_code}, not {full.status}")
        part = Sheet(full.url, answer.get_data(as_text=True))
        for sending in part.sendings():
            self.place(full.url, sending.action, sending.method, f"{full.url} for htmx")
        main = Sheet(full.url, "<main" + full.html.partition("<main")[2].partition("</main>")[0])
        offered, there = [[(one.action, one.method, one.button) for one in page.sendings()] for page in (part, main)]
        if offered != there and "<main" in full.html:
            self.faults.append(f"{self.who}: {full.url} offers other forms to htmx")

    def send(self, url: str, where: str, sending: Sending) -> Sheet | None:
        values = sending.values(self.fill)
        path = urljoin(HOST + url, sending.action).removeprefix(HOST)
        headers = {"HX-Request": "true"} if sending.htmx else {}
        kind = {"content_type": "multipart/form-data"} if sending.files else {}
        answer = self.client.post(path, data=values, headers=headers, **kind)
        return self._judged(where, f"POST {path}", answer)

    def _judged(self, where: str, path: str, answer: TestResponse) -> Sheet | None:
        """The page that was answered, redirects followed; None if it is no page, or a fault."""
        self.answers += 1
        at = path.removeprefix("POST ")
        for _ in range(LONGEST):
            status = answer.status_code
            if status in DEAD or status >= 500:
                self.faults.append(f"{self.who}: {where} -> {path}: {status}")
                return None
            if status not in (301, 302, 303, 307, 308) and "HX-Redirect" not in answer.headers:
                break
            to = answer.headers.get("Location") or answer.headers["HX-Redirect"]
            if self.place(at, to, "GET", f"{where} -> {path}") is None:
                return None
            at = urljoin(HOST + at, to).removeprefix(HOST).partition("#")[0]
            answer = self.client.get(at)
            self.answers += 1
        else:
            self.faults.append(f"{self.who}: {where} -> {path}: redirects without end")
            return None
        if answer.mimetype != "text/html":
            return None
        page = Sheet(at, answer.get_data(as_text=True), answer.status_code)
        if "<body" in page.html:
            self.faults += (f"{self.who}: {at}: a blank beside punctuation: {gap}" for gap in gaps(page.html))
        return page

    def keep(self) -> State:
        """A copy of what is stored now."""
        return State(self.storage.now(), deepcopy(self.client._cookies))

    def restore(self, state: State) -> None:
        self.storage.put_back(state.stored)
        self.client._cookies = deepcopy(state.cookies)

"""Lines of the log: one line each, in one form, whoever writes it (the program, waitress, SQLAlchemy, warnings, a thread that fell).

    2026-12-07T16:00:00.123+08:00 ERROR 1207-D182B5 private app: failed POST /password\\nTraceback …\\nValueError: …

Time with its zone, level, the reference number that the person sees on the page (- outside of a request), where the request came from
(loopback, private, public; - likewise; never the address), logger, text. What would begin another line, or act on a terminal, is written
as an escape, so that nobody can forge a line. Numbers of people, addresses of mail, and what a fault quotes of the data are left out.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import sys
import threading
import traceback
from datetime import datetime
from types import TracebackType
from typing import Any, TextIO

from flask import has_request_context, request
from flask.logging import default_handler

from app.rules.calendar import zone
from app.security.request_time import reference

NONE, HIDDEN = "-", "…"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\\\\\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# identity numbers, phones, 准考证号 (not digits inside of a MAC or an order's number), addresses of mail
_PERSONAL = re.compile(
    r"(?<![0-9A-Za-z])(?:\d{15}(?:\d{2}[\dXx])?|\d{17}[Xx]|1[3-9]\d{9}|\d{12})(?![0-9A-Za-z])|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
)
_VALUES = re.compile(r"(?<==)\([^()]*\)|(?<![A-Z])(?:DETAIL|CONTEXT|QUERY|STATEMENT):.*|(?<=\w: )\"[^\"]*\"")
"""What PostgreSQL quotes of the data: Key (id_number)=(…); invalid input syntax for type integer: "…"."""
_HAN = re.compile("[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
"""In the text of a fault: names and addresses; ours are in English."""

log = logging.getLogger(__name__)


class OneLine(logging.Formatter):
    """Makes the line; nothing that is logged can make it fail."""

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, zone()).isoformat(timespec="milliseconds")
        who, where = _asked()
        text = _CONTROL.sub(_escaped, _PERSONAL.sub(HIDDEN, _VALUES.sub(HIDDEN, _text(record))))
        return f"{when} {record.levelname} {who} {where} {record.name}: {text}"


def _text(record: logging.LogRecord) -> str:
    try:
        text = record.getMessage()
    except Exception:  # arguments that do not fit
        text = str(record.msg)
    if record.exc_info and record.exc_info[1]:
        text += "\n" + fault_in_words(record.exc_info[1])
    if record.stack_info:
        text += "\n" + record.stack_info
    return text


def fault_in_words(fault: BaseException) -> str:
    """Return the traceback of a fault and of those behind it, without what it quotes of the data."""
    try:
        return "\n".join(_told(traceback.TracebackException.from_exception(fault, compact=True)))
    except Exception:
        return type(fault).__name__


def _told(told: traceback.TracebackException) -> list[str]:
    before = told.__cause__ or told.__context__
    lines = [*_told(before), "led to"] if before else []
    frames = "".join(told.stack.format()).rstrip()
    return [
        *lines,
        "Traceback (most recent call last):",
        frames,
        _HAN.sub(HIDDEN, "".join(told.format_exception_only()).rstrip()),
    ]


def _asked() -> tuple[str, str]:
    """Return reference and class of address of the present request."""
    if not has_request_context():
        return NONE, NONE
    try:
        return reference(), address_class(request.remote_addr or "")
    except Exception:  # a request whose arrival was not noted
        return NONE, NONE


def address_class(address: str) -> str:
    """Return loopback, private or public; other where the text is no address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "other"
    found = getattr(found, "ipv4_mapped", None) or found
    if found.is_loopback:
        return "loopback"
    return "private" if found.is_private or found.is_link_local else "public"


def _escaped(found: re.Match[str]) -> str:
    sign = found[0]
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}.get(sign) or (
        f"\\x{ord(sign):02x}" if ord(sign) < 256 else f"\\u{ord(sign):04x}"
    )


class Errors(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at the moment."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)
        self.setFormatter(OneLine())

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def install(*, hooks: bool = True) -> None:
    """Have everything in this process written in this form, on standard error; doing it again changes nothing.

    `hooks`: what falls out of a thread, or of the program, too.
    """
    root = logging.getLogger()
    if not any(isinstance(handler, Errors) for handler in root.handlers):
        root.addHandler(Errors())
    logging.getLogger("app").removeHandler(default_handler)
    logging.captureWarnings(True)
    if hooks:
        sys.excepthook = _fell
        threading.excepthook = lambda fell: _fell(fell.exc_type, fell.exc_value, fell.exc_traceback)


def _fell(kind: type[BaseException], fault: BaseException | None, trace: TracebackType | None) -> Any:
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    log.critical("fell", exc_info=(kind, fault or kind(), trace))

"""The log: one line each in one form, whoever writes it, with the reference of the page and without anybody's data."""

from __future__ import annotations

import io
import logging
import re
import sys
import threading
import warnings
from collections import OrderedDict
from collections.abc import Iterator

import pytest
from flask import Flask

from app.cli.serving import log_lines, repeated_lines
from app.cli.serving.log_lines import OneLine, address_class
from tests import builders

LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d (DEBUG|INFO|WARNING|ERROR|CRITICAL) (-|\d{4}-[0-9A-F]{6}) (-|loopback|private|public|other) [\w.]+: \S.*"
)
PERSONAL = (
    "31011519900307123X",
    "310115900307123",
    "13812345678",
    "010126100017",
    "li.ming@example.com",
    "张三",
    "上海市黄浦区",
)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What stands in the log; afterwards this process logs as before."""
    root, app = logging.getLogger(), logging.getLogger("app")
    before = root.handlers[:], app.handlers[:], root.level, sys.excepthook, threading.excepthook
    stream = io.StringIO()
    # a line that another test wrote comes no second time
    monkeypatch.setattr(repeated_lines.LINES, "_lines", OrderedDict())
    monkeypatch.setattr(log_lines.Errors, "stream", property(lambda self: stream))
    logging.captureWarnings(False)  # a command of another test had them, and pytest has taken them back since
    log_lines.install()
    log_lines.install()
    yield stream
    root.handlers, app.handlers, root.level, sys.excepthook, threading.excepthook = before
    logging.captureWarnings(False)


def lines(written: io.StringIO) -> list[str]:
    found = written.getvalue().splitlines()
    assert [line for line in found if not LINE.fullmatch(line)] == []
    return found


def fails(*said: str) -> None:
    try:
        try:
            raise KeyError(said[0])
        except KeyError as error:
            raise ValueError(" ".join(said)) from error
    except ValueError:
        logging.getLogger("app.anything").exception("failed %s", said[0])


def test_every_writer_writes_one_line_in_one_form(written: io.StringIO) -> None:
    for name in ("app", "waitress", "waitress.queue", "werkzeug", "sqlalchemy.engine", "something.else"):
        logging.getLogger(name).warning("said by %s", name)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("an old way", DeprecationWarning, stacklevel=1)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    sys.excepthook(ValueError, ValueError("x"), None)
    fails("a fault")
    found = lines(written)
    assert len(found) == 10
    assert any("py.warnings: " in line and "an old way" in line for line in found)
    assert any("ZeroDivisionError" in line and "\\nTraceback" in line for line in found)


@pytest.mark.parametrize("odd", ["\n", "\r\n", "\x1b[2J\x1b[31m", "\x00", "\x85", "\u2028", "\u202e", "\x9b31m"])
def test_what_is_typed_forges_no_line_and_moves_no_terminal(written: io.StringIO, odd: str) -> None:
    forged = f"x{odd}2026-12-07T16:00:00.000+08:00 INFO - - app: all is well"
    logging.getLogger("app").warning("said %s", forged)
    logging.getLogger("app").warning(forged)
    fails(forged)
    assert len(lines(written)) == 3
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", written.getvalue())


def test_no_line_holds_what_a_person_is_known_by(written: io.StringIO) -> None:
    for one in PERSONAL[:-2]:
        logging.getLogger("app").warning("said %s, and path=/x/%s", one, one)
        logging.getLogger("waitress").warning(f"said {one}")
    fails(*PERSONAL)
    fails(
        f'(psycopg) duplicate key\nDETAIL:  Key (name, id_number)=(Li Ming, {PERSONAL[0]}) already exists.\nCONTEXT: COPY examinee, line 1: "Li Ming"'
    )
    fails('invalid input syntax for type integer: "Li Ming"')
    fails("value too long: Key (address)=(Huangpu 1)")
    text = written.getvalue()
    assert [one for one in (*PERSONAL, "Li Ming", "Huangpu") if one in text] == []
    assert "psycopg" in text
    lines(written)


def test_a_mac_and_an_order_are_left_as_they_are(written: io.StringIO) -> None:
    mac = "3f123456789012345ab" * 3
    logging.getLogger("app").warning("audit chain %s %s D202612070001", 120345, mac)
    assert lines(written)[0].endswith(f"audit chain 120345 {mac} D202612070001")


def test_lines_of_a_request_carry_the_number_of_its_page_and_what_kind_of_address_asked(
    app: Flask, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = app.test_client()
    builders.sign_in(browser, tick=builders.ticket(builders.examinee()))

    def fails(*_: object, **__: object) -> None:
        logging.getLogger("app.anything").warning("before")
        raise RuntimeError("of ours")

    monkeypatch.setattr("app.web.home.views.render_template", fails)
    page = browser.get("/", environ_overrides={"REMOTE_ADDR": "8.8.8.8"}).text
    shown = re.search(r"\d{4}-[0-9A-F]{6}", page)
    assert shown
    found = lines(written)
    assert len(found) == 2
    assert all(f" {shown[0]} public " in line for line in found)
    assert "8.8.8.8" not in written.getvalue()


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "loopback"), ("::1", "loopback"), ("::ffff:127.0.0.1", "loopback"), ("10.1.2.3", "private"), ("192.168.1.1", "private"),
        ("fe80::1%eth0", "private"), ("fd00::1", "private"), ("8.8.8.8", "public"), ("2400:3200::1", "public"), ("", "other"), ("unix", "other"),
    ],
)  # fmt: skip
def test_an_address_is_told_by_its_class(address: str, kind: str) -> None:
    assert address_class(address) == kind


def test_nothing_that_is_logged_makes_the_form_fail() -> None:
    class Bad:
        def __str__(self) -> str:
            raise RuntimeError

    for said in ((Bad(),), (1, 2)):
        record = logging.LogRecord("app", logging.WARNING, __file__, 1, "said %s", said, None)
        assert LINE.fullmatch(OneLine().format(record))

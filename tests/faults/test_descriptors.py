"""Descriptors: the limits fit each other, running out of them costs nothing, and a log does not fill the disk."""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path

import pytest

from app.cli.refusal import Fault
from app.cli.serving.descriptors import EACH, RESERVE, fit
from app.cli.serving.repeated_lines import RepeatedLines
from tests.faults.server_process import Serving, answer_on, connected, serving, status_of, until
from tests.sizes import FULL

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc and prlimit")
GET = b"GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_fewer_connections_where_the_system_allows_few_files() -> None:
    assert fit(1000, None).connections == fit(1000, 65_536).connections == fit(1000, 2128).connections == 1000
    few = fit(1000, 1024)
    assert few.connections * EACH + RESERVE <= 1024
    assert few.connections == 448
    assert len(few.told.splitlines()) == 1
    for word in ("1024", "448", "2128", "LimitNOFILE"):
        assert word in few.told
    with pytest.raises(Fault, match="LimitNOFILE"):
        fit(1000, 150)


@linux
def test_the_limit_is_raised_said_when_low_and_running_out_costs_nothing(tmp_path: Path) -> None:
    import resource

    with serving(tmp_path / "site", (256, 700)) as server:
        assert "700" in _limit(server)
        told = [line for line in server.said().splitlines() if "LimitNOFILE" in line]
        assert len(told) == 1
        assert "286" in told[0]
        kept = connected(server.port)
        kept.sendall(GET)
        assert answer_on(kept)[0].status == 200
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (_highest(server), 700))  # none is left
        for _ in range(50):
            connected(server.port).sendall(GET)  # at the door, not let in; the system takes the connection
        before, seconds = server.cpu(), 5.0 if FULL else 1.5
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.1)
        assert server.cpu() - before < seconds / 5  # 95 % of a core when it spun
        kept.sendall(GET)  # who is in is served: the database's files are open
        assert answer_on(kept)[0].status == 200
        log = server.said()
        assert "no new connections" in log
        assert len(log) < 20_000  # 40 MB in seconds
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (700, 700))
        assert until(lambda: status_of(server.port) == 200)


def _limit(server: Serving) -> str:
    lines = Path(f"/proc/{server.pid}/limits").read_text().splitlines()
    return next(line for line in lines if "open files" in line)


def _highest(server: Serving) -> int:
    """The number below which all are taken: gaps too small for one more would let somebody in."""
    taken = {int(each.name) for each in Path(f"/proc/{server.pid}/fd").iterdir()}
    return next(number for number in range(700) if number not in taken)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> tuple[logging.Logger, list[str]]:
    """A logger named like waitress's and what is written of it."""
    written: list[str] = []
    logger = logging.Logger("waitress")
    handler = logging.Handler()
    handler.emit = lambda record: written.append(record.getMessage())  # type: ignore[method-assign]
    handler.addFilter(RepeatedLines())
    logger.addHandler(handler)
    return logger, written


def test_a_line_is_written_once_a_minute_with_what_was_left_out(
    log: tuple[logging.Logger, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    logger, written = log
    for number in range(1000):
        logger.warning("Task queue depth is %d", number)
        logger.error(f"closing channel <0x7f{number:x} 10.0.0.{number}>")
    assert written == ["Task queue depth is 0", "closing channel <0x7f0 10.0.0.0>"]
    now = time.monotonic() + 61
    monkeypatch.setattr("app.cli.serving.repeated_lines.time.monotonic", lambda: now)
    logger.warning("Task queue depth is %d", 5)
    assert written[2:] == ["Task queue depth is 5 [left out 999 times since]"]


def test_lines_of_the_program_that_differ_are_all_written(caplog: pytest.LogCaptureFixture) -> None:
    kept = RepeatedLines()
    caplog.handler.addFilter(kept)
    try:
        for number in (1, 2, 2):
            logging.getLogger("app.somewhere").warning("case %d", number)
        assert [record.getMessage() for record in caplog.records] == ["case 1", "case 2"]
        kept.tell(at_end=True)
        assert caplog.records[-1].getMessage() == "case 2 [left out 1 times since]"
    finally:
        caplog.handler.removeFilter(kept)

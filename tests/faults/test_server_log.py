"""What a real server writes on standard error: lines of one form, whatever is sent to it."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.request import Request, urlopen

from tests.faults.server_process import connected, serving

FIRST = ("20", "19")  # of the year: every line begins with its time


def test_a_server_s_log_is_lines_of_one_form(tmp_path: Path) -> None:
    with serving(tmp_path / "site", files=(400, 400)) as process:
        forged = {
            "csp-report": {"blocked-uri": "x\r\n2026-01-01T00:00:00 forged", "document-uri": "/x/310115199003071231"}
        }
        body = json.dumps(forged).encode()
        sent = Request(f"http://127.0.0.1:{process.port}/csp-report", body, {"Content-Type": "application/csp-report"})
        assert urlopen(sent).status == 204
        odd = connected(process.port)
        odd.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: \x1b[31m\r\n\r\n")
        odd.recv(1000)
        process.terminate()
        process.wait(20)
        said = process.said()
    assert "csp report" in said
    assert "310115199003071231" not in said
    for line in said.splitlines():
        when, level, reference, address, name = line.split(" ")[:5]
        assert when.startswith(FIRST), line
        assert level in ("INFO", "WARNING", "ERROR", "CRITICAL"), line
        assert (address in ("loopback", "private", "public")) == (reference != "-"), line
        assert name.endswith(":"), line

"""Who asks, over what and for which host is believed of the trusted proxy alone (AC-33)."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from app.cli.serving import server as serving
from tests.faults.server_process import in_thread

HEADERS = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-By": "evil.example",
    "Forwarded": "for=203.0.113.9;proto=https;host=evil.example",
}
OURS = ["127.0.0.1", "http", "localhost"]


def told(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """What a request says of itself, and every header that others could believe."""
    heads = sorted(name for name in environ if "FORWARDED" in name)
    found = [environ[name] for name in ("REMOTE_ADDR", "wsgi.url_scheme", "HTTP_HOST")]
    start_response("200 OK", [])
    return [json.dumps([found, heads]).encode()]


def asked(folder: Path, proxy: str, **headers: str) -> Any:
    with in_thread(told, folder, trusted_proxy=proxy) as server:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.request("GET", "/", headers={"Host": "localhost", **headers})
        found = json.loads(connection.getresponse().read())
        connection.close()
    return found


@pytest.mark.parametrize("proxy", ["", "198.51.100.1"])
def test_nobody_but_the_trusted_proxy_says_who_asks(tmp_path: Path, proxy: str) -> None:
    assert asked(tmp_path, proxy, **HEADERS) == [OURS, []]


def test_the_trusted_proxy_says_it_and_what_came_before_it_is_not_believed(tmp_path: Path) -> None:
    said = {**HEADERS, "X-Forwarded-For": "192.0.2.66, 203.0.113.9"}
    del said["Forwarded"]
    found, heads = asked(tmp_path, "127.0.0.1", **said)
    assert found[:2] == ["203.0.113.9", "https"]
    assert "HTTP_X_FORWARDED_BY" not in heads


def test_a_server_that_believes_everybody_is_told_any_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard off."""
    limits = serving.limits
    everybody = {"trusted_proxy": "*", "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-host"}}
    monkeypatch.setattr(serving, "limits", lambda *given: {**limits(*given), "trusted_proxy_count": 1, **everybody})
    found, _ = asked(tmp_path, "", **HEADERS)
    assert (found[0], found[2]) == ("203.0.113.9", "evil.example")

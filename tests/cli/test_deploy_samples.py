"""The samples for systemd and for proxies fit the limits and times of the server behind them."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from app.cli.serving import slow_clients, stopping
from app.cli.serving.descriptors import EACH, RESERVE
from app.cli.serving.server import LAST_THREADS, most_connections
from app.security.limits import LARGEST

DEPLOY = Path(__file__).resolve().parents[2] / "docs" / "deploy"
MIB = 1024 * 1024


def sample(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def test_the_unit_allows_the_descriptors_and_the_time_that_the_server_takes() -> None:
    unit = dict(re.findall(r"^(\w+)=(\d+)$", sample("kaoji.service"), re.M))
    assert int(unit["LimitNOFILE"]) >= most_connections() * EACH + RESERVE
    timers = 10
    assert int(unit["TimeoutStopSec"]) > stopping.DRAIN + stopping.LAST_WORDS + LAST_THREADS + timers


def test_every_proxy_has_timeouts_of_headers_and_reading_and_the_size_of_a_body() -> None:
    caddy, nginx, iis = sample("Caddyfile"), sample("nginx.conf"), sample("web.config")
    header, silence = int(slow_clients.HEADERS), int(slow_clients.SILENCE)
    assert f"read_header {header}s" in caddy
    assert f"read_body {int(slow_clients.WHOLE) // 60}m" in caddy
    assert int(re.findall(r"keepalive (\d+)s", caddy)[0]) < silence
    assert f"client_header_timeout {header}s;" in nginx
    assert f"client_body_timeout {silence}s;" in nginx
    assert "proxy_request_buffering off;" in nginx
    assert f"/headerWaitTimeout:00:00:{header}" in iis
    assert f"/connectionTimeout:00:00:{silence}" in iis
    assert f"/minBytesPerSecond:{slow_clients.SLOWEST}" in iis
    limit = ElementTree.fromstring(iis).find(".//requestLimits")
    assert limit is not None
    assert int(limit.attrib["maxAllowedContentLength"]) == LARGEST
    assert f"max_size {LARGEST // MIB}MB" in caddy
    assert f"client_max_body_size {LARGEST // MIB}m;" in nginx


def test_every_proxy_says_who_asks_and_over_what() -> None:
    assert "X-Forwarded-For $remote_addr;" in sample("nginx.conf")
    assert "X-Forwarded-Proto $scheme;" in sample("nginx.conf")
    assert '<set name="HTTP_X_FORWARDED_PROTO" value="https" />' in sample("web.config")
    for name in ("Caddyfile", "nginx.conf", "web.config"):
        assert "127.0.0.1:8000" in sample(name)

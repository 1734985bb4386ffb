"""kaoji serve: one server a folder, imports beside it, and an end that lets running requests finish."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import config as settings
from app.actions.evidence.one_at_a_time import SERVER
from app.cli.refusal import Fault
from app.cli.serving.server import Server
from app.security.csp import HEADERS, PAGE_POLICY
from tests.cli.conftest import Kaoji

ROOT = Path(__file__).resolve().parents[2]


class Running(subprocess.Popen[str]):
    """A server of its own process; `port` once it serves."""

    port: int = 0


@pytest.fixture
def running(kaoji: Kaoji, site: Path, tmp_path: Path) -> Iterator[Running]:
    environment = {**os.environ, "KAOJI_PORT": "0", "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    process = Running(
        [sys.executable, "wsgi.py"],
        cwd=ROOT,
        env=environment,
        text=True,
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout
    line = process.stdout.readline()
    found = re.search(r":(\d+)/", line)
    if not found:
        process.kill()
        pytest.fail(f"{line}{process.stderr.read() if process.stderr else ''}")
    process.port = int(found[1])
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def get(port: int, path: str = "/login") -> tuple[int, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders())


def test_it_serves_beside_an_import_and_refuses_a_second_server(running: Running, kaoji: Kaoji, tmp_path: Path) -> None:
    status, headers = get(running.port)
    assert status == 200
    assert "Server" not in headers
    second = kaoji("serve")
    assert (second.code, len(second.err.splitlines())) == (1, 1)
    assert "已有一个站点在运行" in second.err
    schools = tmp_path / "学校.csv"
    schools.write_text("学校代码,学校名称\n99001,华东某大学\n", encoding="utf-8")
    assert kaoji("import", "schools", schools).out.startswith("新增 1 行")
    assert get(running.port)[0] == 200


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM for another process")
def test_sigterm_ends_it_cleanly_and_gives_the_folder_back(running: Running, site: Path) -> None:
    running.send_signal(signal.SIGTERM)
    out, err = running.communicate(timeout=15)
    assert running.returncode == 0
    assert "已停止" in out
    assert "Traceback" not in err
    assert not (site / "kaoji.sqlite3-wal").exists() or (site / "kaoji.sqlite3-wal").stat().st_size == 0


def test_a_port_in_use_is_one_line(kaoji: Kaoji, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("KAOJI_PORT", str(taken.getsockname()[1]))
        ran = kaoji("serve")
    assert (ran.code, len(ran.err.splitlines())) == (1, 1)
    assert "KAOJI_PORT" in ran.err


def test_a_server_has_the_number_of_its_address_for_the_uploads_that_it_leaves(tmp_path: Path) -> None:
    settings.stamp_instance(tmp_path, "real")
    numbers = []
    for host in ("127.0.0.1", "127.0.0.1", "127.0.0.2"):
        app = Flask("served")
        server = Server(app, replace(settings.load(tmp_path, {}), host=host, port=0))
        server.stop()
        server.run()
        numbers.append(app.extensions[SERVER])
    first, again, other = numbers
    assert first == again != other


def slow(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    time.sleep(1.0)
    start_response("200 OK", [("Content-Length", "200000")])
    return [b"x" * 200_000]


def test_a_request_that_runs_is_answered_before_the_end(tmp_path: Path) -> None:
    settings.stamp_instance(tmp_path, "real")
    server = Server(slow, replace(settings.load(tmp_path, {}), port=0))
    thread = threading.Thread(target=server.run)
    thread.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/")
    time.sleep(0.3)
    server.stop()
    answer = connection.getresponse()
    assert len(answer.read()) == 200_000
    answer.close()
    connection.close()
    thread.join(timeout=5)
    assert not thread.is_alive()
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=1):
        pass


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", 413, "太大"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", 431, "太长"),
        (b"\x00\x01\r\n\r\n", 400, "没有看懂"),
    ],
)
def test_what_the_server_refuses_itself_is_said_in_chinese_with_the_headers(
    tmp_path: Path, asked: bytes, status: int, words: str
) -> None:
    settings.stamp_instance(tmp_path, "real")
    server = Server(slow, replace(settings.load(tmp_path, {}), port=0))
    thread = threading.Thread(target=server.run)
    thread.start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(asked)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        page = answer.read().decode()
    server.stop()
    thread.join(timeout=5)
    assert answer.status == status
    assert words in page
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.headers["Content-Security-Policy"] == PAGE_POLICY
    assert answer.headers["Server"] is None


def test_a_port_that_cannot_be_had_names_the_setting(tmp_path: Path) -> None:
    settings.stamp_instance(tmp_path, "real")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Fault, match="KAOJI_PORT"):
            Server(slow, replace(settings.load(tmp_path, {}), port=taken.getsockname()[1]))


def test_an_address_that_this_computer_does_not_have_is_no_used_port(tmp_path: Path) -> None:
    settings.stamp_instance(tmp_path, "real")
    for host in ("192.0.2.1", "999.1.1.1"):
        with pytest.raises(Fault, match="KAOJI_HOST"):
            Server(slow, replace(settings.load(tmp_path, {}), host=host, port=0))

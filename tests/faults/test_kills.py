"""kill -9 while people save, upload, submit and decide and an import runs: after each, nothing acknowledged is lost and nothing is half done."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app import create_app
from app.cli import run
from app.config import load
from tests.faults.busy_site import KINDS, PATIENCE, BusySite
from tests.faults.invariants import broken
from tests.faults.server_process import ROOT, instance_env
from tests.sizes import FULL

pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process otherwise"),
]
CYCLES = 100 if FULL else 4
LONGEST = 1.0  # seconds from the first acknowledgement to the kill


@contextmanager
def served(environment: dict[str, str], log: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Serve the instance, and kill it at the end if it still runs."""
    with log.open("a", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "wsgi.py"], cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=errors
        )
    try:
        assert process.stdout
        line = process.stdout.readline()
        found = re.search(r":(\d+)/", line)
        assert found, line + log.read_text(encoding="utf-8")
        yield process, int(found[1])
    finally:
        process.kill()
        process.communicate()


def test_nothing_acknowledged_is_lost_and_nothing_is_half_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "site"
    environment = instance_env(folder)
    app = create_app(load(folder, {}))
    site = BusySite(app, folder)
    chance = random.Random(20261130)
    for cycle in range(CYCLES):
        site.make_ready()
        with served(environment, tmp_path / "server.log") as (server, port):
            killed = threading.Event()
            importing = site.begin_import(environment)
            threads = site.act(port, killed)
            kind = KINDS[cycle % len(KINDS)]
            assert site.oracle.acknowledged[kind].wait(PATIENCE), f"cycle {cycle}: no {kind}\n{site.last_answers()}"
            time.sleep(chance.uniform(0, LONGEST))
            server.kill()
            importing.kill()
            importing.wait()
            killed.set()
            for thread in threads:
                thread.join(30)
        assert site.cut_off + broken(app, site) == [], f"cycle {cycle}"
    for name, value in environment.items():
        if name.startswith("KAOJI_"):
            monkeypatch.setenv(name, value)
    assert run(["verify"]) == 0

"""An import of updates that is killed leaves every value wholly old or wholly new, and can be run again."""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from app.cli import run
from tests.adapters.documents.workbooks import write
from tests.builders import id_number
from tests.conftest import BOTH
from tests.faults.server_process import instance_env
from tests.sizes import FULL

if not hasattr(os, "fork"):  # Windows has no signal 9
    pytest.skip("needs fork", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[2]
TICKETS, SCORES_EACH, SCHOOLS, PLANS = 40, 15, 300, 8
MOMENTS = 1000 if FULL else 4  # statements and commits before which each kind is killed, at most
AT_RANDOM = 50 if FULL else 1  # kills of each kind from outside, at any moment
ORDER = ("schools", "plans", "examinees", "scores")
# kind -> what is compared: every value that the two files of it differ in
VALUES = {
    "scores": "SELECT mark, course_name FROM score",
    "examinees": "SELECT e.name, e.political_status, t.status, t.plan_version FROM examinee e JOIN ticket t ON t.examinee_id = e.id",
    "schools": "SELECT name, phone FROM school",
    "plans": "SELECT name, starts_on FROM plan",
}


def csv(path: Path, header: str, rows: list[str]) -> Path:
    path.write_text("\n".join((header, *rows)), encoding="utf-8")
    return path


def files(folder: Path, version: str) -> dict[str, Path]:
    """One file for each kind, with other values in every row for version 甲 and 乙."""
    folder.mkdir()
    old = version == "甲"
    tickets = [f"0101261{n:05}" for n in range(TICKETS)]
    people = [
        f"{id_number(serial=n + 1)},考生{version},{ticket},{'群众' if old else '中共党员'},{'在籍' if old else '停考'},{2025 + old}"
        for n, ticket in enumerate(tickets)
    ]
    marks = [f"{t},{10_000 + n},课程{version},2026-04,{70 + old}" for t in tickets for n in range(SCORES_EACH)]
    schools = [f"{10_000 + n},学校{version},{87110000 + old}" for n in range(SCHOOLS)]
    day = "2026-01-01" if old else "2026-07-01"
    plans: list[list[Any]] = [["专业代码", "学校代码", "计划版本", "专业名称", "层次", "总学分下限", "起用日期"]]
    courses: list[list[Any]] = [
        ["专业代码", "学校代码", "计划版本", "序号", "课程代码", "课程名称", "学分", "类别", "考试方式"]
    ]
    for n in range(PLANS):
        plans.append([f"63020{n}", "*", "2026", f"专业{version}", "专科", "5", day])
        courses.append([f"63020{n}", "*", "2026", "1", "00041", "基础会计学", "5", "必考", "笔试"])
    return {
        "scores": csv(folder / "scores.csv", "准考证号,课程代码,课程名称,考次,成绩", marks),
        "examinees": csv(folder / "examinees.csv", "证件号码,姓名,准考证号,政治面貌,考籍状态,计划版本", people),
        "schools": csv(folder / "schools.csv", "学校代码,学校名称,联系电话", schools),
        "plans": write(folder / "plans.xlsx", {"专业": plans, "课程": courses}),
    }


class Importing:
    """The process that forks imports, and what the database holds afterwards."""

    def __init__(self, url: str, process: subprocess.Popen[str], versions: dict[str, dict[str, Path]]) -> None:
        self.engine, self.process, self.versions = create_engine(url), process, versions

    def values(self, kind: str) -> frozenset[tuple[Any, ...]]:
        """The distinct values of all rows: one if every row is of one version."""
        with self.engine.connect() as connection:
            return frozenset(tuple(row) for row in connection.execute(text(VALUES[kind])))

    def acts(self, kind: str) -> int:
        with self.engine.connect() as connection:
            query = text("SELECT count(*) FROM audit_event WHERE action = :action")
            return int(connection.execute(query, {"action": f"import.{kind}"}).scalar_one())

    def run(self, kind: str, version: str, at: int = 0, kill: Callable[[int], None] | None = None) -> dict[str, int]:
        """Import; end it before moment `at`, or by `kill` (given its pid)."""
        assert self.process.stdin
        assert self.process.stdout
        order = {"kind": kind, "file": str(self.versions[version][kind]), "at": at}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        pid = json.loads(self.process.stdout.readline())["pid"]
        if kill:
            kill(pid)
        ended: dict[str, int] = json.loads(self.process.stdout.readline())
        return ended


@pytest.fixture(params=BOTH if FULL else BOTH[:1])
def importing(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Importing]:
    site, database = tmp_path / "site", ""
    env, url = instance_env(site), f"sqlite:///{site / 'kaoji.sqlite3'}"
    if request.param == "postgresql":
        server, database = request.getfixturevalue("postgres"), f"t{secrets.token_hex(6)}"
        server.run(f"CREATE DATABASE {database} TEMPLATE template0 ENCODING 'UTF8'")
        env |= {"KAOJI_INSTANCE": str(tmp_path / "postgresql"), "KAOJI_DATABASE_URL": (url := server.url(database))}
        for name in ("KAOJI_INSTANCE", "KAOJI_DATABASE_URL"):
            monkeypatch.setenv(name, env[name])
        assert run(["init"]) == 0  # nothing else makes tables where there are none
    versions = {version: files(tmp_path / version, version) for version in "甲乙"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.importing"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env,
    )  # fmt: skip
    made = Importing(url, process, versions)
    for kind in ORDER:
        assert made.run(kind, "甲")["code"] == 0
    yield made
    made.engine.dispose()
    process.communicate()
    if database:
        server.run(f"DROP DATABASE {database} WITH (FORCE)")


class Updates:
    """Imports of one kind in turn of two versions, of which the database holds one."""

    def __init__(self, importing: Importing, kind: str) -> None:
        self.importing, self.kind = importing, kind
        self.versions = {importing.values(kind): "甲"}
        started, acts = time.perf_counter(), importing.acts(kind)
        whole = importing.run(kind, "乙")
        self.took = time.perf_counter() - started
        self.moments = whole["moments"]
        self.versions[importing.values(kind)] = "乙"
        assert (whole["signal"], whole["code"], importing.acts(kind) - acts) == (0, 0, 1)
        assert [len(values) for values in self.versions] == [1, 1]  # every row of one version, and the two differ

    def killed(self, at: int = 0, kill: Callable[[int], None] | None = None) -> None:
        """Import the version that is not there, killed: every value is of one version, and the audit tells which."""
        here, acts = self.importing.values(self.kind), self.importing.acts(self.kind)
        ended = self.importing.run(self.kind, "乙" if self.versions[here] == "甲" else "甲", at, kill)
        there = self.importing.values(self.kind)
        assert there in self.versions, f"{self.kind}, killed at {at}: values of both versions: {sorted(there)}"
        assert self.importing.acts(self.kind) - acts == (there != here)
        if at:
            assert ended["signal"] == signal.SIGKILL
            assert there == here  # its commit was not reached

    def later(self, pid: int) -> None:
        time.sleep(random.uniform(0.1, 1.0) * self.took)
        with suppress(ProcessLookupError):  # it was done before
            os.kill(pid, signal.SIGKILL)


def test_a_killed_import_of_updates_leaves_all_values_old_or_all_new(importing: Importing) -> None:
    for kind in ORDER:
        updates = Updates(importing, kind)
        assert updates.moments > 3
        for back in range(min(MOMENTS, updates.moments)):  # the last moments write; before, it only reads
            updates.killed(updates.moments - back)
        for _ in range(AT_RANDOM):
            updates.killed(kill=updates.later)
        for values, version in updates.versions.items():  # and it can be run again
            assert importing.run(kind, version)["code"] == 0
            assert importing.values(kind) == values

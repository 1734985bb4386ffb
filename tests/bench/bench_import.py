"""100,000 scores: read, validated and imported, beside a raw executemany of the same rows in the same run.

    python tests/bench/bench_import.py [rows]

Prints seconds (the best of three, interleaved) and the ratio. Asked (performance.md, goal 7): validated import <= 2 x raw executemany.
"""

from __future__ import annotations

import csv
import random
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pysqlite3.dbapi2 as sqlite
from flask import Flask

from app import models  # noqa: F401  every table
from app.actions.imports import import_scores
from app.adapters.documents.tables import Table, read_table
from app.extensions import db
from app.models.base import prepare_sqlite
from app.rules.people.roles import SYSTEM

ON = datetime(2026, 11, 24, tzinfo=UTC)
HEADER = ("准考证号", "课程代码", "课程名称", "考次", "成绩", "取得方式")
COURSES = [(f"{13000 + n:05}", f"课程第{n}门") for n in range(40)]


def rows_of(count: int) -> list[tuple[str, str, str, str, str, str]]:
    """`count` rows, twenty for a ticket, in the order in which an office's file has them: by ticket."""
    rng = random.Random(7)
    marks = ["--", "免考", "良好", *map(str, range(30, 101))]
    rows = []
    for ticket in range(count // 20):
        for code, name in rng.sample(COURSES, 20):
            session = f"20{rng.randint(20, 26)}-{rng.choice(('04', '10'))}"
            rows.append((f"{ticket:012}", code, name, session, rng.choice(marks), "统考"))
    return rows


def database(folder: Path, tickets: int) -> Flask:
    """A fresh database with that many tickets, as the site opens it."""
    app = Flask(__name__)
    path = folder / f"{time.perf_counter_ns()}.sqlite3"
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{path.as_posix()}"
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"module": sqlite, "connect_args": {"timeout": 5}}
    db.init_app(app)
    with app.app_context():
        prepare_sqlite(db.engine)
        db.create_all()
        with db.engine.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO examinee (id, id_type, id_number, name, sex, nation, political_status, phone, created_at)"
                " VALUES (1, '居民身份证', '1', '甲', '', '', '', '', '2026-01-01 00:00:00')"
            )
            connection.exec_driver_sql(
                "INSERT INTO ticket (id, examinee_id, number, status, major_code, school_code, plan_version,"
                " graduated_majors) VALUES (?, 1, ?, '在籍', '', '', '', '')",
                [(number + 1, f"{number:012}") for number in range(tickets)],
            )
    app.extensions["path"] = path
    app.extensions["kaoji"] = SimpleNamespace(secret_key=b"b" * 32)  # seals the audit row
    return app


def raw(folder: Path, rows: list[tuple[str, str, str, str, str, str]]) -> float:
    """Seconds for one executemany of the same rows, one commit, same pragmas."""
    path = database(folder, len(rows) // 20).extensions["path"]
    ready = [(int(ticket) + 1, code, name, session, mark, origin) for ticket, code, name, session, mark, origin in rows]
    connection = sqlite.connect(path)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    started = time.perf_counter()
    connection.executemany(
        "INSERT INTO score (ticket_id, course_code, course_name, session, mark, origin) VALUES (?, ?, ?, ?, ?, ?)",
        ready,
    )
    connection.commit()
    seconds = time.perf_counter() - started
    connection.close()
    return seconds


def ours(folder: Path, table: Table) -> tuple[float, float]:
    """Seconds of a first import, and of the same file again."""
    with database(folder, len(table.rows) // 20).app_context():
        seconds = []
        for again in (False, True):
            started = time.perf_counter()
            result = import_scores(table, by=SYSTEM, on=ON, file_name="scores.csv")
            seconds.append(time.perf_counter() - started)
            expected = (0, len(table.rows)) if again else (len(table.rows), 0)
            assert (result.new, result.unchanged) == expected, result
    return seconds[0], seconds[1]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    rows = rows_of(count)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        file = folder / "scores.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([HEADER, *rows])
        started = time.perf_counter()
        table = read_table(file)
        reading = time.perf_counter() - started
        raws, firsts, agains = [], [], []
        for _ in range(3):
            raws.append(raw(folder, rows))
            first, again = ours(folder, table)
            firsts.append(first)
            agains.append(again)
    base, first, again = min(raws), min(firsts), min(agains)
    print(f"{count} rows  raw executemany {base:.2f} s")
    print(f"read the CSV file          {reading:.2f} s  {reading / base:.2f} x")
    print(f"validated and imported     {first:.2f} s  {first / base:.2f} x  (goal <= 2)")
    print(f"the same file again        {again:.2f} s  {again / base:.2f} x")
    print(f"file to committed          {reading + first:.2f} s  {(reading + first) / base:.2f} x")


if __name__ == "__main__":
    main()

"""kaoji forecast over a province: examinees a second, and what of it is reading.

    python tests/bench/bench_forecast.py [examinees]

Half declare a plan, half do not (every plan they share a passed course with is looked at); 15 to 18 scores each, a third complete, a third
one course short, a third half way. Goal: 100,000 well under a minute, the list written to xlsx.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite
from flask import Flask
from sqlalchemy import insert

from app.actions.records.forecast import BATCH, COLUMNS, Wanted, forecast
from app.actions.records.forecast import _batches as batches
from app.adapters.documents.lists import write_list
from app.demo.real_plans import real_plans
from app.extensions import db
from app.models import Examinee, PlanRow, Score, Ticket
from app.models.base import prepare_sqlite
from app.rules.plans.plan import Plan, Requirement, to_json

ON = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def database(folder: Path, people: int) -> Flask:
    """A fresh database with that many examinees."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{(folder / 'bench.sqlite3').as_posix()}"
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"module": sqlite, "connect_args": {"timeout": 5}}
    db.init_app(app)
    with app.app_context():
        prepare_sqlite(db.engine)
        db.create_all()
        fill(people)
    return app


def fill(people: int) -> None:
    """Plans, people, tickets and scores; the same every time."""
    dice, plans = random.Random(11), real_plans()
    with db.engine.begin() as connection:
        for plan in plans:
            row = {name: getattr(plan, name) for name in ("major_code", "school_code", "version", "name", "level")}
            dates = {"starts_on": plan.starts_on, "ends_on": plan.ends_on}
            connection.execute(insert(PlanRow).values(**row, **dates, body=to_json(plan), imported_at=NOW))
        for start in range(1, people + 1, 5000):
            idents = range(start, min(start + 5000, people + 1))
            blank = {"id_type": "居民身份证", "sex": "", "nation": "", "political_status": "", "phone": ""}
            rows = [{"id": i, "id_number": f"{i:018}", "name": "林晓雯", "created_at": NOW, **blank} for i in idents]
            connection.execute(insert(Examinee), rows)
            tickets, scores = [], []
            for i in idents:
                plan = dice.choice(plans)
                tickets.append(_ticket(i, plan))
                codes = [c.code for c in plan.courses if c.requirement is not Requirement.EXTRA]
                gone = {0: 0, 1: 1, 2: len(codes) // 2}[i % 3]
                scores += [
                    {
                        "ticket_id": i,
                        "course_code": code,
                        "course_name": "课程",
                        "session": "2024-10",
                        "mark": dice.choice(("60", "72", "85", "免考")),
                        "origin": "统考",
                    }
                    for code in dice.sample(codes, len(codes) - gone)
                ]
            connection.execute(insert(Ticket), tickets)
            connection.execute(insert(Score), scores)


def _ticket(i: int, plan: Plan) -> dict[str, Any]:
    return {
        "id": i,
        "examinee_id": i,
        "number": f"{i:012}",
        "registered_on": date(2020, 9, 1),
        "major_code": plan.major_code if i % 2 else "",
        "school_code": "10574",
        "status": "在籍",
        "plan_version": "",
        "graduated_majors": "",
    }


def main() -> None:
    """Print how long reading alone and the whole list take."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        app = database(Path(folder), people)
        with app.app_context():
            started = time.perf_counter()
            read = sum(len(batch) for batch in batches(db.session()))
            reading = time.perf_counter() - started
            started = time.perf_counter()
            lines = forecast(db.session(), Wanted(), ON)
            number = write_list(Path(folder) / "list.xlsx", "毕业预测", COLUMNS, lines)
            whole = time.perf_counter() - started
            db.session.remove()
            db.engine.dispose()
    print(
        f"{read} examinees in batches of {BATCH}: reading {reading:.1f} s, the whole list {whole:.1f} s, {number} lines"
    )
    print(f"{people / whole:,.0f} examinees a second; {whole / reading:.1f} times the reading alone")


if __name__ == "__main__":
    main()

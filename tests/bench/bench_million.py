"""The queue on a province: pages, filters, searches and figures at 1,000,000 applications beside the same at 1,000, in one run.

python -m tests.bench.bench_million [--size 1000000] [--postgres] [--rounds 7] [--keep FOLDER] [--processor]

Asked (performance.md, goal 5): page 1 at most 3 times the page at 1,000; page 5000 at most 1.5 times page 1. Medians, interleaved.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from app.extensions import db
from app.models import Application, Examinee, LoginSession
from app.models.base import transaction
from tests import builders
from tests.bench.beside.province import databases, opened

Clock = Callable[[], float]
QUEUE = "/staff/applications"


def addresses(app: Flask, size: int) -> dict[str, str]:
    """What is measured, by name."""
    with app.app_context():
        far = db.session.execute(
            select(Application.submitted_at, Application.id)
            .where(Application.state == "completed")
            .order_by(Application.submitted_at, Application.id)
            .offset(min(5000 * 50, size * 3 // 10) - 60)
            .limit(1)
        ).one()
        name = db.session.scalar(select(Examinee.name).where(Examinee.id == size // 2)) or "王芳"
        where = f"{(far.submitted_at.timestamp() * 1_000_000):.0f}.{far.id}"
    found = {
        "page 1": "state=completed", "page 5000": f"state=completed&after={where}", "waiting": "", "all": "state=all",
        "school": "state=all&school=10007", "major": "state=all&major=050011", "level": "state=all&level=专科",
        "missing": "state=all&flag=missing", "again": "state=all&flag=again", "hint": "state=all&flag=unclear",
        "rare hint": "state=all&flag=gone", "age": "age=14", "mine": "who=3",
        "unassigned": "who=none", "four at once": "school=10007&major=050011&flag=missing&age=7",
        "ticket prefix": f"state=all&q=01{size // 2:010}"[:-3], "wide prefix": "state=all&q=0100", "name": f"state=all&q={name}",
        "again, unassigned": "state=all&flag=again&who=none&level=专科", "school and missing": "state=all&school=10007&flag=missing",
        "middle prefix": f"state=all&q=01{size - size // 50:010}"[: -4 if size > 100_000 else -2],
        "name and school": f"state=all&school=10007&q={name}", "given name and school": f"state=all&school=10007&q={name[1:]}",
        "newest first": "state=all&order=new", "by name": "state=all&order=name", "by number, far": f"state=all&order=ticket&after=0.{size // 2}",
        "rare state by name": "state=rejected&order=name", "two characters": "state=all&q=王芳", "one character": "state=all&q=王", "nobody": "state=all&q=龘龘",
    }  # fmt: skip
    return {key: f"{QUEUE}?{query}" for key, query in found.items()} | {"statistics": "/staff/statistics"}


def client_of(app: Flask) -> FlaskClient:
    """Signed in as a reviewer of the office, who sees everything."""
    client = app.test_client()
    with app.app_context():
        with transaction() as session:  # a kept database has those of the last time
            session.execute(delete(LoginSession))
        person = builders.staff("office_reviewer", username=f"bench{time.time_ns()}")
        builders.sign_in(client, person=person)
    return client


def timed(client: FlaskClient, url: str, clock: Clock) -> float:
    begun = clock()
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    return (clock() - begun) * 1000


def measure(small: Flask, large: Flask, size: int, rounds: int, clock: Clock) -> None:
    """Both sites in turn, round by round."""
    pairs = [(client_of(small), addresses(small, 1000)), (client_of(large), addresses(large, size))]
    taken: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in pairs[0][1]}
    for turn in range(rounds + 1):
        for name in taken:
            for side, (client, urls) in enumerate(pairs):
                ms = timed(client, urls[name], clock)
                if turn:
                    taken[name][side].append(ms)
    report(taken, size)


def report(taken: dict[str, tuple[list[float], list[float]]], size: int) -> None:
    medians = {name: tuple(statistics.median(side) for side in sides) for name, sides in taken.items()}
    print(f"{'':<20}{'1,000 ms':>10}{f'{size:,} ms':>14}{'ratio':>8}")
    for name, (few, many) in medians.items():
        print(f"{name:<20}{few:>10.1f}{many:>14.1f}{many / few:>8.2f}")
    first, far = medians["page 1"], medians["page 5000"]
    print(f"page 1 at {size:,} / at 1,000: {first[1] / first[0]:.2f} (goal <= 3)")
    print(f"page 5000 / page 1: {far[1] / first[1]:.2f} (goal <= 1.5)")


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--size", type=int, default=1_000_000)
    given.add_argument("--rounds", type=int, default=7)
    given.add_argument("--postgres", action="store_true")
    given.add_argument("--keep", type=Path, help="a folder for the databases, which are used again next time")
    given.add_argument("--processor", action="store_true", help="SQLite: processor time, where others use the machine")
    asked = given.parse_args()
    with tempfile.TemporaryDirectory(prefix="kaoji-") as temporary, databases(asked.postgres, asked.keep) as address:
        folder = (asked.keep or Path(temporary)) / ("on-postgres" if asked.postgres else "on-sqlite")
        small = opened(folder / "small", 1000, address("small"))
        large = opened(folder / "large", asked.size, address("large"))
        try:
            clock = time.process_time if asked.processor else time.perf_counter
            measure(small, large, asked.size, asked.rounds, clock)
        finally:
            for app in (small, large):
                with app.app_context():
                    db.session.remove()
                    db.engine.dispose()


if __name__ == "__main__":
    main()

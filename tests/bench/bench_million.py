"""The queue on a province: pages, filters, searches and figures at 1,000,000 applications beside the same at 1,000, in one run.

python -m tests.bench.bench_million [--size 1000000] [--postgres] [--rounds 7]

Goal 5 of performance.md: page 1 at most 3 times the page at 1,000; page 5000 at most 1.5 times page 1. Medians, interleaved.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select, text

from app import create_app
from app.config import REAL, load, mark
from app.extensions import db
from app.models import Application, Examinee, Finding, PlanRow, Review, School, Staff, Submission, Ticket, Window
from app.models.base import transaction
from app.security import principal
from tests import builders
from tests.builders import NOW

BATCH = 20_000
SCHOOLS, MAJORS, REVIEWERS = 40, 60, 80
STATES = (
    ("school_review", 25), ("office_review", 15), ("returned", 8), ("rejected", 2), ("approved", 20), ("completed", 30),
)  # fmt: skip
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红梅建文辉晓雨欣怡梓涵子轩浩宇博思佳琪雪莹"
QUEUE = "/staff/applications"


def filled(folder: Path, size: int, url: str = "") -> Flask:
    """A site with that many applications."""
    folder.mkdir()
    mark(folder, REAL)
    settings = {"KAOJI_STAFF_TOTP": "optional", **({"KAOJI_DATABASE_URL": url} if url else {})}
    app = create_app(load(folder, settings))
    app.extensions["kaoji.clock"].now = lambda: NOW
    with app.app_context():
        db.create_all()
        rng = Random(1)
        fixed()
        begun = time.perf_counter()
        for start in range(0, size, BATCH):
            chunk(rng, start, min(BATCH, size - start), size)
        if db.engine.dialect.name == "postgresql":
            with transaction() as session:
                session.execute(text("ANALYZE"))
        print(f"{size:>9,} applications made in {time.perf_counter() - begun:.0f} s ({db.engine.dialect.name})")
    return app


def fixed() -> None:
    """Schools, plans, one window, reviewers."""
    with transaction() as session:
        session.execute(insert(School), [{"code": f"{10000 + n}", "name": f"学校{n}", "phone": "", "address": "", "website": "", "instructions": ""} for n in range(SCHOOLS)])  # fmt: skip
        session.execute(insert(PlanRow), [
            {"id": n + 1, "major_code": f"{50000 + n:06}", "school_code": "*", "version": "2024", "name": f"专业{n}",
             "level": "本科" if n % 3 else "专科", "body": {}, "imported_at": NOW} for n in range(MAJORS)
        ])  # fmt: skip
        session.execute(insert(Staff), [
            {"id": n + 1, "username": f"chushen{n}", "name": f"初审{n}", "role": "school_reviewer", "active": True,
             "school_code": f"{10000 + n % SCHOOLS}", "created_at": NOW} for n in range(REVIEWERS)
        ])  # fmt: skip
    builders.window(opens_at=NOW - timedelta(days=30), closes_at=NOW + timedelta(days=13))


def chunk(rng: Random, start: int, count: int, size: int) -> None:
    """One batch of people with what belongs to them."""
    words, weights = zip(*STATES, strict=True)
    window = db.session.scalar(select(Window.id)) or 0
    people, tickets, cases, papers, reviews, findings = [], [], [], [], [], []
    for ident in range(start + 1, start + count + 1):
        name = rng.choice(SURNAMES) + rng.choice(GIVEN) + (rng.choice(GIVEN) if rng.random() < 0.7 else "")
        state, major, school = rng.choices(words, weights)[0], rng.randrange(MAJORS), rng.randrange(SCHOOLS)
        at = NOW - timedelta(seconds=30 * 86400 * (1 - ident / size) + 60)
        people.append({"id": ident, "id_number": f"X{ident:017}", "name": name, "created_at": at})
        tickets.append({"id": ident, "examinee_id": ident, "number": f"01{ident:010}", "status": "在籍"})
        cases.append({
            "id": ident, "public_id": f"{ident:032x}", "examinee_id": ident, "ticket_id": ident, "service": "graduation",
            "window_id": window, "state": state, "version": 2, "answers": {}, "major_code": f"{50000 + major:06}",
            "school_code": f"{10000 + school}", "plan_id": major + 1, "missing": rng.random() < 0.05,
            "submissions": 2 if rng.random() < 0.1 else 1, "submitted_at": at, "created_at": at, "saved_at": at,
            "assignee_id": school + 1 if rng.random() < 0.3 else None,
        })  # fmt: skip
        papers.append({"id": ident, "application_id": ident, "number": 1, "receipt": f"B26-{ident:09}", "document": "{}", "sha256": f"{ident:064x}", "submitted_at": at})  # fmt: skip
        if state != "school_review":
            word = {"returned": "return", "rejected": "reject"}.get(state, "pass")
            reviews.append({
                "id": ident, "application_id": ident, "submission_id": ident, "stage": "school_review", "round": 1,
                "reviewer_id": school + 1, "decision": word, "message": "", "waivers": {}, "begun_at": at,
                "decided_at": min(at + timedelta(days=2), NOW),
            })  # fmt: skip
            if word == "return":
                findings.append({"review_id": ident, "item": "prior_degree.diploma_number", "verdict": "return", "reason": f"原因{rng.randrange(30)}"})  # fmt: skip
    with transaction() as session:
        for table, rows in ((Examinee, people), (Ticket, tickets), (Application, cases), (Submission, papers), (Review, reviews), (Finding, findings)):  # fmt: skip
            if rows:
                session.execute(insert(table), rows)


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
        "missing": "state=all&flag=missing", "again": "state=all&flag=again", "age": "age=14", "mine": "who=3",
        "unassigned": "who=none", "four at once": "school=10007&major=050011&flag=missing&age=7",
        "ticket prefix": f"state=all&q=01{size // 2:010}"[:-3], "wide prefix": "state=all&q=0100", "name": f"state=all&q={name}",
        "two characters": "state=all&q=王芳", "one character": "state=all&q=王", "nobody": "state=all&q=龘龘",
    }  # fmt: skip
    return {key: f"{QUEUE}?{query}" for key, query in found.items()} | {"statistics": "/staff/statistics"}


def client_of(app: Flask) -> FlaskClient:
    client = app.test_client()
    with app.app_context():
        builders.sign_in(client, person=builders.staff("office_reviewer"))
    return client


def timed(client: FlaskClient, url: str) -> float:
    begun = time.perf_counter()
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    return (time.perf_counter() - begun) * 1000


def measure(small: Flask, large: Flask, size: int, rounds: int) -> None:
    """Both sites in turn, round by round."""
    pairs = [(client_of(small), addresses(small, 1000)), (client_of(large), addresses(large, size))]
    taken: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in pairs[0][1]}
    for turn in range(rounds + 1):
        for name in taken:
            for side, (client, urls) in enumerate(pairs):
                ms = timed(client, urls[name])
                if turn:
                    taken[name][side].append(ms)
    report(taken, size)


def report(taken: dict[str, tuple[list[float], list[float]]], size: int) -> None:
    medians = {name: tuple(statistics.median(side) for side in sides) for name, sides in taken.items()}
    print(f"{'':<16}{'1,000 ms':>10}{f'{size:,} ms':>14}{'ratio':>8}")
    for name, (few, many) in medians.items():
        print(f"{name:<16}{few:>10.1f}{many:>14.1f}{many / few:>8.2f}")
    first, far = medians["page 1"], medians["page 5000"]
    print(f"page 1 at {size:,} / at 1,000: {first[1] / first[0]:.2f} (goal <= 3)")
    print(f"page 5000 / page 1: {far[1] / first[1]:.2f} (goal <= 1.5)")


def database(postgres: bool) -> Iterator[Any]:
    """Makes addresses of empty databases; '' is a SQLite file of the site's own."""
    if not postgres:
        yield lambda name: ""
        return
    from tests.postgres import start

    server = start()
    try:
        yield lambda name: (server.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"), server.url(name))[
            1
        ]
    finally:
        server.stop()


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--size", type=int, default=1_000_000)
    given.add_argument("--rounds", type=int, default=7)
    given.add_argument("--postgres", action="store_true")
    asked = given.parse_args()
    assert principal.STAFF
    for url in database(asked.postgres):
        with tempfile.TemporaryDirectory(prefix="kaoji-") as folder:
            small = filled(Path(folder) / "small", 1000, url("small"))
            large = filled(Path(folder) / "large", asked.size, url("large"))
            measure(small, large, asked.size, asked.rounds)
            for app in (small, large):
                with app.app_context():
                    db.session.remove()
                    db.engine.dispose()


if __name__ == "__main__":
    main()

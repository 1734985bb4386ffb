"""Looking for papers used twice among a million submitted pictures: python -m tests.bench.bench_doubles [pictures]

Random fingerprints, and as many again whose first half is one template's (its parts are shared by all of them, as the heading
of a real form is). SQLite in a temporary folder; prints the time to enter a case and to look one up.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

from app import create_app
from app.actions.evidence.doubles import doubles_of
from app.config import load, stamp_instance
from app.extensions import db
from app.models import Application, Evidence
from app.models.base import random_id
from app.rules.evidence.fingerprint import BITS, parts
from app.rules.people.roles import Actor
from tests import builders

BATCH = 20_000


def marks(count: int) -> list[str]:
    """Half without anything in common, half of one template: the upper half of their bits is the same."""
    rng = random.Random(3)
    upper = rng.getrandbits(BITS // 2) << BITS // 2
    return [
        f"{(rng.getrandbits(BITS) if n % 2 else upper | rng.getrandbits(BITS // 2)):0{BITS // 4}x}"
        for n in range(count)
    ]


def fill(path: Path, count: int, application: int) -> None:
    """Plain sqlite3: all pictures belong to one application of somebody else."""
    connection = sqlite3.connect(path)
    at = "2026-11-24 04:00:00.000000"
    every = marks(count)
    for start in range(0, count, BATCH):
        some = every[start : start + BATCH]
        connection.executemany(
            "INSERT INTO evidence (id, public_id, application_id, slot, current, submitted, media_type, size, width, height, sha256, storage_key,"
            " label, measures, codes, mark, missing, created_at) VALUES (?,?,?,'record_photo',0,1,'image/jpeg',1,1,1,?,?,'','{}','[]',?,0,?)",
            [
                (start + n + 10, random_id(), application, f"{start + n:064}", f"{start + n:032}", text, at)
                for n, text in enumerate(some)
            ],
        )
        connection.executemany(
            "INSERT OR IGNORE INTO picture_part (part, evidence_id) VALUES (?,?)",
            [(part, start + n + 10) for n, text in enumerate(some) for part in parts(text)],
        )
        connection.commit()
    connection.close()


def _picture(application_id: int, slot: str, fingerprint: str) -> Evidence:
    return Evidence(
        application_id=application_id,
        slot=slot,
        submitted=True,
        media_type="image/jpeg",
        size=1,
        width=1,
        height=1,
        sha256=slot,
        storage_key=slot,
        fingerprint=fingerprint,
        created_at=builders.NOW,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", type=int, nargs="?", default=1_000_000)
    count = parser.parse_args().pictures
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "site"
        stamp_instance(place, "real")
        app = create_app(load(place, {}))
        with app.app_context():
            db.create_all()
            window = builders.window()
            other, mine = (
                builders.application(
                    builders.ticket(builders.examinee()), window, state="school_review", submitted_at=builders.NOW
                )
                for _ in range(2)
            )
            ident, other_id = mine.id, other.id
            began = time.perf_counter()
            fill(place / "kaoji.sqlite3", count, other_id)
            size = (place / "kaoji.sqlite3").stat().st_size
            print(f"{count} pictures entered in {time.perf_counter() - began:.0f} s, {size / 2**20:.0f} MB")
            known = marks(count)
            for slot, text in (
                ("record_photo", known[count // 2]),
                ("diploma_photo", known[count // 3]),
                ("report_photo", known[7]),
            ):
                changed = f"{int(text, 16) ^ (1 << 100) ^ (1 << 700):0{BITS // 4}x}"
                builders.store(_picture(ident, slot, changed))
            times = []
            for _ in range(50):
                db.session.rollback()
                began = time.perf_counter()
                found = doubles_of(db.session(), ident, Actor("staff", 1, "x", "office_reviewer"))
                times.append(time.perf_counter() - began)
            print(
                f"a file with three pictures: {1000 * statistics.median(times):.1f} ms median, {1000 * max(times):.1f} ms at most; found {len(found)} of 3"
            )
            assert db.session.get(Application, ident)


if __name__ == "__main__":
    main()

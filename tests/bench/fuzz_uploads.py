"""Every file of a folder, and mutated ones, through the upload route: python -m tests.bench.fuzz_uploads FOLDER [mutated]

Made for Pillow's own test images (its sdist, Tests/images). No answer may be a 5xx, no accepted picture may hold metadata or be
over 1 MB, and the server's memory may not grow by 150 MB. Exit 1 when one of these fails.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from PIL import Image

from app import create_app
from app.actions.evidence import pictures as acts
from app.config import load, stamp_instance
from app.extensions import db
from app.models import Evidence
from app.rules.evidence.kinds import MAX_FILE_BYTES
from tests import builders
from tests.sites import Client

SMALL = 200_000  # bytes: seeds of mutations
CLEAN = {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def memory() -> int:
    """Resident bytes of this process (the server; the workers have their own limit)."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


def mutated(files: list[Path], count: int) -> list[tuple[str, bytes]]:
    """Bytes changed, cut, doubled or joined."""
    rng = random.Random(11)
    seeds = [
        path
        for path in files
        if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".heic", ".mpo") and 0 < path.stat().st_size < SMALL
    ]
    made = []
    for n in range(count):
        data = bytearray(rng.choice(seeds).read_bytes())
        for _ in range(rng.randint(1, 20)):
            data[rng.randrange(min(len(data), rng.choice((64, 600, len(data)))))] = rng.randrange(256)
        if rng.random() < 0.2:
            del data[rng.randrange(len(data)) :]
        if rng.random() < 0.1:
            data += rng.choice(seeds).read_bytes()
        made.append((f"mutated {n}", bytes(data)))
    return made


def wrong_with(data: bytes) -> str:
    """What is not clean in a stored picture."""
    if len(data) > MAX_FILE_BYTES:
        return "too large"
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        extra = set(image.info) - CLEAN
        return f"metadata {extra}" if extra or image.getexif() else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("mutated", type=int, nargs="?", default=2000)
    given = parser.parse_args()
    files = sorted(path for path in given.folder.rglob("*") if path.is_file())
    acts.UPLOADS = acts.Limit(10**9, acts.UPLOADS.span)
    statuses: Counter[int] = Counter()
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        stamp_instance(Path(folder) / "site", "real")
        app = create_app(load(Path(folder) / "site", {}))
        app.test_client_class = Client
        app.extensions["kaoji.clock"].now = lambda: builders.NOW
        with app.app_context():
            db.create_all()
            tick = builders.ticket(builders.examinee())
            row = builders.application(tick, builders.window(), answers=builders.answers(), reached="confirm")
            url = f"/applications/{row.public_id}/prior-degree"
            client = app.test_client()
            builders.sign_in(client, tick=tick)
            token = builders.csrf_of(client.get(url).text)
        start = 0
        work = [(path.name, path.read_bytes()) for path in files] + mutated(files, given.mutated)
        for n, (name, data) in enumerate(work):
            form = {"csrf_token": token, "act": "upload", "diploma_photo": (io.BytesIO(data), name)}
            answer = client.post(f"{url}/diploma_photo", data=form)
            statuses[answer.status_code] += 1
            if answer.status_code >= 500:
                faults.append(f"{name}: {answer.status_code}")
            if answer.status_code == 303:
                with app.app_context():
                    key = db.session.query(Evidence.storage_key).filter_by(slot="diploma_photo", current=True).scalar()
                    problem = wrong_with(app.extensions["kaoji.store"].read(key))
                if problem:
                    faults.append(f"{name}: {problem}")
            if n == 20:
                start = memory()
        grown = (memory() - start) / 2**20
    print(
        f"{len(files)} files and {given.mutated} mutated: {dict(statuses)}; memory grew by {grown:.0f} MB; {len(faults)} faults"
    )
    for fault in faults[:50]:
        print(fault)
    sys.exit(1 if faults or grown > 150 else 0)


if __name__ == "__main__":
    main()

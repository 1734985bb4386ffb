"""100,000 applications x 16 columns to xlsx, queries included, beside XlsxWriter (constant_memory) writing the same rows from a list.

    python -m tests.bench.bench_export [rows] [rounds]

Prints seconds (best of the rounds, interleaved; those of the processor say more on a busy machine), the ratio, and the most
memory that a process needs which starts the site and exports (a process of its own). Asked (performance.md, goal 6): ratio <= 0.2,
peak <= 100 MiB, the idle site included.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask

from app import create_app
from app.actions.exports import exports
from app.actions.exports.columns import APPLICATIONS
from app.actions.exports.exports import Narrowed
from app.config import REAL, load, stamp_instance
from app.extensions import db
from app.models import Application, Examinee, PlanRow, School, Submission, Ticket, Window
from app.rules.people.roles import SYSTEM

ON = datetime(2026, 11, 24, 4, tzinfo=UTC)
COLUMNS = [column.key for column in APPLICATIONS.columns if column.usual][:16]
SAID = '{"items":[{"key":"profile.address","label":"通讯地址","value":"某路 1 号"}]}'


@contextmanager
def opened(folder: Path) -> Iterator[Flask]:
    """The site in that folder."""
    app = create_app(load(folder, {}))
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def fill(folder: Path, count: int) -> None:
    """`count` people with one submitted application each."""
    stamp_instance(folder, REAL)
    with opened(folder):
        db.create_all()
        numbers = range(1, count + 1)
        tables = {
            School: [{"code": "10574", "name": "华东某大学"}],
            PlanRow: [{"major_code": "050101", "school_code": "*", "version": "2024", "name": "汉语言文学", "level": "本科", "body": {}, "imported_at": ON}],
            Window: [{"service": "graduation", "name": "2026 年下半年毕业", "opens_at": ON, "closes_at": ON + timedelta(days=9)}],
            Examinee: [{"id": n, "id_number": f"31010119950302{n:06}"[:18] + f"{n}", "name": f"考生{n}", "sex": "女", "nation": "汉族", "political_status": "群众", "phone": "13812345678", "created_at": ON} for n in numbers],
            Ticket: [{"id": n, "examinee_id": n, "number": f"{n:012}"} for n in numbers],
            Application: [{"id": n, "examinee_id": n, "ticket_id": n, "service": "graduation", "window_id": 1, "state": "school_review", "plan_id": 1, "major_code": "050101", "school_code": "10574", "submissions": 1, "submitted_at": ON, "created_at": ON, "saved_at": ON} for n in numbers],
            Submission: [{"application_id": n, "number": 1, "receipt": f"BY26-{n:012}", "document": SAID, "sha256": "0" * 64, "submitted_at": ON} for n in numbers],
        }  # fmt: skip
        for table, rows in tables.items():
            for start in range(0, len(rows), 5000):
                db.session.execute(db.insert(table), rows[start : start + 5000])
        db.session.commit()


def ours(folder: Path, out: Path) -> tuple[float, float]:
    """Seconds (passed, of the processor) for the export, from the query to the file and its audit row."""
    began, used = time.perf_counter(), time.process_time()
    exports.export("applications", out, narrowed=Narrowed(), columns=COLUMNS, by=SYSTEM, on=ON)
    return time.perf_counter() - began, time.process_time() - used


def theirs(rows: list[tuple[object, ...]], out: Path) -> tuple[float, float]:
    """The same for XlsxWriter with the same rows already in memory, by write_row, the way its manual shows; formulas and links switched off."""
    from xlsxwriter import Workbook  # here: the process whose memory is measured has no use for it

    began, used = time.perf_counter(), time.process_time()
    book = Workbook(str(out), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    for place, row in enumerate(rows):
        sheet.write_row(place, 0, row)
    book.close()
    return time.perf_counter() - began, time.process_time() - used


def peak(folder: Path) -> None:
    """In a process of its own: what an export adds to the idle site."""
    with opened(folder):
        db.session.execute(db.select(Application.id).limit(1)).all()
        idle = memory()
        ours(folder, folder / "peak.xlsx")
        most = memory()
    print(f"memory: {idle} MiB at most until idle, {most} MiB at most after exporting")


def memory() -> int:
    """The most that this process held so far, in MiB (Linux; elsewhere what the system counts for it)."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) // 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 * 1024)


def main() -> None:
    if sys.argv[1:2] == ["--peak"]:
        peak(Path(sys.argv[2]))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "site"
        fill(folder, count)
        with opened(folder):
            chosen = APPLICATIONS.chosen(COLUMNS)
            # tuples of text: the garbage collector forgets them, and neither side pays for the list that only theirs needs
            rows = [tuple(row) for row in exports.rows(APPLICATIONS, chosen, Narrowed(), SYSTEM, datetime.now(UTC))]
            times = [(ours(folder, folder / "a.xlsx"), theirs(rows, folder / "b.xlsx")) for _ in range(rounds)]
        for place, words in enumerate(("seconds passed", "seconds of the processor")):
            a, b = (min(pair[side][place] for pair in times) for side in (0, 1))
            print(
                f"{count} x {len(chosen)}, {words}: kaoji {a:.2f} with queries, XlsxWriter {b:.2f} without, ratio {a / b:.3f}"
            )
        subprocess.run([sys.executable, "-m", "tests.bench.bench_export", "--peak", str(folder)], check=True)


if __name__ == "__main__":
    main()

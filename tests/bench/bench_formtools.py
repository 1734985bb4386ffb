"""Whole journeys beside Django + django-formtools (performance.md, goal 2).

    python -m tests.bench.bench_formtools [journeys] [clients]

Both sites run in processes of their own with one waitress of eight threads each, and take turns; a turn of
ours is a journey of `bench_journey`, a turn of theirs the same steps, fields and photos (`beside/formtools_site.py`). Prints journeys
a second by the clock, and by the processor time that each server and its children used, which a busy machine disturbs less.
"""

from __future__ import annotations

import json
import multiprocessing
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import builders as build
from tests.bench.bench_journey import journey, timed
from tests.bench.bench_serving import Browser, photo, served
from tests.signing import PASSWORD

GOAL = 1.5
SITE = Path(__file__).with_name("beside") / "formtools_site.py"


class Visitor(Browser):
    """Django's names for what a form hides."""

    def hidden(self) -> dict[str, str]:
        return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.page))


@contextmanager
def formtools(people: int) -> Iterator[tuple[int, list[str], int]]:
    """(port, user names, process id) of their site."""
    with tempfile.TemporaryDirectory(prefix="formtools-bench-") as folder:
        command = [sys.executable, str(SITE), folder, str(people), PASSWORD]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8")
        try:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline())
            yield said["port"], said["people"], process.pid
        finally:
            process.terminate()
            process.wait(20)


def their_journey(port: int, name: str, picture: bytes) -> None:
    """Sign in, home, apply, six steps, two pictures with their step, submitted."""
    one = Visitor(port)
    one.get("/login")
    one.post("/login", username=name, password=PASSWORD)
    assert one.at == "/", one.at
    one.get("/apply/")
    given = build.answers()
    for slug in ("notice", "profile", "scores", "statement"):
        prefix = {f"{slug}-{key}": text for key, text in given[slug].items() if key not in ("level", "read_at")}
        one.post(f"/apply/{slug}/", **prefix)
    send_step(one, {f"prior-degree-{key}": text for key, text in given["prior_degree"].items()}, picture)
    assert one.at == "/apply/confirm/", one.at
    one.post("/apply/confirm/")
    assert "回执编号" in one.page, one.page[-800:]
    one.close()


def send_step(one: Visitor, fields: dict[str, str], picture: bytes) -> None:
    """The step with its two pictures, as formtools takes it: in one multipart form."""
    edge = "formtools-bench-edge"
    body = b"".join(
        f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{text}\r\n'.encode()
        for key, text in {**one.hidden(), **fields}.items()
    )
    for slot in ("diploma_photo", "record_photo"):
        head = f'--{edge}\r\nContent-Disposition: form-data; name="prior-degree-{slot}"; filename="IMG.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        body += head.encode() + picture + b"\r\n"
    status = one.ask(
        "POST", "/apply/prior-degree/", body + f"--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"
    )
    assert status == 200, status


def spent(pid: int) -> float:
    """Seconds of the processor that a process and its children have used; 0 where the system does not say (Windows)."""
    total = 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            numbers = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if int(folder.name) == pid or int(numbers[1]) == pid:
            total += sum(map(int, numbers[11:13])) / 100
            if int(folder.name) == pid:
                total += sum(map(int, numbers[13:15])) / 100
    return total


def main(journeys: int, clients: int) -> None:
    picture = photo()
    rounds = max(1, journeys // clients)
    clock, work = [0.0, 0.0], [0.0, 0.0]
    with (
        served(rounds * clients + 1) as (port, accounts),
        formtools(rounds * clients + 1) as (other, names, pid),
    ):
        mine = multiprocessing.active_children()[0].pid or 0
        journey(port, accounts[-1], picture)  # warms both
        their_journey(other, names[-1], picture)
        for turn in range(rounds):
            part = slice(turn * clients, (turn + 1) * clients)
            before = spent(mine), spent(pid)
            clock[0] += timed(clients, [lambda who=who: journey(port, who, picture) for who in accounts[part]])  # type: ignore[misc]
            clock[1] += timed(clients, [lambda who=who: their_journey(other, who, picture) for who in names[part]])  # type: ignore[misc]
            work[0] += spent(mine) - before[0]
            work[1] += spent(pid) - before[1]
    report(rounds * clients, clock, work)


def report(done: int, clock: list[float], work: list[float]) -> None:
    print(f"{'':<24}{'kaoji':>10}{'formtools':>12}{'ratio':>8}")
    print(
        f"{'journeys a second':<24}{done / clock[0]:>10.2f}{done / clock[1]:>12.2f}{clock[1] / clock[0]:>8.2f}  goal >= {GOAL}"
    )
    if all(work):
        print(f"{'processor s a journey':<24}{work[0] / done:>10.3f}{work[1] / done:>12.3f}{work[1] / work[0]:>8.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 16, int(sys.argv[2]) if len(sys.argv) > 2 else 4)

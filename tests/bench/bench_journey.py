"""Whole journeys, from the sign-in page to the receipt, over HTTP on a real server (performance.md, goal 2).

    python -m tests.bench.bench_journey [journeys] [clients]

A journey has 15 requests of an examinee (without static files), among them an Argon2id check and two photos of 800 KB.
Beside it, in the same run on the same server, taken in turn: a bare Flask template page. Prints journeys a second and the
ratio: how many bare pages the server would have given in the time of one journey.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable

from tests import builders as build
from tests.bench.bench_serving import Account, Browser, photo, served

PAGES = 400  # bare pages in one turn


def journey(port: int, account: Account, picture: bytes) -> None:
    """Sign in, home, apply, six steps, two pictures, submit."""
    one = Browser(port)
    one.sign_in(account)
    one.get("/services/graduation")
    one.post("/services/graduation")
    url = one.at.removesuffix("/notice")
    given = build.answers()
    one.post(f"{url}/notice", act="next")
    for step in ("profile", "scores", "statement"):
        one.post(f"{url}/{step}", act="next", **{name: text for name, text in given[step].items() if name != "level"})
    for slot in ("diploma_photo", "record_photo"):
        one.send_file(f"{url}/prior-degree/{slot}", slot, picture)
    one.post(f"{url}/prior-degree", act="next", **given["prior_degree"])
    assert one.at.endswith("/confirm"), one.at
    one.post(f"{url}/confirm", act="next")
    assert "回执编号" in one.page
    one.close()


def bare_pages(port: int, number: int) -> None:
    one = Browser(port)
    for _ in range(number):
        one.get("/bare")
    one.close()


def timed(clients: int, work: list[Callable[[], None]]) -> float:
    """Seconds that so many clients need for the work, each taking the next piece; the first error ends the bench."""
    todo, lock, errors = list(reversed(work)), threading.Lock(), []

    def take() -> None:
        while not errors:
            with lock:
                if not todo:
                    return
                piece = todo.pop()
            try:
                piece()
            except BaseException as error:
                errors.append(error)

    began = time.perf_counter()
    threads = [threading.Thread(target=take) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return time.perf_counter() - began


def main(journeys: int, clients: int) -> None:
    picture = photo()
    rounds = max(1, journeys // (clients * 2))
    each = journeys // rounds
    journey_time = bare_time = 0.0
    with served(rounds * each + 1) as (port, accounts):
        journey(port, accounts[-1], picture)  # warms both
        bare_pages(port, 50)
        for turn in range(rounds):
            mine = accounts[turn * each : (turn + 1) * each]
            journey_time += timed(clients, [lambda who=who: journey(port, who, picture) for who in mine])  # type: ignore[misc]
            bare_time += timed(clients, [lambda: bare_pages(port, PAGES // clients) for _ in range(clients)])
    per_second = rounds * each / journey_time
    pages = rounds * (PAGES // clients) * clients / bare_time
    print(f"photo {len(picture) / 1024:.0f} KB, {clients} clients, {rounds * each} journeys")
    print(f"journeys a second   {per_second:8.2f}")
    print(f"bare pages a second {pages:8.1f}")
    print(f"one journey costs   {pages / per_second:8.1f} bare pages")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 24, int(sys.argv[2]) if len(sys.argv) > 2 else 4)

"""64 people save without a pause, all at once (performance.md, goal 4): no lock error, no 5xx; p99 <= 2 x p50.

    python -m tests.bench.bench_concurrency [people] [saves of each]

Each has a connection and a draft, and saves again as soon as the last save is answered; all begin at the same moment.
"""

from __future__ import annotations

import statistics
import sys
import threading
import time
from collections import Counter

from tests import builders as build
from tests.bench.bench_serving import Account, Browser, served


class Person(threading.Thread):
    """Signs in, begins an application, and at the signal saves the profile step again and again."""

    def __init__(self, port: int, account: Account, barrier: threading.Barrier, saves: int) -> None:
        super().__init__()
        self.port, self.account, self.barrier, self.saves = port, account, barrier, saves
        self.seconds: list[float] = []
        self.answers: Counter[str] = Counter()
        self.url = ""

    def prepare(self) -> None:
        self.one = Browser(self.port)
        self.one.sign_in(self.account)
        self.one.get("/services/graduation")
        self.one.post("/services/graduation")
        self.url = self.one.at.removesuffix("/notice")
        self.one.post(f"{self.url}/notice", act="next")

    def run(self) -> None:
        given = build.answers()["profile"]
        fields = {**self.one.hidden(), "act": "autosave"}
        self.barrier.wait()
        for number in range(self.saves):
            began = time.perf_counter()
            try:
                fields.pop("version", None)
                status = self.one.post(
                    f"{self.url}/profile",
                    0,
                    **{**given, "address": f"上海市黄浦区某路 {number} 号"},
                    act="autosave",
                    csrf_token=fields["csrf_token"],
                )
                self.answers[str(status)] += 1
            except Exception as error:
                self.answers[type(error).__name__] += 1
            self.seconds.append(time.perf_counter() - began)


def main(people: int, saves: int) -> None:
    with served(people) as (port, accounts):
        barrier = threading.Barrier(people)
        everyone = [Person(port, account, barrier, saves) for account in accounts]
        for person in everyone:
            person.prepare()
        for person in everyone:
            person.start()
        for person in everyone:
            person.join()
    taken = sorted(second for person in everyone for second in person.seconds[1:])
    answers = sum((person.answers for person in everyone), Counter())
    p50, p99 = statistics.median(taken), taken[int(len(taken) * 0.99) - 1]
    errors = sum(number for answer, number in answers.items() if answer != "200")
    print(f"{people} people, {saves} saves each: answers {dict(answers)}, errors {errors}")
    print(f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, p99 / p50 {p99 / p50:.2f} (goal <= 2)")
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 64, int(sys.argv[2]) if len(sys.argv) > 2 else 20)

"""A computer room and an attacker behind one address, on the real application with a moved clock (decisions/shared-addresses.md).

    python -m tests.bench.bench_shared_address [people] [known] [room|attacker|patient|both|fast|early]

people (2,000): examinees who sign in for the first time within ten minutes, a tenth of whose tries are wrong; known (10,000): ID
numbers that the attacker knows. The last
names one case, else all are done. Exit 1 where somebody right was not let in, or an attacker was told more than he may be.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app import create_app
from app.config import DEMO, load, stamp_instance
from tests.bench.shared_address import CAPTCHA, Clock, Known, Room, Tries, attacker, fill, roster
from tests.hurry import hurried
from tests.sites import create_tables, set_clock

MINUTES = 10


@contextmanager
def a_site(many: int) -> Iterator[tuple[Any, list[Known]]]:
    with tempfile.TemporaryDirectory() as folder:
        stamp_instance(Path(folder), DEMO)
        site = create_app(load(Path(folder), {"KAOJI_DEMO_CAPTCHA": CAPTCHA}))
        create_tables(site)
        set_clock(site)
        yield site, roster(site, many)


def room_alone(people: int) -> bool:
    with a_site(people) as (site, known):
        clock, room = Clock(site), Room()
        fill(clock, known, room, random.Random(1), people * MINUTES * 60 / 2000)
        clock.run()
    return told("a room alone", room, people)


def attacker_alone(known: int, patient: bool) -> bool:
    with a_site(known) as (site, people):
        clock, tries = Clock(site), Tries()
        clock.add(attacker(clock, people, tries, 1, patient=patient, guesses=3), 0)
        clock.run(min(known, 7200))
    print(
        f"an attacker alone, {'patient' if patient else 'impatient'}: {len(tries.at)} tries, "
        f"at most {tries.most_in_an_hour} an hour, {tries.braked} braked"
    )
    return tries.most_in_an_hour <= 60


def both(people: int, known: int, pace: float, patient: bool, early: float) -> bool:
    """`early`: seconds that the attacker is there before the room, whose people then type the ticket when they are tired of waiting."""
    with a_site(people + known) as (site, everybody):
        clock, room, tries = Clock(site), Room(), Tries()
        seconds = people * MINUTES * 60 / 2000
        fill(clock, everybody[:people], room, random.Random(1), seconds, after=early, tickets=early > 0)
        again = everybody[people:] * 9
        clock.add(attacker(clock, again, tries, pace, patient=patient, guesses=1), 0)
        clock.run(seconds + early + 1800)
    name = f"both, one try in {pace} s, {'patient' if patient else 'impatient'}, {early:g} s early"
    good = told(name, room, people)
    most = max(tries.accounts.values(), default=0)
    print(f"    the attacker: {len(tries.at)} tries, at most {most} an account, {tries.braked} braked")
    return good and most <= 5


def told(name: str, room: Room, people: int) -> bool:
    waits = sorted(wait for wait in room.waits if wait)
    middle = waits[len(waits) // 2] if waits else 0
    print(
        f"{name}: {len(room.waits)} of {people} let in, {len(room.refused)} refused {room.refused[:5]}; "
        f"{len(waits)} waited, half of them {middle:.0f} s at most, the longest {max(waits, default=0):.0f} s"
    )
    return not room.refused and len(room.waits) == people


def main(people: int = 2000, known: int = 10000, only: str = "") -> int:
    began = time.perf_counter()
    cases: dict[str, Callable[[], bool]] = {
        "room": lambda: room_alone(people),
        "attacker": lambda: attacker_alone(known, patient=False),
        "patient": lambda: attacker_alone(min(known, 100), patient=True),
        "both": lambda: both(people, known, 1, patient=False, early=0),
        "fast": lambda: both(people, known, 0.1, patient=False, early=0),
        "early": lambda: both(people, min(known, 300), 1, patient=True, early=120),
    }
    with hurried():
        good = [case() for name, case in cases.items() if only in ("", name)]
    print(f"{time.perf_counter() - began:.0f} s")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sizes = [int(given) for given in sys.argv[1:3]]
    code = main(*sizes, *sys.argv[3:])
    if code:
        sys.exit(code)

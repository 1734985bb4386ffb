"""The lock in front of a write: one at a time, in the order of asking, and nobody is forgotten."""

from __future__ import annotations

import threading
import time

import pytest

from app.models import base
from app.models.base import FairLock


def wait_for(count: int, lock: FairLock) -> None:
    end = time.monotonic() + 5
    while len(lock._waiting) < count and time.monotonic() < end:
        time.sleep(0.001)
    assert len(lock._waiting) == count


def test_it_is_given_in_the_order_of_asking() -> None:
    lock, order = FairLock(), []

    def pass_through(number: int) -> None:
        lock.acquire()
        order.append(number)
        lock.release()

    lock.acquire()
    threads = []
    for number in range(8):
        threads.append(threading.Thread(target=pass_through, args=(number,)))
        threads[-1].start()
        wait_for(number + 1, lock)
    lock.release()
    for thread in threads:
        thread.join(5)
    assert order == list(range(8))


def test_only_one_is_inside() -> None:
    lock, inside, most = FairLock(), 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(200):
            lock.acquire()
            inside += 1
            most = max(most, inside)
            inside -= 1
            lock.release()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert most == 1
    assert lock._held is False


def test_who_is_interrupted_while_waiting_blocks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = FairLock()
    lock.acquire()
    plain = threading.Lock

    class Interrupted:
        """A lock whose second acquire is broken off, as Ctrl-C does."""

        def __init__(self) -> None:
            self.lock, self.tries = plain(), 0

        def acquire(self) -> bool:
            self.tries += 1
            if self.tries == 2:
                raise KeyboardInterrupt
            return self.lock.acquire()

        def release(self) -> None:
            self.lock.release()

    monkeypatch.setattr(base.threading, "Lock", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        lock.acquire()
    monkeypatch.undo()
    lock.release()
    lock.acquire()
    lock.release()
    assert lock._held is False

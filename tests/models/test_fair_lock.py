"""The lock in front of a write: one at a time, in the order of asking, and nobody is forgotten."""

from __future__ import annotations

import threading
import time

import pytest

from app.models import fair_lock
from app.models.fair_lock import FairLock


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

        def acquire(self, timeout: float = -1) -> bool:
            self.tries += 1
            if self.tries == 2:
                raise KeyboardInterrupt
            return self.lock.acquire(timeout=timeout)

        def release(self) -> None:
            self.lock.release()

    monkeypatch.setattr(fair_lock.threading, "Lock", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        lock.acquire()
    monkeypatch.undo()
    lock.release()
    lock.acquire()
    lock.release()
    assert lock._held is False


def refused_after(lock: FairLock, wait: float) -> float:
    began = time.monotonic()
    with pytest.raises(fair_lock.Jammed):
        lock.acquire(wait)
    return time.monotonic() - began


def test_nobody_waits_longer_than_asked_and_at_once_is_at_once() -> None:
    lock = FairLock()
    lock.acquire()
    assert refused_after(lock, 0) < 0.2
    assert 0.1 <= refused_after(lock, 0.1) < 1
    lock.release()
    lock.acquire(0)


def test_while_nothing_moves_only_half_of_the_threads_stand_there_for_long() -> None:
    lock = FairLock()
    lock.acquire()  # and cannot begin

    def stand() -> None:
        lock.acquire(30)
        lock.release(jammed=True)

    threads = [threading.Thread(target=stand) for _ in range(fair_lock.MAY_WAIT - 1)]
    for number, thread in enumerate(threads):
        thread.start()
        wait_for(number + 1, lock)
    assert refused_after(lock, 20) < 15
    assert len(lock._waiting) == fair_lock.MAY_WAIT - 1
    lock.release(jammed=True)
    for thread in threads:
        thread.join(5)


def test_who_comes_after_a_jam_does_not_make_everybody_wait_anew() -> None:
    lock = FairLock()
    lock.acquire()
    lock._moved_at -= fair_lock.PATIENCE
    lock.release(jammed=True)
    lock.acquire()
    assert lock._moved_at < time.monotonic() - fair_lock.PATIENCE / 2
    lock.moved()
    assert lock._moved_at > time.monotonic() - fair_lock.PATIENCE / 2
    lock.release()

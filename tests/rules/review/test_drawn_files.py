"""What is drawn follows from seed and receipts alone."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from app.rules.review.spot_checks import drawn, size_of

RECEIPTS = st.lists(st.text("0123456789ABCDEF-", min_size=4, max_size=12), unique=True, max_size=40)


@given(st.text(), RECEIPTS, st.integers(0, 50), st.randoms(use_true_random=False))
def test_the_order_in_which_files_are_given_changes_nothing(seed, receipts, size, rng) -> None:
    shuffled = receipts[:]
    rng.shuffle(shuffled)
    found = drawn(seed, receipts, size)
    assert drawn(seed, shuffled, size) == found
    assert len(found) == min(size, len(receipts)) == len(set(found))
    assert drawn(seed, receipts, size + 1)[:size] == found[:size]


def test_anybody_can_draw_again_by_hand() -> None:
    receipts = [f"BY26-{number:04}" for number in range(30)]
    by_hand = sorted(receipts, key=lambda receipt: hashlib.sha256(f"abc:{receipt}".encode()).hexdigest())
    assert drawn("abc", receipts, 7) == by_hand[:7]
    assert drawn("abd", receipts, 7) != by_hand[:7]


def test_a_percentage_is_rounded_up_and_never_more_than_there_is() -> None:
    assert [size_of(number, "percent", 5) for number in (0, 1, 20, 21, 200)] == [0, 1, 1, 2, 10]
    assert size_of(3, "percent", 100) == 3
    assert size_of(3, "number", 10) == 3
    assert size_of(30, "number", 10) == 10

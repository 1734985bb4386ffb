"""A window that lasts longer for one person: what closes, closes later; everything else stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.rules.review.lifecycle import State, shown
from app.rules.windows import Longer, WindowFacts, deadline, extended

DAY = timedelta(days=1)
T = datetime(2026, 12, 7, 8, 0, tzinfo=UTC)
WINDOW = WindowFacts(
    1, "graduation", "2026 年下半年", T - 10 * DAY, T, T + 3 * DAY, T + 20 * DAY, T + 30 * DAY, fee=5000
)


def test_without_an_extension_it_is_everybodys_window() -> None:
    assert extended(WINDOW, None, None) is WINDOW


def test_corrections_alone_last_longer_and_the_end_is_not_included() -> None:
    own = extended(WINDOW, Longer.FIXES, T + 9 * DAY)
    assert own.fixes_until == T + 9 * DAY
    assert own.takes_fixes(T + 9 * DAY - timedelta(seconds=1))
    assert not own.takes_fixes(T + 9 * DAY)
    assert (own.closes_at, own.pay_closes_at) == (WINDOW.closes_at, WINDOW.pay_closes_at)


def test_an_application_lasts_longer_and_takes_its_corrections_along() -> None:
    own = extended(WINDOW, Longer.APPLY, T + 9 * DAY)
    assert own.is_open(T + 8 * DAY)
    assert not own.is_open(T + 9 * DAY)
    assert own.takes_fixes(T + 8 * DAY)
    assert own.pay_closes_at == WINDOW.pay_closes_at


def test_paying_alone_lasts_longer() -> None:
    own = extended(WINDOW, Longer.PAY, T + 40 * DAY)
    assert own.pays(T + 35 * DAY)
    assert not own.pays(T + 40 * DAY)
    assert not own.is_open(T)
    assert not own.takes_fixes(T + 5 * DAY)


@pytest.mark.parametrize("what", list(Longer))
def test_an_extension_never_makes_anything_shorter_nor_opens_it_earlier(what: Longer) -> None:
    own = extended(WINDOW, what, T - 5 * DAY)
    for before, after in ((WINDOW.closes_at, own.closes_at), (WINDOW.fixes_until, own.fixes_until)):
        assert after >= before
    assert own.pay_closes_at == WINDOW.pay_closes_at
    assert own.opens_at == WINDOW.opens_at
    assert not own.is_open(own.opens_at - timedelta(seconds=1))


def test_a_window_without_payment_has_nothing_to_make_longer() -> None:
    free = WindowFacts(1, "graduation", "2026 年下半年", T - DAY, T)
    assert deadline(free, Longer.PAY) is None
    assert extended(free, Longer.PAY, T + DAY) == free


def test_by_default_corrections_end_with_the_window_and_are_made_longer_from_there() -> None:
    plain = WindowFacts(1, "graduation", "2026 年下半年", T - DAY, T)
    assert deadline(plain, Longer.FIXES) == T
    assert extended(plain, Longer.FIXES, T + DAY).fixes_until == T + DAY


def test_the_words_of_a_state_follow_the_longer_window() -> None:
    late = T + 5 * DAY
    assert shown(State.RETURNED, WINDOW, late).word == "逾期未修改"
    assert shown(State.RETURNED, extended(WINDOW, Longer.FIXES, T + 9 * DAY), late).word == "审核未通过，请修改"

"""How passwords are kept (SR-4) and what an initial password is (SR-1)."""

from __future__ import annotations

import threading
import time

import pytest
from argon2 import PasswordHasher, extract_parameters

from app.security import passwords

pytestmark = pytest.mark.usefixtures("earnest")


def test_a_password_is_compared_exactly_as_typed() -> None:
    stored = passwords.hash_password(" Mima-2027 ")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.password_matches(stored, " Mima-2027 ")
    for typed in ("Mima-2027", " mima-2027 ", " Mima-2027", "", " Mima-2027 \x00"):
        assert not passwords.password_matches(stored, typed)


def test_a_code_is_read_however_its_characters_were_typed() -> None:
    for typed in ("acdef-34pqr", "ＡＣＤＥＦ－３４ＰＱＲ", " ACDEF 34PQR "):
        assert passwords.normalise_code(typed) == "ACDEF34PQR"
    assert passwords.normalise_code("１２３ ４５６") == "123456"  # of the authenticator too


def test_nothing_stored_is_never_right_and_a_broken_hash_neither() -> None:
    assert not passwords.password_matches(None, "")
    assert not passwords.password_matches("", "x")
    assert not passwords.password_matches("not a hash", "x")


def test_an_overlong_password_is_wrong_and_not_cut() -> None:
    long = "Ab1-" * 100
    assert not passwords.password_matches(passwords.hash_password(long[: passwords.LONGEST_TYPED]), long)


@pytest.mark.parametrize("stored", [None, ""])
def test_an_unknown_account_costs_the_same_comparison(monkeypatch: pytest.MonkeyPatch, stored: str | None) -> None:
    real, compared = passwords._hasher, []

    class Noted:
        def verify(self, against: str, typed: str) -> bool:
            compared.append(extract_parameters(against))
            return real.verify(against, typed)

    known = passwords.hash_password("Mima-2027-x")
    monkeypatch.setattr(passwords, "_hasher", Noted())
    assert not passwords.password_matches(stored, "Wrong-pass-9")
    assert not passwords.password_matches(known, "Wrong-pass-9")
    assert compared == [extract_parameters(known)] * 2


def test_old_parameters_are_noticed() -> None:
    assert passwords.is_outdated(PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("x"))
    assert not passwords.is_outdated(passwords.hash_password("x"))


def test_at_most_two_are_hashed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now, most = 0, 0
    counting = threading.Lock()

    class Slow:
        def hash(self, text: str) -> str:
            nonlocal now, most
            with counting:
                now += 1
                most = max(most, now)
            time.sleep(0.02)
            with counting:
                now -= 1
            return text

    monkeypatch.setattr(passwords, "_hasher", Slow())
    threads = [threading.Thread(target=passwords.hash_password, args=("x",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_a_code_is_long_random_and_taken_as_people_type_it() -> None:
    codes = {passwords.new_code() for _ in range(200)}
    assert len(codes) == 200
    code = codes.pop()
    assert len(code) == 10
    assert set(code) <= set(passwords.UNAMBIGUOUS)
    shown = passwords.code_in_groups(code)
    assert passwords.normalise_code(f" {shown.lower()} ") == code
    assert passwords.normalise_code(shown.replace("-", " ")) == code


def test_the_initial_password_is_the_rosters_own_or_the_last_six() -> None:
    key, number = b"k" * 32, "11010519491231002X"
    assert passwords.initial_matches(key, number, None, "31002X")
    assert not passwords.initial_matches(key, number, None, "31002x")
    given = passwords.initial_mac(key, number, "Roster-1")
    assert passwords.initial_matches(key, number, given, "Roster-1")
    assert not passwords.initial_matches(key, number, given, "31002X")
    assert passwords.initial_mac(b"o" * 32, number, "Roster-1") != given
    assert passwords.initial_mac(key, " 11010519491231002x", "Roster-1") == given

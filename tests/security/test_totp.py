"""RFC 6238: the codes that authenticator apps show."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from app.security import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("second", "code"),  # RFC 6238, appendix B, the last six digits of each
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_the_codes_are_those_of_the_standard(second: int, code: str) -> None:
    assert totp.code_at(SECRET, second // 30) == code


def test_a_clock_may_be_half_a_minute_off_and_no_more() -> None:
    on = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    code = totp.code_at(SECRET, totp.step_of(on))
    for seconds, taken in ((-31, False), (-30, True), (0, True), (30, True), (59, True), (60, False)):
        assert (totp.matching_step(SECRET, code, on + timedelta(seconds=seconds)) is not None) is taken, seconds


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "一二三四五六"])
def test_what_is_no_code_matches_nothing(typed: str) -> None:
    assert totp.matching_step(SECRET, typed, datetime(2026, 11, 24, tzinfo=UTC)) is None


def test_the_offered_secret_depends_on_the_key_and_every_word() -> None:
    made = {
        totp.secret_from(b"a" * 32, "1", "x"),
        totp.secret_from(b"b" * 32, "1", "x"),
        totp.secret_from(b"a" * 32, "1x"),
    }
    assert len(made) == 3
    assert all(len(base64.b32decode(secret)) == 20 for secret in made)


def test_the_address_of_the_qr_code_names_the_account() -> None:
    assert totp.uri(SECRET, "周 明", "考籍平台").startswith(
        "otpauth://totp/%E8%80%83%E7%B1%8D%E5%B9%B3%E5%8F%B0%3A%E5%91%A8%20%E6%98%8E?secret="
    )

"""What costs much of the processor and is not what most tests are about, done cheaply: the full size and `in_earnest` do it as users do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from argon2 import PasswordHasher, Type
from captcha.audio import AudioCaptcha

from app.security import captcha, passwords

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=Type.ID)


class Quiet(AudioCaptcha):
    """Speaks the digits without noise behind them, which takes 0.3 s."""

    def create_background_noise(self, length: int, chars: str) -> bytearray:
        return bytearray(b"\x80" * length)


@contextmanager
def hurried() -> Iterator[None]:
    """Passwords are kept by the same algorithm at its lowest cost, spoken captchas have no noise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", CHEAP)
        patch.setattr(passwords, "_DUMMY", CHEAP.hash("nobody's"))
        patch.setattr(captcha, "AudioCaptcha", Quiet)
        captcha._speaker.cache_clear()
        yield
    captcha._speaker.cache_clear()


@contextmanager
def in_earnest() -> Iterator[None]:
    """As users have it, whatever the size of the run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", EARNEST)
        patch.setattr(passwords, "_DUMMY", EARNEST_DUMMY)
        yield


EARNEST, EARNEST_DUMMY = passwords._hasher, passwords._DUMMY

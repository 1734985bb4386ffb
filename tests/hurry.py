"""What costs much of the processor and is not what most tests are about, done cheaply; the full size does it as users do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from argon2 import PasswordHasher, Type
from captcha.audio import AudioCaptcha
from werkzeug.routing import Rule

from app.security import captcha, passwords

EARNEST = {"_hasher": passwords._hasher, "_DUMMY": passwords._DUMMY}
_hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=Type.ID)
CHEAP = {"_hasher": _hasher, "_DUMMY": _hasher.hash("nobody's")}


_compile_builder = Rule._compile_builder
_builders: dict[Any, Callable[..., tuple[str, str]]] = {}


def compile_builder_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """What builds the addresses of a route, the same for every application: compiling it is four fifths of making one."""
    converters = tuple((name, type(found)) for name, found in rule._converters.items())
    key = rule.rule, append_unknown, tuple(rule._trace), repr(rule.defaults), converters
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


class Quiet(AudioCaptcha):
    """Speaks the digits without noise behind them, which takes 0.3 s."""

    def create_background_noise(self, length: int, chars: str) -> bytearray:
        return bytearray(b"\x80" * length)


@contextmanager
def _kept_by(means: dict[str, Any]) -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in means.items():
            patch.setattr(passwords, name, value)
        yield patch


@contextmanager
def hurried() -> Iterator[None]:
    """Passwords are kept by the same algorithm at its lowest cost, spoken captchas have no noise, routes are compiled once."""
    with _kept_by(CHEAP) as patch:
        patch.setattr(Rule, "_compile_builder", compile_builder_once)
        patch.setattr(captcha, "AudioCaptcha", Quiet)
        captcha._speaker.cache_clear()
        yield
    captcha._speaker.cache_clear()


@contextmanager
def in_earnest() -> Iterator[None]:
    """Passwords are kept as users' are, whatever the size of the run."""
    with _kept_by(EARNEST):
        yield

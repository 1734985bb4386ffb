"""The ten spoken digits: right in form, and usable by the captcha's sound."""

from __future__ import annotations

import wave
from io import BytesIO
from pathlib import Path

import pytest
from captcha.audio import AudioCaptcha

import app

VOICE = Path(app.__file__).parent / "security" / "voice"


@pytest.mark.parametrize("digit", "0123456789")
def test_each_digit_is_a_short_clear_recording(digit):
    path = VOICE / digit / "zh.wav"
    assert path.stat().st_size < 12_000
    with wave.open(str(path)) as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (8000, 1, 1)
        assert 0.4 <= sound.getnframes() / 8000 <= 0.8
        loud = [abs(sample - 128) for sample in sound.readframes(-1)]
    assert 100 < max(loud) <= 127  # normalised, not clipped
    assert max(loud[:800]) > 5  # no silence before it
    assert max(loud[-800:]) > 5


def test_no_two_digits_are_the_same_recording():
    assert len({(VOICE / digit / "zh.wav").read_bytes() for digit in "0123456789"}) == 10


def test_the_captcha_speaks_with_it():
    captcha = AudioCaptcha(voicedir=str(VOICE))
    assert sorted(captcha.choices) == list("0123456789")
    with wave.open(BytesIO(bytes(captcha.generate("3947")))) as sound:
        assert sound.getframerate() == 8000
        assert 5 < sound.getnframes() / 8000 < 25

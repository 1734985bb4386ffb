"""A captcha that can be used once: the table holds a keyed hash of the answer, the browser only who it is (AC-04).

Of one browser at most one picture and one sound are alive, each for 180 seconds; the first try spends both, right or wrong.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import unicodedata
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from captcha.audio import AudioCaptcha
from captcha.image import ImageCaptcha
from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.models import Captcha

CHARACTERS = "ACDEFGHJKLMNPQRTUVWXY3479"  # none that can be mistaken for another
DIGITS = "0123456789"
LENGTH = 4
LIVES = timedelta(seconds=180)
WIDTH, HEIGHT = 160, 60
VOICE = Path(__file__).with_name("voice")  # ten recordings in Mandarin, one folder a digit
PICTURE, SOUND = "image", "sound"

_one_sound = threading.Lock()  # 0.3 s of pure computing: one at a time


class Busy(Exception):
    """Another sound is being made and takes long."""


def new_answer(kind: str) -> str:
    """Four characters of the kind's alphabet."""
    letters = CHARACTERS if kind == PICTURE else DIGITS
    return "".join(secrets.choice(letters) for _ in range(LENGTH))


def remember(session: Session, *, secret: bytes, owner: str, kind: str, answer: str, on: datetime) -> None:
    """Keep the answer for the browser `owner` in the caller's transaction; the one before it is dead."""
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    mine: dict[str, Any] = {f"{kind}_mac": _mac(secret, owner, kind, answer), f"{kind}_expires_at": on + LIVES}
    # every row has a picture's time, so that one index finds what is over
    first = {"image_expires_at": on + LIVES} | mine
    statement = insert(Captcha).values(owner_sha256=_owner(owner), **first)
    session.execute(statement.on_conflict_do_update(index_elements=[Captcha.owner_sha256], set_=mine))
    session.execute(delete(Captcha).where(Captcha.image_expires_at <= on - timedelta(minutes=30)))


def spend(session: Session, *, secret: bytes, owner: str, typed: str, on: datetime, demo: str = "") -> bool:
    """Is this the answer of the picture or of the sound? Afterwards neither is good any more.

    `demo`: an answer that is always right; only a demonstration instance has one (the settings refuse it elsewhere).
    """
    row = session.execute(
        delete(Captcha)
        .where(Captcha.owner_sha256 == _owner(owner))
        .returning(Captcha.image_mac, Captcha.image_expires_at, Captcha.sound_mac, Captcha.sound_expires_at)
    ).one_or_none()
    answer = _normalise(typed)
    if demo and hmac.compare_digest(_normalise(demo).encode(), answer.encode()):
        return True
    if row is None or len(answer) != LENGTH:
        return False
    alive = ((PICTURE, row.image_mac, row.image_expires_at), (SOUND, row.sound_mac, row.sound_expires_at))
    right = [
        hmac.compare_digest(mac, _mac(secret, owner, kind, answer))
        for kind, mac, until in alive
        if mac is not None and on < until
    ]
    return any(right)


def picture(answer: str) -> bytes:
    """The picture as PNG, 160 x 60."""
    return ImageCaptcha(width=WIDTH, height=HEIGHT).generate(answer, format="png").getvalue()


def sound(answer: str) -> bytes:
    """The digits spoken, WAV 8 kHz mono. Busy when another one does not come to an end within five seconds."""
    if not _one_sound.acquire(timeout=5):
        raise Busy
    try:
        return bytes(_speaker().generate(answer))
    finally:
        _one_sound.release()


@cache
def _speaker() -> AudioCaptcha:
    return AudioCaptcha(voicedir=str(VOICE))


def _owner(owner: str) -> str:
    return hashlib.sha256(owner.encode()).hexdigest()


def _normalise(typed: str) -> str:
    """Upper-case, full-width characters of a Chinese input method made plain, no gaps."""
    return "".join(unicodedata.normalize("NFKC", typed[:40]).split()).upper()


def _mac(secret: bytes, owner: str, kind: str, answer: str) -> str:
    return hmac.new(secret, f"captcha:{kind}:{owner}:{answer}".encode(), hashlib.sha256).hexdigest()

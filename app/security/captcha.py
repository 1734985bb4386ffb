"""A captcha that can be used once: the table holds a keyed hash of the answer, the browser only who it is (AC-04).

Every sign-in form has its own: at most one picture and one sound, each for 180 seconds; the first try of the form spends
both, right or wrong. So two tabs of one browser do not spend each other's. Of one browser five forms are alive at most.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
import threading
import unicodedata
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from captcha.audio import AudioCaptcha
from captcha.image import ImageCaptcha, random_color
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.models import Captcha

CHARACTERS = "ACEFHJKLMNPRTXY3479"  # none that can be mistaken for another, also when it leans
DIGITS = "0123456789"
LENGTH = 4
ALIVE = 5  # forms of one browser
LIVES = timedelta(seconds=180)
WIDTH, HEIGHT = 180, 60
COLOURS = 16
VOICE = Path(__file__).with_name("voice")  # ten recordings in Mandarin, one folder a digit
PICTURE, SOUND = "image", "sound"

_one_sound = threading.Lock()  # 0.3 s of pure computing: one at a time


class Busy(Exception):
    """Another sound is being made and takes long."""


def new_answer(kind: str) -> str:
    """Four characters of the kind's alphabet."""
    letters = CHARACTERS if kind == PICTURE else DIGITS
    return "".join(secrets.choice(letters) for _ in range(LENGTH))


class Form(NamedTuple):
    """A sign-in form: the browser's token, and the id that the page gave this form.

    The empty id is that of a picture fetched by itself, as a script does; it is good for any form of the browser.
    """

    owner: str
    ident: str = ""

    @property
    def key(self) -> str:
        return _sha256(f"{self.owner}:{self.ident}")


def remember(session: Session, form: Form, *, secret: bytes, kind: str, answer: str, on: datetime) -> None:
    """Keep the form's answer in the caller's transaction; the one before it is dead, and so is the oldest form of many."""
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    mine: dict[str, Any] = {f"{kind}_mac": _mac(secret, form, kind, answer), f"{kind}_expires_at": on + LIVES}
    # every row has a picture's time, so that one index finds what is over
    first = {"image_expires_at": on + LIVES} | mine
    owner = _sha256(form.owner)
    statement = insert(Captcha).values(key_sha256=form.key, owner_sha256=owner, **first)
    session.execute(statement.on_conflict_do_update(index_elements=[Captcha.key_sha256], set_=mine))
    newest = select(Captcha.key_sha256).where(Captcha.owner_sha256 == owner, Captcha.key_sha256 != form.key)
    newest = newest.order_by(Captcha.image_expires_at.desc(), Captcha.key_sha256).limit(ALIVE - 1)
    others = (Captcha.owner_sha256 == owner, Captcha.key_sha256 != form.key)
    session.execute(delete(Captcha).where(*others, Captcha.key_sha256.not_in(newest)))
    session.execute(delete(Captcha).where(Captcha.image_expires_at <= on - timedelta(minutes=30)))


def spend(session: Session, form: Form, *, secret: bytes, typed: str, on: datetime, demo: str = "") -> bool:
    """Is this the answer of the form's picture or sound? Afterwards neither is good any more.

    `demo`: an answer that is always right; only a demonstration instance has one (the settings refuse it elsewhere).
    """
    forms = {each.key: each for each in (form, Form(form.owner))}
    rows = session.execute(
        delete(Captcha)
        .where(Captcha.key_sha256.in_(forms))
        .returning(
            Captcha.key_sha256, Captcha.image_mac, Captcha.image_expires_at, Captcha.sound_mac, Captcha.sound_expires_at
        )
    ).all()
    answer = _normalise(typed)
    if demo and hmac.compare_digest(_normalise(demo).encode(), answer.encode()):
        return True
    if len(answer) != LENGTH:
        return False
    right = [
        hmac.compare_digest(mac, _mac(secret, forms[row.key_sha256], kind, answer))
        for row in rows
        for kind, mac, until in (
            (PICTURE, row.image_mac, row.image_expires_at),
            (SOUND, row.sound_mac, row.sound_expires_at),
        )
        if mac is not None and on < until
    ]
    return any(right)


class _Drawing(ImageCaptcha):
    """Dark letters that stand apart and lean a little: what people fail at is letters that overlap, lean far or are pale.

    The library takes a letter's opacity from the lightness of its colour; `lookup_table` makes every dark one opaque.
    """

    character_rotate = (-18, 18)
    character_warp_dx = (0.05, 0.15)
    character_warp_dy = (0.1, 0.2)
    word_offset_dx = 0.1
    word_space_probability = 0.85
    lookup_table = [min(255, lightness * 5) for lightness in range(256)]  # noqa: RUF012 - typed so by the library


def picture(answer: str) -> bytes:
    """The picture as PNG, 180 x 60."""
    drawing = _Drawing(width=WIDTH, height=HEIGHT, font_sizes=(40, 44, 48))
    image = drawing.generate_image(answer, fg_color=random_color(50, 120, 255))
    out = io.BytesIO()
    image.quantize(COLOURS).save(out, "png", optimize=True)  # looks the same and has a quarter of the bytes
    return out.getvalue()


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


def new_ident() -> str:
    """The id of a form."""
    return secrets.token_urlsafe(9)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _normalise(typed: str) -> str:
    """Upper-case, full-width characters of a Chinese input method made plain, no gaps."""
    return "".join(unicodedata.normalize("NFKC", typed[:40]).split()).upper()


def _mac(secret: bytes, form: Form, kind: str, answer: str) -> str:
    return hmac.new(secret, f"captcha:{kind}:{form.key}:{answer}".encode(), hashlib.sha256).hexdigest()

"""Single-use captcha: the table stores a keyed hash of the answer, the browser a token (AC-04).

A sign-in form has at most one picture and one sound, valid for 180 seconds; the first try spends both, right or wrong. Each tab
has its own form; a browser has at most five.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
import threading
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from captcha.audio import AudioCaptcha
from captcha.image import ImageCaptcha, random_color
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.models import Captcha
from app.models.base import insert_into
from app.rules.text import normalised

CHARACTERS = "ACEFHJKLMNPRTXY3479"  # no two look alike, even rotated
DIGITS = "0123456789"
LENGTH = 4
ALIVE = 5  # forms per browser
LIVES = timedelta(seconds=180)
WIDTH, HEIGHT = 180, 60
COLOURS = 16
VOICE = Path(__file__).with_name("voice")  # ten Mandarin recordings, one folder per digit
PICTURE, SOUND = "image", "sound"

_one_sound = threading.Lock()  # 0.3 s of CPU each


class Busy(Exception):
    """Another sound took too long."""


def new_answer(kind: str) -> str:
    """Return four random characters of the kind's alphabet."""
    letters = CHARACTERS if kind == PICTURE else DIGITS
    return "".join(secrets.choice(letters) for _ in range(LENGTH))


class Form(NamedTuple):
    """A sign-in form: the browser's token and the form's id.

    The empty id belongs to a picture fetched without a page, as by a script, and is valid for any form of the browser.
    """

    owner: str
    ident: str = ""

    @property
    def key(self) -> str:
        return _sha256(f"{self.owner}:{self.ident}")


def remember(session: Session, form: Form, *, secret: bytes, kind: str, answer: str, on: datetime) -> None:
    """Store the form's answer in the caller's transaction, in place of the former; delete the browser's oldest forms over ALIVE."""
    mine: dict[str, Any] = {f"{kind}_mac": _mac(secret, form, kind, answer), f"{kind}_expires_at": on + LIVES}
    # always set, so that one index finds expired rows
    first = {"image_expires_at": on + LIVES} | mine
    owner = _sha256(form.owner)
    statement = insert_into(session, Captcha).values(key_sha256=form.key, owner_sha256=owner, **first)
    session.execute(statement.on_conflict_do_update(index_elements=[Captcha.key_sha256], set_=mine))
    newest = select(Captcha.key_sha256).where(Captcha.owner_sha256 == owner, Captcha.key_sha256 != form.key)
    newest = newest.order_by(Captcha.image_expires_at.desc(), Captcha.key_sha256).limit(ALIVE - 1)
    others = (Captcha.owner_sha256 == owner, Captcha.key_sha256 != form.key)
    session.execute(delete(Captcha).where(*others, Captcha.key_sha256.not_in(newest)))
    purge(session, on)


def purge(session: Session, on: datetime) -> None:
    """Delete answers expired half an hour ago."""
    session.execute(delete(Captcha).where(Captcha.image_expires_at <= on - timedelta(minutes=30)))


def spend(session: Session, form: Form, *, secret: bytes, typed: str, on: datetime, demo: str = "") -> bool:
    """Delete the form's picture and sound and return whether `typed` answered one of them.

    `demo`: an answer that is always right, allowed by the settings in a demonstration only.
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
    """Dark, separate, slightly rotated letters; people misread overlapping, tilted and pale ones.

    The library derives opacity from lightness; `lookup_table` makes every dark colour opaque.
    """

    character_rotate = (-18, 18)
    character_warp_dx = (0.05, 0.15)
    character_warp_dy = (0.1, 0.2)
    word_offset_dx = 0.1
    word_space_probability = 0.85
    lookup_table = [min(255, lightness * 5) for lightness in range(256)]  # noqa: RUF012 - typed so by the library


def picture(answer: str) -> bytes:
    """Return the picture as PNG, 180 x 60 pixels."""
    drawing = _Drawing(width=WIDTH, height=HEIGHT, font_sizes=(40, 44, 48))
    image = drawing.generate_image(answer, fg_color=random_color(50, 120, 255))
    out = io.BytesIO()
    image.quantize(COLOURS).save(out, "png", optimize=True)  # looks the same at a quarter of the size
    return out.getvalue()


def sound(answer: str) -> bytes:
    """Return the spoken digits, WAV 8 kHz mono. Raises Busy when another sound takes over five seconds."""
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
    """Return a new form id."""
    return secrets.token_urlsafe(9)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _normalise(typed: str) -> str:
    """Return upper-case text, full-width characters folded (NFKC), without spaces."""
    return "".join(normalised(typed[:40], "NFKC").split()).upper()


def _mac(secret: bytes, form: Form, kind: str, answer: str) -> str:
    return hmac.new(secret, f"captcha:{kind}:{form.key}:{answer}".encode(), hashlib.sha256).hexdigest()

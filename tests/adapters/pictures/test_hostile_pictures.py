"""Files made to hurt (AC-14 to AC-16): refused, or what comes out holds none of what was smuggled in; memory stays flat."""

from __future__ import annotations

import random
import struct
import sys
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from app.adapters.pictures import pool as pictures
from app.adapters.pictures.pool import BadPicture, normalise_picture
from app.rules.evidence.kinds import LENIENT_BYTES
from tests import papers
from tests.adapters.pictures.test_pictures import blank_png, photo

HEIC = (Path(__file__).parent / "files" / "photo.heic").read_bytes()
MARKS = (
    b"<?php",
    b"<script",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"%PDF",
    b"<svg",
    b"GIF89a",
    b"evil",
    b"Exif",
    b"iTXt",
    b"zTXt",
    b"iCCP",
    b"ICC_PROFILE",
)
PAYLOAD = b"<?php evil(); ?><script>evil()</script>%PDF-1.7 <svg onload=evil> PK\x03\x04evil.jar PK\x05\x06 GIF89a"


@pytest.fixture(autouse=True, scope="module")
def _end_the_workers():
    yield
    pictures.close_workers()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunks(png: bytes, *chunks: bytes) -> bytes:
    """Put after the header."""
    return png[:33] + b"".join(chunks) + png[33:]


def segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def png() -> bytes:
    return photo(form="PNG")


POLYGLOTS = {
    "script in a JPEG comment": lambda: with_segments(photo(), segment(0xFE, PAYLOAD)),
    "many JPEG segments": lambda: with_segments(photo(), *(segment(0xE0 + n, PAYLOAD) for n in range(16))),
    "archive behind a JPEG": lambda: photo() + PAYLOAD + b"PK\x05\x06" + bytes(18),
    "archive behind a PNG": lambda: png() + PAYLOAD,
    "text chunks in a PNG": lambda: with_chunks(
        png(), chunk(b"tEXt", b"k\0" + PAYLOAD), chunk(b"zTXt", b"k\0\0" + zlib.compress(PAYLOAD))
    ),
    "unknown chunk in a PNG": lambda: with_chunks(png(), chunk(b"evIl", PAYLOAD)),
    "eXIf chunk in a PNG": lambda: with_chunks(png(), chunk(b"eXIf", b"MM\0*\0\0\0\x08" + PAYLOAD)),
    "profile in a PNG": lambda: with_chunks(png(), chunk(b"iCCP", b"evil\0\0" + zlib.compress(PAYLOAD * 50))),
    "zip bomb as a text chunk": lambda: with_chunks(
        png(), chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(200 * 2**20)))
    ),
    "zip bomb as a profile": lambda: with_chunks(png(), chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(200 * 2**20)))),
    "GIF that goes on as a JPEG": lambda: b"GIF89a" + photo(),
    "JPEG that begins as an archive": lambda: b"PK\x03\x04" + photo(),
    "HTML named .jpg": lambda: b"<html><script>evil()</script></html>",
    "HEIC with a tail": lambda: HEIC + PAYLOAD,
}


@pytest.mark.parametrize("name", POLYGLOTS)
def test_what_is_smuggled_in_does_not_come_out(name: str) -> None:
    try:
        picture = normalise_picture(POLYGLOTS[name](), filename="毕业证.jpg", max_bytes=LENIENT_BYTES, heic=True)
    except BadPicture:
        return
    assert not [mark for mark in MARKS if mark in picture.data]
    with Image.open(BytesIO(picture.data)) as image:
        image.load()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_where_it_was_taken_and_a_thumbnail_of_something_else_are_gone() -> None:
    exif = Image.Exif()
    exif[0x0112] = 8
    exif.get_ifd(0x8825)[2] = (31.0, 13.0, 48.0)
    thumbnail = photo(size=(160, 120), comment=b"evil thumbnail")
    body = exif.tobytes() + thumbnail
    picture = normalise_picture(with_segments(photo(), segment(0xE1, body)))
    assert picture.data.count(b"\xff\xd8\xff") == 1
    assert not [mark for mark in MARKS if mark in picture.data]
    assert (picture.width, picture.height) == (900, 1200)


BOMBS = {
    "13000 squared": lambda: blank_png(13_000, 13_000),
    "65535 x 1": lambda: blank_png(65_535, 1),
    "1 x 65535": lambda: blank_png(1, 65_535),
    "header of 2**31 pixels": lambda: (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 2, 0, 0, 0))
    ),
    "JPEG header of 65500 squared": lambda: (
        b"\xff\xd8"
        + segment(0xC0, struct.pack(">BHHB", 8, 65_500, 65_500, 3) + b"\x01\x22\0\x02\x11\1\x03\x11\1")
        + b"\xff\xda"
        + bytes(99)
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_and_the_next_picture_is_served(name: str) -> None:
    with pytest.raises(BadPicture):
        normalise_picture(BOMBS[name](), max_bytes=LENIENT_BYTES)
    assert normalise_picture(photo())


def test_an_animated_png_with_a_thousand_frames_is_refused() -> None:
    frames = [Image.new("L", (30, 30), n % 256) for n in range(1000)]
    out = BytesIO()
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    with pytest.raises(BadPicture) as caught:
        normalise_picture(out.getvalue())
    assert caught.value.code == "animated"


@pytest.mark.parametrize("share", [0.02, 0.2, 0.5, 0.9])
def test_a_heic_that_is_cut_off_is_refused(share: float) -> None:
    with pytest.raises(BadPicture):
        normalise_picture(HEIC[: int(len(HEIC) * share)], heic=True)


def test_a_heic_is_refused_where_it_is_not_taken() -> None:
    with pytest.raises(BadPicture) as caught:
        normalise_picture(HEIC)
    assert caught.value.code == "not_a_picture"


def memory(pid: int) -> int:
    """Resident bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * 4096


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_five_hundred_mutated_pictures_break_nothing_and_the_server_s_memory_stays_flat() -> None:
    import os

    rng = random.Random(7)
    info = PngInfo()
    info.add_text("k", "v" * 500)
    seeds = [photo(size=(640, 480)), photo(size=(320, 240), form="PNG", pnginfo=info), HEIC]
    normalise_picture(seeds[0])
    before = memory(os.getpid())
    taken = 0
    for n in range(500):
        data = bytearray(seeds[n % 3] if n % 3 < 2 or n % 30 == 2 else seeds[n % 2])
        for _ in range(rng.randint(1, 12)):
            at = rng.randrange(len(data)) if rng.random() < 0.5 else rng.randrange(min(len(data), 600))
            data[at] = rng.randrange(256)
        try:
            picture = normalise_picture(bytes(data), heic=True)
        except BadPicture:
            continue
        taken += 1
        assert len(picture.data) <= 1_048_576
        assert not [mark for mark in MARKS if mark in picture.data]
    assert taken > 50
    assert memory(os.getpid()) - before < 50 * 2**20


def test_what_the_original_had_is_kept_at_1600_pixels_at_least() -> None:
    noise = Image.merge("RGB", [Image.effect_noise((4000, 3000), 110) for _ in range(3)])
    picture = normalise_picture(papers.jpeg(noise, 95), max_bytes=LENIENT_BYTES)
    assert picture.size <= 1_048_576
    assert max(picture.width, picture.height) >= 1600

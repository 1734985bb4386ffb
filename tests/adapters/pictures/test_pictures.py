"""Uploaded pictures: good ones come out clean, naughty ones are told what they are, and the server outlives them all."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import threading
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from app.adapters.pictures import pool as pictures
from app.adapters.pictures import worker as child
from app.adapters.pictures.pool import BadPicture, PicturesBusy, normalise_picture


@pytest.fixture(autouse=True, scope="module")
def _end_the_workers():
    yield
    pictures.close_workers()


def made(mode="RGB", size=(400, 300), colour=None, form="JPEG", **options) -> bytes:
    out = BytesIO()
    Image.new(mode, size, colour if colour is not None else 0).save(out, form, **options)
    return out.getvalue()


def photo(size=(1200, 900), form="JPEG", **options) -> bytes:
    """A picture with something in it: a gradient with a dark left half."""
    image = Image.merge("RGB", [Image.linear_gradient("L").resize(size)] * 3)
    image.paste((10, 10, 10), (0, 0, size[0] // 2, size[1]))
    out = BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def opened(picture) -> Image.Image:
    image = Image.open(BytesIO(picture.data))
    image.load()
    assert (picture.width, picture.height) == image.size
    assert picture.media_type == f"image/{image.format.lower()}"
    return image


def refusal(data: bytes, **options) -> BadPicture:
    with pytest.raises(BadPicture) as caught:
        normalise_picture(data, **options)
    assert caught.value.message
    return caught.value


MANY = 100  # lines


def blank_png(width: int, height: int) -> bytes:
    """A black PNG written by hand, so that the test itself needs no memory for it."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    squeeze = zlib.compressobj(9, wbits=-15)
    line = bytes(1 + 3 * width)
    many = squeeze.compress(line * MANY) + squeeze.flush(zlib.Z_FULL_FLUSH)  # may stand any number of times
    rest = squeeze.compress(line * (height % MANY)) + squeeze.flush()
    black = len(line) * height
    body = b"\x78\xda" + many * (height // MANY) + rest + struct.pack(">HH", black % 65521, 1)  # its Adler-32
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_a_photo_stays_a_jpeg_of_its_size():
    picture = normalise_picture(photo())
    assert opened(picture).size == (1200, 900)
    assert picture.media_type == "image/jpeg"
    assert picture.size == len(picture.data) <= 1_048_576


def test_a_screenshot_stays_a_png():
    picture = normalise_picture(photo(form="PNG"))
    assert picture.media_type == "image/png"
    assert opened(picture).mode in ("L", "RGB")


def test_a_png_called_jpg_is_taken_for_what_it_is():
    assert normalise_picture(photo(form="PNG"), filename="毕业证.jpg").media_type == "image/png"


def test_nothing_is_enlarged():
    assert opened(normalise_picture(made(size=(30, 20)))).size == (30, 20)


def test_a_phone_photo_is_turned_upright_and_loses_where_it_was_taken():
    exif = Image.Exif()
    exif[0x0112] = 6  # must be turned clockwise
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825)[2] = (31.0, 13.0, 48.0)
    data = photo(exif=exif, comment=b"secret comment")
    assert b"PhoneMaker" in data
    picture = normalise_picture(data)
    image = opened(picture)
    assert image.size == (900, 1200)
    assert image.convert("L").getpixel((450, 100)) < 40  # what was on the left is on top
    assert not image.getexif()
    for mark in (b"PhoneMaker", b"Exif", b"secret comment"):
        assert mark not in picture.data


def test_text_and_profiles_in_a_png_are_dropped():
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Author", "somebody secret")
    info.add_itxt("XML:com.adobe.xmp", "<x>secret</x>")
    exif = Image.Exif()
    exif[0x0112] = 3
    picture = normalise_picture(
        photo(form="PNG", pnginfo=info, icc_profile=b"secret profile" * 20, exif=exif, dpi=(72, 72))
    )
    image = opened(picture)
    assert image.info == {}
    assert b"secret" not in picture.data
    assert image.convert("L").getpixel((1100, 100)) < 40


def test_what_hangs_behind_or_inside_a_picture_is_gone():
    for data in (
        photo() + b"PK\x03\x04<?php evil ?>",
        photo(comment=b"<script>evil</script>"),
        photo(form="PNG") + b"<script>evil",
    ):
        assert b"evil" not in normalise_picture(data).data


def test_a_phone_s_mpo_gives_its_first_picture():
    out = BytesIO()
    Image.new("RGB", (640, 480), "red").save(
        out, "MPO", save_all=True, append_images=[Image.new("RGB", (320, 240), "blue")]
    )
    assert Image.open(BytesIO(out.getvalue())).format == "MPO"
    image = opened(normalise_picture(out.getvalue()))
    assert image.size == (640, 480)
    assert image.getpixel((5, 5))[0] > 200


@pytest.mark.parametrize(
    ("data", "mode", "middle"),
    [
        (made("CMYK", colour=(0, 255, 255, 0)), "RGB", (250, 0, 0)),
        (made("L", colour=200), "L", 200),
        (made("1", colour=1, form="PNG"), "L", 255),
        (made("I;16", colour=40000, form="PNG"), "L", 156),
        (made("RGBA", colour=(0, 0, 0, 0), form="PNG"), "RGB", (255, 255, 255)),
        (made("LA", colour=(0, 0), form="PNG"), "RGB", (255, 255, 255)),
        (made("P", colour=0, form="PNG", transparency=0), "RGB", (255, 255, 255)),
        (made("RGB", colour=(1, 2, 3), form="PNG", transparency=(1, 2, 3)), "RGB", (255, 255, 255)),
    ],
    ids=["cmyk", "grey", "one bit", "16 bit", "rgba", "la", "palette with transparency", "rgb with transparency"],
)
def test_every_kind_of_pixels_becomes_grey_or_rgb(data, mode, middle):
    image = opened(normalise_picture(data))
    assert image.mode == mode
    got = image.getpixel((200, 150))
    for a, b in zip(
        [got] if isinstance(got, int) else got, [middle] if isinstance(middle, int) else middle, strict=True
    ):
        assert abs(a - b) < 12


def test_an_empty_file_says_zero_bytes():
    bad = refusal(b"")
    assert bad.code == "empty"
    assert "0 字节" in bad.message


def test_a_file_just_above_and_well_above_the_limit_says_its_size():
    data = photo()
    full = data + bytes(1_048_576 - len(data))
    assert normalise_picture(full)
    assert "1.01 MB" in refusal(full + b"\0").message
    bad = refusal(data + bytes(1_153_434 - len(data)))
    assert bad.code == "too_large"
    assert "文件为 1.1 MB，超过 1 MB" in bad.message


def gif() -> bytes:
    return made(form="GIF", mode="P")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (gif(), "GIF"),
        (made(form="WEBP"), "WebP"),
        (made(form="BMP"), "BMP"),
        (made(form="TIFF"), "TIFF"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "AVIF"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "视频"),
        (b"  <!DOCTYPE html><html>", "网页"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"PK\x03\x04....", "压缩包"),
        (b"MZ\x90", "程序"),
        (b"hello", "无法识别"),
    ],
)
def test_what_is_no_jpg_or_png_is_called_by_its_name(data, name):
    bad = refusal(data, filename="photo.jpg")
    assert bad.code == "not_a_picture"
    assert name in bad.message
    assert "JPG" in bad.message


def test_a_gif_renamed_jpg_is_found_out():
    assert "其实是 GIF 图片" in refusal(gif(), filename="毕业证.JPG").message


def test_a_bomb_is_refused_by_its_header():
    bomb = blank_png(13_000, 13_000)
    assert len(bomb) <= 504_000
    bad = refusal(bomb)
    assert bad.code == "too_many_pixels"
    assert "13000 × 13000" in bad.message


def test_the_largest_allowed_png_is_decoded_and_reduced(monkeypatch):
    monkeypatch.setattr(pictures, "LONGEST_SECONDS", 300)
    picture = normalise_picture(blank_png(6_320, 6_320))
    assert max(opened(picture).size) == 4096


def test_memory_that_earlier_pictures_used_up_costs_nobody_their_picture(monkeypatch):
    """A fresh worker says that it is not enough; a used one ends, and the parent asks a new one."""

    def answers(*works):
        sent, due = [], list(works)
        monkeypatch.setattr(child, "work", lambda *message: due.pop(0)())
        messages = iter([({"seconds": 1}, b"")] * len(works))
        monkeypatch.setattr(child, "receive", lambda pipe: next(messages, None))
        monkeypatch.setattr(child, "send", lambda pipe, head, made: sent.append(head.get("code", "made")))
        child.main()
        return sent

    def too_much():
        raise MemoryError

    for name in ("limit_memory", "limit_time"):
        monkeypatch.setattr(child, name, lambda *given: None)
    monkeypatch.setattr(child.signal, "signal", lambda *given: None)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)  # as it does itself
    assert answers(too_much, too_much) == ["too_complex"]
    assert answers(lambda: ({}, b""), too_much) == ["made"]


def test_a_line_of_pixels_is_no_document():
    assert refusal(made(size=(65_500, 1))).code == "too_narrow"
    assert refusal(blank_png(65_535, 1)).code == "too_narrow"


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("share", [0.01, 0.1, 0.3, 0.5, 0.75, 0.9, 0.97])
def test_a_file_cut_off_anywhere_is_refused(form, share):
    image = Image.effect_noise((600, 400), 60)
    out = BytesIO()
    image.save(out, form)
    data = out.getvalue()
    assert normalise_picture(data)
    bad = refusal(data[: max(12, int(len(data) * share))])
    assert bad.code in ("truncated", "unreadable")
    assert "不完整" in bad.message


def test_a_moving_png_is_refused_and_a_single_frame_is_not():
    frames = [Image.new("RGB", (50, 50), colour) for colour in ("red", "blue")]
    out = BytesIO()
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    assert refusal(out.getvalue()).code == "animated"


def test_a_broken_exif_does_not_stop_a_good_picture():
    data = photo()
    broken = b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xff" * 40
    data = data[:2] + b"\xff\xe1" + struct.pack(">H", len(broken) + 2) + broken + data[2:]
    assert opened(normalise_picture(data)).size == (1200, 900)


def test_noise_of_twenty_megabytes_ends_within_the_limit(monkeypatch):
    monkeypatch.setattr(pictures, "LONGEST_SECONDS", 300)  # however busy this machine is: the processor's time is held
    noise = Image.merge("RGB", [Image.effect_noise((2400, 1800), 120) for _ in range(3)])
    for form, options in (("PNG", {}), ("JPEG", {"quality": 95})):
        out = BytesIO()
        noise.save(out, form, **options)
        picture = normalise_picture(out.getvalue(), max_bytes=20 * 2**20)
        assert picture.size <= 1_048_576
        assert picture.media_type == "image/jpeg"


def test_the_hash_is_of_what_is_stored():
    import hashlib

    picture = normalise_picture(photo())
    assert picture.sha256 == hashlib.sha256(picture.data).hexdigest()


def worker_of(pool) -> pictures._Worker:
    worker = pool._slots.get_nowait()
    pool._slots.put(worker)
    assert worker is not None
    return worker


def test_a_worker_that_died_is_replaced():
    normalise_picture(photo())
    pool = pictures._the_pool()
    before = worker_of(pool).pid
    os.kill(before, signal.SIGTERM)
    worker_of(pool)._process.wait()
    assert normalise_picture(photo())
    assert worker_of(pool).pid != before


def test_a_picture_that_takes_too_long_is_given_up_and_the_next_one_works(monkeypatch):
    normalise_picture(photo())
    monkeypatch.setattr(pictures, "LONGEST_SECONDS", 0.01)
    assert refusal(blank_png(6_000, 6_000)).code == "too_slow"
    monkeypatch.undo()
    assert normalise_picture(photo())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_decoder_that_never_ends_is_ended_by_its_processor_time():
    code = "from app.adapters.pictures.worker import limit_time; limit_time(0)\nwhile True: pass"
    done = subprocess.run([sys.executable, "-c", code], timeout=60, check=False)
    assert done.returncode == pictures.OUT_OF_TIME


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_worker_out_of_time_blames_the_picture_and_each_picture_has_its_own_time():
    normalise_picture(photo())
    worker = worker_of(pictures._the_pool())
    for _ in range(2):
        assert worker.run({"do": "normalise", "max_bytes": 2**20}, photo())
    large = blank_png(6_300, 6_300)
    threading.Timer(0.1, os.kill, (worker.pid, signal.SIGXCPU)).start()
    assert refusal(large).code == "too_slow"
    assert normalise_picture(photo())


def test_closing_ends_every_worker():
    normalise_picture(photo())
    pool = pictures._the_pool()
    held = [pool._slots.get() for _ in range(pictures.WORKERS)]
    held = [worker or pictures._Worker() for worker in held]
    for worker in held:
        pool._slots.put(worker)
    pictures.close_workers()
    assert [worker.alive() for worker in held] == [False, False]
    assert normalise_picture(photo())


def test_a_worker_that_is_killed_at_work_costs_nobody_their_picture():
    normalise_picture(photo())
    large = blank_png(6_300, 6_300)
    worker = worker_of(pictures._the_pool())
    threading.Timer(0.1, worker._process.kill).start()
    assert normalise_picture(large).width == 4096
    assert worker_of(pictures._the_pool()).pid != worker.pid


@pytest.mark.parametrize(("status", "blamed"), [(-signal.SIGSEGV, True), (-9, False), (-15, False), (1, False)])
def test_a_picture_is_blamed_when_the_decoder_crashed_twice_and_not_when_workers_were_killed(
    monkeypatch, status, blamed
):
    used = []

    def dies(worker, order, data):
        used.append(worker.pid)
        worker.close()
        raise pictures._Died(status)

    monkeypatch.setattr(pictures._Worker, "run", dies)
    if blamed:
        assert refusal(photo()).code == "too_complex"
    else:
        with pytest.raises(pictures.WorkersDied, match="不是照片的问题"):
            normalise_picture(photo())
    assert len(set(used)) == 2
    monkeypatch.undo()
    assert normalise_picture(photo())


def test_with_both_workers_busy_somebody_is_told_to_come_back(monkeypatch):
    monkeypatch.setattr(pictures, "WAIT_SECONDS", 0.05)
    pool = pictures._the_pool()
    held = [pool._slots.get() for _ in range(pictures.WORKERS)]
    try:
        with pytest.raises(PicturesBusy):
            normalise_picture(photo())
    finally:
        for slot in held:
            pool._slots.put(slot)
    assert normalise_picture(photo())


def test_five_at_once_all_get_their_own_picture():
    sizes = [(100 + 10 * n, 80) for n in range(5)]
    got: dict[int, tuple[int, int]] = {}

    def upload(n: int) -> None:
        got[n] = opened(normalise_picture(made(size=sizes[n]))).size

    threads = [threading.Thread(target=upload, args=(n,)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [got[n] for n in range(5)] == sizes


def test_the_worker_knows_nothing_of_the_site():
    code = "import sys, app.adapters.pictures.worker; print([m for m in ('flask', 'sqlalchemy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_the_worker_has_a_memory_limit():
    code = "from app.adapters.pictures.worker import limit_memory; limit_memory(); bytearray(600 * 2**20)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "MemoryError" in done.stderr


def test_a_quarter_turn_goes_clockwise():
    picture = normalise_picture(photo())  # dark on the left
    image = opened(pictures.turn_right(picture.data))
    assert image.size == (900, 1200)
    assert image.convert("L").getpixel((450, 100)) < 40  # dark on top


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="asks Linux")
def test_a_worker_is_told_nothing_but_what_it_needs_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "KAOJI_SECRET_KEY": "geheim",
        "KAOJI_DATABASE_URL": "postgresql://u:geheim@h/d",
        "AWS_SECRET_ACCESS_KEY": "geheim",
        "HTTPS_PROXY": "http://geheim",
    }
    for name, value in {**told, "HOME": "/geheim", "SSH_AUTH_SOCK": "/geheim", "PYTHONSAFEPATH": "1"}.items():
        monkeypatch.setenv(name, value)
    pictures.close_workers()
    pictures.normalise_picture(photo())
    environment = Path(f"/proc/{worker_of(pictures._the_pool()).pid}/environ").read_text()
    assert "geheim" not in environment
    names = {line.partition("=")[0] for line in environment.split("\0") if line}
    assert names <= {*pictures.NEEDED, *pictures.FIXED, "LC_CTYPE"}  # Python sets the last itself
    pictures.close_workers()

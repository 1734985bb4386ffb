"""Child process that decodes pictures: `python -m app.adapters.pictures.worker`, one message in, one out, until the pipe closes.

It receives only the picture: no names, database or keys.

`concurrent.futures` and `multiprocessing` pass results as pickles, which the parent would execute if a picture took over the
decoder; JSON and bytes are only read. They also cannot limit memory and time per job or replace one worker.
"""

from __future__ import annotations

import signal
import sys
import time
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps

from app.adapters.pictures import analysis
from app.adapters.pictures.pipe import receive, send
from app.adapters.pictures.pool import BadPicture
from app.adapters.pictures.portrait import portrait
from app.rules.evidence.kinds import LONGEST_SIDE, MAX_ASPECT, MAX_JPEG_PIXELS, MAX_PNG_PIXELS, SHORTEST_LONG_SIDE

MEMORY_BYTES = 512 * 2**20
"""Address space with libraries; enough for a transparent PNG of 40 megapixels."""
QUALITIES = (88, 80, 72)
"""Tried at each size; below these a smaller size is clearer."""
LAST_QUALITIES = (64, 56, 48, 40, 30, 20, 10)
"""Tried at the smallest size only."""
SIDES = (3072, 2560, 2048, SHORTEST_LONG_SIDE)
HOPELESS = 4
"""Factor over the limit at which the next size is tried at once."""
WHITE = 255
HEIF = "HEIF"


def limit_memory() -> None:
    """Limit the address space: a decoder gets MemoryError. Windows limits pixels and time only."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def limit_time(seconds: int) -> None:
    """Limit CPU seconds from now, then the system ends this process. Windows has the parent's timer only."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1 + seconds, hard))


def learn_heic() -> None:
    """Register HEIC with Pillow: one thread, no thumbnails or depth maps."""
    from pi_heif import options
    from pi_heif.as_plugin import register_heif_opener

    options.DECODE_THREADS = 1
    options.THUMBNAILS = False
    options.DEPTH_IMAGES = False
    register_heif_opener()


def open_checked(data: bytes) -> Image.Image:
    """Open the picture, reading its header. Raises BadPicture."""
    if data[4:8] == b"ftyp":
        learn_heic()
    try:
        # a phone's MPO is opened as JPEG; its first picture is the photo
        image = Image.open(BytesIO(data), formats=("JPEG", "PNG", HEIF) if data[4:8] == b"ftyp" else ("JPEG", "PNG"))
    except MemoryError:
        raise
    except Exception as fault:  # a hostile header may raise anything
        raise BadPicture("图片已损坏或不完整，无法打开，请重新拍照或另存后再上传", "unreadable") from fault
    width, height = image.size
    limit = MAX_JPEG_PIXELS if image.format in ("JPEG", "MPO") else MAX_PNG_PIXELS
    if width * height > limit:
        raise BadPicture(
            f"图片为 {width} × {height} 像素，超过 {limit // 10_000} 万像素，请缩小后再上传", "too_many_pixels"
        )
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise BadPicture(f"图片为 {width} × {height} 像素，过于细长，看不出凭证内容，请重新拍照", "too_narrow")
    if image.format == "PNG" and getattr(image, "is_animated", False):
        raise BadPicture("这是动态图片，请换成一张静态的 JPG 或 PNG 图片", "animated")
    return image


def decode(image: Image.Image, longest: int) -> Image.Image:
    """Return all pixels, upright, at most `longest` a side, in L or RGB, without metadata."""
    upright = 1 if image.format == HEIF else orientation_of(image)  # libheif turns the picture
    try:
        if max(image.size) >= 2 * longest:
            image.draft(None, (longest, longest))
        image.load()
    except MemoryError:
        raise
    except Exception as fault:  # truncated, broken, or hostile
        raise BadPicture("图片不完整（可能没有传完或已损坏），请重新拍照或重新选择文件", "truncated") from fault
    plain = flat(image)
    plain.thumbnail((longest, longest), reducing_gap=2.0)
    return turn(plain, upright)


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation 1-8; 1 for broken metadata."""
    try:
        found = image.getexif().get(0x0112, 1)
    except Exception:  # a hostile EXIF may raise anything
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def turn(image: Image.Image, orientation: int) -> Image.Image:
    """Turn the picture upright by Pillow's table and clear its info."""
    image.info.clear()
    if orientation != 1:
        exif = Image.Exif()
        exif[0x0112] = orientation
        image.info["exif"] = exif.tobytes()
        image = ImageOps.exif_transpose(image)
        image.info.clear()
    return image


def flat(image: Image.Image) -> Image.Image:
    """Return a new picture in L or RGB: transparency on white, 16-bit grey scaled (conversion would clip)."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if not image.has_transparency_data:
        mode = "L" if image.mode in ("1", "L", "LA") else "RGB"
        return image.copy() if image.mode == mode else image.convert(mode)
    layer = image if image.mode == "RGBA" else image.convert("RGBA")
    paper = Image.new("RGB", layer.size, (WHITE, WHITE, WHITE))
    paper.paste(layer, mask=layer.getchannel("A"))
    return paper


def encode(image: Image.Image, as_png: bool, max_bytes: int) -> tuple[Image.Image, str, bytes]:
    """Return (picture, format, bytes) of at most `max_bytes`: PNG if wanted and small enough, else JPEG.

    Reduces size, down to SHORTEST_LONG_SIDE pixels (or the original's), then quality.
    """
    if as_png:
        made = save(image, "PNG")
        if len(made) <= max_bytes:
            return image, "PNG", made
    longest = max(image.size)
    for side in (longest, *(each for each in SIDES if each < longest)):
        small = image if side == longest else reduced(image, side)
        for quality in QUALITIES + (LAST_QUALITIES if side <= SHORTEST_LONG_SIDE else ()):
            made = save(small, "JPEG", quality=quality)
            if len(made) <= max_bytes:
                return small, "JPEG", made
            if len(made) > HOPELESS * max_bytes and side > SHORTEST_LONG_SIDE:
                break
    raise BadPicture("图片内容过于复杂，无法压缩到 1 MB 以内，请重新拍照", "too_complex")


def reduced(image: Image.Image, side: int) -> Image.Image:
    """Return a copy with a long edge of `side` pixels."""
    scale = side / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def save(image: Image.Image, form: str, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def work(order: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    """Run one job and return its answer."""
    image = open_checked(data)
    upright = decode(image, LONGEST_SIDE)
    if order["do"] == "portrait":
        small, made, measures = portrait(upright, tuple(order["size"]))
        return analysed(small, "JPEG") | {"measures": measures}, made
    if order["do"] == "turn":
        upright = upright.transpose(Image.Transpose.ROTATE_270)
    codes = analysis.codes_of(upright)
    small, form, made = encode(upright, image.format == "PNG", order["max_bytes"])
    seen = {"measures": analysis.measure(small), "codes": codes, "fingerprint": analysis.fingerprint(small)}
    return analysed(small, form) | seen, made


def analysed(image: Image.Image, form: str) -> dict[str, Any]:
    return {"media_type": f"image/{form.lower()}", "width": image.width, "height": image.height}


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server handles Ctrl-C
    Image.MAX_IMAGE_PIXELS = None  # open_checked has our own limits and Chinese messages
    limit_memory()
    fresh = True
    while message := receive(sys.stdin.buffer):
        limit_time(message[0]["seconds"])
        try:
            head, made = work(*message)
        except BadPicture as bad:
            head, made = {"error": bad.message, "code": bad.code}, b""
        except MemoryError:
            if not fresh:
                return  # what earlier pictures left behind may be in the way: the parent asks a new worker
            head, made = {"error": "图片过大，内存不足以处理，请缩小后再上传", "code": "too_complex"}, b""
        send(sys.stdout.buffer, head, made)
        fresh = False


if __name__ == "__main__":
    main()

"""Uploaded pictures: checked, decoded in a child process and re-encoded, so that only pixels are stored.

The parent reads size and magic bytes only. Hostile files reach only a worker (worker.py, which says why the pool is our own),
limited in memory and CPU where the system can, to LONGEST_SECONDS, and replaced when it ends. Workers start on demand. Pillow is not
imported here.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.adapters.pictures.kinds import HEIC, megabytes, not_a_picture, sniff
from app.adapters.pictures.pipe import receive, send
from app.adapters.pictures.slots import Slots
from app.rules.evidence.kinds import MAX_FILE_BYTES

WORKERS = 2
JOB_SECONDS = 10
"""CPU seconds, so that a busy machine refuses no photo; set by the child where possible."""
LONGEST_SECONDS = 30
"""Wall-clock seconds until the child is killed."""
WAIT_SECONDS = 15
WAITING = 3
"""Queued requests per process, to leave threads free; the browser retries."""
NEEDED = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH")
"""Of the environment, what the child needs to start, SYSTEMROOT on Windows: no keys, settings or proxies, should a picture take it over."""
FIXED = {"PYTHONUTF8": "1"}
LIVES = 2
"""Workers per picture: the first may have ended for another reason."""
OUT_OF_TIME = -getattr(signal, "SIGXCPU", 1000)
"""Exit status after using up the CPU time; Windows has none."""
CRASHES = tuple(getattr(signal, name, 0) for name in ("SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL", "SIGFPE"))
WINDOWS_CRASHES = 0xC0000000
"""Exit statuses of a decoder that went wrong; a child that was killed, as for want of memory, ends with others."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A re-encoded picture: `data` as stored, `media_type` image/jpeg or image/png, pixels, `sha256` in hex.

    From the worker: `measures` (analysis, portrait), `codes` (texts of QR codes and barcodes), `fingerprint` (hex).
    """

    data: bytes
    media_type: str
    width: int
    height: int
    sha256: str
    measures: Mapping[str, float] = field(default_factory=dict)
    codes: tuple[str, ...] = ()
    fingerprint: str = ""

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.data)


class BadPicture(Exception):
    """The file cannot be used; `message` is Chinese.

    `code`: empty too_large not_a_picture too_many_pixels too_narrow animated truncated unreadable too_slow too_complex.
    """

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class PicturesBusy(Exception):
    """No worker became free in time; answered with 503, and the browser retries."""

    message = "现在上传的人较多，请稍候再按一次“上传”。已填写的内容都在。"

    def __init__(self) -> None:
        super().__init__(self.message)


class WorkersDied(PicturesBusy):
    """Twice a worker ended, not by what the picture did to it."""

    message = "平台这边没有处理完这张照片，请稍候再按一次“上传”。不是照片的问题，也不算上传次数；已填写的内容都在。"


def normalise_picture(
    data: bytes, *, filename: str = "", max_bytes: int = MAX_FILE_BYTES, heic: bool = False
) -> Picture:
    """Return the picture upright, RGB or grey, without metadata, never enlarged, at most MAX_FILE_BYTES.

    The content decides: a PNG named .jpg is a PNG; `filename` is for messages. JPEG stays JPEG (an MPO's first picture), PNG stays PNG
    if small enough, else JPEG; `heic` accepts HEIC, which becomes JPEG. `max_bytes` limits the input. Raises BadPicture or
    PicturesBusy.
    """
    _check(data, filename, max_bytes, heic)
    return _ask({"do": "normalise", "max_bytes": MAX_FILE_BYTES}, data)


def portrait_picture(
    data: bytes, size: tuple[int, int], *, filename: str = "", max_bytes: int = MAX_FILE_BYTES, heic: bool = False
) -> Picture:
    """As normalise_picture, but a JPEG of exactly `size` (width, height in pixels), cropped."""
    _check(data, filename, max_bytes, heic)
    return _ask({"do": "portrait", "size": size}, data)


def _check(data: bytes, filename: str, max_bytes: int, heic: bool) -> None:
    if not data:
        raise BadPicture("文件是空的（0 字节），请重新选择", "empty")
    if len(data) > max_bytes:
        raise BadPicture(
            f"文件为 {megabytes(len(data), max_bytes)}，超过 {max_bytes / 2**20:g} MB，请缩小后再上传", "too_large"
        )
    kind = sniff(data)
    if kind not in ("JPG", "PNG", *([HEIC] if heic else [])):
        raise BadPicture(not_a_picture(kind, filename), "not_a_picture")


def turn_right(data: bytes) -> Picture:
    """Return a normalised picture turned a quarter clockwise (向右旋转)."""
    return _ask({"do": "turn", "max_bytes": MAX_FILE_BYTES}, data)


class _Died(Exception):
    """The child is gone. `crashed`: by the decoder's fault at this picture, else by another's hand or for another reason."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.crashed = -status in CRASHES or status >= WINDOWS_CRASHES


class _Worker:
    """One child process; killed after any failure."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app.adapters.pictures.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).resolve().parents[3],  # parent of the package app
            env={name: os.environ[name] for name in NEEDED if name in os.environ} | FIXED,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                try:
                    pipe.close()
                except OSError:  # buffered data cannot be written
                    continue

    def run(self, order: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        """Run one job. Raises BadPicture on timeout (by a timer, as Windows pipes have none), _Died when the child is gone."""
        assert self._process.stdin
        assert self._process.stdout
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(LONGEST_SECONDS, stop)
        timer.start()
        try:
            send(self._process.stdin, {**order, "seconds": JOB_SECONDS}, data)
            answer = receive(self._process.stdout)
        except OSError:
            answer = None
        finally:
            timer.cancel()
        if answer:
            return answer
        status = self._process.wait()
        if late.is_set() or status == OUT_OF_TIME:
            raise BadPicture("图片过于复杂，太久没有处理完，请换一张或重新拍照", "too_slow")
        raise _Died(status)


def _living(worker: _Worker | None) -> _Worker:
    if worker and worker.alive():
        return worker
    if worker:
        worker.close()
    return _Worker()


class _Pool:
    """WORKERS slots, each empty or with an idle worker, held by one job at a time, in the order of asking."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._slots: Slots[_Worker | None] = Slots()
        for _ in range(WORKERS):
            self._slots.put(None)
        self._line = threading.BoundedSemaphore(WORKERS + WAITING)

    def run(self, order: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        if not self._line.acquire(blocking=False):
            raise PicturesBusy
        try:
            return self._run(order, data)
        finally:
            self._line.release()

    def _run(self, order: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        try:
            worker = self._slots.get(timeout=WAIT_SECONDS)
        except queue.Empty:
            raise PicturesBusy from None
        try:
            crashes = 0
            for _ in range(LIVES):
                worker = _living(worker)
                try:
                    return worker.run(order, data)
                except _Died as died:
                    crashes += died.crashed
            if crashes < LIVES:
                raise WorkersDied
            raise BadPicture("这张照片读不出来，请换一张或重新拍照", "too_complex")
        except BaseException:
            if worker:
                worker.close()
                worker = None
            raise
        finally:
            self._slots.put(worker)

    def close(self) -> None:
        """Kill idle workers; a busy one ends with its pipe."""
        taken = []
        while True:  # take all first, or the same slot would be taken again
            try:
                taken.append(self._slots.get_nowait())
            except queue.Empty:
                break
        for worker in taken:
            if worker:
                worker.close()
            self._slots.put(None)


_pool: _Pool | None = None
_pool_lock = threading.Lock()


def _the_pool() -> _Pool:
    """Return this process's pool; after a fork the parent's must not be used."""
    global _pool
    with _pool_lock:
        if _pool is None or _pool.owner != os.getpid():
            _pool = _Pool()
        return _pool


@atexit.register
def close_workers() -> None:
    """End this process's children; they restart when needed."""
    if _pool and _pool.owner == os.getpid():
        _pool.close()


def _ask(order: dict[str, Any], data: bytes) -> Picture:
    head, made = _the_pool().run(order, data)
    if "error" in head:
        raise BadPicture(head["error"], head["code"])
    return Picture(
        made,
        head["media_type"],
        head["width"],
        head["height"],
        hashlib.sha256(made).hexdigest(),
        head.get("measures", {}),
        tuple(head.get("codes", ())),
        head.get("fingerprint", ""),
    )

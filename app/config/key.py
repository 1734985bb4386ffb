"""secret.key: signs cookies and codes. A key that others know or can read must not start (security.md AC-32)."""

from __future__ import annotations

import hashlib
import os
import secrets
from itertools import pairwise
from pathlib import Path

from app.config.folder import is_open
from app.config.refusal import BadConfig

NAME = "secret.key"
BYTES = 32
LEAST_DIFFERENT = 12  # of 32 random bytes 30 differ; fewer than 12 never happens by chance
SEEN = f"{NAME}.seen"  # names the key that others could read, until another is in its place
RENEW = "运行 kaoji key renew 换一个"


def make(folder: Path, name: str = NAME) -> None:
    """Write a new random key. Raises FileExistsError where there is one."""
    handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(BYTES))
        file.flush()
        os.fsync(file.fileno())


def refuse_absent(path: Path) -> None:
    """Raise BadConfig where it is not there."""
    if not path.exists():
        raise BadConfig(f"密钥文件不见了：{path}（请从备份放回；没有备份，{RENEW}）")


def read(path: Path, *, demo: bool = False) -> bytes:
    """Return the key. Raises BadConfig where it is absent, damaged, weak, or (a demonstration apart) open to other users."""
    try:
        refuse_absent(path)
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except PermissionError as error:
        raise BadConfig(f"没有权限读密钥文件：{path}") from error
    except (OSError, ValueError) as error:
        raise BadConfig(f"密钥文件缺失或损坏：{path}（请从备份放回；没有备份，{RENEW}）") from error
    if len(key) < BYTES:
        raise BadConfig(f"密钥太短，应有 {BYTES} 字节：{path}（请从备份放回；没有备份，{RENEW}）")
    if is_weak(key):
        raise BadConfig(f"密钥不是随机的，谁都猜得到：{path}（请{RENEW}）")
    if is_open(path) and not demo:
        raise BadConfig(f"密钥文件能被别的用户读取：{path}（请运行 chmod 600 {path}；可能已经被人读过的，再{RENEW}）")
    return key


def note_seen(folder: Path) -> None:
    """Remember that others could read the key of this folder."""
    if not was_seen(folder):
        (folder / SEEN).write_text(_digest(folder), encoding="utf-8")


def was_seen(folder: Path) -> bool:
    """Whether others could read the key that is there now."""
    try:
        return (folder / SEEN).read_text(encoding="utf-8").strip() == _digest(folder)
    except (OSError, ValueError):
        return False


def told_seen(folder: Path) -> str:
    """Return what to do about it."""
    return f"密钥可能已经被别的用户读过：{folder / NAME}（请停止服务，{RENEW}；确定没有人读过的，删去 {folder / SEEN}）"


def _digest(folder: Path) -> str:
    return fingerprint((folder / NAME).read_bytes().strip())


def is_weak(key: bytes) -> bool:
    """All zero, a short piece repeated, counting up or down: written by hand, not made."""
    steps = {(later - former) % 256 for former, later in pairwise(key)}
    return len(set(key)) < LEAST_DIFFERENT or len(steps) == 1


def fingerprint(key: bytes) -> str:
    """A text by which the database knows its key; the key does not follow from it."""
    return hashlib.sha256(b"kaoji secret.key fingerprint\0" + key).hexdigest()[:32]

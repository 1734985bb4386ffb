"""File kinds by first bytes, named in Chinese."""

from __future__ import annotations

HEIC = "HEIC 图片"
# offset, magic bytes, kind
_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "JPG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"GIF8", "GIF 图片"),
    (8, b"WEBP", "WebP 图片"),
    (4, b"ftyphei", HEIC),
    (4, b"ftyphev", "HEIC 动态图片"),
    (4, b"ftypmif1", HEIC),
    (4, b"ftypavif", "AVIF 图片"),
    (4, b"ftyp", "视频"),
    (0, b"BM", "BMP 图片"),
    (0, b"II*\x00", "TIFF 图片"),
    (0, b"MM\x00*", "TIFF 图片"),
    (0, b"%PDF", "PDF 文件"),
    (0, b"PK\x03\x04", "压缩包或 Office 文件"),
    (0, b"\xd0\xcf\x11\xe0", "Office 文件"),
    (0, b"Rar!", "压缩包"),
    (0, b"7z\xbc\xaf", "压缩包"),
    (0, b"MZ", "程序"),
)


def sniff(data: bytes) -> str:
    """Return JPG, PNG, another kind in Chinese, or "" when unknown."""
    for offset, magic, kind in _MAGIC:
        if data.startswith(magic, offset):
            return kind
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<script")):
        return "网页"
    if b"<svg" in start:
        return "SVG 图片"
    return ""


def not_a_picture(kind: str, filename: str) -> str:
    named = filename.lower().endswith((".jpg", ".jpeg", ".png"))
    what = f"文件内容{'其实' if named else ''}是 {kind}" if kind else "文件内容无法识别"
    if kind.startswith("HEIC"):
        return f"{what}。请在手机设置的“相机 - 格式”中选“兼容性最佳”后重拍，或转存为 JPG 再上传"
    return f"{what}，不是 JPG 或 PNG 图片。请另存为 JPG 或 PNG，或拍照、截图后再上传"


def megabytes(size: int, limit: int) -> str:
    """Return e.g. 1.1 MB; just above the limit two digits rounded up, to differ from it."""
    exact, most = size / 2**20, limit / 2**20
    return f"{exact:.1f} MB" if round(exact, 1) > most else f"{max(exact + 0.005, most + 0.01):.2f} MB"

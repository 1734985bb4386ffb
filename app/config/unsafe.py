"""Settings that must not start, each by name with what to do (security.md P9, AC-32)."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.config import places

if TYPE_CHECKING:
    from app.config import Config

DEMO = "demo"
TOTP_REQUIRED, TOTP_OPTIONAL = "required", "optional"  # for staff; optional is for a closed network
INTRANET = "intranet"
HTTPS = "https://"
ADDRESSES = {"public_url": "KAOJI_PUBLIC_URL", "registration_url": "KAOJI_REGISTRATION_URL"}


def is_loopback(host: str) -> bool:
    """Whether only this computer reaches that address."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def reasons(config: Config) -> list[str]:
    """Every reason why these settings must not start."""
    return [*_of_the_network(config), *_of_the_proxy(config), *_of_single_settings(config), *places.reasons(config)]


def _of_the_network(config: Config) -> Iterator[str]:
    if config.plain_http not in ("", INTRANET):
        yield f"KAOJI_PLAIN_HTTP 须是 {INTRANET}（只用于封闭的内网）或不设，现在是 {config.plain_http}"
    if is_loopback(config.host):
        return
    if config.kind == DEMO:
        yield "演示站点只在本机提供服务，KAOJI_HOST 须为 127.0.0.1"
        return
    if not config.trusted_hosts:
        yield "对外提供服务前，请先设置 KAOJI_TRUSTED_HOSTS（用户访问时用的域名）"
    if not config.public_url.startswith(HTTPS) and config.plain_http != INTRANET:
        yield (
            f"KAOJI_HOST={config.host} 会让密码和证件号码不加密地经过网络：请在前面放一个 HTTPS 代理，KAOJI_HOST 用 127.0.0.1，"
            f"并把 KAOJI_PUBLIC_URL 设成 https 网址；封闭的内网可设 KAOJI_PLAIN_HTTP={INTRANET}"
        )


def _of_the_proxy(config: Config) -> Iterator[str]:
    proxy = config.trusted_proxy
    if proxy == "*":
        yield "KAOJI_TRUSTED_PROXY 不能是 *：谁都可以冒充别的地址。请写代理的 IP，在本机的是 127.0.0.1"
    elif proxy and not _is_address(proxy):
        yield f"KAOJI_TRUSTED_PROXY 须是代理的一个 IP（在本机的是 127.0.0.1），现在是 {proxy}"
    if config.public_url.startswith(HTTPS) and not proxy:
        yield "KAOJI_PUBLIC_URL 是 https，请用 KAOJI_TRUSTED_PROXY 写明处理 HTTPS 的代理的 IP，在本机的是 127.0.0.1"


def _of_single_settings(config: Config) -> Iterator[str]:
    if config.kind != DEMO and (config.demo_captcha or config.demo_now):
        yield "KAOJI_DEMO_CAPTCHA 和 KAOJI_DEMO_NOW 只能用于演示数据文件夹"
    if any("*" in name for name in config.trusted_hosts):
        yield "KAOJI_TRUSTED_HOSTS 里不能有 *，请写用户访问时用的域名；一个域名下面所有的写成 .example.cn"
    if config.staff_totp not in (TOTP_REQUIRED, TOTP_OPTIONAL):
        yield f"KAOJI_STAFF_TOTP 须是 required 或 optional，现在是 {config.staff_totp}"
    if config.fonts and not config.fonts.is_dir():
        yield f"KAOJI_FONTS 指的文件夹不存在：{config.fonts}"
    for name, variable in ADDRESSES.items():
        url = getattr(config, name)
        if url and not _is_url(url):
            yield f"{variable} 须是完整网址，现在是 {url}"
    if urlsplit(config.database_url).scheme not in ("sqlite", "postgresql+psycopg"):
        yield "KAOJI_DATABASE_URL 须以 sqlite:/// 或 postgresql+psycopg:// 开头"


def _is_url(text: str) -> bool:
    """Whether it has the scheme http or https, a host, and no port or one that is a number."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of the port, or of a bracket
        return False


def _is_address(text: str) -> bool:
    try:
        return not ip_address(text).is_unspecified
    except ValueError:
        return False

"""Settings of an instance: environment, `instance/config.toml` (lower case, without KAOJI_) or default."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.config import key, places, toml_file
from app.config.folder import refuse_foreign
from app.config.mark import kind_of, stamp, why_none
from app.config.refusal import BadConfig
from app.config.unsafe import DEMO, HTTPS, TOTP_OPTIONAL, TOTP_REQUIRED, is_loopback, reasons

__all__ = [
    "CHECKOUT",
    "DEMO",
    "REAL",
    "SETTINGS",
    "TOTP_OPTIONAL",
    "TOTP_REQUIRED",
    "BadConfig",
    "Config",
    "instance_path",
    "kind_of",
    "listed",
    "load",
    "stamp_instance",
]

ROOT = Path(__file__).resolve().parent.parent
CHECKOUT = ROOT.parent if (ROOT.parent / "wsgi.py").is_file() else None

REAL = "real"
PASSWORD = re.compile(r"(://[^/@:]*:)[^/@]*@")
SECRET_PARAMETER = re.compile(r"((?:key|secret|password|token)=)[^&]+")


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one instance. Paths are absolute, times aware."""

    instance: Path
    kind: str = REAL
    database_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    trusted_hosts: tuple[str, ...] = ()
    trusted_proxy: str = ""
    shared_networks: tuple[IPv4Network | IPv6Network, ...] = ()  # that many people share: rooms, dormitories
    public_url: str = ""
    registration_url: str = ""
    storage_url: str = ""
    timezone: str = "Asia/Shanghai"
    plain_http: str = ""  # "intranet": plain http on an address that others reach
    fonts: Path | None = None  # extra fonts for papers
    audit_head: Path | None = None  # file elsewhere to which the head of the audit chain is appended
    staff_totp: str = TOTP_REQUIRED
    demo_captcha: str = ""
    demo_now: datetime | None = None
    secret_key: bytes = b""
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def demo(self) -> bool:
        return self.kind == DEMO

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def paper_address(self) -> str:
        """What papers print before /verify: the public address; '' without one, or where only this machine knows it."""
        host = urlsplit(self.public_url).hostname or ""
        return "" if is_loopback(host) or not host else self.public_url

    @property
    def secure(self) -> bool:
        """Whether users reach the site by https; only then are cookies Secure."""
        return self.public_url.startswith(HTTPS)

    @property
    def evidence_folder(self) -> Path:
        return Path(self.storage_url.removeprefix("file:"))

    @property
    def database_file(self) -> Path | None:
        """The file of a SQLite database; None on PostgreSQL."""
        path = self.database_url.removeprefix("sqlite:///")
        return None if path == self.database_url else Path(path)

    @property
    def private_places(self) -> list[places.Place]:
        """What nobody else may read: the instance, and what the settings put elsewhere."""
        return places.private_places(self)


SETTINGS = {
    "database_url": "KAOJI_DATABASE_URL",
    "host": "KAOJI_HOST",
    "port": "KAOJI_PORT",
    "trusted_hosts": "KAOJI_TRUSTED_HOSTS",
    "trusted_proxy": "KAOJI_TRUSTED_PROXY",
    "shared_networks": "KAOJI_SHARED_NETWORKS",
    "public_url": "KAOJI_PUBLIC_URL",
    "registration_url": "KAOJI_REGISTRATION_URL",
    "storage_url": "KAOJI_STORAGE_URL",
    "timezone": "KAOJI_TIMEZONE",
    "plain_http": "KAOJI_PLAIN_HTTP",
    "fonts": "KAOJI_FONTS",
    "audit_head": "KAOJI_AUDIT_HEAD",
    "staff_totp": "KAOJI_STAFF_TOTP",
    "demo_captcha": "KAOJI_DEMO_CAPTCHA",
    "demo_now": "KAOJI_DEMO_NOW",
}


def instance_path(env: Mapping[str, str] = os.environ, default: str = "instance") -> Path:
    """Return KAOJI_INSTANCE, else `default` beside wsgi.py, never the current folder."""
    if env.get("KAOJI_INSTANCE"):
        return Path(env["KAOJI_INSTANCE"]).expanduser().resolve()
    if CHECKOUT is None:
        raise BadConfig("没有找到数据文件夹：请用环境变量 KAOJI_INSTANCE 指明它的位置")
    return CHECKOUT / default


def stamp_instance(instance: Path, kind: str) -> None:
    """Create the instance's folders, stamp file and secret key, for its user alone."""
    instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    (instance / "evidence").mkdir(exist_ok=True, mode=0o700)
    if not (instance / key.NAME).exists():
        key.make(instance)
    if kind_of(instance) != kind:
        stamp(instance, kind)


def load(instance: Path, env: Mapping[str, str] = os.environ, *, key_file: Path | None = None) -> Config:
    """Read the settings of an existing instance. Raises BadConfig naming every setting that must not start.

    `key_file`: instead of the instance's own secret.key.
    """
    refuse_foreign(instance)
    kind = kind_of(instance)
    if kind is None:
        raise BadConfig(why_none(instance))
    raw, sources = _given(instance, env)
    return _checked(instance, kind, raw, sources, key_file or instance / key.NAME)


def refuse_wrong(instance: Path, env: Mapping[str, str] = os.environ) -> None:
    """Raise BadConfig as `load`, the key apart: before anything that the settings name is touched."""
    _checked(instance, kind_of(instance) or REAL, *_given(instance, env), None)


def has_database(instance: Path, env: Mapping[str, str] = os.environ) -> bool:
    """Whether a SQLite database lies where the settings say, with or without the mark of the folder."""
    url = _given(instance, env)[0].get("database_url") or _defaults(instance, REAL)["database_url"]
    file = Config(instance, database_url=url).database_file
    return bool(file and file.is_file() and file.stat().st_size)


def listed(instance: Path, env: Mapping[str, str] = os.environ) -> list[tuple[str, str, str]]:
    """Return (variable, value, source) of every setting, also where they must not start; passwords hidden. Raises BadConfig."""
    raw, sources = _given(instance, env)
    values = {**_defaults(instance, kind_of(instance) or REAL), **{name: text for name, text in raw.items() if text}}
    place = ("KAOJI_INSTANCE", str(instance), "环境变量" if env.get("KAOJI_INSTANCE") else "默认值")
    return [
        place,
        *((variable, hidden(values.get(name, "")), sources[name]) for name, variable in SETTINGS.items()),
    ]


def hidden(text: str) -> str:
    """Return a value without the password in its address, or in the parameters of one."""
    return PASSWORD.sub(r"\1***@", SECRET_PARAMETER.sub(r"\1***", text))


def _given(instance: Path, env: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what environment and file set, and where each setting comes from."""
    stored = _stored(instance / "config.toml")
    raw: dict[str, str] = {}
    sources: dict[str, str] = {}
    for name, variable in SETTINGS.items():
        if env.get(variable):
            raw[name], sources[name] = env[variable].strip(), "环境变量"
        elif name in stored:
            raw[name], sources[name] = stored[name], "config.toml"
        else:
            sources[name] = "默认值"
    return raw, sources


def _defaults(instance: Path, kind: str) -> dict[str, str]:
    return {
        "database_url": f"sqlite:///{(instance / 'kaoji.sqlite3').as_posix()}",
        "host": "127.0.0.1",
        "port": "8000",
        "storage_url": f"file:{(instance / 'evidence').as_posix()}",
        "timezone": "Asia/Shanghai",
        "staff_totp": TOTP_OPTIONAL if kind == DEMO else TOTP_REQUIRED,
    }


def _stored(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    data = toml_file.read(path)
    unknown = sorted(set(data) - set(SETTINGS))
    if unknown:
        raise BadConfig(f"{path} 里有不认识的设置：{'、'.join(unknown)}")
    return {name: ",".join(map(str, value)) if isinstance(value, list) else str(value) for name, value in data.items()}


def _checked(instance: Path, kind: str, raw: dict[str, str], sources: dict[str, str], key_file: Path | None) -> Config:
    secret, found = b"", list[str]()
    try:
        secret = key.read(key_file, demo=kind == DEMO) if key_file else b""
    except BadConfig as error:
        found = list(error.reasons)
    raw = {**_defaults(instance, kind), **{name: text for name, text in raw.items() if text}}
    config = Config(
        instance=instance,
        kind=kind,
        database_url=raw["database_url"],
        host=raw["host"],
        port=_port(raw["port"]),
        trusted_hosts=tuple(name.strip() for name in raw.get("trusted_hosts", "").split(",") if name.strip()),
        trusted_proxy=raw.get("trusted_proxy", ""),
        shared_networks=_networks(raw.get("shared_networks", "")),
        public_url=raw.get("public_url", "").rstrip("/"),
        registration_url=raw.get("registration_url", ""),
        storage_url=raw["storage_url"],
        timezone=raw["timezone"],
        plain_http=raw.get("plain_http", ""),
        fonts=Path(raw["fonts"]).expanduser().resolve() if raw.get("fonts") else None,
        audit_head=Path(raw["audit_head"]).expanduser().resolve() if raw.get("audit_head") else None,
        staff_totp=raw["staff_totp"],
        demo_captcha=raw.get("demo_captcha", ""),
        demo_now=_moment(raw.get("demo_now", ""), raw["timezone"]),
        secret_key=secret,
        sources=sources,
    )
    if found := [*found, *reasons(config)]:
        raise BadConfig(*found)
    return config


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise BadConfig(f"KAOJI_PORT 须是 0 到 65535 的数字，现在是 {text}")
    return int(text)


WIDEST_SHARED = {4: 8, 6: 16}
"""Shortest prefix of a network of rooms: the whole 10.0.0.0/8 may be one province's own; what is wider lifts the brake for everybody."""


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        found = tuple(ip_network(name.strip(), strict=False) for name in text.split(",") if name.strip())
    except ValueError as error:
        raise BadConfig(
            f"KAOJI_SHARED_NETWORKS 须是 10.1.0.0/16,2001:db8:1::/48 这样的网段，逗号分隔，现在是 {text}"
        ) from error
    if wide := [str(each) for each in found if each.prefixlen < WIDEST_SHARED[each.version]]:
        raise BadConfig(
            f"KAOJI_SHARED_NETWORKS 里的 {'、'.join(wide)} 太大，等于把整个互联网都当作机房："
            f"IPv4 最大到 /{WIDEST_SHARED[4]}，IPv6 最大到 /{WIDEST_SHARED[6]}，只写自己管的网段"
        )
    return found


def _moment(text: str, zone: str) -> datetime | None:
    try:
        tz = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadConfig(f"不认识的时区：{zone}") from error
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadConfig(f"KAOJI_DEMO_NOW 须是 2026-12-01T09:00 这样的时间，现在是 {text}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=tz)

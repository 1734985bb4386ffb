"""kaoji doctor: is this computer set up as the site needs it. Each check of the register names its faults, one line each."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import click
import pysqlite3.dbapi2 as sqlite
from sqlalchemy.exc import DBAPIError

from app import config as settings
from app.adapters.storage import LEAST_FREE
from app.adapters.system_words import os_words
from app.cli.click_in_chinese import database_fault, os_fault
from app.cli.common import opened, table
from app.cli.migrations import refuse_mismatch
from app.cli.refusal import Fault, Told
from app.cli.serving.descriptors import fit, raised_limit
from app.cli.serving.pictures_check import folder_fault
from app.cli.serving.server import most_connections
from app.config import BadConfig, Config, folder, key, places
from app.config.store_layout import BY_TWO, TEMPORARY
from app.config.unsafe import INTRANET, is_loopback
from app.models.health import guard
from app.models.health.integrity import check

MIB = 2**20
WRITABLE = "应归运行程序的用户，权限 700"
EFFECTIVE = os.access in os.supports_effective_ids
CHECK_SECONDS = 60.0  # for the pages of the database


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its title, and what yields its faults, a clear Chinese line each."""

    title: str
    faults: Callable[[Config], Iterator[str]]


def permissions(config: Config) -> Iterator[str]:
    """Everything that others can read, or that somebody else made. A demonstration holds nothing secret."""
    if key.was_seen(config.instance):
        yield key.told_seen(config.instance)
    if config.demo:
        return
    owner, private = config.instance.stat().st_uid, config.private_places
    foreign = folder.foreign_places(private, owner)
    for path in foreign:
        theirs, ours = folder.user(path.lstat().st_uid), folder.user(owner)
        yield f"属于用户 {theirs}，应归 {ours}：{path}（请运行 sudo chown {ours} {path}）"
    for path in folder.open_places(private):
        if path not in foreign:
            yield f"别的用户能读：{path}（任何一条 kaoji 命令会收紧权限）"


def writable(config: Config) -> Iterator[str]:
    """Whether a picture and the head of the audit chain could be written: it is tried, and taken away again."""
    if config.storage_url.startswith(places.FILE):
        yield from _unwritable_store(config.evidence_folder)
    head = config.audit_head
    if not head:
        return
    try:
        if head.exists():
            head.open("ab").close()
        else:
            _try_writing(head.parent)
    except OSError as error:
        yield f"审计链的末端写不进 KAOJI_AUDIT_HEAD 所指的文件：{head}（{os_words(error)}；请检查它所在的文件夹存在并且可写）"


def _unwritable_store(root: Path) -> Iterator[str]:
    if not root.is_dir():
        yield f"照片的文件夹不存在：{root}（请检查它所在的磁盘有没有接上）"
        return
    for place in (root, root / TEMPORARY):
        try:
            if place.exists():
                _try_writing(place)
        except OSError as error:
            yield f"照片写不进去：{place}（{os_words(error)}；{WRITABLE}）"
    below = [path for pattern in (BY_TWO, f"{BY_TWO}/{BY_TWO}") for path in root.glob(pattern)]
    closed = [path for path in below if not os.access(path, os.W_OK | os.X_OK, effective_ids=EFFECTIVE)]
    if closed:
        more = f"等 {len(closed)} 个文件夹" if len(closed) > 1 else ""
        yield f"照片写不进去：{closed[0]}{more}（{WRITABLE}）"


def _try_writing(place: Path) -> None:
    with tempfile.TemporaryFile(dir=place) as file:
        file.write(b"x")


def addresses(config: Config) -> Iterator[str]:
    """What starts and still keeps users out, or their passwords in clear text."""
    host = urlsplit(config.public_url).hostname or ""
    if host and config.trusted_hosts and not _trusted(host, config.trusted_hosts):
        yield f"KAOJI_TRUSTED_HOSTS 里没有 KAOJI_PUBLIC_URL 的域名 {host}，用户会打不开"
    if host and not config.trusted_hosts and not is_loopback(host):
        yield f"KAOJI_TRUSTED_HOSTS 没有设，应写上 KAOJI_PUBLIC_URL 的域名 {host}，否则用户会打不开"
    if host and not config.secure and not is_loopback(host) and config.plain_http != INTRANET:
        yield "KAOJI_PUBLIC_URL 是 http，密码和证件号码不加密地经过网络：请换成 https，封闭的内网设 KAOJI_PLAIN_HTTP=intranet"


def room(config: Config) -> Iterator[str]:
    """Free disk where database and pictures lie."""
    places = {config.instance, *([config.evidence_folder] if config.storage_url.startswith("file:") else [])}
    for place in sorted(places):
        free = shutil.disk_usage(place if place.exists() else config.instance).free
        if free < LEAST_FREE:
            yield f"磁盘只剩 {free // MIB} MB，不再收照片，至少要 {LEAST_FREE // MIB} MB：{place}"


def descriptors(config: Config) -> Iterator[str]:
    """How many files the system allows this process, which its connections have to fit into."""
    told = fit(most_connections(), raised_limit()).told
    if told:
        yield told.removeprefix("注意：")


def database(config: Config) -> Iterator[str]:
    """There, of this instance and version, and whole: its pages for CHECK_SECONDS, all of it by `kaoji verify`."""
    refuse_mismatch(config)
    file = config.database_file
    if file is None:
        return
    marked = guard.mark_of(file)
    if marked.exists():
        yield f"数据库文件损坏，已停止保存：{file}（{guard.PUT_BACK}；检查到的在 {marked}）"
    found = check(file, CHECK_SECONDS)
    yield from (f"数据库文件损坏：{line}" for line in found.faults[:5])
    if not found.finished:
        yield f"数据库 {CHECK_SECONDS:.0f} 秒内没有查完，请在空闲时运行 kaoji verify --only database"


def known_troubles(config: Config) -> Iterator[str]:
    """Pictures without their folder, and what the running site has noticed and tells the administrators."""
    from app.web.platform_state import platform_troubles

    with opened(config) as app:
        yield from filter(None, [folder_fault(app)])
        yield from (line.words for line in platform_troubles())


CHECKS = (
    Check("权限", permissions),
    Check("写入", writable),
    Check("网址", addresses),
    Check("磁盘", room),
    Check("文件数限制", descriptors),
    Check("数据库", database),
    Check("照片和核对", known_troubles),
)


@click.command("doctor")
@click.option("--settings", "only_settings", is_flag=True, help="只列出各项设置、它们的值和来源（密码不显示）")
def doctor(only_settings: bool) -> None:
    """检查设置、权限、密钥、限制、磁盘和数据库：每处问题一行，有问题时返回 1。什么也不改动。"""
    place = settings.instance_path()
    if only_settings:
        folder.refuse_foreign(place)
        click.echo(table(("设置", "值", "来源"), settings.listed(place)))
        return
    click.echo(
        f"考籍平台 {version('kaoji')}，Python {platform.python_version()}，SQLite {'.'.join(map(str, sqlite.sqlite_version_info))}"
    )
    try:
        config = settings.load(place)
    except BadConfig as error:
        for reason in error.reasons:
            click.echo(f"设置和密钥：{reason}", err=True)
        raise Told from None
    click.echo("设置和密钥：没有发现问题")
    if sum(_told(each, config) for each in CHECKS):
        raise Told


def _told(each: Check, config: Config) -> int:
    """Write the check's faults, or that there are none; return their number."""
    number = 0
    for fault in _faults(each, config):
        number += 1
        click.echo(f"{each.title}：{fault}", err=True)
    if not number:
        click.echo(f"{each.title}：没有发现问题")
    return number


def _faults(each: Check, config: Config) -> Iterator[str]:
    """A check that is refused itself is a fault, and the others go on."""
    try:
        yield from each.faults(config)
    except Fault as error:
        yield error.message
    except DBAPIError as error:
        yield database_fault(error.orig)
    except OSError as error:
        yield os_fault(error)


def _trusted(host: str, trusted: tuple[str, ...]) -> bool:
    """Whether a name is among the trusted ones; `.example.cn` stands for every name below it."""
    try:
        host = str(ip_address(host))
    except ValueError:
        host = host.lower()
    return any(
        host == name.strip("[]").lower() or (name.startswith(".") and f".{host}".endswith(name)) for name in trusted
    )

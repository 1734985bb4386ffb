"""A site that is set up wrongly does not start, and says in one line what is wrong (security.md AC-32)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app import create_app
from app.cli import run
from app.config import DEMO, REAL, BadConfig, load, stamp_instance
from app.extensions import db

DEPLOY = Path(__file__).resolve().parent.parent / "docs" / "deploy"
BAD = [
    ({"KAOJI_HOST": "0.0.0.0"}, "KAOJI_TRUSTED_HOSTS"),
    ({"KAOJI_DEMO_CAPTCHA": "1234"}, "KAOJI_DEMO_CAPTCHA"),
    ({"KAOJI_DEMO_NOW": "2026-12-01T09:00"}, "KAOJI_DEMO_NOW"),
    ({"KAOJI_STAFF_TOTP": "no"}, "KAOJI_STAFF_TOTP"),
    ({"KAOJI_STORAGE_URL": "ftp://files"}, "KAOJI_STORAGE_URL"),
    ({"KAOJI_STORAGE_URL": "file:/"}, "KAOJI_STORAGE_URL"),  # only `load`, which touches nothing, may be asked this
    ({"KAOJI_STORAGE_URL": "file:pictures"}, "KAOJI_STORAGE_URL"),
    ({"KAOJI_STORAGE_URL": "s3://"}, "KAOJI_STORAGE_URL"),
    ({"KAOJI_STORAGE_URL": "s3://?region=cn"}, "KAOJI_STORAGE_URL"),
    ({"KAOJI_FONTS": "/nowhere/at/all"}, "KAOJI_FONTS"),
    ({"KAOJI_PUBLIC_URL": "kaoji.example"}, "KAOJI_PUBLIC_URL"),
    ({"KAOJI_PUBLIC_URL": "https://a.cn:abc", "KAOJI_TRUSTED_PROXY": "::1"}, "KAOJI_PUBLIC_URL"),
    ({"KAOJI_PUBLIC_URL": "https://[a.cn", "KAOJI_TRUSTED_PROXY": "::1"}, "KAOJI_PUBLIC_URL"),
    ({"KAOJI_TRUSTED_HOSTS": "*.cn"}, "KAOJI_TRUSTED_HOSTS"),
    ({"KAOJI_DATABASE_URL": "mysql://root@db/kaoji"}, "KAOJI_DATABASE_URL"),
    ({"KAOJI_PORT": "eighty"}, "KAOJI_PORT"),
    ({"KAOJI_PORT": "70000"}, "KAOJI_PORT"),
    ({"KAOJI_TIMEZONE": "Mars/Olympus"}, "Mars/Olympus"),
    ({"KAOJI_HOST": "0.0.0.0", "KAOJI_TRUSTED_HOSTS": "kaoji.example"}, "KAOJI_PLAIN_HTTP=intranet"),
    ({"KAOJI_HOST": "::", "KAOJI_TRUSTED_HOSTS": "kaoji.example"}, "KAOJI_PLAIN_HTTP=intranet"),
    ({"KAOJI_HOST": "10.1.2.3", "KAOJI_TRUSTED_HOSTS": "kaoji.example"}, "KAOJI_PLAIN_HTTP=intranet"),
    ({"KAOJI_PLAIN_HTTP": "yes"}, "KAOJI_PLAIN_HTTP"),
    ({"KAOJI_PUBLIC_URL": "https://kaoji.example"}, "KAOJI_TRUSTED_PROXY"),
    ({"KAOJI_TRUSTED_PROXY": "*"}, "KAOJI_TRUSTED_PROXY 不能是 *"),
    ({"KAOJI_TRUSTED_PROXY": "localhost"}, "KAOJI_TRUSTED_PROXY"),
    ({"KAOJI_TRUSTED_PROXY": "10.0.0.0/8"}, "KAOJI_TRUSTED_PROXY"),
    ({"KAOJI_TRUSTED_PROXY": "0.0.0.0"}, "KAOJI_TRUSTED_PROXY"),
    ({"KAOJI_TRUSTED_HOSTS": "kaoji.example,*"}, "KAOJI_TRUSTED_HOSTS"),
]
GOOD: list[dict[str, str]] = [
    {},
    {"KAOJI_HOST": "127.0.0.2"},
    {"KAOJI_HOST": "0.0.0.0", "KAOJI_TRUSTED_HOSTS": "kaoji.example", "KAOJI_PLAIN_HTTP": "intranet"},
    {"KAOJI_PUBLIC_URL": "https://kaoji.example", "KAOJI_TRUSTED_PROXY": "::1"},
    {
        "KAOJI_HOST": "10.1.2.3",
        "KAOJI_TRUSTED_HOSTS": "kaoji.example",
        "KAOJI_PUBLIC_URL": "https://kaoji.example",
        "KAOJI_TRUSTED_PROXY": "10.1.2.4",
    },
]
WEAK = ["00" * 32, "ff" * 32, "0123456789abcdef" * 4, "deadbeef" * 8, bytes(range(32)).hex(), "41" * 31 + "42"]


@pytest.mark.parametrize(
    ("given", "named"), BAD, ids=[f"{next(iter(given))}-{place}" for place, (given, _) in enumerate(BAD)]
)
def test_a_wrong_setting_is_refused_by_name(tmp_path: Path, given: dict[str, str], named: str) -> None:
    stamp_instance(tmp_path, REAL)
    with pytest.raises(BadConfig) as refused:
        load(tmp_path, given)
    assert named in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("left", [b"", b"short", None], ids=["empty", "short", "gone"])
def test_a_damaged_key_is_not_replaced_by_a_new_one(tmp_path: Path, left: bytes | None) -> None:
    stamp_instance(tmp_path, REAL)
    key = tmp_path / "secret.key"
    load(tmp_path, {})
    assert key.is_file()
    assert len(key.read_bytes().strip()) >= 32
    key.unlink() if left is None else key.write_bytes(left)
    with pytest.raises(BadConfig, match="密钥"):
        load(tmp_path, {})


@pytest.mark.parametrize("given", GOOD, ids=str)
def test_a_safe_setting_starts(tmp_path: Path, given: dict[str, str]) -> None:
    stamp_instance(tmp_path, REAL)
    assert load(tmp_path, given).instance == tmp_path


@pytest.mark.parametrize("weak", WEAK)
def test_a_key_that_anybody_could_guess_is_refused(tmp_path: Path, weak: str) -> None:
    stamp_instance(tmp_path, REAL)
    key = tmp_path / "secret.key"
    key.write_text(weak, encoding="ascii")
    key.chmod(0o600)  # else it would be refused for being open
    with pytest.raises(BadConfig, match="谁都猜得到") as refused:
        load(tmp_path, {})
    assert str(key) in str(refused.value)
    assert "kaoji key renew" in str(refused.value)


def test_every_reason_is_said_at_once_a_line_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stamp_instance(tmp_path, REAL)
    monkeypatch.setenv("KAOJI_INSTANCE", str(tmp_path))
    monkeypatch.setenv("KAOJI_HOST", "0.0.0.0")
    monkeypatch.setenv("KAOJI_TRUSTED_PROXY", "*")
    assert run(["serve"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert [
        next(
            name
            for name in ("HOSTS", "PLAIN_HTTP", "PROXY")
            if f"KAOJI_TRUSTED_{name}" in line or f"KAOJI_{name}" in line
        )
        for line in said
    ] == ["HOSTS", "PLAIN_HTTP", "PROXY"]


def test_the_sample_unit_starts_behind_the_sample_proxy(tmp_path: Path) -> None:
    unit = (DEPLOY / "kaoji.service").read_text(encoding="utf-8")
    proxy = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    given = dict(re.findall(r"^Environment=(\w+)=(.*)$", unit, re.MULTILINE))
    stamp_instance(tmp_path, REAL)
    config = load(tmp_path, given)
    assert config.secure
    assert f"reverse_proxy {config.host}:{config.port}" in proxy
    assert f"\n{config.public_url.removeprefix('https://')} {{" in proxy
    assert config.public_url.removeprefix("https://") in config.trusted_hosts
    assert config.trusted_proxy == config.host  # the proxy is on the same computer
    assert "UMask=0077" in unit
    assert f"ReadWritePaths={given['KAOJI_INSTANCE']}" in unit


def test_networks_that_many_share_are_networks(tmp_path: Path) -> None:
    stamp_instance(tmp_path, REAL)
    found = load(tmp_path, {"KAOJI_SHARED_NETWORKS": "10.1.0.0/16, 2001:db8:1::/48"}).shared_networks
    assert [str(network) for network in found] == ["10.1.0.0/16", "2001:db8:1::/48"]
    assert load(tmp_path, {}).shared_networks == ()
    with pytest.raises(BadConfig, match="KAOJI_SHARED_NETWORKS"):
        load(tmp_path, {"KAOJI_SHARED_NETWORKS": "机房"})


@pytest.mark.parametrize("wide", ["0.0.0.0/0", "10.0.0.0/7", "::/0", "2000::/15"])
def test_a_network_that_is_half_the_internet_is_no_room(tmp_path: Path, wide: str) -> None:
    stamp_instance(tmp_path, REAL)
    with pytest.raises(BadConfig, match=f"KAOJI_SHARED_NETWORKS.*{wide}"):
        load(tmp_path, {"KAOJI_SHARED_NETWORKS": f"192.168.1.0/24,{wide}"})
    assert len(load(tmp_path, {"KAOJI_SHARED_NETWORKS": "10.0.0.0/8,fd00::/16"}).shared_networks) == 2


def test_a_demonstration_is_never_served_to_others(tmp_path: Path) -> None:
    stamp_instance(tmp_path, DEMO)
    with pytest.raises(BadConfig, match=r"127\.0\.0\.1"):
        load(tmp_path, {"KAOJI_HOST": "0.0.0.0", "KAOJI_TRUSTED_HOSTS": "kaoji.example"})


def test_every_site_has_a_key_of_its_own_and_no_debugger(tmp_path: Path) -> None:
    keys = set()
    for name in ("one", "two"):
        stamp_instance(tmp_path / name, REAL)
        config = load(tmp_path / name, {})
        app = create_app(config)
        assert not app.debug
        with app.app_context():
            db.create_all()
        assert app.test_client().get("/console").status_code == 404
        keys.add(config.secret_key)
    assert len(keys) == 2

"""A site that is set up wrongly does not start, and says in one line what is wrong (security.md AC-32)."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import create_app
from app.config import DEMO, REAL, BadConfig, load, stamp_instance
from app.extensions import db

BAD = [
    ({"KAOJI_HOST": "0.0.0.0"}, "KAOJI_TRUSTED_HOSTS"),
    ({"KAOJI_DEMO_CAPTCHA": "1234"}, "KAOJI_DEMO_CAPTCHA"),
    ({"KAOJI_DEMO_NOW": "2026-12-01T09:00"}, "KAOJI_DEMO_NOW"),
    ({"KAOJI_STAFF_TOTP": "no"}, "KAOJI_STAFF_TOTP"),
    ({"KAOJI_STORAGE_URL": "ftp://files"}, "KAOJI_STORAGE_URL"),
    ({"KAOJI_FONTS": "/nowhere/at/all"}, "KAOJI_FONTS"),
    ({"KAOJI_PUBLIC_URL": "kaoji.example"}, "KAOJI_PUBLIC_URL"),
    ({"KAOJI_DATABASE_URL": "mysql://root@db/kaoji"}, "KAOJI_DATABASE_URL"),
    ({"KAOJI_PORT": "eighty"}, "KAOJI_PORT"),
    ({"KAOJI_PORT": "70000"}, "KAOJI_PORT"),
    ({"KAOJI_TIMEZONE": "Mars/Olympus"}, "Mars/Olympus"),
]


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

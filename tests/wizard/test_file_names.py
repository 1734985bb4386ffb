"""What a browser calls a file never names one of ours and is no markup (AC-17)."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask

from app.actions.evidence import pictures as acts
from app.adapters.pictures.pool import Picture
from app.models import Evidence
from app.rules.text import unprintable_problem
from tests.conftest import BOTH
from tests.wizard.test_wizard import Browser, begin, browser, fill, photo, tick

__all__ = ["browser", "tick"]  # fixtures
NAMES = (
    "../../../etc/cron.d/x.jpg", "..\\..\\evil.jpg", "C:\\Windows\\win.jpg", "/etc/passwd.jpg", "CON.jpg", "a.jpg\x00.php", "a.php", ".htaccess",
    "\u202egpj.exe", "'><img src=x onerror=alert(1)>.jpg", "a%0D%0ASet-Cookie: b=c.jpg", "字" * 4000 + ".jpg", "%2e%2e%2fa.jpg", "aux", "a.jpg::$DATA",
)  # fmt: skip
OURS = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{32}")
PICTURE = Picture(photo((60, 40)), "image/jpeg", 60, 40, "0" * 64)


@pytest.mark.parametrize("app", BOTH, indirect=True)  # what a text may hold is the database's rule
def test_whatever_a_file_is_called_it_is_stored_under_a_name_of_ours(
    app: Flask, browser: Browser, monkeypatch: Any
) -> None:
    monkeypatch.setattr("app.wizard.views.uploads.normalise_picture", lambda *given, **more: PICTURE)
    monkeypatch.setattr(acts, "UPLOADS", acts.Limit(100, acts.UPLOADS.span))
    url, store = begin(browser), app.extensions["kaoji.store"]
    fill(browser, url)
    before = {path for path in store.root.parent.rglob("*") if store.root not in path.parents}
    for name in NAMES:
        browser.get(f"{url}/prior-degree")
        answer = browser.post(f"{url}/prior-degree/diploma_photo", diploma_photo=(io.BytesIO(PICTURE.data), name))
        assert answer.status_code == 303, name
        assert "<img src=x" not in browser.page
        label = Evidence.query.filter_by(slot="diploma_photo", current=True).one().label
        assert len(label) <= 100
        assert unprintable_problem(label) is None
    files = [path.relative_to(store.root).as_posix() for path in store.root.rglob("*") if path.is_file()]
    assert len(files) == 2  # of the two slots
    assert [name for name in files if not OURS.fullmatch(name)] == []
    assert {path for path in store.root.parent.rglob("*") if store.root not in path.parents} == before

"""Without a public address a paper has its code and no address that only this machine knows, and the administrator is told before."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.actions.papers import papers
from app.adapters.documents import typeset
from tests import builders
from tests.reviewing import PAYING, approved, myself

NOTICE = "本站没有设公开网址"


@pytest.mark.parametrize("public", ["", "http://127.0.0.1:8000", "http://localhost", "https://kaoji.example.cn"])
def test_a_paper_carries_a_public_address_or_none(make_app: Any, monkeypatch: Any, public: str) -> None:
    more = {"trusted_hosts": "kaoji.example.cn,127.0.0.1,localhost"} if public else {}
    app: Flask = make_app(public_url=public, trusted_proxy="127.0.0.1", **more)
    with app.app_context():
        desk = approved()
        told: list[Any] = []
        monkeypatch.setattr(papers, "typeset", lambda sheets, made: told.extend(sheets) or b"")
        look = papers.site_look(app.extensions["kaoji"], lambda key: b"")
        papers.issue("receipt", desk.public_id, look=look, by=myself(desk), on=PAYING)
    (sheet,) = told
    expected = "https://kaoji.example.cn" if "example" in public else ""
    assert sheet["url"].startswith(expected)
    assert bool(sheet["url"]) is bool(sheet["verify"]) is bool(expected)
    assert sheet["code"]
    assert "127.0.0.1" not in repr({**sheet, "photo": b""})
    assert typeset.typeset([sheet], made=PAYING).startswith(b"%PDF")


def test_the_administrator_is_told_before(client: Any, app: Flask) -> None:
    approved()
    builders.sign_in(client, person=builders.staff("admin"), on=PAYING)
    app.clock.now = PAYING  # type: ignore[attr-defined]
    for address in ("/staff", "/admin/", "/admin/settings", "/staff/exports/graduates"):
        assert NOTICE in client.get(address).text, address
    assert NOTICE not in client.get("/staff/exports/orders").text

"""Texts of the site that pages show, and how its examinees pay."""

from __future__ import annotations

import time

from flask import current_app, g
from sqlalchemy import select

from app.adapters.gateways import gateways
from app.extensions import db
from app.models import SiteText
from app.rules.closing import office_words
from app.rules.orders import on_the_spot
from app.rules.site_texts import PAY_WHERE

SITE = {"name": "考籍管理服务平台", "contact_phone": "", "contact_hours": "", PAY_WHERE: ""}
FRESH = 5.0  # seconds that site texts are cached


def site() -> dict[str, str]:
    """Return the site's texts, cached for FRESH seconds; the last known ones on the page of a database failure."""
    kept: tuple[float, dict[str, str]] | None = current_app.extensions.get("kaoji.site")
    if kept and (time.monotonic() - kept[0] < FRESH or g.get("faulty")):
        return kept[1]
    if g.get("faulty"):
        return SITE
    words = {**SITE, "registration_url": current_app.extensions["kaoji"].registration_url}
    words.update({key: value for key, value in db.session.execute(select(SiteText.key, SiteText.value)) if value})
    current_app.extensions["kaoji.site"] = (time.monotonic(), words)
    return words


def paper_notice() -> bool:
    """Return whether printed papers carry no address at which they are verified, which the administrator should know before."""
    return not current_app.extensions["kaoji"].paper_address


def online() -> bool:
    """Return whether a gateway is set up, so that an order leads somewhere."""
    return bool(gateways(current_app.extensions["kaoji"]))


def spot(school: str) -> str:
    """Return where to pay on the spot, '' where one pays online. `school`: name and phone of whom to ask."""
    return "" if online() else on_the_spot(site()[PAY_WHERE], school, office_words(site()))

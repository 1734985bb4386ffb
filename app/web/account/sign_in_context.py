"""What the browser brings to a sign-in, and what it takes along."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import current_app, request
from flask import session as browser
from werkzeug.wrappers import Response

from app.actions.people.sign_in import CaptchaTry, Door, SignedIn
from app.config import TOTP_REQUIRED
from app.rules.refusals import Invalid
from app.security import captcha
from app.security.request_time import arrived
from app.security.sessions import known_device
from app.security.throttle import TooOften

if TYPE_CHECKING:
    from app.config import Config

Page = str | tuple[str, int] | Response
CLEAR = '"cache", "storage"'  # at sign-out; cookies stay: one holds only the known-browser token
OWNER = "pre"  # who a captcha belongs to before anybody has signed in: a random token, never the answer


def tried(enter: Callable[[], SignedIn], page: Callable[[dict[str, list[str]]], str]) -> SignedIn | tuple[str, int]:
    """What `enter` opens, or the form again: at its field what was wrong (422), above it that there were too many tries (429)."""
    try:
        return enter()
    except Invalid as error:
        return page({error.field: [error.message]}), 422
    except TooOften as error:
        return page({"form": [error.message]}), 429


def config() -> Config:
    found: Config = current_app.extensions["kaoji"]
    return found


def door() -> Door:
    """Address, known-browser token, key and moment of this request."""
    settings = config()
    return Door(
        request.remote_addr or "", known_device(), settings.secret_key, arrived(), settings.staff_totp == TOTP_REQUIRED
    )


def owner() -> str:
    """The token that the captchas of this browser belong to; made at the first need."""
    if OWNER not in browser:
        browser[OWNER] = secrets.token_urlsafe(24)
    return str(browser[OWNER])


def captcha_form(ident: str) -> captcha.Form:
    """The sign-in form of this browser with that id."""
    return captcha.Form(owner(), ident[:32])


def captcha_try(typed: str, ident: str) -> CaptchaTry:
    """What was typed, for the captcha of that form."""
    settings = config()
    return CaptchaTry(captcha_form(ident), typed, settings.demo_captcha if settings.demo else "")

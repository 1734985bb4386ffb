"""Request context and error responses of a sign-in."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import current_app, request
from flask import session as browser
from werkzeug.wrappers import Response

from app.actions.people.sign_in import CaptchaTry, Origin, SignedIn
from app.config import TOTP_REQUIRED
from app.rules.refusals import Invalid
from app.security import captcha
from app.security.request_time import arrived
from app.security.sessions import known_device
from app.security.throttle import TooOften

if TYPE_CHECKING:
    from app.config import Config

Page = str | tuple[str, int] | Response
CLEAR = '"cache", "storage"'  # at sign-out; without "cookies", as one holds the known-browser token
OWNER = "pre"  # owner of a captcha before sign-in: a random token, never the answer


def tried(enter: Callable[[], SignedIn], page: Callable[[dict[str, list[str]]], str]) -> SignedIn | tuple[str, int]:
    """Return the result of `enter`, or the form with its error (422; too many attempts: 429)."""
    try:
        return enter()
    except Invalid as error:
        return page({error.field: [error.message], **error.more}), 422
    except TooOften as error:
        return page({"form": [error.message]}), 429


def why_here(back: str) -> str:
    """Return "ended" for a browser whose sign-in is over, "first" where a page asked for one, else ""."""
    if not back:
        return ""
    if browser.get("_user_id"):  # its token is of no use any more
        return "ended"
    return "" if back in ("/", "/staff") else "first"


def config() -> Config:
    found: Config = current_app.extensions["kaoji"]
    return found


def origin() -> Origin:
    """Return address, known-browser token, key and time of this request."""
    settings = config()
    return Origin(
        request.remote_addr or "", known_device(), settings.secret_key, arrived(), settings.staff_totp == TOTP_REQUIRED
    )


def owner() -> str:
    """Return this browser's captcha owner token, created at first use."""
    if OWNER not in browser:
        browser[OWNER] = secrets.token_urlsafe(24)
    return str(browser[OWNER])


def captcha_form(ident: str) -> captcha.Form:
    """Return this browser's sign-in form of that id."""
    return captcha.Form(owner(), ident[:32])


def captcha_try(typed: str, ident: str) -> CaptchaTry:
    """Return the typed answer with its captcha form."""
    settings = config()
    return CaptchaTry(captcha_form(ident), typed, settings.demo_captcha if settings.demo else "")

"""Request context and error responses of a sign-in."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app, make_response, request
from flask import session as browser
from werkzeug.wrappers import Response

from app.actions.people import addresses
from app.actions.people.addresses import Braked, Place
from app.actions.people.sign_in import SignedIn
from app.actions.people.tries import CaptchaTry, Origin, call
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
OWNER = "pre"  # this browser before sign-in, of whom captchas and tries are: a random token, never the answer
PLACE = "place"  # in the line of a braked address


def tried(enter: Callable[[], SignedIn], page: Callable[[dict[str, list[str]]], str]) -> SignedIn | Page:
    """Return the result of `enter`, or the form with its error (422; too many attempts: 429 with Retry-After)."""
    try:
        return enter()
    except Invalid as error:
        return page({error.field: [error.message], **error.more}), 422
    except TooOften as error:
        return too_often(page({"form": [error.message]}), error)


def tried_at_the_door(
    enter: Callable[[], SignedIn],
    page: Callable[[dict[str, list[str]]], str],
    waiting: Callable[[Wait, dict[str, list[str]]], str],
) -> SignedIn | Page:
    """As `tried`, for the sign-in pages: who is braked keeps a place and gets the page of `waiting`."""
    try:
        done = enter()
    except Invalid as error:
        errors = {error.field: [error.message], **error.more}
        still = call(origin()) if error.field == "form" and place() else 0  # a wrong 准考证号 does not cost the place
        return (waiting(Wait(still, line=True), errors) if still else page(errors)), 422
    except Braked as error:
        if error.place:
            browser[PLACE] = str(error.place)
        long = error.place is not None and arrived() - error.place.since >= addresses.PATIENCE
        return too_often(waiting(Wait(error.wait, bool(error.place), long, error.message), {}), error)
    return done


@dataclass(frozen=True, slots=True)
class Wait:
    """What the page of a braked one says: seconds, whether there is a line (and it was `long`), and why."""

    seconds: int
    line: bool
    long: bool = False
    why: str = ""


def too_often(page: str, error: TooOften) -> Response:
    """Return a page with 429 and when to come again."""
    answer = make_response(page, 429)
    answer.headers["Retry-After"] = str(error.wait)
    return answer


def place() -> Place | None:
    """Return this browser's place in the line of a braked address."""
    return addresses.read_place(str(browser.get(PLACE, "")))


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
    """Return address, browser, key and time of this request."""
    settings, address = config(), request.remote_addr or ""
    return Origin(
        address,
        known_device(),
        settings.secret_key,
        arrived(),
        settings.staff_totp == TOTP_REQUIRED,
        owner(),
        addresses.is_shared(address, settings.shared_networks),
        place(),
    )


def owner() -> str:
    """Return this browser's token in the session's signed cookie, set by the sign-in pages."""
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

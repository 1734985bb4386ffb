"""/captcha.png and /captcha.wav, one valid answer of each for every sign-in form (`form`)."""

from __future__ import annotations

import hashlib

from flask import Response, request

from app.actions.people import addresses
from app.models.base import BRIEFLY, transaction
from app.security import captcha, throttle
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.throttle import Limit
from app.web.account import bp
from app.web.account.sign_in_context import captcha_form, origin

SOUND_POLICY = "default-src 'none'; media-src 'self'; frame-ancestors 'none'"


@bp.get("/captcha.png")
@allow("public")
def captcha_picture() -> Response:
    """Return a new picture and invalidate the previous one. 30 a minute and browser, 1,500 an address."""
    answer = captcha.new_answer(captcha.PICTURE)
    if wait := _keep(captcha.PICTURE, answer, throttle.PICTURES, throttle.ADDRESS_PICTURES):
        return _refusal(f"取验证码太频繁，请过 {wait} 秒再试。", 429, wait)
    return Response(captcha.picture(answer), content_type="image/png")


@bp.get("/captcha.wav")
@allow("public")
def captcha_sound() -> Response:
    """Return four digits spoken in Mandarin, with their own answer. 10 a minute and browser, 60 an address."""
    answer = captcha.new_answer(captcha.SOUND)
    if wait := _keep(captcha.SOUND, answer, throttle.SOUNDS, throttle.ADDRESS_SOUNDS):
        return _refusal(f"取语音验证码太频繁，请过 {wait} 秒再试。", 429, wait)
    try:
        spoken = captcha.sound(answer)
    except captcha.Busy:
        return _refusal("现在取语音验证码的人很多，请稍后再试。", 503, 5)
    response = Response(spoken, content_type="audio/wav")
    response.headers["Content-Security-Policy"] = SOUND_POLICY
    return response


def _keep(kind: str, answer: str, limit: Limit, of_address: Limit) -> int:
    """Store the answer of this browser's form; 0, or the seconds to wait after too many of the browser or its address.

    A browser that throws its cookie away is counted by its address alone.
    """
    on, form, me = arrived(), captcha_form(request.args.get("form", "")), origin()
    counted = (
        (f"captcha:{kind}:{hashlib.sha256(form.owner.encode()).hexdigest()[:32]}", limit.most, limit),
        (
            f"captcha:{kind}:{throttle.network(me.address)}",
            of_address.most * (addresses.SHARED if me.shared else 1),
            of_address,
        ),
    )
    with transaction(BRIEFLY) as session:
        for key, most, span in counted:
            if throttle.hit(session, key, span, on) > most:
                return max(1, round(throttle.left(session, key, on).total_seconds()))
        captcha.remember(session, form, secret=me.secret, kind=kind, answer=answer, on=on)
    return 0


def _refusal(words: str, status: int, wait: int) -> Response:
    answer = Response(words, status, content_type="text/plain; charset=utf-8")
    answer.headers["Retry-After"] = str(wait)
    return answer

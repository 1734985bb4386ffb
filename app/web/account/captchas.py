"""/captcha.png and /captcha.wav, one valid answer of each for every sign-in form (`form`)."""

from __future__ import annotations

from flask import Response, request

from app.models.base import BRIEFLY, transaction
from app.security import captcha, throttle
from app.security.allow import allow
from app.security.request_time import arrived
from app.web.account import bp
from app.web.account.sign_in_context import captcha_form, config

SOUND_POLICY = "default-src 'none'; media-src 'self'; frame-ancestors 'none'"


@bp.get("/captcha.png")
@allow("public")
def captcha_picture() -> Response:
    """Return a new picture and invalidate the previous one. 30 a minute per address."""
    answer = captcha.new_answer(captcha.PICTURE)
    if not _keep(captcha.PICTURE, answer, throttle.PICTURES):
        return _refusal("取验证码太频繁，请过一分钟再试。", 429)
    return Response(captcha.picture(answer), content_type="image/png")


@bp.get("/captcha.wav")
@allow("public")
def captcha_sound() -> Response:
    """Return four digits spoken in Mandarin, with their own answer. 10 a minute per address."""
    answer = captcha.new_answer(captcha.SOUND)
    if not _keep(captcha.SOUND, answer, throttle.SOUNDS):
        return _refusal("取语音验证码太频繁，请过一分钟再试。", 429)
    try:
        spoken = captcha.sound(answer)
    except captcha.Busy:
        return _refusal("现在取语音验证码的人很多，请稍后再试。", 503)
    response = Response(spoken, content_type="audio/wav")
    response.headers["Content-Security-Policy"] = SOUND_POLICY
    return response


def _keep(kind: str, answer: str, limit: throttle.Limit) -> bool:
    on, form, secret = arrived(), captcha_form(request.args.get("form", "")), config().secret_key
    with transaction(BRIEFLY) as session:
        key = f"captcha:{kind}:{throttle.network(request.remote_addr or '')}"
        if throttle.hit(session, key, limit, on) > limit.most:
            return False
        captcha.remember(session, form, secret=secret, kind=kind, answer=answer, on=on)
    return True


def _refusal(words: str, status: int) -> Response:
    answer = Response(words, status, content_type="text/plain; charset=utf-8")
    answer.headers["Retry-After"] = "60"
    return answer

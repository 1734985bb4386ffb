"""Access policy of each route; a route without one is refused at start (security.md SR-17)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Flask, abort, current_app, redirect, request

from app.rules.people.roles import STAFF_ROLES
from app.security.principal import ACTIVATING, ENROLLING, EXAMINEE, HALF, STAFF, Principal
from app.security.redirects import came_from
from app.security.request_time import arrived
from app.security.sessions import other_account, signed_in, unauthorized

PUBLIC = "public"
KINDS = (PUBLIC, ACTIVATING, EXAMINEE, STAFF, HALF, ENROLLING)
CONFIRM = "/staff/confirm"  # 身份确认: asks for a code or the password again
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Policy:
    """`kinds` of login sessions admitted; for staff, the `roles` (empty: all) and whether a `fresh` proof is needed."""

    kinds: tuple[str, ...]
    roles: tuple[str, ...] = ()
    fresh: bool = False


def allow(*kinds: str, roles: tuple[str, ...] = (), fresh: bool = False) -> Callable[[View], View]:
    """Set the policy of a route, e.g. `@allow("public")`, `@allow("staff", roles=("admin",))`.

    `fresh` requires a code (or password) within the last five minutes.
    """
    if not kinds or not set(kinds) <= set(KINDS) or not set(roles) <= set(STAFF_ROLES):
        raise ValueError(f"unknown kind or role: {kinds} {roles}")
    if roles and STAFF not in kinds:
        raise ValueError("roles belong to staff")

    def decorate(view: View) -> View:
        view.kaoji_policy = Policy(kinds, tuple(roles), fresh)  # type: ignore[attr-defined]
        return view

    return decorate


def policy_of(app: Flask, endpoint: str | None) -> Policy | None:
    """Return the policy of a route, or None."""
    return getattr(app.view_functions.get(endpoint or ""), "kaoji_policy", None)


def check_routes(app: Flask) -> None:
    """Raise RuntimeError naming every route without a policy."""
    bare = [
        str(rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and not policy_of(app, rule.endpoint)
    ]
    if bare:
        raise RuntimeError(f"这些地址没有说明谁可以进入（缺少 @allow）：{'、'.join(sorted(bare))}")


def enforce() -> Any:
    """Apply the route's policy before every request; without one answer 403."""
    if request.endpoint is None or request.endpoint == "static":
        return None  # the router answers unknown addresses
    policy = policy_of(current_app, request.endpoint)
    if policy is None:
        abort(403)
    if PUBLIC in policy.kinds:
        return None
    me = signed_in()
    wants_staff = STAFF in policy.kinds and EXAMINEE not in policy.kinds
    if me is None:
        return unauthorized(staff=wants_staff or None)
    return _admit(me, policy, wants_staff)


def _admit(me: Principal, policy: Policy, wants_staff: bool) -> Any:
    if me.kind not in policy.kinds:
        home = STAFF if me.staff_id is not None else EXAMINEE
        if me.kind in (STAFF, EXAMINEE):
            return other_account(staff=wants_staff)
        return unauthorized(staff=wants_staff, onward=_unfinished(me.kind, home) if home in policy.kinds else "")
    if me.kind == STAFF and policy.roles and me.role not in policy.roles:
        abort(403)
    if me.kind == STAFF and policy.fresh and not me.is_fresh(arrived()):
        return confirm_first()
    return None


def _unfinished(kind: str, home: str) -> str:
    """Return the page that continues an unfinished sign-in; '' is the sign-in page, which asks for the code and then leads back."""
    if kind == ACTIVATING:
        return "/staff/password" if home == STAFF else "/activate"
    return "" if kind == HALF else "/staff/totp"


def confirm_first() -> Any:
    """Redirect to 身份确认 and from there back."""
    return redirect(f"{CONFIRM}?{urlencode({'next': came_from()})}", 303)

"""Page context, layout, filters, site texts and error pages."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, render_template, request
from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from sqlalchemy.exc import DataError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from app.actions import scope
from app.actions.people.reveals import ConfirmFirst
from app.adapters.documents.fonts import use_folder
from app.adapters.storage import NotStored, Store, store_for
from app.adapters.storage.faults import StoreFails
from app.config import BadConfig, Config
from app.extensions import db
from app.rules import calendar
from app.rules import orders as orders_words
from app.rules.calendar import wait_in_words
from app.rules.closing import SOON, closed_words
from app.rules.papers import money
from app.rules.people import privacy
from app.rules.refusals import ChangedMeanwhile, NotAllowed, NotFound, Refused, Stopped, WindowClosed
from app.rules.text import lines_on_a_phone
from app.rules.windows import still
from app.security import own_device
from app.security.allow import confirm_first
from app.security.csrf import is_proven
from app.security.limits import bound_row_numbers
from app.security.principal import Principal
from app.security.redirects import came_from
from app.security.request_time import KEY, arrived, reference
from app.security.sessions import signed_in
from app.security.throttle import TooOften
from app.security.typed_text import (
    LABELS,
    files_lost,
    hide_fields,
    holds_secrets,
    label_fields,
    label_page,
    sent_again,
    typed_back,
)
from app.web import static_files
from app.web.menu import menu
from app.web.own_tickets import own_tickets
from app.web.site import online, paper_notice, site, spot
from app.web.static_files import address as asset
from app.wizard.forms import chosen_in, chosen_in_all, forms_in, labels_of_all

AGAIN_AFTER = 5  # seconds after which what was busy is worth another try
STATUS = {NotFound: 404, Stopped: 409, NotAllowed: 403, ChangedMeanwhile: 409, WindowClosed: 409, TooOften: 429}


def install(app: Flask) -> None:
    """Register blueprints, filters, context and error handlers."""
    from app.web import admin, staff
    from app.web.account.views import bp as account
    from app.web.forecast import bp as forecast
    from app.web.home.views import bp as home
    from app.web.orders.views import bp as orders
    from app.web.papers.views import bp as papers
    from app.web.records.views import bp as records
    from app.wizard.views import bp as wizard

    config = app.extensions["kaoji"]
    calendar.use_zone(config.timezone)
    use_folder(config.fonts)
    app.extensions["kaoji.store"] = _store(config)
    bound_row_numbers(app)
    static_files.install(app)
    for room in (account, home, records, forecast, orders, papers, wizard, staff.bp, admin.bp):
        app.register_blueprint(room)
    app.context_processor(context)
    _teach(app.jinja_env)
    app.register_error_handler(Refused, refused)
    app.register_error_handler(ConfirmFirst, lambda error: confirm_first())
    app.register_error_handler(HTTPException, http_error)
    for fault in (OperationalError, InterfaceError, NoConnection, StoreFails):
        app.register_error_handler(fault, busy)
    app.register_error_handler(NotStored, lambda error: refused(NotFound()))
    app.register_error_handler(DataError, unfit)
    app.register_error_handler(Exception, unexpected)


def _store(config: Config) -> Store:
    """Raises BadConfig where the store cannot be used: a parameter that is none, boto3 that is not installed."""
    try:
        return store_for(config.storage_url)
    except ValueError as error:
        said = str(error)
        raise BadConfig(said if said.startswith("KAOJI_") else f"KAOJI_STORAGE_URL 不能用：{said}") from error


def _teach(words: Environment) -> None:
    """Give templates their filters and what macros ask."""
    words.filters.update(
        day=calendar.day,
        moment=calendar.moment,
        short=lambda when: calendar.short(when, arrived()),
        clock=calendar.clock,
        lately=calendar.lately,
        money=money.format_fen,
        mask_id=privacy.mask_id,
        mask_phone=privacy.mask_phone,
        shown_name=shown_name,
        session_words=calendar.exam_session_words,
        order_word=orders_words.STATES.__getitem__,
        way=orders_words.way,
        by_what=orders_words.by_what,
        still=still,
        lines_on_a_phone=lines_on_a_phone,
        phones=whole_phones,
    )
    words.tests.update(picked=calendar.picked)
    words.globals.update(closed_words=closed_words, SOON=SOON, files_lost=files_lost)
    words.trim_blocks = words.lstrip_blocks = True


PHONE = re.compile(r"\d{3,4}[- ]\d{3,4}(?:[- ]?\d{2,8})*")


def whole_phones(text: str) -> Markup:
    """Keep the phone numbers of a text on one line each."""
    return Markup(PHONE.sub(lambda found: f'<span class="nowrap">{found[0]}</span>', str(escape(text))))  # noqa: S704  escaped


@pass_context
def shown_name(names: Context, name: str) -> str:
    """Return a person's name as the reader may see it (app.actions.scope)."""
    return scope.shown_name(name, names["me"].actor)


def label_forms(app: Flask) -> None:
    """Tell what is given back to the person how the forms call their fields: all of them, and those of each page."""
    from app.web.admin.window_form import window_words

    labels, hidden = labels_of_all()
    label_fields({name: label for name, label in labels.items() if name not in LABELS})
    hide_fields(hidden)
    label_page("", {}, chosen_in_all())
    for endpoint, view in app.view_functions.items():
        forms = forms_in(view)
        own = {name: label for form in forms for name, label in form.own_labels().items()}
        label_page(endpoint, own, {name: words for form in forms for name, words in chosen_in(form).items()})
    for endpoint in ("admin.add_window", "admin.change_window"):
        label_page(endpoint, *window_words())


def partial() -> bool:
    """Return whether htmx asks for a fragment; a Back request (HX-Request too) gets the full page."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def context() -> dict[str, Any]:
    """Return the names available to every template."""
    me = _person() if KEY in request.environ else None
    return {
        "layout": "partial.html" if partial() else "base.html",
        "me": me,
        "start_page": "/staff" if me and me.is_staff else "/",
        "menu": menu(me),
        "device_owner": own_device.owner_of(me, current_app.extensions["kaoji"].secret_key) if me else "",
        "own_device": own_device.chosen() if me else False,
        "own_tickets": own_tickets,
        "session_ends": me.ends_at.isoformat(timespec="seconds") if me else "",
        "site": site(),
        "online": online(),
        "spot": spot,
        "no_paper_address": paper_notice,
        "demo": current_app.extensions["kaoji"].demo,
        "asset": asset,
        "head_files": head_files,
        "now": request.environ.get(KEY),
    }


def _person() -> Principal | None:
    """Return the signed-in person; on the page of a failure of ours only one who is known already: the database may not answer."""
    return g.get("kaoji_me") if g.get("faulty") else signed_in()


@cache
def head_files(signed_in: bool) -> Markup:
    """Return icon, style sheet and scripts. Modules run in order after htmx, which is deferred."""
    lines = [
        Markup('<link rel="icon" href="{}" type="image/svg+xml">').format(asset("favicon.svg")),
        Markup('<link rel="stylesheet" href="{}">').format(asset("app.css")),
    ]
    lines.append(Markup('<script src="{}" defer></script>').format(asset("vendor/htmx.min.js")))
    module = Markup('<script type="module" src="{}"></script>')
    lines += [module.format(asset(f"js/{name}.js")) for name in ("everyone", *(("signed-in",) if signed_in else ()))]
    return Markup("\n").join(lines)


def refused(error: Exception) -> tuple[str, int, dict[str, str]]:
    """Render the refusal with its message and status, and what was typed. A 429 says when to come again (Retry-After)."""
    assert isinstance(error, Refused)
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 422)
    kept = typed_back() if request.method == "POST" else {}
    if status == 404:  # the same for what is absent and for what is another's
        return page(status, message="", kept=kept), status, {}
    wait = wait_in_words(error.wait) if isinstance(error, TooOften) else ""
    later = {"Retry-After": str(error.wait)} if isinstance(error, TooOften) else {}
    said = page(status, message=error.message, wait=wait, kept=kept, back=came_from() if kept else "")
    return said, status, later


def http_error(error: HTTPException) -> Any:
    """Render an HTTP error; redirects pass."""
    status = error.code or 500
    if error.response is not None or status < 400:
        return error
    allowed = error.valid_methods if isinstance(error, MethodNotAllowed) else None
    return page(status), status, {"Allow": ", ".join(allowed)} if allowed else {}


def busy(error: Exception) -> tuple[str, int, dict[str, str]]:
    """Render 503: the database, or the store of files, does not answer, or not in time."""
    db.session.rollback()
    why = str(getattr(error, "orig", error)).partition("\n")[0]  # the driver's message without the statement
    current_app.logger.warning("busy %s: %s", reference(), why)
    return page(503, **given_back()), 503, {"Retry-After": str(AGAIN_AFTER)}


def unfit(error: Exception) -> tuple[str, int]:
    """Render 422: a value was sent that the database cannot hold, and no form had told so."""
    db.session.rollback()
    current_app.logger.error("no form told %s: %s", reference(), type(getattr(error, "orig", error)).__name__)
    return page(422, **given_back() | {"again": []}), 422


def unexpected(error: Exception) -> tuple[str, int]:
    """Render 500 without detail and log the exception under the same reference."""
    db.session.rollback()
    current_app.logger.exception("failed %s %s %s", reference(), request.method, request.path, exc_info=error)
    return page(500, **given_back()), 500


def given_back() -> dict[str, Any]:
    """Return what the page of a fault of ours gives back of the posted form: texts, what sends it again, names of files; no secrets.

    Nothing is asked of the database, which may be what is at fault.
    """
    if request.method != "POST" or request.endpoint is None:
        return {}
    try:
        back = came_from()
    except SQLAlchemyError:  # what makes the address of a page looked something up
        back = ""
    again = sent_again() if is_proven() else []
    secret = not again and holds_secrets()
    here = request.full_path.rstrip("?")
    return {"kept": typed_back(), "again": again, "here": here, "files": files_lost(), "secret": secret, "back": back}


def page(status: int, template: str = "", **more: Any) -> str:
    """Render a status's error page (or that `template`); from 500 on without the database."""
    known: int | str = status if (Path(current_app.template_folder or "") / f"errors/{status}.html").is_file() else 400
    if status >= 500:
        g.faulty = True
    return render_template(f"errors/{template or known}.html", ref=reference(), **more)

"""A served site in a process of its own, and a small HTTP/1.1 client that keeps its connection: the benches' own cost stays low."""

from __future__ import annotations

import http.client
import io
import logging
import multiprocessing
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from PIL import Image

from tests.bench.beside.bench_site import CAPTCHA, bare, person, site
from tests.signing import PASSWORD, hashed

Account = tuple[str, str]


def _serve(people: int, told: Any) -> None:
    """The site of `kaoji serve` with the bare page beside it; says its port and who may sign in, then serves until ended."""
    from datetime import UTC, datetime

    from app.cli.serving.server import Server
    from app.extensions import db
    from app.models import Examinee

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    with site() as app:
        bare(app)
        app.view_functions["bare"].kaoji_policy = app.view_functions["account.login"].kaoji_policy  # type: ignore[attr-defined]
        accounts: list[Account] = []
        now = datetime.now(UTC)
        with app.app_context():
            for _ in range(people):
                tick = person(password_hash=hashed(PASSWORD), activated_at=now, created_at=now)
                accounts.append((db.session.get_one(Examinee, tick.examinee_id).id_number, PASSWORD))
            db.session.remove()
        server = Server(app, app.extensions["kaoji"])
        told.put((server.port, accounts))
        server.run()


@contextmanager
def served(people: int) -> Iterator[tuple[int, list[Account]]]:
    """(port, accounts) of a site in another process."""
    spawn = multiprocessing.get_context("spawn")
    told = spawn.Queue()
    process = spawn.Process(target=_serve, args=(people, told), daemon=True)
    process.start()
    try:
        yield told.get(timeout=120)
    finally:
        process.terminate()
        process.join(20)


class Browser:
    """One person: a connection, a cookie, and the token and version of the last page."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}
        self.page = ""

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> int:
        """Send one request; the page is kept, a redirect is followed."""
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if self.cookies else {}
        if body is not None:
            headers["Content-Type"] = kind or "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        data = answer.read()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        if answer.status in (302, 303):
            self.at = answer.getheader("Location") or ""
            return self.ask("GET", self.at)
        self.page = data.decode(errors="replace")
        return answer.status

    def get(self, path: str) -> None:
        self.at = path
        status = self.ask("GET", path)
        assert status == 200, (path, status)

    def hidden(self) -> dict[str, str]:
        """The token and, where there is one, the version of the page's form."""
        found = {"csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', self.page)}
        found["version"] = re.search(r'name="version" value="([^"]+)"', self.page)
        found["shown"] = re.search(r'name="shown" value="([^"]+)"', self.page)
        return {name: match[1] for name, match in found.items() if match}

    def post(self, path: str, expected: int = 200, **fields: str) -> int:
        status = self.ask("POST", path, urlencode({**self.hidden(), **fields}).encode())
        assert status == expected or not expected, (path, status, re.sub(r"<[^>]+>|\s+", " ", self.page)[:400])
        return status

    def send_file(self, path: str, slot: str, data: bytes) -> None:
        """multipart/form-data with one picture."""
        edge = "kaoji-bench-edge"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in self.hidden().items()
        ]
        head = f'--{edge}\r\nContent-Disposition: form-data; name="{slot}"; filename="IMG.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        body = "".join(parts).encode() + head.encode() + data + f"\r\n--{edge}--\r\n".encode()
        status = self.ask("POST", path, body, f"multipart/form-data; boundary={edge}")
        assert status == 200, (path, status)

    def sign_in(self, account: Account) -> None:
        """The page, the form; the picture of the captcha is fetched as a browser would."""
        self.get("/login")
        hidden = self.hidden()
        self.ask("GET", "/captcha.png")
        form = {**hidden, "id_number": account[0], "password": account[1], "captcha": CAPTCHA}
        status = self.ask("POST", "/login", urlencode(form).encode())
        assert status == 200, (status, self.page[:300])
        assert self.at == "/", self.at

    def close(self) -> None:
        self.connection.close()


def photo(size: int = 800 * 1024) -> bytes:
    """A JPEG of at most so many bytes and not much less, grainy as a phone's camera makes it in a dim room."""
    grain = Image.effect_noise((2000, 1500), 20).convert("RGB")
    found = b""
    for quality in range(20, 100):
        out = io.BytesIO()
        grain.save(out, "JPEG", quality=quality)
        if len(out.getvalue()) > size:
            break
        found = out.getvalue()
    return found

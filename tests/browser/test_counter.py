"""The live count in the browser and the count on the server are one rule written twice: they must never differ."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Route

from app.rules.text import count_words

STATIC = Path(__file__).parents[2] / "static"
TEXTS = (
    "",
    " \u3000\t\r\n\u200b\ufeff",
    "你好，world 2024！",
    "本人热爱祖国，遵纪守法……——“认真”学习。",
    "𠮷野家 𪚥",
    "3.14 don't e-mail ＡＢＣ１２ naïve Ünïcode",
    "a\u0301bc e\u0301 \u0301a",
    "👍🏽👍 👨\u200d👩\u200d👧 🇨🇳 🇨 1\ufe0f\u20e3 👨\u200d⚕\ufe0f",
    "中\u200d文 한글 カタカナ العربية",
    "第一行\r\n第二行\n\n第三行",
)


def test_the_counter_in_the_page_counts_as_the_server_does(chromium: Browser) -> None:
    page = chromium.new_page()

    def answer(route: Route) -> None:
        path = STATIC / route.request.url.removeprefix("http://files.example/")
        route.fulfill(path=path, content_type="text/javascript") if path.is_file() else route.fulfill(body="")

    page.route("http://files.example/**", answer)
    page.goto("http://files.example/")
    count = "async text => (await import('/js/form/counter.js')).count(text)"
    shown = {text: page.evaluate(count, text) for text in TEXTS}
    page.close()
    assert shown == {text: count_words(text) for text in TEXTS}

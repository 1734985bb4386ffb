"""What tests that look at pages share: the sizes of the reviewer's screen, axe, pictures, and a walk through a page by keyboard."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

OFFICE_PC = (1366, 768)
ZOOMED = (683, 384)  # the same screen at 200 %


AXE = (Path(__file__).parents[1] / "vendor" / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page, rules: list[str] | None = None) -> list[Any]:
    """What axe finds on the page by these rules, or by all that it asks unasked.

    The watermark is pure decoration over pictures (WCAG 1.4.3, incidental) and says nothing that is not said elsewhere.
    """
    page.evaluate(AXE)
    found: list[Any] = page.evaluate(
        "rules => axe.run({exclude: ['.watermark']}, {...(rules ? {runOnly: rules} : {}), resultTypes: ['violations']}).then(r => r.violations)",
        rules,
    )
    return found


def shoot(page: Page, name: str) -> None:
    folder = os.environ.get("KAOJI_TEST_SHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def walk(page: Page, most: int = 400) -> tuple[list[str], list[str]]:
    """Tab from the beginning until the page is left or begins again: names of what had the focus, and where it was not to be seen."""
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    reached: list[str] = []
    hidden: list[str] = []
    look = """() => {
      const at = document.activeElement;
      if (!at || at === document.body) return null;
      const again = at.dataset.walked; at.dataset.walked = '1';
      const shown = at.matches('input.visually-hidden[type=radio]') ? document.querySelector(`label[for="${CSS.escape(at.id)}"]`) : at;
      const box = shown.getBoundingClientRect(), style = getComputedStyle(shown);
      const x = box.left + Math.min(box.width / 2, 40), y = box.top + Math.min(box.height, 30) / 2;
      const top = document.elementFromPoint(x, y);
      const tall = box.height > innerHeight / 2;
      const seen = tall || box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth
        && top && (shown.contains(top) || top.contains(shown) || shown.closest('label, figure') === top.closest('label, figure'));
      const marked = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== 'none';
      return [again ? '' : (at.innerText || at.getAttribute('aria-label') || at.name || at.className || at.tagName), seen && marked];
    }"""
    for _ in range(most):
        page.keyboard.press("Tab")
        found = page.evaluate(look)
        if found is None or not found[0]:
            return reached, hidden
        reached.append(found[0])
        if not found[1]:
            hidden.append(found[0])
    raise AssertionError("the walk does not end")

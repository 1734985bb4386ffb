"""A blank or a line break beside full-width punctuation: a gap that nobody means, most often left by a line of a template."""

from __future__ import annotations

import re

WITHIN = {"a", "abbr", "b", "code", "del", "em", "i", "ins", "mark", "small", "span", "strong", "time"}
"""Their text goes on in the line; any other element begins a new one."""
APART = re.compile(r'class="(?:[^"]* )?(?:btn|tag|link|hint|row)[ "]')
"""These have room around them or a line of their own."""
UNREAD = {"head", "script", "noscript", "textarea", "select"}
THEIRS = re.compile(r' hx-disable\b|class="(?:[^"]* )?prose[ "]')
"""What people wrote themselves is not judged."""
VOID = {"input", "img", "link", "meta", "br", "hr"}
PIECES = re.compile(r"<(/?)([a-z][a-z0-9]*)([^>]*)>|([^<]+)")
CLOSE = "，。；：、！？（）《》”"
SIGNS = f"{CLOSE}“"
GAP = re.compile(rf".{{0,12}}(?:(?<![·→\s])[ \t\n\xa0]+[{CLOSE}]|[{SIGNS}][ \t\n\xa0]+(?![·→\s])).{{0,12}}", re.S)
"""A dot or an arrow between two things has a blank on each side; so has a label before what was typed, in quotation marks."""


def gaps(html: str) -> list[str]:
    """Each gap of a page with the words beside it."""
    return [" ".join(found.split()) for line in _lines(html) for found in GAP.findall(line.strip())]


def _lines(html: str) -> list[str]:
    """The text of a page, what stands in one line together."""
    lines = [""]
    skipped: list[str] = []  # elements of a name that is passed over, the outermost first
    for closing, tag, attributes, words in PIECES.findall(html):
        if not skipped and words:
            lines[-1] += words
        elif skipped and tag == skipped[0]:
            skipped = skipped[1:] if closing else [*skipped, tag]
            if not skipped and tag not in WITHIN:
                lines.append("")
        elif not skipped:
            if tag not in WITHIN or APART.search(attributes):
                lines.append("")
            if not closing and tag not in VOID and (tag in UNREAD or THEIRS.search(attributes)):
                skipped = [tag]
                lines[-1] += "×"
    return lines

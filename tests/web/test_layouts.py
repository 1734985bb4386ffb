"""What holds for templates as they are written: layouts hide none of their pages' names, and no sentence needs script.

Whatever a template that others extend binds stays inside a block, a macro or `with`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from jinja2 import nodes

from app.security.allow import allow
from tests import builders

LAYOUTS = {"layout": ("base.html", "partial.html")}  # which one is chosen for each answer: app/web/pages.py:context


def trees(app: Flask) -> dict[str, nodes.Template]:
    env = app.jinja_env
    assert env.loader is not None
    return {name: env.parse(env.loader.get_source(env, name)[0]) for name in env.list_templates(["html"])}


def extended(found: dict[str, nodes.Template]) -> set[str]:
    """The templates that another extends, by its name or as `layout`."""
    names: set[str] = set()
    for tree in found.values():
        for each in tree.find_all(nodes.Extends):
            if isinstance(each.template, nodes.Const):
                names.add(each.template.value)
            else:
                assert isinstance(each.template, nodes.Name), "a layout is named, or chosen as `layout`"
                names |= set(LAYOUTS[each.template.name])
    return names


def exported(node: nodes.Node) -> Iterator[str]:
    """Names that a template gives to every block of the pages that extend it."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Import):
            yield child.target
        elif isinstance(child, nodes.FromImport):
            yield from (name if isinstance(name, str) else name[1] for name in child.names)
        elif isinstance(child, nodes.Macro):
            yield child.name
        elif isinstance(child, nodes.Assign | nodes.AssignBlock):
            target = child.target
            yield from (
                [target.name] if isinstance(target, nodes.Name) else [n.name for n in target.find_all(nodes.Name)]
            )
        elif isinstance(child, nodes.If):  # the only statement that opens no scope
            yield from exported(child)


def test_a_template_that_others_extend_binds_nothing_outside_of_a_scope(app: Flask) -> None:
    found = trees(app)
    layouts = extended(found)
    assert layouts >= {"base.html", "partial.html", "wizard/step.html"}
    assert {name: sorted(exported(found[name])) for name in layouts if list(exported(found[name]))} == {}, (
        "put it inside {% with %} or the block that uses it: a page's own name would be hidden by it"
    )


@pytest.mark.parametrize("layout", LAYOUTS["layout"])
@pytest.mark.parametrize("signed_in", [True, False])
def test_a_page_sees_what_it_was_given_whatever_the_layout_calls_its_own(
    app: Flask, layout: str, signed_in: bool
) -> None:
    """Every name that occurs in a layout, given by a page: the page's block shows the page's."""
    names = {each.name for each in trees(app)[layout].find_all(nodes.Name) if each.ctx == "store"}
    names |= {"person", "staff", "menu_at", "s", "csrf", "key", "url", "word", "number"}
    page = "{% extends layout %}{% block main %}" + "".join(f"[{n}={{{{ {n} }}}}]" for n in names) + "{% endblock %}"
    client = app.test_client()
    if signed_in:
        builders.sign_in(client, person=builders.staff("admin", name="管理员甲"))
    given = {name: f"own-{name}" for name in names}
    view = allow("public")(lambda: render_template_string(page, **{**given, "layout": layout}))
    app.add_url_rule("/probe", "probe", view)
    text = client.get("/probe").text
    assert [name for name in names if f"[{name}=own-{name}]" not in text] == []


TEMPLATES = Path(__file__).parents[2] / "templates"
FOR_SCRIPT = r"<(?:button|a|span)\b[^>]*\shidden\b[^>]*>|<button\b[^>]*data-(?:opens|closes)[^>]*>"
IN_A_SENTENCE = re.compile(
    rf"[\u4e00-\u9fff，、：“](?:{FOR_SCRIPT})|(?:{FOR_SCRIPT})[^<]*</(?:button|a|span)>[\u4e00-\u9fff，。、；]"
)


def test_no_sentence_has_a_hole_without_script() -> None:
    """What only a script shows ([hidden], button[data-opens], [data-closes]) stands by itself."""
    found = {
        path.relative_to(TEMPLATES).as_posix(): match[0]
        for path in TEMPLATES.rglob("*.html")
        if (match := IN_A_SENTENCE.search(path.read_text("utf-8")))
    }
    assert found == {}

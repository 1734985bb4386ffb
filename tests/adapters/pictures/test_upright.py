"""Which way up a paper lies is seen in its characters, in all four directions; what holds no text says nothing."""

from __future__ import annotations

import pytest
from PIL import Image

from app.adapters.pictures.analysis import measure
from app.adapters.pictures.upright import SIDE, table, uprightness
from app.rules.evidence.legibility import SURE, TURNED_HINTS, in_words, legibility_hints, way_up
from tests import papers

TURNS = {
    "": None,
    "quarter": Image.Transpose.ROTATE_90,
    "upside_down": Image.Transpose.ROTATE_180,
    "three_quarters": Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("made", [papers.diploma, papers.form], ids=["diploma", "form"])
@pytest.mark.parametrize("edge", [2400, 1400])
def test_each_direction_is_told_with_the_turns_that_mend_it(made, edge):
    image = papers.photographed(made(5), 5, edge)
    for hint, turn in TURNS.items():
        turned = image if turn is None else image.transpose(turn)
        assert way_up(measure(turned)) == hint


def test_the_turns_that_are_asked_for_make_it_upright():
    image = papers.scanned(papers.form(6), 6)
    for times, hint in enumerate(("", "quarter", "upside_down", "three_quarters")):
        lying = image
        for _ in range(times):
            lying = lying.transpose(Image.Transpose.ROTATE_90)  # to the left, so that the button turns it back
        assert way_up(measure(lying)) == hint


@pytest.mark.parametrize("kind", ["noise", "blank", "stripes", "portrait"])
def test_what_is_no_text_says_nothing(kind):
    image = {
        "noise": lambda: Image.effect_noise((900, 1200), 90).convert("RGB"),
        "blank": lambda: Image.new("RGB", (900, 1200), "white"),
        "stripes": stripes,
        "portrait": person,
    }[kind]()
    found = measure(image)
    assert abs(found["upright"]) < SURE
    assert abs(found["across"]) < SURE
    assert set(legibility_hints(found, *image.size)).isdisjoint(TURNED_HINTS[1:])


def stripes() -> Image.Image:
    image = Image.new("RGB", (900, 1200), "white")
    for top in range(0, 1200, 60):
        image.paste("black", (100, top, 800, top + 30))
    return image


def person() -> Image.Image:
    import random

    from PIL import ImageDraw

    image = Image.new("RGB", (900, 1200), (100, 197, 255))
    papers.portrait(ImageDraw.Draw(image), random.Random(1), 150, 200, 600)
    return image


def test_a_picture_measured_before_there_was_this_measure_is_judged_as_before():
    assert way_up({"turned": 2.0}) == "sideways"
    assert way_up({"turned": 0.5}) == ""


def test_two_directions_that_fit_nearly_alike_decide_nothing():
    assert way_up({"upright": 4.2, "across": -5.2, "turned": 0.5}) == ""
    assert way_up({"upright": -2.0, "across": -5.2, "turned": 0.5}) == "quarter"


def test_the_words_say_how_often_to_turn():
    for hint, times in (("quarter", "一次"), ("upside_down", "两次"), ("three_quarters", "三次")):
        assert f"请点{times}“向右旋转”" in in_words((hint,))[0]


def test_an_upside_down_table_is_the_table_read_backwards():
    upright, turned = table()
    assert len(upright) == len(turned) == 2 * 498
    assert f"{upright[0]:0{SIDE * SIDE}b}" == f"{turned[0]:0{SIDE * SIDE}b}"[::-1]


def test_no_height_means_no_answer():
    assert uprightness(Image.new("L", (200, 200)), 0.0) == 0.0


def test_the_grain_of_the_table_is_no_blurred_text():
    from tests.papers_in_life import on_wood

    image = on_wood(papers.photographed(papers.form(15), 15, 1700), 15)
    assert legibility_hints(measure(image), *image.size) == ()

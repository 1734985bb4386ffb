"""How often the legibility hints and the double-use fingerprint are wrong, on a sample set made here: python -m tests.bench.bench_legibility [papers]

The samples are drawn (tests/papers.py): certificates and forms, photographed or scanned, then spoilt one way at a time at a
strength at which a person says no. A miss is a spoilt picture without its hint, a false alarm a good picture with any hint.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Collection
from itertools import combinations, islice, product

from PIL import Image, ImageEnhance

from app.adapters.pictures.analysis import codes_of, fingerprint, measure
from app.rules.evidence.fingerprint import MOST_DIFFERENT, distance, parts
from app.rules.evidence.legibility import TURNED_HINTS, legibility_hints
from tests import papers
from tests.papers_in_life import hurt, lifelike


def legibility(count: int, most: int | None) -> None:
    """Misses and false alarms by kind of picture, of the first `most` samples."""
    seen: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    worst = total = 0.0
    for sample in islice(papers.samples(count), most):
        began = time.perf_counter()
        found = legibility_hints(measure(sample.picture), *sample.picture.size)
        took = time.perf_counter() - began
        worst, total = max(worst, took), total + took
        way = sample.name.split(" ", 3)[3]
        kind = f"{way} → {sample.expected or 'no hint'}"
        seen[kind] += 1
        wrong[kind] += is_wrong(sample, found)
    print(f"{'picture → hint that it should get':44}{'wrong':>8}{'of':>6}")
    for kind, number in seen.items():
        print(f"{kind:44}{wrong[kind]:8}{number:6}")
    good = [kind for kind in seen if kind.endswith("no hint")]
    alarms, fine = sum(wrong[kind] for kind in good), sum(seen[kind] for kind in good)
    misses, bad = sum(wrong.values()) - alarms, sum(seen.values()) - fine
    print(
        f"false alarms {alarms} of {fine} ({alarms / max(fine, 1):.1%}); misses {misses} of {bad} ({misses / max(bad, 1):.1%})"
    )
    print(f"a measure takes {1000 * total / sum(seen.values()):.0f} ms on average, {1000 * worst:.0f} ms at most")


def is_wrong(sample: papers.Sample, found: Collection[str]) -> bool:
    """Any hint on a good picture, or not the expected one on a spoilt one; a turned one may be told with or without its turns."""
    if not sample.expected:
        return bool(found)
    return not set(TURNED_HINTS if sample.expected in TURNED_HINTS else (sample.expected,)) & set(found)


def in_life(count: int) -> None:
    """The same for papers as people send them: by way, false alarms on good ones and misses of each fault; and the direction."""
    seen: Counter[tuple[str, str]] = Counter()
    wrong: Counter[tuple[str, str]] = Counter()
    exact = 0
    for seed in range(count):
        for way, image, text in lifelike(seed):
            for sample in hurt(way, image, text):
                fault = sample.name.split("|")[1]
                found = legibility_hints(measure(sample.picture), *sample.picture.size)
                seen[way, fault] += 1
                wrong[way, fault] += is_wrong(sample, found)
                exact += sample.expected in TURNED_HINTS and sample.expected in found
    faults = list(dict.fromkeys(fault for _, fault in seen))
    print(f"{'wrong of':24}" + "".join(f"{fault:>16}" for fault in faults))
    for way in dict.fromkeys(way for way, _ in seen):
        print(f"{way:24}" + "".join(f"{wrong[way, f]:>10} / {seen[way, f]:<3}" for f in faults))
    totals = {
        f: (sum(wrong[w, g] for w, g in seen if g == f), sum(seen[w, g] for w, g in seen if g == f)) for f in faults
    }
    print(f"{'all':24}" + "".join(f"{bad:>10} / {of:<3}" for bad, of in totals.values()))
    lying = sum(number for (_, fault), number in seen.items() if fault in ("quarter", "upside down", "three quarters"))
    print(f"directions told with the right number of turns: {exact} of {lying}")


def likeness(count: int, most: int | None) -> None:
    """Distances of the same picture saved again and of different ones; forms share one template, as the real ones do.

    Of `most` different pictures.
    """
    marks: dict[tuple[str, str, int], str] = {}
    again: list[int] = []
    unfound = 0
    papers_of: dict[str, Callable[[int], Image.Image]] = {
        "diploma": papers.diploma,
        "form": lambda seed: papers.form(seed, template=1),
    }
    ways = {"photo": papers.photographed, "scan": papers.scanned}
    for key in islice(product(papers_of, ways, range(count)), most):
        kind, way, seed = key
        image = ways[way](papers_of[kind](seed), seed)
        marks[key] = fingerprint(image)
        for made in saved_again(image):
            other = fingerprint(made)
            again.append(distance(marks[key], other))
            unfound += not set(parts(marks[key])) & set(parts(other))
    pairs = [distance(marks[a], marks[b]) for a, b in combinations(marks, 2) if a[2] != b[2]]
    hits = sum(each <= MOST_DIFFERENT for each in pairs)
    missed = sum(each > MOST_DIFFERENT for each in again)
    print(
        f"the same picture saved again: {len(again)} pairs, {min(again)}-{max(again)} bits apart, {missed} over the limit of {MOST_DIFFERENT}, {unfound} without a common part"
    )
    print(f"different pictures: {len(pairs)} pairs, {min(pairs)} bits and more apart, {hits} false hits")


def saved_again(image: Image.Image) -> list[Image.Image]:
    """What messengers, other quality, other sizes and a little correction make of a picture."""
    made = [papers.again(image, quality) for quality in (85, 60, 35)]
    for edge, quality in ((1280, 80), (1600, 60), (3000, 75)):
        scale = edge / max(image.size)
        made.append(papers.again(image.resize((round(image.width * scale), round(image.height * scale))), quality))
    made.append(papers.again(ImageEnhance.Brightness(image).enhance(1.08), 75))
    return made


def codes(count: int, most: int | None) -> None:
    """How many QR codes on photographed forms are read."""
    found, seeds = 0, range(count)[:most]
    for seed in seeds:
        code = f"{seed:04}ABCDEFGH{seed:04}"
        found += any(code in text for text in codes_of(papers.photographed(papers.form(seed, code), seed)))
    print(f"QR codes read on photographed forms: {found} of {len(seeds)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("papers", type=int, nargs="?", default=8, help="papers of each kind (default 8)")
    parser.add_argument("--life", type=int, default=3, help="papers of each kind as people send them (default 3)")
    parser.add_argument("--most", type=int, help="pictures of each part (default all)")
    given = parser.parse_args()
    count = given.papers
    print("fonts besides the packaged ones:", ", ".join(papers.use_fonts_of_this_machine()) or "none")
    legibility(count, given.most)
    in_life(given.life)
    likeness(2 * count, given.most)
    codes(2 * count, given.most)


if __name__ == "__main__":
    main()

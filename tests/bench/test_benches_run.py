"""Every bench runs once on next to nothing, so that none stops working unseen. What it measures then says nothing."""

from __future__ import annotations

import io
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.sizes import FULL

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TINY: dict[str, tuple[str, ...]] = {
    "bench_concurrency": ("2", "2"),
    "bench_doubles": ("50",),
    "bench_eligibility": ("50",),
    "bench_forecast": ("20",),
    "bench_import": ("60",),
    "bench_journey": ("2", "1"),
    "bench_legibility": ("1", "--life", "1") if FULL else ("1", "--life", "0", "--most", "2"),
    "bench_pages": ("1",),
    "bench_papers": ("2",),
    "bench_shared_address": ("5", "5", "both"),
}
"""Benches and their arguments; those with further needs have a test of their own below."""
PARTS = {Path(__file__).stem}
"""This file."""


HERE_TOO = (
    "bench_doubles",
    "bench_eligibility",
    "bench_forecast",
    "bench_import",
    "bench_papers",
    "bench_shared_address",
)
"""What leaves nothing behind in its process: done in the tests' own, which is spared the start of another."""


@pytest.fixture
def run_here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """`run` without another process."""
    for key in [key for key in os.environ if key.startswith("KAOJI_")]:
        monkeypatch.delenv(key)

    def run_here(name: str, *arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        runpy.run_module(f"tests.bench.{name}", run_name="__main__")
        return capsys.readouterr().out

    return run_here


def run(name: str, *arguments: object) -> str:
    """What `python -m tests.bench.NAME` says; it has to end well."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("KAOJI_")}
    done = subprocess.run(
        [sys.executable, "-m", f"tests.bench.{name}", *map(str, arguments)],
        cwd=ROOT,
        env={**environment, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


OF_SERVERS = ("bench_concurrency", "bench_journey", "bench_legibility")
"""What takes longest to begin: in the full size."""


@pytest.mark.parametrize("name", TINY if FULL else [name for name in TINY if name not in OF_SERVERS])
def test_it_runs(name: str, run_here: Callable[..., str]) -> None:
    assert (run_here if name in HERE_TOO else run)(name, *TINY[name])


def test_the_queue_of_a_province_and_the_same_pages_in_the_admin_of_django(
    tmp_path: Path, run_here: Callable[..., str]
) -> None:
    assert "page" in run_here("bench_million", "--size", 1200 if FULL else 120, "--rounds", 1, "--keep", tmp_path)
    if FULL:  # the other program alone takes longer than all benches of ours
        assert "ratio" in run("bench_django_admin", "--size", 1200, "--rounds", 1, "--keep", tmp_path)


@pytest.mark.skipif(not FULL, reason="another program, in full size")
def test_the_wizard_of_formtools_goes_the_same_way() -> None:
    assert "formtools" in run("bench_formtools", 2, 1)


def test_an_export_beside_xlsxwriter(run_here: Callable[..., str]) -> None:
    assert "ratio" in run_here("bench_export", 30, 1)


def test_damaged_uploads(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.effect_noise((400, 300), 40).save(out, "JPEG")
    (tmp_path / "a.jpg").write_bytes(out.getvalue())
    assert "0 faults" in run("fuzz_uploads", tmp_path, 4)


def test_no_bench_is_forgotten() -> None:
    asked = Path(__file__).read_text(encoding="utf-8")
    benches = {path.stem for path in HERE.glob("*.py") if "__main__" in path.read_text(encoding="utf-8")}
    assert [name for name in sorted(benches - PARTS) if f'"{name}"' not in asked] == [], "give it a test here"

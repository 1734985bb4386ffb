"""A world in which every form of the site is shown to somebody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.reviewing import PAYING
from tests.sites import Pool
from tests.web.matrix_map import World
from tests.web.odd.every_field import make_odd_world


@pytest.fixture
def odd_world(pool: Pool) -> Iterator[World]:
    with pool.prepared("odd", make_odd_world, PAYING) as made:
        yield made

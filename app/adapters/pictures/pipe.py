"""What the server and a worker say to each other: a JSON and a picture, both ways."""

from __future__ import annotations

import json
import struct
from typing import IO, Any

HEADER = struct.Struct(">II")
"""Message, both ways: length of the JSON, length of the picture, then both."""


def send(pipe: IO[bytes], head: dict[str, Any], data: bytes) -> None:
    """Write one message."""
    text = json.dumps(head).encode()
    pipe.write(HEADER.pack(len(text), len(data)) + text + data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Read one message; None when the other side is gone."""
    start = pipe.read(HEADER.size)
    if len(start) < HEADER.size:
        return None
    head_size, data_size = HEADER.unpack(start)
    text, data = pipe.read(head_size), pipe.read(data_size)
    if len(text) < head_size or len(data) < data_size:
        return None
    return json.loads(text), data

"""Who waits too long, who takes too much: deadlines of requests and answers, and who goes when there is no room.

A complete request is never refused here, however many come from one address: a computer room and a proxy are one address.
An honest slow upload ends well: 1 MB at 2 kB/s takes nine minutes.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from app.cli.serving.connections import Channel, Request
from app.cli.serving.refused_requests import CROWDED, TOO_SLOW

EVERY = 1.0  # seconds between two looks
HEADERS = 20.0  # seconds from the first byte of a request to the end of its headers
SILENCE = 30.0  # seconds without a byte in either direction, also between two requests
GRACE = 30.0  # seconds before SLOWEST counts
SLOWEST = 1000  # bytes a second that a body, and the reading of an answer, must reach on average
WHOLE = 1800.0  # seconds for a request, whatever its rate
SHARE = 2  # one address may hold a half of all connections with requests that are not complete
FULL = 0.9  # of the connections: from here on the idle and the slowest make room
YOUNG = 2.0  # seconds in which a connection that has not asked anything need not make room
REST = 10.0  # the same for one that is kept after a request


def late(request: Request, now: float) -> bool:
    """Return whether an incomplete request has had its time."""
    age = now - request.began
    if not request.headers_finished:
        return age > HEADERS
    return age > WHOLE or request.body_bytes_received < (age - GRACE) * SLOWEST


class Watch:
    """Looks after the connections of some listeners, of which `most` may be open; `proxy` is the trusted one."""

    def __init__(self, listeners: Iterable[Any], most: int, proxy: str) -> None:
        self.listeners, self.most, self.proxy = list(listeners), most, proxy
        self._looked = 0.0

    def channels(self) -> list[Channel]:
        return [channel for listener in self.listeners for channel in list(listener.active_channels.values())]

    def look(self) -> None:
        """Refuse the late and the crowd, once a second; make room where there is none."""
        now = time.monotonic()
        if now - self._looked >= EVERY:
            self._looked = now
            for channel in self.channels():
                judge(channel, now)
            self._part_crowds(now)
        short = [listener for listener in self.listeners if listener.took_shortage()]
        over = len(self.channels()) - int(self.most * FULL)
        if short or over > 0:
            self.make_room(max(over, 0) + self.most // 20, now)

    def _part_crowds(self, now: float) -> None:
        """Refuse an address the slowest of what it has over its share."""
        share = self.most // SHARE
        for address, waiting in self._incomplete(now).items():
            if address is not None:
                for channel in slowest_first(waiting, now)[: max(0, len(waiting) - share)]:
                    channel.refuse(CROWDED)

    def make_room(self, wanted: int, now: float) -> None:
        """Close so many: what is idle, first what never asked, then longest; then the slowest of the address with most incomplete."""
        idle = [each for each in self.channels() if each.idle and now - each.heard > (REST if each.used else YOUNG)]
        gone = sorted(idle, key=lambda channel: (channel.used, channel.heard))[:wanted]
        crowds = {address: slowest_first(waiting, now) for address, waiting in self._incomplete(now).items()}
        while len(gone) < wanted and any(crowds.values()):
            gone.append(max(crowds.values(), key=len).pop(0))
        for channel in gone:
            channel.end()

    def _incomplete(self, now: float) -> dict[str | None, list[Channel]]:
        """Return the connections with a request that is not complete, by address."""
        found: dict[str | None, list[Channel]] = defaultdict(list)
        for channel in self.channels():
            if channel.incomplete:
                found[channel.address(self.proxy)].append(channel)
        return found


def slowest_first(waiting: list[Channel], now: float) -> list[Channel]:
    """Return connections with incomplete requests by their rate, as if none had begun less than a second ago.

    Else those that drip since a moment would outrun an honest upload that began before they came.
    """
    return sorted(waiting, key=lambda channel: channel.request.arrived / max(now - channel.request.began, 1.0))


def judge(channel: Channel, now: float) -> None:
    """Refuse or close one connection that is over its time."""
    if channel.lingering:
        if now > channel.lingering:
            channel.end()
    elif channel.requests:
        channel.heard = now
        if channel.request is not None:
            channel.request.began = now  # sent behind one that still runs
        if channel.total_outbufs_len >= channel.adj.outbuf_high_watermark and channel.answer_stuck(now, GRACE, SLOWEST):
            channel.end()  # a thread waits for it
    elif channel.total_outbufs_len:
        if channel.answer_stuck(now, GRACE, SLOWEST) or now - channel.heard > SILENCE:
            channel.end()
    elif channel.request is not None:
        if late(channel.request, now) or now - channel.heard > SILENCE:
            channel.refuse(TOO_SLOW)
    elif now - channel.heard > SILENCE:
        channel.end()

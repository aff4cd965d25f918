"""The clock of a PostgreSQL server steps forth and back, and the clocks of the hosts say what they like."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from tests.integration.engine.lab import CALLED_BY_LEAD, TWO_OF_SAFETY, WHY, Lab, refused
from workflow.clock import SystemClock
from workflow.storage import postgres_clock
from workflow.storage.postgres_clock import ServerClock

LIVES = {"sign_offs": {"role": "safety", "count": "2", "expires_after": "30d"}}
LATER = timedelta(days=31)


class Steps:
    """How far the server's clock is off."""

    by = timedelta()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Steps every reading that comes from the server."""
    steps, take = Steps(), ServerClock.set
    monkeypatch.setattr(ServerClock, "set", lambda self, reading: take(self, reading + steps.by))
    return steps


@pytest.fixture
def lab(postgres_database: str, tmp_path: Path) -> Iterator[Lab]:
    """``aurora`` in review before ``host``, whose approvals live 30 days, and before ``publish``, which soaks a day."""
    lab = Lab(tmp_path, url=postgres_database, clock=None)
    lab.people()
    host = {"from": "review", "to": "hosted", "gate": [CALLED_BY_LEAD, LIVES]}
    soak = {"soak": {"at_least": "24h"}}
    lab.allow(lab.load(CALLED_BY_LEAD, TWO_OF_SAFETY, "candidate_unchanged", soak, host=host))
    lab.in_review()
    yield lab
    lab.audited()
    lab.close()


def approve(lab: Lab, trigger: str = "host") -> None:
    lab.sign("mara", trigger)
    lab.sign("jun", trigger)


def recorded(lab: Lab) -> list[datetime]:
    """The time of each entry, in order."""
    return [item.at for item in reversed(lab.engine.history(limit=1000))]


def test_a_step_back_brings_no_approval_back_and_is_seen_in_the_times(lab: Lab, server: Steps) -> None:
    approve(lab)
    server.by = LATER
    assert lab.counted("safety", "host") == []
    lab.hold("ivy", "legal")
    lab.lift("H1", "ivy", "legal")

    server.by = timedelta()
    with refused("policy-errored", "error") as caught:
        lab.advance("host")

    assert "earlier than" in caught.value.message
    *_, highest, last = recorded(lab)
    assert timedelta() < highest - last <= LATER
    lab.engine.correct_clock(actor="ana", rationale=WHY)
    assert lab.counted("safety", "host") == []
    approve(lab)
    lab.advance("host")


def test_a_step_back_that_is_taken_back_stops_nothing_for_longer(lab: Lab, server: Steps) -> None:
    approve(lab)
    server.by = -timedelta(hours=1)
    with refused("policy-errored", "error"):
        lab.advance("host")

    server.by = timedelta()
    lab.advance("host")


def test_an_approval_from_a_wrong_future_does_not_count_after_the_correction(lab: Lab, server: Steps) -> None:
    server.by = LATER
    approve(lab)
    server.by = timedelta()

    lab.engine.correct_clock(actor="ana", rationale=WHY)

    assert lab.counted("safety", "host") == []


def test_a_step_forth_ends_a_wait_only_while_it_lasts_and_the_correction_begins_it_anew(
    lab: Lab, server: Steps
) -> None:
    approve(lab, "publish")
    assert lab.blocking() == {"soaking"}
    server.by = timedelta(days=2)
    assert lab.blocking() == set()
    server.by = timedelta()
    assert lab.blocking() == {"soaking"}, "what was only looked at changed something"

    server.by = timedelta(days=2)
    lab.hold()
    lab.lift("H1", "sam", "security")
    server.by = timedelta(days=1)
    with refused("policy-errored", "error"):
        lab.advance("publish")

    lab.engine.correct_clock(actor="ana", rationale=WHY)
    assert lab.blocking() == {"soaking"}
    server.by = timedelta(days=2) - timedelta(hours=1)
    assert lab.blocking() == {"soaking"}
    server.by = timedelta(days=2)
    lab.advance("publish")


def test_hosts_whose_own_clocks_differ_record_the_server_s_times_in_order(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = [(lab.engine, timedelta(days=-4000)), (lab.open(), timedelta(days=900))]
    began, before, real = len(recorded(lab)), server_time(lab.url), time.monotonic
    for turn in range(8):
        engine, off = hosts[turn % 2]
        with monkeypatch.context() as host:
            host.setattr(
                postgres_clock, "time", SimpleNamespace(monotonic=lambda off=off: real() + off.total_seconds())
            )
            host.setattr(time, "time", lambda off=off: (before + off).timestamp())
            host.setattr(SystemClock, "now", lambda self, off=off: before + off)
            engine.hold("aurora", role="security", actor="sam", rationale=WHY)

    times = [before, *recorded(lab)[began:], server_time(lab.url)]
    assert times == sorted(times)
    assert len(times) == 10


def server_time(url: str) -> datetime:
    """What the server's clock reads."""
    with psycopg.connect(url) as connection:
        [(now,)] = connection.execute("SELECT clock_timestamp()")
    return now.astimezone(UTC)

"""A real browser to look at reports with, one for all that look, and what it looks at."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright
from told_reports import Told

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE = 180_000
"""Milliseconds, for a machine that is busy with everything else."""

NAMES = ("chromium", "chromium-browser", "google-chrome")
WANTED = "these tests look at the page in Chromium: install it (Debian: apt-get install chromium)"


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser is. Where there is none, a check fails, and somebody's own run is told what to install."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and os.environ.get("CI"):
        pytest.fail(WANTED)
    if found is None:
        pytest.skip(WANTED)
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """The browser; gone with its module, because its event loop would be in the way of what comes after."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(QUIET), timeout=PATIENCE)
        yield started
        started.close()


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The reports of the golden ledgers."""
    return Told(tmp_path_factory.mktemp("reports"))

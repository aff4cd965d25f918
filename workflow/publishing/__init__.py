"""Publishing: what takes the bytes of a candidate to where others can have them, and the plan by which it does.

The engine decides; a publisher moves bytes. It stages a private copy first, makes that visible in one step once the
ledger says so, and can tell afterwards what became of it. What it tells is recorded as an observation.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from workflow.errors import NotFound
from workflow.publishing.base import Check, Found, Publisher, Staging, State
from workflow.publishing.plan_file import PlanFile, read_plan

__all__ = [
    "LOCAL_DIRECTORY",
    "SHIPPED",
    "Check",
    "Found",
    "PlanFile",
    "Publisher",
    "Staging",
    "State",
    "find_publisher",
    "read_plan",
]

LOCAL_DIRECTORY = "local_directory"
SHIPPED: Mapping[str, str] = {LOCAL_DIRECTORY: "LocalDirectory"}
"""The publishers that come with Holdfast, by name; each in a module of its name, which is imported when it is used."""


def find_publisher(name: str, own: Mapping[str, Publisher]) -> Publisher:
    """The publisher of that name: a shipped one, or one that was handed to the engine.

    Raises:
        NotFound: there is none.
    """
    if name in SHIPPED:
        shipped: Publisher = getattr(import_module(f"{__name__}.{name}"), SHIPPED[name])()
        return shipped
    if name not in own:
        raise NotFound(
            f"there is no publisher {name!r} here",
            remedy="hand it to the engine: open_engine(..., publishers={...})",
        )
    return own[name]

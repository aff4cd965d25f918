"""Publishing: what takes the bytes of a candidate to where others can have them, and the plan by which it does.

The engine decides; a publisher moves bytes. It stages a private copy first, makes that visible in one step once the
ledger says so, and can tell afterwards what became of it. What it tells is recorded as an observation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module

from workflow.artifact import CandidateFiles, Manifest
from workflow.errors import NotFound, PublishingFailed, WorkflowError
from workflow.publishing.base import Check, Found, OnProgress, Publisher, Staging, State
from workflow.publishing.plan_file import PlanFile, read_plan

__all__ = [
    "LOCAL_DIRECTORY",
    "SHIPPED",
    "CandidateFiles",
    "Check",
    "Found",
    "Manifest",
    "OnProgress",
    "PlanFile",
    "Publisher",
    "Staging",
    "State",
    "find_publisher",
    "read_plan",
    "rehearsed",
    "staged",
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


def rehearsed(publisher: Publisher, files: CandidateFiles, destination: str, name: str) -> tuple[Check, ...]:
    """What a publisher of that name found at a destination; one of somebody's own may raise anything.

    Raises:
        PublishingFailed: it failed, or gave no checks.
        WorkflowError: whatever it raises of ours.
    """
    with _told(name, "rehearse"):
        checks = tuple(publisher.rehearse(files, destination))
        if not all(isinstance(check, Check) for check in checks):
            raise TypeError("it gave something else than checks")
        return checks


def staged(publisher: Publisher, files: CandidateFiles, plan: PlanFile, progress: OnProgress | None = None) -> Staging:
    """The private copy that a plan's publisher makes.

    Raises:
        PublishingFailed: the publisher failed.
        WorkflowError: whatever it raises of ours.
    """
    with _told(plan.publisher, "stage"):
        return publisher.stage(files, plan.destination, plan.nonce, progress)


@contextmanager
def _told(name: str, what: str) -> Iterator[None]:
    try:
        yield
    except WorkflowError:
        raise
    except Exception as error:
        raise PublishingFailed(
            f"the publisher {name} failed in `{what}`, and nothing left: {type(error).__name__}: {error}",
            remedy="mend the publisher or what it reaches, then do the same again",
        ) from error

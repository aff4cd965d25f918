"""A process with every kind of rule to be compared with another, and how a comparison is written down."""

from __future__ import annotations

from process_texts import edited

from workflow.definition import differences, load_process
from workflow.process import Process
from workflow.registry import Registry

LOOSER, STRICTER, OTHER = "loosens", "tightens", "alters"
EXCHANGED = {LOOSER: STRICTER, STRICTER: LOOSER, OTHER: OTHER}
GATE = "transitions.publish.gate"
RULES = """\
      - candidate_unchanged
      - actor: {roles: [lead, legal]}
      - evidence: {name: bio, metric: accuracy, at_most: 0.25, confidence: 0.95, min_samples: 50, max_age: 90d}
      - risk_areas: {areas: [bio, cyber], roles: [safety, legal], reviewers: 2}
      - soak: {at_least: 72h}
      - statement: {people: 2, roles: [lead, legal]}
"""
BASE = edited(
    ("  safety: {means: looks for harm}", "  safety: {means: looks for harm}\n  legal: {}\n  product: {}"),
    ("      - candidate_unchanged\n", RULES),
    ("      - sign_offs: {role: safety, count: 2}", "      - sign_offs: {role: safety, count: 3, expires_after: 30d}"),
)
Edit = tuple[str, str]
Found = list[tuple[str, str]]


def base(*changes: Edit) -> Process:
    """The process with some passages changed."""
    return load_process(edited(*changes, text=BASE), Registry())


def found(old: Process, new: Process) -> Found:
    """Every difference in its order, by effect and place."""
    return [(item.effect, item.place) for item in differences(old, new)]

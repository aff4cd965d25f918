"""Which schema this code works with."""

from __future__ import annotations

SCHEMA = "0003"
"""The revision of the tables in :mod:`workflow.storage.tables`: the newest of the migrations."""

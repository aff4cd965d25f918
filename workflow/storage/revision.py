"""Which schema this code works with."""

from __future__ import annotations

SCHEMA = "0003"
"""The revision of the tables in :mod:`workflow.storage.tables`: the newest of the migrations."""

RETIRED = "moved"
"""What stands in the place of a revision where the ledger goes on in another database. No Holdfast opens that."""

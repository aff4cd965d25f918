"""PostgreSQL keeps the contract: over several connections, threads and processes."""

from __future__ import annotations

import pytest
from storage_contract import StorageContract

from workflow.storage import postgres


class TestPostgres(StorageContract):
    many = 400  # one query takes one of them, and each is a way to the server and back

    @pytest.fixture
    def url(self, postgres_ledger: str) -> str:
        return postgres_ledger

    def wait_briefly(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(postgres, "LOCK_SECONDS", 0.0)

"""SQLite keeps the contract: in a file, and opened from several threads and processes."""

from __future__ import annotations

from pathlib import Path

import pytest
from storage_contract import StorageContract

from workflow.storage import open_storage, sqlite


class TestSqliteFile(StorageContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        url = f"sqlite:///{tmp_path}/ledger.db"
        open_storage(url, create=True).close()
        return url

    def wait_briefly(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sqlite, "LOCK_SECONDS", 0.0)

"""PostgreSQL keeps the contract: over several connections, threads and processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from storage_contract import WAYS, StorageContract
from storage_making import following, line

from workflow.errors import InvalidInput
from workflow.ledger import SaltedText
from workflow.storage import Append, Head, Storage, Unit, postgres


class TestPostgres(StorageContract):
    many = 400  # one query takes one of them, and each is a way to the server and back

    @pytest.fixture
    def url(self, postgres_ledger: str) -> str:
        return postgres_ledger

    def wait_briefly(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(postgres, "LOCK_SECONDS", 0.0)

    @pytest.mark.parametrize("put", WAYS.values(), ids=WAYS)
    @pytest.mark.parametrize(
        "parts", [{"texts": (SaltedText.of("why\0"),)}, {"release": line(label="a\0b")}], ids=["a text", "a label"]
    )
    def test_a_text_with_a_nul_is_refused_and_never_cut_off_there(
        self, storage: Storage, parts: dict[str, object], put: Callable[[Unit, Append], object]
    ) -> None:
        with storage.lock() as unit, pytest.raises(InvalidInput):
            put(unit, replace(following(unit), **parts))

        assert (storage.head(), storage.releases(), list(storage.commitments())) == (Head(), [], [])

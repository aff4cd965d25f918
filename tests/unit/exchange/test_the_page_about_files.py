"""docs/exchange-format.md names every field of the files, and no other kind or format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import BaseModel

from tests.support.asked import act, decision
from tests.support.hands import Hand
from workflow import exchange
from workflow.exchange.bundle import MAX_BLOB_BYTES

PAGE = (Path(__file__).parents[3] / "docs" / "exchange-format.md").read_text("utf-8")
MODELS: tuple[type[BaseModel], ...] = (
    exchange.Request,
    exchange.ActRequest,
    exchange.Said,
    exchange.Component,
    exchange.Files,
    exchange.AskedRole,
    exchange.Signatory,
    exchange.Decided,
    exchange.Approved,
    exchange.Note,
)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model.__name__))
def test_the_page_names_every_field_of_a_request(model: type[BaseModel]) -> None:
    fields = [field.alias or name for name, field in model.model_fields.items()]

    assert [name for name in fields if f"`{name}`" not in PAGE and f'"{name}"' not in PAGE] == []


def test_the_page_names_every_field_of_a_reply() -> None:
    reply = decision().reply("mara", "approve", "safety", "I read every log.", Hand("mara"))

    assert [name for name in json.loads(reply.to_bytes()) if f"`{name}`" not in PAGE and f'"{name}"' not in PAGE] == []


@pytest.mark.parametrize("data", [decision().to_bytes(), act().to_bytes()], ids=["decision", "act"])
def test_the_page_has_the_beginning_of_each_file(data: bytes) -> None:
    fields = json.loads(data)
    beginning = {name: fields[name] for name in ("kind", "format", "asks")}

    assert json.dumps(beginning)[:-1] in PAGE


def test_the_page_says_how_much_may_travel() -> None:
    assert f"at most {MAX_BLOB_BYTES // 2**20} MiB in all" in PAGE

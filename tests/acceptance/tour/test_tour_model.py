"""The tour's model is a real one: other programs read it, and it is the same everywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
from safetensors.numpy import load_file

from workflow.artifact import build_manifest
from workflow.errors import InvalidInput
from workflow.tour.model import SHARDS, write_model


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The model, and the one that was trained further."""
    folder = tmp_path_factory.mktemp("models")
    write_model(folder / "first")
    write_model(folder / "fixed", fix=True)
    return folder / "first", folder / "fixed"


def tensors(model: Path) -> dict[str, numpy.ndarray]:
    return {name: tensor for shard in SHARDS for name, tensor in load_file(model / shard).items()}


def test_the_safetensors_library_reads_every_weight(models: tuple[Path, Path]) -> None:
    found = tensors(models[0])
    index = json.loads((models[0] / "model.safetensors.index.json").read_text("utf-8"))
    config = json.loads((models[0] / "config.json").read_text("utf-8"))

    assert found.keys() == index["weight_map"].keys()
    assert sum(tensor.nbytes for tensor in found.values()) == index["metadata"]["total_size"]
    assert found["model.embed_tokens.weight"].shape == (config["vocab_size"], config["hidden_size"])
    assert all(
        numpy.isfinite(tensor).all() and tensor.std() > 0 for name, tensor in found.items() if "norm" not in name
    )


def test_each_weight_stands_in_the_file_that_the_index_names(models: tuple[Path, Path]) -> None:
    index = json.loads((models[0] / "model.safetensors.index.json").read_text("utf-8"))

    for shard in SHARDS:
        assert set(load_file(models[0] / shard)) == {
            name for name, file in index["weight_map"].items() if file == shard
        }


def test_the_tokenizer_has_a_token_for_every_byte_and_as_many_as_the_model_embeds(models: tuple[Path, Path]) -> None:
    vocabulary = json.loads((models[0] / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]

    assert {f"<0x{byte:02X}>" for byte in range(256)} < set(vocabulary)
    assert sorted(vocabulary.values()) == list(range(len(tensors(models[0])["lm_head.weight"])))


def test_the_fix_changes_some_weights_a_little_and_nothing_else(models: tuple[Path, Path]) -> None:
    first, fixed = tensors(models[0]), tensors(models[1])
    changed = {name for name in first if not numpy.array_equal(first[name], fixed[name])}

    assert changed == {"lm_head.weight", *(f"model.layers.1.mlp.{name}_proj.weight" for name in ("gate", "up", "down"))}
    assert all(0 < abs(fixed[name] - first[name]).max() < 0.02 for name in changed)
    assert build_manifest(models[0]).digest != build_manifest(models[1]).digest


def test_the_same_call_writes_the_same_bytes_everywhere(models: tuple[Path, Path]) -> None:
    assert build_manifest(models[0]).digest == "da496a0352eb628c5323d38e69bc17aed5f411184a0d010bb47447081dcf413f"
    assert build_manifest(models[1]).digest == "daa8d778df3eb1da2edd0cf612f2b066be748260e1c9f9b6df0962ffbe1f8acd"


def test_it_runs_as_a_module(models: tuple[Path, Path], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "workflow.tour.model", "--fix", str(tmp_path / "model")]
    subprocess.run(command, check=True, capture_output=True)

    assert build_manifest(tmp_path / "model").digest == build_manifest(models[1]).digest


def test_a_place_that_cannot_be_written_is_refused_with_the_next_step(tmp_path: Path) -> None:
    file = tmp_path / "taken"
    file.touch()

    with pytest.raises(InvalidInput, match="no model can be written") as refusal:
        write_model(file)
    assert refusal.value.remedy
    result = subprocess.run(
        [sys.executable, "-m", "workflow.tour.model", str(file)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert "Traceback" not in result.stderr

"""Writes a small but real model, so that a story about weights has weights.

Run it as ``python -m workflow.tour.model DIRECTORY``.

It is a language model of two layers that learned nothing, laid out as such models are published: weights in the
safetensors format in two files with an index, the configuration, and a tokenizer with a token for every byte. The same
call writes the same bytes on every machine.

A safetensors file is the length of a JSON header as an unsigned little-endian 64-bit integer, the header, padded with
blanks to a multiple of eight bytes, and the tensors' raw values one after another (safetensors, "Format").
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import struct
import sys
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workflow.errors import InvalidInput

HIDDEN, INNER, LAYERS, VOCABULARY = 32, 64, 2, 259
SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
SPECIAL = ("<unk>", "<s>", "</s>")

_ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
Tensors = Mapping[str, Sequence[int]]


def write_model(directory: Path, *, fix: bool = False) -> None:
    """Writes the model's seven files into a directory, which is made where it is missing.

    Args:
        directory: where to.
        fix: the same model after a further training, in which the last layer's inner weights and the head changed.

    Raises:
        InvalidInput: the files cannot be written there.
    """
    shards = dict(zip(SHARDS, _shards(), strict=True))
    place = {tensor: shard for shard, tensors in shards.items() for tensor in tensors}
    size = sum(4 * math.prod(shape) for tensors in shards.values() for shape in tensors.values())
    texts: dict[str, dict[str, Any]] = {
        "model.safetensors.index.json": {"metadata": {"total_size": size}, "weight_map": place},
        "config.json": _config(),
        "generation_config.json": {"bos_token_id": 1, "eos_token_id": 2, "max_new_tokens": 64},
        "tokenizer.json": _tokenizer(),
        "tokenizer_config.json": {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"},
    }
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for shard, tensors in shards.items():
            (directory / shard).write_bytes(_safetensors(tensors, fix=fix))
        for name, content in texts.items():
            (directory / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise InvalidInput(
            f"no model can be written to {directory}: {error.strerror}", remedy="name a directory of your own"
        ) from error


def _shards() -> tuple[Tensors, Tensors]:
    """The shapes by tensor: what comes before the last layer, and the rest."""
    layers = [
        {
            **{f"model.layers.{layer}.self_attn.{name}.weight": (HIDDEN, HIDDEN) for name in _ATTENTION},
            f"model.layers.{layer}.mlp.gate_proj.weight": (INNER, HIDDEN),
            f"model.layers.{layer}.mlp.up_proj.weight": (INNER, HIDDEN),
            f"model.layers.{layer}.mlp.down_proj.weight": (HIDDEN, INNER),
            f"model.layers.{layer}.input_layernorm.weight": (HIDDEN,),
            f"model.layers.{layer}.post_attention_layernorm.weight": (HIDDEN,),
        }
        for layer in range(LAYERS)
    ]
    first: dict[str, Sequence[int]] = {"model.embed_tokens.weight": (VOCABULARY, HIDDEN)}
    for layer in layers[:-1]:
        first |= layer
    last = {**layers[-1], "model.norm.weight": (HIDDEN,), "lm_head.weight": (VOCABULARY, HIDDEN)}
    return first, last


def _safetensors(tensors: Tensors, *, fix: bool) -> bytes:
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    body = bytearray()
    for name, shape in tensors.items():
        values = _values(name, math.prod(shape), fix=fix)
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [len(body), len(body) + len(values)]}
        body += values
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + bytes(body)


def _values(name: str, count: int, *, fix: bool) -> bytes:
    """A tensor's bytes: ones where it scales a norm, else small numbers that follow from its name."""
    if "norm" in name:
        return _floats([1.0] * count)
    trained = _noise(name, count)
    if fix and (name == "lm_head.weight" or f"layers.{LAYERS - 1}.mlp." in name):
        trained = [value + change / 8 for value, change in zip(trained, _noise(f"{name} fix", count), strict=True)]
    return _floats(trained)


def _noise(seed: str, count: int) -> list[float]:
    # Whole multiples of a power of two, exact as 32-bit numbers: no machine's arithmetic shows in the bytes.
    drawn = struct.unpack(f"<{count}H", hashlib.shake_256(seed.encode()).digest(2 * count))
    return [(value - 2**15) / 2**18 for value in drawn]


def _floats(values: Sequence[float]) -> bytes:
    packed = array("f", values)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def _config() -> dict[str, Any]:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": HIDDEN,
        "intermediate_size": INNER,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 4,
        "num_key_value_heads": 4,
        "vocab_size": VOCABULARY,
        "max_position_embeddings": 256,
        "rms_norm_eps": 1e-05,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "tie_word_embeddings": False,
        "torch_dtype": "float32",
    }


def _tokenizer() -> dict[str, Any]:
    """One token for each byte, in the format of the ``tokenizers`` library."""
    words = [*SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256))]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": number, "content": word, **flags} for number, word in enumerate(SPECIAL)],
        "normalizer": None,
        "pre_tokenizer": None,
        "post_processor": None,
        "decoder": {"type": "ByteFallback"},
        "model": {
            "type": "BPE",
            "unk_token": "<unk>",
            "byte_fallback": True,
            "vocab": {word: number for number, word in enumerate(words)},
            "merges": [],
        },
    }


def main() -> None:
    """Writes the model where the command line says."""
    parser = argparse.ArgumentParser(description="Writes a small, real model of seven files.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--fix", action="store_true", help="the version after the further training")
    arguments = parser.parse_args()
    try:
        write_model(arguments.directory, fix=arguments.fix)
    except InvalidInput as error:
        parser.error(f"{error.message}; {error.remedy}")


if __name__ == "__main__":
    main()

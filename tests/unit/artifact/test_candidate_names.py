"""What files may be called, which component they belong to, and what is left out."""

from __future__ import annotations

import pytest

from workflow.artifact.names import IGNORED, check_component, check_distinct, check_path, component_of, is_ignored
from workflow.errors import InvalidInput


@pytest.mark.parametrize(
    ("path", "component"),
    [
        ("model-00001-of-00002.safetensors", "weights"),
        ("onnx/model.onnx", "weights"),
        ("MODEL.SAFETENSORS", "weights"),
        ("pytorch_model.bin", "weights"),
        ("q4.gguf", "weights"),
        ("merged.safetensors", "weights"),
        ("merges.safetensors", "weights"),
        ("tokenizer.bin", "weights"),
        ("adapter_model.safetensors", "adapter"),
        ("lora/adapter_config.json", "adapter"),
        ("tokenizer.json", "tokenizer"),
        ("tokenizer_config.json", "tokenizer"),
        ("vocab.txt", "tokenizer"),
        ("merges.txt", "tokenizer"),
        ("special_tokens_map.json", "tokenizer"),
        ("added_tokens.json", "tokenizer"),
        ("spiece.model", "tokenizer"),
        ("sentencepiece.bpe.vocab", "tokenizer"),
        ("config.json", "other"),
        ("model.safetensors.index.json", "other"),
        ("weights/readme.md", "other"),
        ("tokenizer/readme.md", "other"),
        ("bin", "other"),
    ],
)
def test_a_file_belongs_to_the_component_that_its_own_name_says(path: str, component: str) -> None:
    assert component_of(path) == component


@pytest.mark.parametrize(
    "path", [".git/config", "sub/.git/objects/ab", ".DS_Store", "a/.DS_Store", ".cache/huggingface/download/x.lock"]
)
def test_records_of_tools_that_no_loader_reads_are_left_out(path: str) -> None:
    assert is_ignored(path, IGNORED)


@pytest.mark.parametrize(
    "path",
    [
        ".git",
        ".gitattributes",
        ".GIT/config",
        "x.git/config",
        ".DS_Store/weights.bin",
        "x.DS_Store",
        ".ds_store",
        ".cache/weights.bin",
        "huggingface/weights.bin",
        "__pycache__/modeling.cpython-311.pyc",
        "weights.safetensors~",
        ".prompt.txt.swp",
        "weights.bak",
    ],
)
def test_whatever_can_hold_content_is_not_left_out(path: str) -> None:
    assert not is_ignored(path, IGNORED)


def test_without_rules_nothing_is_left_out() -> None:
    assert not is_ignored(".git/config", ())


@pytest.mark.parametrize("path", ["a", "a/b/c.json", ".gitattributes", "...", "-x", "a b", "é", "日本/語.bin", "a..b"])
def test_a_plain_relative_path_is_accepted(path: str) -> None:
    check_path(path)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("", "not a plain relative path"),
        (".", "not a plain relative path"),
        ("..", "not a plain relative path"),
        ("/etc/passwd", "not a plain relative path"),
        ("a/../b", "not a plain relative path"),
        ("./a", "not a plain relative path"),
        ("a//b", "not a plain relative path"),
        ("a/", "not a plain relative path"),
        ("a\\b", "backslash"),
        ("a\nb", "cannot be seen"),
        ("a\x00b", "cannot be seen"),
        ("a\x7fb", "cannot be seen"),
        ("gpj.\u202eexe", "cannot be seen"),
        ("a\u200bb", "cannot be seen"),
        ("a\u00a0b", "cannot be seen"),
        ("a\u2028b", "cannot be seen"),
        ("a\U000e0fffb", "cannot be seen"),
        ("caf\u0065\u0301", "NFC"),
        ("\u212bngstrom", "NFC"),
        ("a\udcffb", "UTF-8"),
        (7, "not a path"),
        (None, "not a path"),
    ],
)
def test_any_other_path_is_refused_in_words_that_can_be_printed(path: object, why: str) -> None:
    with pytest.raises(InvalidInput, match=why) as refusal:
        check_path(path)
    assert refusal.value.message.encode("utf-8").decode().isprintable()


@pytest.mark.parametrize("name", ["weights", "system-prompt", "4bit", "a" * 64])
def test_a_lower_case_slug_names_a_component(name: str) -> None:
    check_component(name)


@pytest.mark.parametrize(
    "name", ["", "Weights", "system_prompt", "-a", "a-", "a--b", "a/b", "wéights", "a" * 65, "a\n", 1]
)
def test_no_other_text_names_a_component(name: object) -> None:
    with pytest.raises(InvalidInput, match="not the name of a component"):
        check_component(name)


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ("config.json", "Config.JSON", "same name"),
        ("straße", "STRASSE", "same name"),
        ("é/a", "É/A", "same name"),
        ("ά", "\u0391\u0301", "same name"),
        ("a/b", "a/b", "same name"),
        ("model", "model/config.json", "a folder in"),
        ("a/B/c", "A/b", "a folder in"),
    ],
)
def test_names_that_another_file_system_would_merge_are_refused(first: str, second: str, why: str) -> None:
    for names in [(first, second), (second, first)]:
        with pytest.raises(InvalidInput, match=why):
            check_distinct(names)


def test_folders_that_another_file_system_would_merge_may_hold_different_files() -> None:
    check_distinct(["lib/a", "Lib/b", "lib2"])

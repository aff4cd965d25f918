"""Files that somebody hands over in bad faith, through the real command line: one clear error each, soon, and no crash.

What exactly is refused in each format stands in the unit tests; here it is that none of it gets past the way people go.
"""

from __future__ import annotations

import io
import json
import os
import socket
import time
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.cli.cli_desk import Desk, Result, by
from tests.support.users import NOBODY, let_in

SECONDS = 20
"""Far more than any of this takes, on however busy a machine."""

MEMORY = 64 * 1024 * 1024

LAUGHS = "a0: &a0 [lol, lol]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))

YAML: dict[str, bytes] = {
    "references that explode": LAUGHS.encode(),
    "a merge that explodes": b"a: &a {x: y}\n" + b"b:\n" + b"  <<: [*a, *a]\n" * 100,
    "a reference to itself": b"a: &a [*a]\n",
    "deep nesting of lists": b"[" * 100_000,
    "deep nesting of mappings": b"{a: " * 50_000,
    "deep nesting of blocks": b"- " * 100_000,
    "deep nesting by indentation": b"".join(b" " * depth + b"a:\n" for depth in range(600)),
    "more than any process": b"# nothing\n" * 200_000,
    "very many keys": b"".join(b"k%d: v\n" % number for number in range(20_000)),
    "one key twice": b"process: a\nprocess: b\n",
    "a tag that makes an object": b"process: !!python/object/apply:os.system [id]\n",
    "a tag of its own": b"process: !mine x\n",
    "a directive": b"%YAML 1.2\n---\nprocess: a\n",
    "a second document": b"process: a\n---\nprocess: b\n",
    "a NUL": b"process: a\0b\n",
    "a NUL by its escape": b'process: "a\\0b"\n',
    "a mark and nothing else": b"\xef\xbb\xbf",
    "UTF-16": "process: a\n".encode("utf-16"),
    "no UTF-8": b"process: caf\xe9\n",
    "an overlong form of UTF-8": b"process: \xc0\xaf\n",
    "a character that runs backwards": "process: \u202egnp\n".encode(),
    "half a character": b'process: "\\ud800"\n',
    "a very long scalar": b"process: " + b"a" * 250_000 + b"\n",
    "a very long line of brackets": b"process: [" + b"a, " * 80_000 + b"]\n",
    "a quote that does not end": b'process: "' + b"a\n" * 50_000,
    "a number for a name": b"process: 1e999999999\nversion: 0x7f\n",
    "nothing": b"",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
    "a database": b"SQLite format 3\0" + bytes(4096),
}


def told(result: Result, *codes: int) -> Result:
    assert "Traceback" not in result.err, result
    assert not result.err.startswith("bug"), result
    assert "next: " in result.err, result
    assert result.code in codes, result
    assert len(result.err) < 25_000, "no person reads that much"
    return result


def soon(desk: Desk, *args: str, measured: bool = False) -> Result:
    """Runs a command that may not take long and, where it is measured, not much memory."""
    if measured:
        tracemalloc.start()
    begun = time.monotonic()
    try:
        result = desk(*args)
        assert time.monotonic() - begun < SECONDS
        assert not measured or tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()
    return result


@pytest.mark.parametrize("what", YAML)
def test_a_hostile_process_file_is_one_clear_error_soon_and_in_little_memory(desk: Desk, what: str) -> None:
    (desk.directory / "hostile.yaml").write_bytes(YAML[what])

    told(soon(desk, "process", "check", "hostile.yaml", measured="explode" in what or "deep" in what), 2)
    told(desk("charter", "allow", "hostile.yaml", "--up-to", "weights", *by("ops")), 2)
    assert len(desk("history", "--limit", "1000", "--json").json) == ENTRIES


ENTRIES = 11
"""Of the ledger that all tests here begin with."""


def odd_socket(model: Path) -> None:
    before = Path.cwd()
    os.chdir(model)  # the name of a socket may not be long
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("x")
    finally:
        os.chdir(before)


def secret(model: Path) -> None:
    path = model / "secret"
    path.write_bytes(b"x")
    path.chmod(0)


TOO_MANY = "more weights than a candidate has room for"
MODELS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a link out of the tree": (lambda m: (m / "x").symlink_to("/etc/passwd"), "leaves the tree"),
    "a link to all files": (lambda m: (m / "x").symlink_to("/"), "leaves the tree"),
    "a link up": (lambda m: (m / "x").symlink_to(".."), "leaves the tree"),
    "a link to itself": (lambda m: (m / "x").symlink_to("x"), "leads back to itself"),
    "a link to nothing": (lambda m: (m / "x").symlink_to("nowhere"), "leads to nothing"),
    "a link to a device": (lambda m: (m / "x").symlink_to("/dev/zero"), "leaves the tree"),
    "a folder that holds itself": (lambda m: (m / "x").symlink_to("."), "leads to a directory"),
    "a pipe": (lambda m: os.mkfifo(m / "x"), "is not a file"),
    "a socket": (odd_socket, "is not a file"),
    "a name that is not UTF-8": (lambda m: (m / os.fsdecode(b"\xff\xfe.bin")).write_bytes(b"x"), "not UTF-8"),
    "a name that moves the cursor": (lambda m: (m / "x\x1b[2J").write_bytes(b"x"), "cannot be seen"),
    "names that are one where case is ignored": (lambda m: (m / "MODEL.safetensors").write_bytes(b"x"), "same name"),
    TOO_MANY: (
        lambda m: [(m / f"{number}.safetensors").write_bytes(b"%d" % number) for number in range(800)],
        "has room for 768",
    ),
    "no file at all": (lambda m: (m / "model.safetensors").unlink(), "no file"),
}


@pytest.mark.parametrize("what", MODELS)
def test_a_hostile_model_directory_is_one_clear_error_and_starts_nothing(desk: Desk, what: str) -> None:
    spoil, words = MODELS[what]
    spoil(desk.directory / "model")
    start = ("start", "borealis", "model", "--process", "small", "--author", "ada", *by("lee"))

    listing = ("candidate", "manifest", "model", "-o", "out.json")
    for command in (start,) if what == TOO_MANY else (start, listing):
        result = told(desk(*command), 2)
        assert words in " ".join(result.err.split()), result
    assert not (desk.directory / "out.json").exists()
    assert len(desk("history", "--limit", "1000", "--json").json) == ENTRIES


def test_a_file_of_the_model_that_may_not_be_read_is_one_clear_error(desk: Desk) -> None:
    secret(desk.directory / "model")
    started_as = os.geteuid()
    if started_as == 0:
        for path in (desk.directory, *desk.directory.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        let_in(desk.directory)
        os.seteuid(NOBODY)
    try:
        result = told(desk("start", "b", "model", "--process", "small", "--author", "ada", *by("lee")), 2)
    finally:
        os.seteuid(started_as)

    assert "secret" in result.err


def zipped(*members: tuple[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a name stands twice is meant
        for name, content in members:
            archive.writestr(name, content)
    return data.getvalue()


HEADER = json.dumps({"version": 2, "status": "success", "eval": {"task": "x", "model": "y"}, "results": None}).encode()
LOGS: dict[str, bytes] = {
    "nothing": b"",
    "a start and no end": HEADER[: len(HEADER) // 2],
    "deep nesting": b'{"version": 2, "eval": ' + b"[" * 100_000,
    "a number without an end": b'{"version": ' + b"9" * 100_000 + b"}",
    "numbers that are none": HEADER.replace(b"null", b"NaN"),
    "a key twice": HEADER[:-1] + b', "status": "error"}',
    "no UTF-8": b'{"version": 2, "status": "\xff"}',
    "an archive cut off": zipped(("header.json", HEADER))[:-30],
    "an archive of nothing": zipped(),
    "an archive with two headers": zipped(("header.json", HEADER), ("header.json", HEADER)),
    "an archive that explodes": zipped(("header.json", b" " * (64 * 1024 * 1024) + HEADER)),
    "an archive with a lying size": zipped(("header.json", HEADER)).replace(
        len(HEADER).to_bytes(4, "little"), (5).to_bytes(4, "little")
    ),
    "noise": bytes(range(256)) * 1000,
}


@pytest.mark.parametrize("name", ["hostile.json", "hostile.eval"])
@pytest.mark.parametrize("what", LOGS)
def test_a_truncated_or_lying_log_is_one_clear_error_and_is_not_attached(desk: Desk, what: str, name: str) -> None:
    (desk.directory / name).write_bytes(LOGS[what])

    attach = ("attach", "aurora", name, "--kind", "inspect", "--declare-as", "lead", *by("lee"))
    told(soon(desk, *attach, measured="explode" in what or what == "nothing"), 2)
    assert len(desk("history", "--limit", "1000", "--json").json) == ENTRIES


@pytest.mark.parametrize("place", ["a pipe", "a device", "a directory", "a loop"])
def test_what_is_no_file_is_not_waited_for(desk: Desk, place: str) -> None:
    path = desk.directory / "odd.yaml"
    {
        "a pipe": lambda: os.mkfifo(path),
        "a device": lambda: path.symlink_to("/dev/zero"),
        "a directory": path.mkdir,
        "a loop": lambda: path.symlink_to(path),
    }[place]()

    told(soon(desk, "process", "check", "odd.yaml"), 2)
    told(soon(desk, "attach", "aurora", "odd.yaml", "--declare-as", "lead", *by("lee")), 2)
    told(soon(desk, "candidate", "verify", "model", "--manifest", "odd.yaml"), 2)

"""How fast a ledger is verified, and what its proofs and appends cost: ``python -m benchmarks.audit --json``.

Two ledgers are made that differ in their length alone, of ten thousand and of a million entries. Both hold whole
releases, every entry of which was decided by the rules and is decided again (:mod:`benchmarks.living` says the mix).
Nobody signs in them; a third one is short, and everybody in it signs. Each audit is a process of its own, with one more
a core, as ``holdfast audit verify`` has them.

- ``chain_and_tree_per_s``: entries whose hash is made of their bytes, whose number, stream, version and previous hash
  are found in these where canonical bytes have them and held against the columns and the entry before in the stream,
  and the tree over all of them, by the seconds that this part of the audit of the long ledger took, the start of its
  processes among them; nothing is parsed in it;
- ``redecided_per_s``: entries that are read, held against their stream and their texts' commitments, and decided again,
  by the seconds of that part;
- ``signed_per_s``: signatures that are verified in the audit's processes, with what was signed read, its files fetched
  and its signer's tree looked up, by the seconds that one of them spends on that. ``verifier_per_s`` is
  :func:`workflow.signing.verify` alone on the same signatures, ``signed_ratio`` the first by the second and the cores;
- ``peak_mb_short``, ``peak_mb_long``: the highest sum of what the processes of an audit had in memory, each its own
  share (PSS), looked at ten times a second; ``peak_mb_10k``, ``peak_mb_1m`` where the ledgers have these sizes;
- ``proof_ratio_long_short``: making one proof of inclusion in the long ledger to the same in the short one, by readers
  that remember nothing; ``proof_ratio_1m_10k`` where the ledgers have these sizes;
- ``append_ratio``: an append where the ledger has a log key and checkpoints are made when asked for, to one where it
  has none; ``append_always_ratio`` where one is made after every change.

The peers do comparable work: ``pymerkle`` appends leaves and verifies a proof of inclusion of each; ``eventsourcing``
reads back aggregates of twenty events each and rebuilds them. Both in one process, as they are used.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.living import MIX, live
from benchmarks.telling import Figures, lines, tell, told
from benchmarks.verifying import SIGNED, one_audit
from benchmarks.ways import LEAD, WHY
from benchmarks.ways.ours import ADMINISTRATOR, Lab
from workflow import Engine, open_engine
from workflow.roots import Tree
from workflow.signing import PublicKey, Signature, verify
from workflow.statement import NAMESPACE
from workflow.storage import open_storage

SHORT = 10_000
LONG = 1_000_000
SIGNED_RELEASES = 300
ROUNDS = 5
PROOFS = 200
APPENDS = 60
LEAVES = 20_000
AGGREGATES = 300
EVENTS = 20
EVERY = 0.1
"""Seconds between two looks at the memory."""


def audited(url: str, *flags: str) -> dict[str, float]:
    """The figures of one audit in a process of its own, with the highest memory that it and its helpers had."""
    command = [sys.executable, "-m", "benchmarks.audit", "--one", url, *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        highest = 0
        over = threading.Event()

        def look() -> None:
            nonlocal highest
            while not over.wait(EVERY):
                highest = max(highest, memory_of(process.pid))

        watcher = threading.Thread(target=look)
        watcher.start()
        out, _ = process.communicate()
        over.set()
        watcher.join()
        assert process.returncode == 0
    return {**json.loads(out.splitlines()[-1]), "peak_mb": highest / 1024}


def memory_of(process: int) -> int:
    """The kilobytes that a process and all that it started have as their own share of memory."""
    total = 0
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()
        lines = Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()
        total = sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        threads = [item.name for item in Path(f"/proc/{process}/task").iterdir()]
        for thread in threads:
            if thread != str(process):
                children += Path(f"/proc/{process}/task/{thread}/children").read_text("ascii").split()
    except OSError:
        return total
    return total + sum(memory_of(int(child)) for child in set(children))


def measure() -> dict[str, float | None]:
    """The figures."""
    with tempfile.TemporaryDirectory(prefix="holdfast-benchmark-") as name:
        folder = Path(name)
        begun = perf_counter()
        short, long = (filled(folder / title, size) for title, size in (("short", SHORT), ("long", LONG)))
        filled_in = perf_counter() - begun
        small, large = audited(short), audited(long)
        ratio = round(proof_ratio(short, long), 3)
        figures: dict[str, float | None] = {
            "entries": large["entries"],
            "cores": len(os.sched_getaffinity(0)),
            "filled_in_s": round(filled_in, 1),
            "chain_and_tree_per_s": round(large["entries"] / (large["Survey"] + large["Join"])),
            "redecided_per_s": round(large["redecided"] / large["Walk"]),
            "audited_in_s": round(large["seconds"], 1),
            "peak_mb_10k": of_size(SHORT, 10_000, round(small["peak_mb"], 1)),
            "peak_mb_1m": of_size(LONG, 1_000_000, round(large["peak_mb"], 1)),
            "peak_mb_short": round(small["peak_mb"], 1),
            "peak_mb_long": round(large["peak_mb"], 1),
            "proof_ratio_1m_10k": of_size(LONG, 1_000_000, ratio),
            "proof_ratio_long_short": ratio,
            **signed(folder),
            **appends(folder),
        }
        return {**figures, "pymerkle": pymerkle(), "eventsourcing": eventsourcing(folder)}


def of_size(size: int, named: int, figure: float) -> float | None:
    """A figure under a name that says a size: null where the ledger has another."""
    return figure if size == named else None


def filled(folder: Path, size: int) -> str:
    """The address of a new ledger of whole releases."""
    folder.mkdir()
    lab = Lab(folder)
    live(lab, size)
    lab.engine.close()
    return lab.url


def signed(folder: Path) -> dict[str, float | None]:
    """How many signatures are verified in an audit, beside the verifier alone on the same ones."""
    place = folder / "all-sign"
    place.mkdir()
    lab = Lab(place, signed=True)
    for number in range(SIGNED_RELEASES):
        lab.work(f"signed-{number}")
    lab.engine.close()
    url = lab.url
    alone = verifier(url)
    found = audited(url, SIGNED)
    cores = len(os.sched_getaffinity(0))
    rate = found["signatures"] / found["signing"] * cores
    return {
        "signed_per_s": round(rate),
        "verifier_per_s": round(alone),
        "signed_ratio": round(rate / (alone * cores), 3),
    }


def verifier(url: str) -> float:
    """The verifier's own rate: the best of some rounds over all signatures of a ledger, each key read once."""
    storage = open_storage(url)
    with closing(storage), storage.snapshot() as reader:
        proofs = [json.loads(stored.body)["proof"] for stored in reader.entries()]
        pairs = [
            (reader.blob(proof["statement"]) or b"", reader.blob(proof["signature"]) or b"")
            for proof in proofs
            if proof["kind"] == "sshsig"
        ]
    keys = {blob: PublicKey.from_blob(blob) for blob in {Signature.parse(signature).key_blob for _, signature in pairs}}
    best = 0.0
    for _ in range(ROUNDS):
        begun = perf_counter()
        for statement, signature in pairs:
            parsed = Signature.parse(signature)
            verify(statement, parsed, key=keys[parsed.key_blob], namespace=NAMESPACE)
        best = max(best, len(pairs) / (perf_counter() - begun))
    return best


def proof_ratio(short: str, long: str) -> float:
    """What one proof costs in the long ledger, to what it costs in the short one."""
    storages = [open_storage(url) for url in (short, long)]
    spent: list[list[float]] = [[], []]
    for _ in range(PROOFS):
        for times, storage in zip(spent, storages, strict=True):
            with storage.snapshot() as reader:
                size = reader.head().frontier.size
                seq = random.randint(1, size)  # noqa: S311 -- which one does not matter
                begun = perf_counter()
                Tree(reader).inclusion(seq, size)
                times.append(perf_counter() - begun)
    for storage in storages:
        storage.close()
    return median(spent[1]) / median(spent[0])


def appends(folder: Path) -> dict[str, float | None]:
    """What an append costs with a log key, and with a checkpoint after each, to what it costs without any."""
    places = {name: folder / f"appends-{name}" for name in ("without", "asked", "always")}
    engines: dict[str, Engine] = {}
    for name, place in places.items():
        place.mkdir()
        lab = Lab(place)
        lab.start("written")
        lab.engine.close()
        url = lab.url
        if name == "without":
            engines[name] = open_engine(url)
            continue
        key = place / "log"
        engine = engines[name] = open_engine(url, log_key=key, checkpoints=name)  # type: ignore[arg-type]
        engine.name_log_key(engine.new_log_key(), actor=ADMINISTRATOR, rationale=WHY)
    spent: dict[str, list[float]] = {name: [] for name in places}
    for days in range(1, APPENDS + 1):
        planned = datetime.now(UTC) + timedelta(days=days)
        for name, engine in engines.items():
            begun = perf_counter()
            engine.schedule("written", planned, actor=LEAD, rationale=WHY)
            spent[name].append(perf_counter() - begun)
    for engine in engines.values():
        engine.close()
    without = spent["without"]
    ratios = {
        name: median(slow / quick for quick, slow in zip(without, spent[name], strict=True))
        for name in ("asked", "always")
    }
    return {"append_ratio": round(ratios["asked"], 3), "append_always_ratio": round(ratios["always"], 3)}


def pymerkle() -> float | None:
    """Leaves a second that ``pymerkle`` appends, and verifies a proof of inclusion of."""
    try:
        from pymerkle import InmemoryTree, verify_inclusion
    except ImportError:
        return None
    tree = InmemoryTree(algorithm="sha256")
    body = b"x" * 1300
    begun = perf_counter()
    for number in range(LEAVES):
        tree.append_entry(body + number.to_bytes(4, "big"))
    root = tree.get_root()
    for number in range(1, LEAVES + 1):
        verify_inclusion(tree.get_leaf(number), root, tree.prove_inclusion(number))
    return round(LEAVES / (perf_counter() - begun))


def eventsourcing(folder: Path) -> float | None:
    """Events a second that ``eventsourcing`` reads back, and rebuilds its aggregates from."""
    try:
        from benchmarks.ways.event_sourced import rebuilt_per_s
    except ImportError:
        return None
    place = folder / "eventsourcing"
    place.mkdir()
    return round(rebuilt_per_s(place, AGGREGATES, EVENTS))


NAMES: Mapping[str, str] = {
    "chain_and_tree_per_s": "bytes, links and tree, entries a second",
    "redecided_per_s": "decided again by the recorded rules, entries a second",
    "signed_per_s": "signatures a second",
    "verifier_per_s": "the verifier alone, on one core",
    "peak_mb_10k": "memory at its highest, ten thousand entries, MB",
    "peak_mb_1m": "memory at its highest, a million entries, MB",
    "proof_ratio_1m_10k": "a proof of inclusion, a million entries to ten thousand",
    "append_ratio": "an append with a log key, to one without",
    "pymerkle": "pymerkle: leaves appended and proven, a second",
    "eventsourcing": "eventsourcing: events read back and rebuilt, a second",
}


SIZED = ("peak_mb_10k", "peak_mb_1m", "proof_ratio_1m_10k")
"""The figures that are of a ledger of one size only."""


def table(figures: Figures) -> str:
    """The figures as the README has them."""
    rows = [(name, told(figures[key])) for key, name in NAMES.items() if figures[key] is not None or key not in SIZED]
    title = f"{figures['entries']:,} entries, {figures['cores']} cores; {MIX}"
    return lines((title, ""), rows)


def main() -> None:
    """Prints the figures; with ``--json`` as one object, with ``--markdown`` as a table."""
    if "--one" in sys.argv:
        one_audit(sys.argv[sys.argv.index("--one") + 1])
        return
    tell("audit", "How fast a ledger is verified.", measure, table)


if __name__ == "__main__":
    main()

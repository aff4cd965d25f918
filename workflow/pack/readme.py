"""The member of a pack that is for people who have nothing but the file.

It is what people read first, so it may say nothing of its own: it follows from ``pack.json``, byte for byte, and a
reader writes it once more and compares. Its words are part of the format, and other words take another format.
"""

from __future__ import annotations

from workflow.ledger import RELEASE_PREFIX, release_stream
from workflow.pack.form import Contents


def readme(contents: Contents) -> bytes:
    """What a pack is, how it is verified, and what is not in it."""
    own = release_stream(contents.release)
    others = [item.stream for item in contents.streams if item.stream not in (own, "ledger", "roster")]
    relatives = ", ".join(name.removeprefix(RELEASE_PREFIX) for name in others) or "none"
    texts, evidence = contents.left_out.texts, contents.left_out.evidence
    lines = [
        f"The history of the release {contents.release}, from the ledger {contents.origin}",
        "",
        f"Made {contents.at} by {contents.by}, when the ledger had {contents.size} entries",
        f"and their Merkle tree the root {contents.root}.",
        "",
        f"In it: {contents.entries} entries, each proven to be in that tree, of the streams ledger, roster and",
        f"{own}, and of the releases that it is related to: {relatives}.",
        "",
        "Verify it, offline:",
        "",
        "    holdfast audit verify --pack FILE --log-key VKEY",
        "",
        "Without Holdfast: sha256sum -c SHA256SUMS in the unpacked directory; the hashes, the proofs and the",
        "signatures are those of RFC 6962, RFC 9162 and OpenSSH. The format is described in docs/pack-format.md.",
        "",
        "Not in it:",
        "",
        f"- {contents.size - contents.entries} entries of the ledger, which are about other releases",
        f"- {len(texts)} texts that were withheld" + (":" if texts else ""),
        *(f"    {item.name} of entry {item.entry}" for item in texts[:200]),
        *([f"    and {len(texts) - 200} more, which pack.json lists"] if len(texts) > 200 else []),
        f"- {len(evidence)} pieces of evidence that were withheld" + (":" if evidence else ""),
        *(f"    {item.blob} of entry {item.entry}" for item in evidence[:200]),
        *([f"    and {len(evidence) - 200} more, which pack.json lists"] if len(evidence) > 200 else []),
        "- the model's files: their manifest is there, with the SHA-256 of each",
    ]
    if contents.clock:
        lines += [
            f"- what the entries {', '.join(map(str, contents.clock[:50]))} are about: they are there because",
            "  the clock read later in them than at a decision after them",
        ]
    if not contents.checkpoint:
        lines.append("- a checkpoint: the ledger's own key says nothing of this tree here")
    lines += [
        "",
        "What is withheld cannot be changed: the entries hold its hashes. What a pack does not show: that nothing",
        "came after it, and that there is no further entry at the end of a stream.",
    ]
    return ("\n".join(lines) + "\n").encode("utf-8")

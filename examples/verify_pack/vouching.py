"""The checkpoint: who stands for a pack being of a ledger (C2SP signed-note, tlog-checkpoint, tlog-cosignature)."""

import base64
import hashlib
import re
from datetime import UTC, datetime

from archive import need
from arithmetic import ed25519


def named_key(text, kind=1):
    """A key of a log (kind 1) or of a witness (kind 4): name, number and base64."""
    name, number, coded = text.split("+", 2)
    key = base64.b64decode(coded, validate=True)
    if key[:1] != bytes([kind]) or number != hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8]:
        raise ValueError("this is no key that signs such a thing")
    return name, number, key


def witness_key(text):
    """The key of a witness."""
    return named_key(text, 4)


def pinned(text):
    """A pin: the number of an entry, and its hash."""
    seq, _, digest = text.partition(":")
    return int(seq), bytes.fromhex(digest).hex()


def vouches(note, vkey, kind):
    """Whether a key signed a note (kind 1), or a witness cosigned it (kind 4); when, in seconds since 1970; or None."""
    name, _, key = vkey
    own = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    text, _, below = note.rpartition("\n\n")
    found, at = [], None
    for by, data in re.findall(r"^\u2014 (\S+) (\S+)$", below, re.MULTILINE):
        made = base64.b64decode(data, validate=True)
        if (by, made[:4]) != (name, own):
            continue
        signed, signature = f"{text}\n", made[4:]
        if kind == 4:
            at, signature = int.from_bytes(made[4:12], "big"), made[12:]
            signed = f"cosignature/v1\ntime {at}\n{text}\n"
        found.append(ed25519(key[1:], signed.encode(), signature))
    need(all(found), f"the signature on the checkpoint that says it is of {name} is not genuine")
    return (bool(found), at) if found else None


def check_vouchers(pack, about, roots, options, entries, log_keys):
    """Checks who stands for this being that ledger: the answer names them, and who was named and says nothing of it."""
    found, silent, size = [], [], 0
    note = pack.read("checkpoint").decode() if "checkpoint" in pack.places else None
    if note is not None:
        named, size, root, *_ = note.split("\n")
        size = int(size)
        same = base64.b64encode(bytes.fromhex(roots.get(size, ""))).decode() == root
        need(
            named == about["origin"] and same,
            "the checkpoint is of another ledger, or of one that is not the beginning of this",
        )
    names, counts = [vkey[0] for vkey in options.log_key], False
    for vkey in options.log_key if note is not None else ():
        places = [place for place, (key, _) in enumerate(log_keys) if key == vkey]
        if vkey[0] != about["origin"] or not vouches(note, vkey, 1) or (log_keys and not places):
            continue
        need(not places or log_keys[places[-1]][1] <= size, "the checkpoint is older than the log key that signed it")
        ended = log_keys[places[-1] + 1][1] if places and places[-1] + 1 < len(log_keys) else size
        need(size <= ended, f"the log key that signed the checkpoint was replaced by entry {ended}")
        found.append(f"{vkey[0]}, for the first {size} entries")
        counts = True
    if options.log_key and note is None:
        silent.append(f"{names[0]}: the pack has no checkpoint")
    wrong = f"the checkpoint is not signed by {' or '.join(names)}; or that is the key of another ledger: check it"
    need(counts or note is None or not names, wrong)
    for vkey in options.witness:
        if note is None or (said := vouches(note, vkey, 4)) is None:
            silent.append(f"{vkey[0]}: did not cosign the checkpoint")
            continue
        when = f"{datetime.fromtimestamp(min(said[1], 253402300799), UTC):%Y-%m-%d at %H:%M:%S} UTC"
        found.append(f"{vkey[0]} on {when}, for the first {size} entries")
    for seq, digest in options.pin:  # which stands for that entry and those before it in its stream, and for no more
        if seq not in entries:
            silent.append(f"the pin of entry {seq}, which is not in the pack")
            continue
        need(entries[seq][0] == digest, f"entry {seq} is not the one that is pinned, or that pin is another ledger's")
        if entries[seq][1] == f"release/{about['release']}":
            found.append(f"the pin of entry {seq}, for the release up to there")
    return found, silent

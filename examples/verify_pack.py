"""Checks a pack of Holdfast's without Holdfast: with the standard library, and ssh-keygen (OpenSSH 8.2 or later).

    python3 -I verify_pack.py PACK [--log-key VKEY] [--witness VKEY]... [--pin SEQ:HASH]...

The format is docs/pack-format.md, and what is signed docs/statement-format.md. It says who signed what. The rules that
decided are not run again here: `holdfast audit verify --pack PACK` does that.

Exit codes: 0 all that is checked here holds; 2 usage; 3 something does not; 8 it does, but nobody vouches for it.
"""

import argparse
import base64
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

MEMBER = re.compile(
    r"pack\.json|README\.txt|checkpoint|(entries|proofs|roots|texts)\.jsonl|blobs/[0-9a-f]{64}|SHA256SUMS"
)
MAX_BYTES, MAX_MEMBER = 2**32, 512 * 2**20
NOT_CHECKED = """not checked here, but by `holdfast audit verify --pack`:
  - that every decision follows from the rules of the process over what was known then
  - that enough administrators agreed to each key, and that each was shown to be in its owner's hands
not to be told from a pack:
  - who acted where an entry is a claim; whether the clock was right; what was recorded after the last entry here"""


class Wrong(Exception):
    """Something is not as it must be."""


def need(condition, message):
    """Goes on only where a condition holds."""
    if not condition:
        raise Wrong(message)


def sha256(data):
    """The digest of some bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


# The file: a ZIP whose members are stored as they are, so that none is larger than the file.


class Pack:
    """The members of a pack, each read when it is wanted and held to its sum."""

    def __init__(self, path):
        need(Path(path).stat().st_size <= MAX_BYTES, "the pack is too large")
        self.zip = zipfile.ZipFile(path)
        found = self.zip.infolist()
        for item in found:
            need(MEMBER.fullmatch(item.filename), f"{item.filename!r} is no part of a pack")
            stored = item.compress_type == zipfile.ZIP_STORED and item.file_size <= MAX_MEMBER
            need(stored, f"{item.filename} is packed, or too large")
        sums = [line.split("  ", 1) for line in self.zip.read("SHA256SUMS").decode("ascii").splitlines()]
        self.sums = {name: digest for digest, name in sums}
        names = sorted([*self.sums, "SHA256SUMS"])
        need(
            names == sorted(item.filename for item in found), "SHA256SUMS does not list what is in the pack, each once"
        )

    def read(self, name):
        """The bytes of a member."""
        data = self.zip.read(name)
        need(sha256(data) == self.sums[name], f"{name} was altered: it does not have the sum in SHA256SUMS")
        return data

    def blob(self, digest, where=""):
        """The bytes of a digest."""
        need(f"blobs/{digest}" in self.sums, f"{where}blobs/{digest} is not in the pack")
        data = self.read(f"blobs/{digest}")
        need(sha256(data) == digest, f"blobs/{digest} was altered")
        return data

    def lines(self, name):
        """The lines of a member, each with the value that it is."""
        data = self.read(name)
        need(not data or data.endswith(b"\n"), f"{name} is cut off")
        return [(line, canonical(line)) for line in data.split(b"\n")[:-1]]


def written(value):
    """A value in canonical form (RFC 8785, and no number but integers)."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def canonical(data):
    """The value of bytes in canonical form: nothing else has these bytes, and it has no others."""
    value = json.loads(data)
    need(written(value) == data, f"not in canonical form: {data[:60]!r}")
    return value


# The tree (RFC 9162, section 2.1).


def climb(place, last, proof, begin):
    """Goes up by a proof, from a place among as many on its level: whether that ended at the top, and with what."""
    old = new = begin
    for sibling in proof:
        if last == 0:
            return False, old, new
        if place & 1 or place == last:
            old, new = (hashlib.sha256(b"\x01" + sibling + below).digest() for below in (old, new))
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            new = hashlib.sha256(b"\x01" + new + sibling).digest()
        place, last = place >> 1, last >> 1
    return last == 0, old, new


def included(leaf, index, size, proof, root):
    """Whether a leaf stands at an index, counted from 0, in the tree of a size and a root."""
    whole, _, found = climb(index, size - 1, proof, leaf)
    return 0 <= index < size and whole and found == root


def extends(first, first_root, size, root, proof):
    """Whether the tree of a first size and root is the beginning of another."""
    if not 0 < first < size:
        return first == size and first_root == root and not proof
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    place, last = first - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    whole, old, new = climb(place, last, path[1:], path[0]) if path else (False, b"", b"")
    return whole and old == first_root and new == root


# Ed25519 (RFC 8032, section 5.1), for the checkpoint. Nothing is secret when verifying, so plain arithmetic will do.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def point(data):
    """The point that 32 bytes stand for; None where they stand for none."""
    sign, y = data[31] >> 7, int.from_bytes(data, "little") % 2**255
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    return (x if x & 1 == sign else P - x), y


def plus(a, b):
    """The sum of two points."""
    (x, y), (u, v) = a, b
    cross = D * x * u * y * v % P
    return (x * v + y * u) * pow(1 + cross, -1, P) % P, (y * v + x * u) * pow(1 - cross, -1, P) % P


def times(count, a):
    """A point added to itself so many times."""
    total = (0, 1)
    for bit in bin(count)[2:]:
        total = plus(total, total)
        total = plus(total, a) if bit == "1" else total
    return total


BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def ed25519(public, message, signature):
    """Whether a key of 32 bytes made a signature of 64 over a message."""
    if (len(public), len(signature)) != (32, 64):
        return False
    key, begin, scalar = point(public), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or begin is None or scalar >= ORDER:
        return False
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    return times(scalar, BASE) == plus(begin, times(hashed, key))


# The checkpoint: a signed note (C2SP signed-note, tlog-checkpoint, tlog-cosignature).


def vouches(note, vkey, kind):
    """Whether a key signed a note (kind 1), or a witness cosigned it (kind 4) and when, in seconds since 1970."""
    name, number, key = vkey
    own = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    need(number == own.hex() and key[0] == kind, f"{name}: this is no key that signs such a thing")
    text, _, below = note.rpartition("\n\n")
    for by, data in re.findall(r"^\u2014 (\S+) (\S+)$", below, re.MULTILINE):
        made = base64.b64decode(data, validate=True)
        if (by, made[:4]) == (name, own) and kind == 1:
            return ed25519(key[1:], f"{text}\n".encode(), made[4:]), None
        if (by, made[:4]) == (name, own):
            at = int.from_bytes(made[4:12], "big")
            return ed25519(key[1:], f"cosignature/v1\ntime {at}\n{text}\n".encode(), made[12:]), at
    return False, None


def check_vouchers(pack, roots, origin, options, leaves, log_keys):
    """Checks who stands for this being the ledger that it says it is. The answer names them."""
    found, note = [], pack.read("checkpoint").decode() if "checkpoint" in pack.sums else "\n\n\n\n"
    named, size, root, *_ = note.split("\n")
    if named:
        same = base64.b64encode(bytes.fromhex(roots.get(int(size), ""))).decode() == root
        need(
            named == origin and same, "the checkpoint is of another ledger, or of one that is not the beginning of this"
        )
    for vkey, kind in [(vkey, 1) for vkey in options.log_key] + [(vkey, 4) for vkey in options.witness]:
        good, at = vouches(note, vkey, kind)
        need(good, f"the checkpoint is not signed by {vkey[0]}")
        places = [place for place, (key, _) in enumerate(log_keys, 1) if key == vkey]
        for _, ended in log_keys[places[0] :] if places else []:
            need(int(size) <= ended, f"the log key that signed the checkpoint was replaced by entry {ended}")
        when = f" on {datetime.fromtimestamp(at, UTC):%Y-%m-%d at %H:%M:%S} UTC" if at else ""
        found.append(f"{vkey[0]}{when}, for the first {size} entries")
    for seq, digest in options.pin:  # which stands for that entry and those before it in its stream, and for no more
        need(leaves.get(seq) == digest, f"entry {seq} is not the one that is pinned")
    return found


# Signatures: whose a key is, the roster's entries say; whether it signed, ssh-keygen does.


def learn(keys, entry):
    """Takes over what an entry of the roster says: ``keys`` are the person, the line and whether it is in force."""
    for event in entry["events"]:
        said = event.get("change", {}) if event["type"] == "change_accepted" else event
        what = said.get("op", said.get("type"))
        if what == "key_enrolled" and said["possession"]:
            digest = hashlib.sha256(base64.b64decode(said["key"].split(" ")[1])).digest()
            called = "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
            keys[called] = (said["person"], said["key"], True)
        elif what in ("key_suspended", "key_revoked", "key_restored") and said["key"] in keys:
            keys[said["key"]] = (*keys[said["key"]][:2], what == "key_restored")
        elif what == "log_key_named":
            keys.setdefault("log", []).append((named_key(said["key"]), entry["seq"]))


def check_signed(entry, keys, pack, scratch):
    """Checks an entry's signature, and that it is over what the entry says. The answer is what its maker said."""
    where, proof = f"entry {entry['seq']}", entry["proof"]
    person, line, in_force = keys.get(proof["key"], (None, "", False))
    need(person == entry["actor"] and in_force, f"{where}: {proof['key']} was no key of {entry['actor']}'s then")
    statement = pack.blob(proof["statement"], f"{where}: ")
    (scratch / "allowed").write_text(f'{person} namespaces="holdfast" {line}\n')
    (scratch / "signature").write_bytes(pack.blob(proof["signature"], f"{where}: "))
    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", person, "-n", "holdfast", "-s", "signature"]
    ran = subprocess.run(command, input=statement, capture_output=True, check=False, cwd=scratch)
    need(ran.returncode == 0, f"{where}: the signature of {person} is not genuine")

    said = canonical(statement)
    predicate, event = said["predicate"], entry["events"][0]
    bound = predicate.get("binding", predicate)
    need(predicate["actor"] == person, f"{where}: somebody else speaks in what was signed")
    need(entry["command_id"] == f"signed/{person}/{bound['nonce']}", f"{where}: signed for another request")
    need((bound["origin"], bound["texts"]) == (entry["origin"], entry["texts"]), f"{where}: other words were signed")
    if "binding" in predicate:
        need(bound == event.get("binding"), f"{where}: another binding was signed")
        need(entry["stream"] == f"release/{bound['release']}", f"{where}: signed for another release")
        named = [{"name": bound["release"], "digest": {"sha256": bound["candidate"]}}]
        need(said["subject"] == named, f"{where}: signed for another candidate")
        told = {name: value for name, value in predicate["details"].items() if name in event and name != "report"}
        need(all(event[name] == value for name, value in told.items()), f"{where}: other details were signed")
    else:
        need(sha256(written(predicate["request"])) == entry["request_digest"], f"{where}: another request was signed")
    return predicate


def check(pack, options, say):
    """Checks all of a pack, and says what it finds. The answer is who vouches for it."""
    about = canonical(pack.read("pack.json").removesuffix(b"\n"))
    need(about["kind"] == "holdfast-pack" and about["format"] == 1, "this is no pack that is known here")
    size, root = about["size"], bytes.fromhex(about["root"])
    proofs = {item["seq"]: [bytes.fromhex(node) for node in item["proof"]] for _, item in pack.lines("proofs.jsonl")}
    roots = {size: about["root"]}
    for _, item in pack.lines("roots.jsonl"):
        first, path = bytes.fromhex(item["root"]), [bytes.fromhex(node) for node in item["proof"]]
        need(extends(item["size"], first, size, root, path), f"the root at {item['size']} is not of this tree")
        roots[item["size"]] = item["root"]

    leaves, ends, texts, erased, keys, claims, last = {}, {}, {}, set(), {}, 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        for line, entry in pack.lines("entries.jsonl"):
            seq, stream, leaf = entry["seq"], entry["stream"], hashlib.sha256(b"\x00" + line).digest()
            need(seq > last and entry["origin"] == about["origin"], f"entry {seq} does not belong where it stands")
            need(included(leaf, seq - 1, size, proofs.get(seq, []), root), f"entry {seq} is not in the tree")
            leaves[seq], last = leaf.hex(), seq
            if seq in about["clock"]:
                continue
            before = ends.get(stream, (0, None))
            need((entry["version"] - 1, entry["prev"]) == before, f"entry {seq} does not continue {stream}")
            ends[stream] = (entry["version"], leaf.hex())
            texts.update(dict.fromkeys(entry["texts"].values(), seq))
            erased |= {event["commitment"] for event in entry["events"] if event["type"] == "text_erased"}
            refused = entry["events"][0]["type"] == "command_refused"
            if entry["proof"]["kind"] != "sshsig" or refused:
                claims += 1
            else:
                said = check_signed(entry, keys, pack, Path(scratch))
                seen = said["tree"]["size"]
                need(seen < seq and roots.get(seen) == said["tree"]["root"], f"entry {seq}: signed over another ledger")
                if stream.startswith("release/"):
                    say(f"  entry {seq}, signed: {said['meaning']}")
            for event in entry["events"]:
                if event["type"] == "transition_made":
                    way = f"from {event['source']} to {event['dest']}, which is {event['exposure']}"
                    say(f"  entry {seq}, {stream}: {entry['actor']} moved it {way}")
            if stream == "roster":
                learn(keys, entry)
    whole = {item["stream"]: (item["version"], item["hash"]) for item in about["streams"]}
    need(ends == whole and len(leaves) == about["entries"], "an entry is missing, or a stream is cut off")

    for _, item in pack.lines("texts.jsonl"):
        salted = b"holdfast-text-v1\x00" + bytes.fromhex(item["salt"]) + item["text"].encode()
        need(sha256(salted) == item["commitment"] and len(item["salt"]) == 64, "a text was altered")
        need(texts.pop(item["commitment"], None), "a text belongs to no entry")
    withheld = {item["commitment"] for item in about["left_out"]["texts"]}
    need(texts.keys() <= withheld | erased, f"a text of entry {min([*texts.values()], default=0)} is missing")
    for name in pack.sums:
        if name.startswith("blobs/"):
            pack.blob(name.removeprefix("blobs/"))
    say(f"verified   {len(leaves)} of the {size} entries of {about['origin']}; {claims} of them are claims")
    say(f"withheld   {len(withheld)} texts, {len(about['left_out']['evidence'])} reports")
    say(f"erased     {len(texts.keys() & erased)} texts")
    return check_vouchers(pack, roots, about["origin"], options, leaves, keys.get("log", []))


def named_key(text):
    """A key that signs notes: name, number and base64."""
    name, number, coded = text.split("+", 2)
    return name, number, base64.b64decode(coded, validate=True)


def pinned(text):
    """A pin: the number of an entry, and its hash."""
    seq, _, digest = text.partition(":")
    return int(seq), bytes.fromhex(digest).hex()


def main(arguments=None):
    """Checks the pack that is named, and answers as the first lines of this file say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack")
    parser.add_argument("--log-key", type=named_key, metavar="VKEY", action="append", default=[])
    parser.add_argument("--witness", type=named_key, metavar="VKEY", action="append", default=[])
    parser.add_argument("--pin", type=pinned, metavar="SEQ:HASH", action="append", default=[])
    options = parser.parse_args(arguments)
    try:
        vouchers = check(Pack(options.pack), options, print)
    except Wrong as error:
        print(f"WRONG: {error}")
        return 3
    except OSError as error:
        print(f"cannot be read: {error}")
        return 2
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, zipfile.BadZipFile) as error:
        print(f"WRONG: this is no pack, or a damaged one: {type(error).__name__}: {error}")
        return 3
    print(NOT_CHECKED)
    if not vouchers:
        pins = ", but for the entries that are pinned and those before them in their streams" if options.pin else ""
        print(f"NOBODY VOUCHES for this being that ledger{pins}: give --log-key or --witness")
        return 8
    print(f"vouched for by: {', '.join(vouchers)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

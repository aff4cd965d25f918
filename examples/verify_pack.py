"""Checks a pack of Holdfast's without Holdfast: with the standard library, and ssh-keygen (OpenSSH 8.2 or later).

    python3 -I verify_pack.py PACK [--log-key VKEY] [--witness VKEY]... [--pin SEQ:HASH]...

The format is docs/pack-format.md, and what is signed docs/statement-format.md. It says who signed what. The rules that
decided are not run again here: `holdfast audit verify --pack PACK` does that.

Exit codes, as of `holdfast audit verify --pack`: 0 all that is checked here holds; 2 usage, or it is no pack, or not to
be read; 3 something does not hold; 8 it does, and nobody vouches for it, or somebody who was named says nothing of it.
"""

import argparse
import base64
import hashlib
import json
import re
import struct
import subprocess
import sys
import tempfile
import zlib
from datetime import UTC, datetime
from pathlib import Path

MEMBER = re.compile(
    r"pack\.json|README\.txt|checkpoint|(entries|proofs|roots|texts)\.jsonl|blobs/[0-9a-f]{64}|SHA256SUMS"
)
LIMITS = {"pack.json": 2**24, "README.txt": 2**16, "checkpoint": 65_535, "SHA256SUMS": 2**24}
LINES = {"entries.jsonl": 65_535, "proofs.jsonl": 2**13, "roots.jsonl": 2**13, "texts.jsonl": 2**20}
MAX_BLOB, MAX_LINES, PIECE = 2**29, 1_000_000, 2**20
ABOUT = "at by checkpoint clock entries format kind left_out origin release root size streams subtrees"
MADE_BY = re.compile(r"holdfast \d{1,6}\.\d{1,6}\.\d{1,6}((a|b|rc|\.post|\.dev)\d{1,6}){0,3}", re.ASCII)
NOT_CHECKED = """not checked here, but by `holdfast audit verify --pack`:
  - that every decision follows from the rules of the process over what was known then
  - that enough administrators agreed to each key, and that each was shown to be in its owner's hands
  - what README.txt says: nothing is read from it
not to be told from a pack:
  - when and by which version it was made, which is what its maker says
  - who acted where an entry is a claim; whether the clock was right; what was recorded after the last entry here"""


class Wrong(Exception):
    """Something is not as it must be."""


class NoPack(Exception):
    """What was named is no pack at all."""


def need(condition, message):
    """Goes on only where a condition holds."""
    if not condition:
        raise Wrong(message)


def sha256(data):
    """The digest of some bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


# The file: a ZIP of which every byte follows from the names and the contents of its members, which are stored as they
# are (APPNOTE.TXT 6.3.10, 4.3.7, 4.3.12 and 4.3.16). So it is read from its beginning, and what must stand around the
# contents is written here once more and compared.

LOCAL, LISTED, END = struct.Struct("<4s5H3L2H"), struct.Struct("<4s6H3L5H2L"), struct.Struct("<4s4H2LH")


def headers(name, size, crc, begins):
    """What stands before a member, and what the directory at the end lists of it."""
    name = name.encode("ascii")
    same = (20, 0, 0, 0, 33, crc, size, size, len(name), 0)
    local, listed = LOCAL.pack(b"PK\3\4", *same), LISTED.pack(b"PK\1\2", 0x314, *same, 0, 0, 0, 0o100644 << 16, begins)
    return local + name, listed + name


class Pack:
    """The members of a pack, each read when it is wanted and held to its sum."""

    def __init__(self, file):
        self.file, self.places, self.sums = file, {}, {}
        whole = file.seek(0, 2)
        if b"pack.json" not in self.part(0, 64) + self.part(max(0, whole - PIECE), PIECE):
            raise NoPack("this is no pack")
        need(whole < 2**32, "the pack is too large")
        begins, directory = 0, b""
        while (begun := self.part(begins, LOCAL.size)).startswith(b"PK\3\4") and len(begun) == LOCAL.size:
            *_, size, length, _ = LOCAL.unpack(begun)
            name = self.part(begins + LOCAL.size, length).decode("latin-1")
            need(length <= 80 and MEMBER.fullmatch(name) and name not in self.places, f"{name!r} is no part of a pack")
            start = begins + LOCAL.size + length
            need(size <= LIMITS.get(name, 2**32 if name in LINES else MAX_BLOB), f"{name} is too large")
            need(start + size <= whole, f"{name} is cut off")
            crc, digest = 0, hashlib.sha256()
            for place in range(start, start + size, PIECE):
                piece = self.part(place, min(PIECE, start + size - place))
                crc = zlib.crc32(piece, crc)
                digest.update(piece)
            local, listed = headers(name, size, crc, begins)
            need(
                self.part(begins, len(local)) == local, f"{name} was altered, or is packed: its header does not fit it"
            )
            self.places[name], self.sums[name] = (start, size), digest.hexdigest()
            directory, begins = directory + listed, start + size
        count = len(self.places)
        need(count < 2**16, "the pack has too many members")
        end = directory + END.pack(b"PK\5\6", 0, 0, count, count, len(directory), begins, 0)
        need(self.part(begins, len(end) + 1) == end, "the file does not end as a pack with these members does")
        blobs = sorted(name for name in self.places if name.startswith("blobs/"))
        named = ["checkpoint"] if "checkpoint" in self.places else []
        order = ["pack.json", "README.txt", *named, *LINES, *blobs, "SHA256SUMS"]
        need(list(self.places) == order, "a member is missing, or does not stand at its place")
        sums = self.read("SHA256SUMS").decode("ascii").splitlines()
        for line, name in zip(sums, order[:-1], strict=False):
            need(line[66:] != name or line == f"{self.sums[name]}  {name}", f"{name} was altered, or its sum")
        written = "".join(f"{self.sums[name]}  {name}\n" for name in order[:-1])
        need(self.read("SHA256SUMS") == written.encode(), "SHA256SUMS does not list what is in the pack, each once")

    def part(self, place, size):
        """Some bytes of the file."""
        self.file.seek(place)
        return self.file.read(size)

    def read(self, name):
        """The bytes of a member."""
        data = self.part(*self.places[name])
        need(sha256(data) == self.sums[name], f"{name} was altered while it was looked at")
        return data

    def blob(self, digest, where=""):
        """The bytes of a digest."""
        need(f"blobs/{digest}" in self.places, f"{where}blobs/{digest} is not in the pack")
        data = self.read(f"blobs/{digest}")
        need(sha256(data) == digest, f"blobs/{digest} was altered")
        return data

    def lines(self, name):
        """The lines of a member, each with the value that it is."""
        data = self.read(name)
        need(not data or data.endswith(b"\n"), f"{name} is cut off")
        lines = data.split(b"\n")[:-1]
        fits = len(lines) <= MAX_LINES and max(map(len, lines), default=0) <= LINES[name]
        need(fits, f"{name} has more lines, or longer ones, than are read")
        return [(line, canonical(line)) for line in lines]


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


def contents(data):
    """What pack.json says, where it is as the format has it."""
    need(data.endswith(b"\n"), "pack.json is cut off")
    about = canonical(data[:-1])
    need(about["kind"] == "holdfast-pack" and about["format"] == 1, "this is no pack that is known here")
    need(
        " ".join(sorted(about)) == ABOUT and MADE_BY.fullmatch(about["by"]), "pack.json has other fields than a pack's"
    )
    streams = [item["stream"] for item in about["streams"]]
    in_order(streams, "the list of streams")
    own = {"ledger", f"release/{about['release']}"} <= set(streams)
    need(own, f"the pack has no stream of the release {about['release']!r} that it says it is of")
    trees = [bytes.fromhex(node) for node in about["subtrees"]]
    need(len(trees) == about["size"].bit_count(), "the subtrees in pack.json are not those of a tree of that size")
    root = trees.pop()
    while trees:
        root = hashlib.sha256(b"\x01" + trees.pop() + root).digest()
    need(root.hex() == about["root"], "the subtrees in pack.json do not have its root")
    return about


def in_order(values, where):
    """Checks that each is greater than the one before."""
    need(values == sorted(set(values)), f"{where}: something stands twice, or not at its place")


def check(pack, options, say):
    """Checks all of a pack, and says what it finds. The answer is who vouches for it, and who says nothing of it."""
    about = contents(pack.read("pack.json"))
    need(
        about["checkpoint"] == ("checkpoint" in pack.places),
        "the checkpoint is missing, or pack.json knows nothing of it",
    )
    size, root = about["size"], bytes.fromhex(about["root"])
    proofs = {item["seq"]: [bytes.fromhex(node) for node in item["proof"]] for _, item in pack.lines("proofs.jsonl")}
    roots, earlier = {size: about["root"]}, pack.lines("roots.jsonl")
    in_order([item["size"] for _, item in earlier], "roots.jsonl")
    for _, item in earlier:
        first, path = bytes.fromhex(item["root"]), [bytes.fromhex(node) for node in item["proof"]]
        need(extends(item["size"], first, size, root, path), f"the root at {item['size']} is not of this tree")
        roots[item["size"]] = item["root"]

    whole = {item["stream"]: (item["version"], item["hash"]) for item in about["streams"]}
    found, ends, texts, erased, keys, claims, last = {}, {}, {}, set(), {}, 0, 0
    said_of, attached = set(), set()
    with tempfile.TemporaryDirectory() as scratch:
        for line, entry in pack.lines("entries.jsonl"):
            seq, stream, leaf = entry["seq"], entry["stream"], hashlib.sha256(b"\x00" + line).digest()
            need(seq > last and entry["origin"] == about["origin"], f"entry {seq} does not belong where it stands")
            need(included(leaf, seq - 1, size, proofs.get(seq, []), root), f"entry {seq} is not in the tree")
            found[seq], last = (leaf.hex(), stream), seq
            if seq in about["clock"]:
                need(stream not in whole, f"entry {seq} is not one that is there for the clock alone")
                continue
            before = ends.get(stream, (0, None))
            need((entry["version"] - 1, entry["prev"]) == before, f"entry {seq} does not continue {stream}")
            ends[stream] = (entry["version"], leaf.hex())
            texts.update(dict.fromkeys(entry["texts"].values(), seq))
            said_of.update((seq, name, commitment) for name, commitment in entry["texts"].items())
            attached.update((seq, event.get("blob")) for event in entry["events"])
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
    need(ends == whole and len(found) == about["entries"], "an entry is missing, or a stream is cut off")
    need(list(proofs) == list(found), "there is a proof of what is not in the pack")

    given = pack.lines("texts.jsonl")
    in_order([item["commitment"] for _, item in given], "texts.jsonl")
    for _, item in given:
        salted = b"holdfast-text-v1\x00" + bytes.fromhex(item["salt"]) + item["text"].encode()
        need(sha256(salted) == item["commitment"] and len(item["salt"]) == 64, "a text was altered")
        need(texts.pop(item["commitment"], None), "a text belongs to no entry")
    for item in about["left_out"]["texts"]:
        real = (item["entry"], item["name"], item["commitment"]) in said_of and item["commitment"] in texts
        need(real, f"entry {item['entry']} has no text {item['name']} that could be withheld, or it is there")
    for item in about["left_out"]["evidence"]:
        real = (item["entry"], item["blob"]) in attached and f"blobs/{item['blob']}" not in pack.places
        need(real, f"entry {item['entry']} has no evidence {item['blob'][:12]} that could be withheld, or it is there")
    withheld = {item["commitment"] for item in about["left_out"]["texts"]}
    need(texts.keys() <= withheld | erased, f"a text of entry {min([*texts.values()], default=0)} is missing")
    for name in pack.places:
        if name.startswith("blobs/"):
            pack.blob(name.removeprefix("blobs/"))
    say(f"verified   {len(found)} of the {size} entries of {about['origin']}; {claims} of them are claims")
    say(f"withheld   {len(withheld)} texts, {len(about['left_out']['evidence'])} reports")
    say(f"erased     {len(texts.keys() & erased)} texts")
    return check_vouchers(pack, about, roots, options, found, keys.get("log", []))


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


def main(arguments=None):
    """Checks the pack that is named, and answers as the first lines of this file say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack")
    parser.add_argument("--log-key", type=named_key, metavar="VKEY", action="append", default=[])
    parser.add_argument("--witness", type=witness_key, metavar="VKEY", action="append", default=[])
    parser.add_argument("--pin", type=pinned, metavar="SEQ:HASH", action="append", default=[])
    options = parser.parse_args(arguments)
    try:
        with Path(options.pack).open("rb") as file:
            vouchers, silent = check(Pack(file), options, print)
    except Wrong as error:
        print(f"WRONG: {error}")
        return 3
    except (NoPack, OSError) as error:
        print(f"cannot be read: {error}")
        return 2
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, OverflowError) as error:
        print(f"WRONG: this is no pack, or a damaged one: {type(error).__name__}: {error}")
        return 3
    print(NOT_CHECKED)
    if vouchers:
        print(f"vouched for by: {', '.join(vouchers)}")
    else:
        pins = ", but for the entries that are pinned and those before them in their streams" if options.pin else ""
        print(f"NOBODY VOUCHES for this being that ledger{pins}: give --log-key or --witness")
    for who in silent:
        print(f"SAYS NOTHING of it: {who}")
    return 0 if vouchers and not silent else 8


if __name__ == "__main__":
    sys.exit(main())

"""Checks a pack of Holdfast's without Holdfast: with the standard library, and ssh-keygen (OpenSSH 8.2 or later).

    python3 -I verify_pack PACK [--log-key VKEY] [--witness VKEY]... [--pin SEQ:HASH]...

The format is docs/pack-format.md, and what is signed docs/statement-format.md. It says who signed what. The rules that
decided are not run again here: `holdfast audit verify --pack PACK` does that.

Four modules lie beside this one, which holds a pack's contents to each other: archive.py reads the file, signed.py asks
whether people signed, vouching.py whether the checkpoint was, and arithmetic.py climbs the tree and verifies Ed25519.

Exit codes, as of `holdfast audit verify --pack`: 0 all that is checked here holds; 2 usage, or it is no pack, or not to
be read; 3 something does not hold; 8 it does, and nobody vouches for it, or somebody who was named says nothing of it.
"""

import argparse
import hashlib
import re
import sys
import tempfile
from pathlib import Path

from archive import NoPack, Pack, Wrong, canonical, need, sha256
from arithmetic import extends, included
from signed import check_signed, learn
from vouching import check_vouchers, named_key, pinned, witness_key

ABOUT = "at by checkpoint clock entries format kind left_out origin release root size streams subtrees"
MADE_BY = re.compile(r"holdfast \d{1,6}\.\d{1,6}\.\d{1,6}((a|b|rc|\.post|\.dev)\d{1,6}){0,3}", re.ASCII)
NOT_CHECKED = """not checked here, but by `holdfast audit verify --pack`:
  - that every decision follows from the rules of the process over what was known then
  - that enough administrators agreed to each key, and that each was shown to be in its owner's hands
  - what README.txt says: nothing is read from it
not to be told from a pack:
  - when and by which version it was made, which is what its maker says
  - who acted where an entry is a claim; whether the clock was right; what was recorded after the last entry here"""


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
            need(pack.sums[name] == name.removeprefix("blobs/"), f"{name} was altered")
    say(f"verified   {len(found)} of the {size} entries of {about['origin']}; {claims} of them are claims")
    say(f"withheld   {len(withheld)} texts, {len(about['left_out']['evidence'])} reports")
    say(f"erased     {len(texts.keys() & erased)} texts")
    return check_vouchers(pack, about, roots, options, found, keys.get("log", []))


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

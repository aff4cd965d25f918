"""Signatures: whose a key is, the roster's entries say; whether it signed, ssh-keygen does."""

import base64
import hashlib
import subprocess

from archive import canonical, need, sha256, written
from vouching import named_key


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

"""The file: a ZIP of which every byte follows from the names and the contents of its members.

They are stored as they are (APPNOTE.TXT 6.3.10, 4.3.7, 4.3.12 and 4.3.16), each at its place. So the file is read from
its beginning, and what must stand around the contents is written here once more and compared: no two programs can find
different things in it.
"""

import hashlib
import json
import re
import struct
import zlib

MEMBER = re.compile(
    r"pack\.json|README\.txt|checkpoint|(entries|proofs|roots|texts)\.jsonl|blobs/[0-9a-f]{64}|SHA256SUMS"
)
LIMITS = {"pack.json": 2**24, "README.txt": 2**16, "checkpoint": 65_535, "SHA256SUMS": 2**24}
LINES = {"entries.jsonl": 65_535, "proofs.jsonl": 2**13, "roots.jsonl": 2**13, "texts.jsonl": 2**20}
MAX_BLOB, MAX_SIGNED, MAX_LINES, PIECE = 2**29, 2**16, 1_000_000, 2**20


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
        """The bytes of a digest: a statement or a signature, neither of which is long."""
        need(f"blobs/{digest}" in self.places, f"{where}blobs/{digest} is not in the pack")
        need(self.places[f"blobs/{digest}"][1] <= MAX_SIGNED, f"{where}blobs/{digest} is too large")
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

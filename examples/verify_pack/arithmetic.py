"""The arithmetic: paths in the tree (RFC 9162, section 2.1), and Ed25519 (RFC 8032, section 5.1) for the checkpoint.

Nothing is secret when verifying, so plain numbers will do.
"""

import hashlib


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

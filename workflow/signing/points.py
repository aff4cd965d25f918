"""Whether an encoded public point is a point of its curve, and one that may stand for a person.

The cryptographic library leaves this to its callers for Ed25519: it takes any 32 bytes, among them the encodings of the
eight points of small order. With such a key a signature can be made that holds for every message, without any secret.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Curve:
    """A NIST curve, ``y^2 = x^3 - 3x + b`` modulo ``p`` (FIPS 186-4, appendix D.1.2; its cofactor is 1)."""

    p: int
    b: int

    @property
    def size(self) -> int:
        """The bytes of one coordinate."""
        return (self.p.bit_length() + 7) // 8


CURVES = {
    "nistp256": Curve(
        p=2**256 - 2**224 + 2**192 + 2**96 - 1,
        b=0x5AC635D8_AA3A93E7_B3EBBD55_769886BC_651D06B0_CC53B0F6_3BCE3C3E_27D2604B,
    ),
    "nistp384": Curve(
        p=2**384 - 2**128 - 2**96 + 2**32 - 1,
        b=0xB3312FA7_E23EE7E4_988E056B_E3F82D19_181D9C6E_FE814112_0314088F_5013875A_C656398D_8A2ED19D_2A85C8ED_D3EC2AEF,
    ),
    "nistp521": Curve(
        p=2**521 - 1,
        b=int(
            "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e1"
            "56193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
            16,
        ),
    ),
}

UNCOMPRESSED = 4

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_EIGHTH = 0x05FC536D_880238B1_3933C6D3_05ACDFD5_F098EFF2_89F4C345_B027B2C2_8F95E826
_SMALL_ORDER = frozenset({0, 1, _P - 1, _EIGHTH, _P - _EIGHTH})
"""The second coordinates of the points of order 1, 2, 4 and 8."""


def is_nist_point(curve: Curve, encoded: bytes) -> bool:
    """Whether these bytes are a point of the curve in uncompressed form (SEC 1, section 2.3.4), not at infinity."""
    if len(encoded) != 1 + 2 * curve.size or encoded[0] != UNCOMPRESSED:
        return False
    x = int.from_bytes(encoded[1 : 1 + curve.size], "big")
    y = int.from_bytes(encoded[1 + curve.size :], "big")
    return x < curve.p and y < curve.p and (y * y - (x * x * x - 3 * x + curve.b)) % curve.p == 0


def is_ed25519_point(encoded: bytes) -> bool:
    """Whether these bytes are the canonical form of a point of Ed25519 (RFC 8032, section 5.1.3) of large order."""
    if len(encoded) != 32:
        return False
    # The topmost bit is the sign of x. It needs no look of its own: x is zero only where y is 1 or -1.
    y = int.from_bytes(encoded, "little") & (2**255 - 1)
    if y >= _P or y in _SMALL_ORDER:
        return False
    # x^2 = u/v has a root exactly when u*v is a square.
    u, v = y * y - 1, _D * y * y + 1
    return pow(u * v, (_P - 1) // 2, _P) == 1

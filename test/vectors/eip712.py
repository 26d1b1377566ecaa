"""Keccak, EIP-712 and secp256k1 with RFC 6979, written from the specifications and nothing else: what the scripts beside it make vectors of
signed messages with shares no code with the contracts, with forge or with the keeper."""

import hashlib
import hmac


def keccak256(data: bytes) -> bytes:
    """Keccak-f[1600] with a rate of 136 bytes and the padding 0x01 (not SHA-3's 0x06)."""
    mask = (1 << 64) - 1
    rotations = [[0, 36, 3, 41, 18], [1, 44, 10, 45, 2], [62, 6, 43, 15, 61], [28, 55, 25, 21, 56], [27, 20, 39, 8, 14]]
    rounds, lfsr = [], 1
    for _ in range(24):
        constant = 0
        for j in range(7):
            if lfsr & 1:
                constant |= 1 << ((1 << j) - 1)
            lfsr = (lfsr << 1) ^ (0x171 if lfsr >> 7 else 0)
        rounds.append(constant)
    left = lambda value, by: ((value << by) | (value >> (64 - by))) & mask if by else value
    padded = bytearray(data + b"\x01" + bytes(-(len(data) + 1) % 136))
    padded[-1] |= 0x80
    state = [[0] * 5 for _ in range(5)]
    for start in range(0, len(padded), 136):
        for i in range(17):
            state[i % 5][i // 5] ^= int.from_bytes(padded[start + 8 * i : start + 8 * i + 8], "little")
        for constant in rounds:
            parity = [state[x][0] ^ state[x][1] ^ state[x][2] ^ state[x][3] ^ state[x][4] for x in range(5)]
            for x in range(5):
                fold = parity[(x + 4) % 5] ^ left(parity[(x + 1) % 5], 1)
                for y in range(5):
                    state[x][y] ^= fold
            moved = [[0] * 5 for _ in range(5)]
            for x in range(5):
                for y in range(5):
                    moved[y][(2 * x + 3 * y) % 5] = left(state[x][y], rotations[x][y])
            for x in range(5):
                for y in range(5):
                    state[x][y] = moved[x][y] ^ (~moved[(x + 1) % 5][y] & moved[(x + 2) % 5][y] & mask)
            state[0][0] ^= constant
    return b"".join(state[i % 5][i // 5].to_bytes(8, "little") for i in range(4))


P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, P) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(k, point):
    result = None
    while k:
        if k & 1:
            result = add(result, point)
        point, k = add(point, point), k >> 1
    return result


def nonce(key: int, digest: bytes) -> int:
    """RFC 6979 with SHA-256; the digest is as long as the order, so it is taken modulo it."""
    tail = key.to_bytes(32, "big") + (int.from_bytes(digest, "big") % N).to_bytes(32, "big")
    mac = lambda k, m: hmac.new(k, m, hashlib.sha256).digest()
    v, k = b"\x01" * 32, bytes(32)
    for separator in (b"\x00", b"\x01"):
        k = mac(k, v + separator + tail)
        v = mac(k, v)
    while True:
        v = mac(k, v)
        candidate = int.from_bytes(v, "big")
        if 0 < candidate < N:
            return candidate
        k = mac(k, v + b"\x00")
        v = mac(k, v)


def sign(key: int, digest: bytes) -> bytes:
    """EIP-2098: r, then s with the parity of y in the highest bit; s in the lower half."""
    k = nonce(key, digest)
    x, y = times(k, G)
    r, odd = x % N, y & 1
    s = pow(k, -1, N) * (int.from_bytes(digest, "big") + r * key) % N
    if s > N // 2:
        s, odd = N - s, odd ^ 1
    return r.to_bytes(32, "big") + (s | odd << 255).to_bytes(32, "big")


def address(key: int) -> bytes:
    x, y = times(key, G)
    return keccak256(x.to_bytes(32, "big") + y.to_bytes(32, "big"))[12:]


def split(key: int, digest: bytes):
    """r, s and the parity of y; s in the lower half."""
    compact = sign(key, digest)
    high = int.from_bytes(compact[32:], "big")
    return compact[:32], (high & (1 << 255) - 1).to_bytes(32, "big"), high >> 255


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def show(data: bytes) -> str:
    return "0x" + data.hex()


DOMAIN_TYPE = keccak256(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")


def domain_of(name: str, version: str, chain: int, contract: bytes) -> bytes:
    """The domain separator."""
    return keccak256(
        DOMAIN_TYPE + keccak256(name.encode()) + keccak256(version.encode()) + word(chain) + bytes(12) + contract
    )


assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"

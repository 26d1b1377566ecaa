#!/usr/bin/env python3
"""Writes skill_messages.json: every message that SkillWallet takes a signature over, in an order in which it accepts all of them.

Written from the specifications, as eip712.py beside it, and from the struct types in the interfaces' documentation. Needs only Python:
`python3 test/vectors/skill_messages.py`."""

import json
import os

from eip712 import DOMAIN_TYPE, address, domain_of, keccak256, show, split, word

HERE = os.path.dirname(os.path.abspath(__file__))
NAME, VERSION = "Fluxion SkillWallet", "1"
START = 1_800_000_000
DAY = 86_400
MAX = 2**256 - 1

TYPES = {
    "MintConsent": "MintConsent(address account,uint8 burnAuth,uint256 nonce,uint256 deadline)",
    "Attestation": "Attestation(address validator,uint256 wallet,uint16 skill,uint32 xp,uint32 nonce,uint32 epoch,uint256 deadline)",
    "AttestationBatch": "AttestationBatch(address validator,AttestationEntry[] entries,uint256 deadline)"
    "AttestationEntry(uint256 wallet,uint16 skill,uint32 xp,uint32 nonce,uint32 epoch)",
    "Revocation": "Revocation(address validator,uint256 wallet,uint16 skill,uint64 xp,uint32 nonce,uint32 epoch,uint256 deadline)",
    "AnnouncementCancellation": "AnnouncementCancellation(uint256 wallet,uint256 ripensAt,uint256 nonce,uint256 deadline)",
    "RecoveryApproval": "RecoveryApproval(uint256 wallet,address to,uint256 nonce,uint256 deadline)",
}
ENTRY = keccak256(b"AttestationEntry(uint256 wallet,uint16 skill,uint32 xp,uint32 nonce,uint32 epoch)")

# The holder, the validator, three guardians, the new account; guardians ascend by address.
KEYS = [int.from_bytes(keccak256(f"skill messages {number}".encode()), "big") >> 8 for number in range(6)]
HOLDER, VALIDATOR, NEW = KEYS[0], KEYS[1], KEYS[5]
GUARDIANS = sorted(KEYS[2:5], key=address)
SIGNERS = {"holder": HOLDER, "validator": VALIDATOR, "guardian 0": GUARDIANS[0], "guardian 1": GUARDIANS[1]}

who = lambda key: address(key)
# What is signed, by whom, and what has to be done before it, in this order:
# skill 1 is left and regained once before the second attestation; a burn is announced before the cancellation; then the holder vetoes the first
# proposal and replaces the guardians by the same ones, so that nonces begin at 2^32.
STEPS = [
    ("MintConsent", "holder", "", [who(HOLDER), 2, 0, START]),
    ("Attestation", "validator", "", [who(VALIDATOR), 1, 1, 450, 0, 0, START + DAY]),
    ("Attestation", "validator", "lose and regain skill 1", [who(VALIDATOR), 1, 1, 2**32 - 1, 1, 1, MAX]),
    ("AttestationBatch", "validator", "", [who(VALIDATOR), [], START]),
    ("AttestationBatch", "validator", "", [who(VALIDATOR), [[1, 2, 7, 0, 0]], START]),
    (
        "AttestationBatch",
        "validator",
        "",
        [who(VALIDATOR), [[1, 2, 1, 1, 0], [1, 1, 5, 2, 1], [1, 2, 2, 2, 0]], 2**64 - 1],
    ),
    ("Revocation", "validator", "", [who(VALIDATOR), 1, 2, 3, 0, 0, START]),
    ("Revocation", "validator", "", [who(VALIDATOR), 1, 1, 2**64 - 1, 0, 1, MAX]),
    ("AnnouncementCancellation", "guardians", "announce a burn", [1, START + 14 * DAY, 0, START]),
    ("RecoveryApproval", "guardians", "", [1, who(NEW), 0, START]),
    ("RecoveryApproval", "guardians", "veto and replace the guardians", [1, who(NEW), 2**32 + 1, START + 14 * DAY]),
]
WORLDS = [(31337, bytes.fromhex("5fbdb2315678afecb367f032d93f642f64180aa3")), (10, bytes(range(1, 21)))]


def encode(value) -> bytes:
    if isinstance(value, list):
        hashes = [keccak256(ENTRY + b"".join(encode(field) for field in entry)) for entry in value]
        return keccak256(b"".join(hashes))
    return bytes(12) + value if isinstance(value, bytes) else word(value)


def plain(value):
    if isinstance(value, list):
        return [plain(each) for each in value]
    return show(value) if isinstance(value, bytes) else str(value)


def message(chain, contract, step):
    kind, signer, before, fields = step
    struct = keccak256(keccak256(TYPES[kind].encode()) + b"".join(encode(field) for field in fields))
    digest = keccak256(b"\x19\x01" + domain_of(NAME, VERSION, chain, contract) + struct)
    signers = ["guardian 0", "guardian 1"] if signer == "guardians" else [signer]
    signatures = []
    for each in signers:
        r, s, odd = split(SIGNERS[each], digest)
        signatures.append(show(r + s + bytes([27 + odd])))
    names = [part.split()[-1] for part in TYPES[kind].split("(")[1].split(")")[0].split(",")]
    values = {name: plain(value) for name, value in zip(names, fields, strict=True)}
    if "entries" in values:
        keys = ["wallet", "skill", "xp", "nonce", "epoch"]
        values["entries"] = [dict(zip(keys, entry, strict=True)) for entry in values["entries"]]
    return {
        "struct": kind,
        "before": before,
        "values": values,
        "structHash": show(struct),
        "digest": show(digest),
        "signatures": signatures,
    }


vectors = {
    "description": "Every struct that SkillWallet takes a signature over, made by skill_messages.py, in an order in which it accepts all of "
    "them from 1,800,000,000 on; `before` says what happens before one. Integers are decimal strings, bytes hex; signatures are r, s, v, "
    "deterministic (RFC 6979), those of guardians ascending by address.",
    "domainName": NAME,
    "domainVersion": VERSION,
    "domainTypeHash": show(DOMAIN_TYPE),
    "typeHashes": {kind: show(keccak256(text.encode())) for kind, text in TYPES.items()},
    "entryTypeHash": show(ENTRY),
    "holder": show(who(HOLDER)),
    "validator": show(who(VALIDATOR)),
    "guardians": [show(who(key)) for key in GUARDIANS],
    "newAccount": show(who(NEW)),
    "worlds": [
        {
            "chainId": str(chain),
            "contract": show(contract),
            "domainSeparator": show(domain_of(NAME, VERSION, chain, contract)),
            "messages": [message(chain, contract, step) for step in STEPS],
        }
        for chain, contract in WORLDS
    ],
}
with open(os.path.join(HERE, "skill_messages.json"), "w") as file:
    json.dump(vectors, file, indent=2)
    file.write("\n")

#!/usr/bin/env python3
"""Writes reputation_report.json: EIP-712 batches of scores and their quorum encoding.

Written from the specifications, as eip712.py beside it. Needs only Python: `python3 test/vectors/reputation_report.py`."""

import json
import os

from eip712 import DOMAIN_TYPE, address, domain_of, keccak256, show, sign, word

HERE = os.path.dirname(os.path.abspath(__file__))


NAME, VERSION = "Fluxion ReputationOracle", "1"
REPORT_TYPE = keccak256(b"ReputationReport(uint256[] updates,uint256 observedAt,uint32 setId)")

with open(os.path.join(HERE, "price_report.json")) as file:
    KEYS = [int(signer["key"], 16) for signer in json.load(file)["signers"]]

LOCAL = bytes.fromhex("5fbdb2315678afecb367f032d93f642f64180aa3")
CASES = [
    ("one wallet, three of four signers", 31337, LOCAL, [(7, 500)], 1_800_000_000, 1, [0, 1, 2]),
    ("the same batch on the second local chain", 31338, LOCAL, [(7, 500)], 1_800_000_000, 1, [0, 1, 3]),
    ("the same batch of another oracle", 31337, bytes(range(1, 21)), [(7, 500)], 1_800_000_000, 1, [1, 2, 3]),
    ("all four signers, the bounds of a score", 31337, LOCAL, [(1, 0), (2, 10_000)], 1_800_000_015, 2, [0, 1, 2, 3]),
    ("the same wallets the other way round", 31337, LOCAL, [(2, 10_000), (1, 0)], 1_800_000_015, 2, [0, 1, 2, 3]),
    ("twenty wallets", 31337, LOCAL, [(1_000 + 37 * i, 400 + 10 * i) for i in range(20)], 1_800_003_600, 3, [0, 2, 3]),
    ("the largest numbers", 2**64 - 1, b"\xff" * 20, [(2**240 - 1, 65_535)], 2**40 - 1, 2**32 - 1, [0, 1, 3]),
]


def case(name, chain, oracle, scores, observed_at, set_id, indexes):
    updates = [wallet << 16 | score for wallet, score in scores]
    domain = domain_of(NAME, VERSION, chain, oracle)
    updates_hash = keccak256(b"".join(word(update) for update in updates))
    struct = keccak256(REPORT_TYPE + updates_hash + word(observed_at) + word(set_id))
    digest = keccak256(b"\x19\x01" + domain + struct)
    signatures = [sign(KEYS[i], digest) for i in indexes]
    return {
        "name": name,
        "chainId": str(chain),
        "oracle": show(oracle),
        "wallets": [str(wallet) for wallet, _ in scores],
        "scores": [str(score) for _, score in scores],
        "updates": [show(word(update)) for update in updates],
        "observedAt": str(observed_at),
        "setId": str(set_id),
        "signerIndexes": [str(i) for i in indexes],
        "domainSeparator": show(domain),
        "structHash": show(struct),
        "digest": show(digest),
        "signatures": [show(signature) for signature in signatures],
        "encoded": show(bytes([len(signatures)]) + b"".join(signatures)),
    }


addresses = [address(key) for key in KEYS]
assert addresses == sorted(addresses)
vectors = {
    "description": "EIP-712 batches of scores and their quorum encoding, made by reputation_report.py. An update is wallet x 65,536 "
    "+ score. Integers are decimal strings, bytes hex. Signers ascend by address; signatures are deterministic (RFC 6979) in "
    "EIP-2098 form; `encoded` is what ReputationOracle.report takes.",
    "domainName": NAME,
    "domainVersion": VERSION,
    "domainTypeHash": show(DOMAIN_TYPE),
    "reportTypeHash": show(REPORT_TYPE),
    "signers": [{"key": show(word(key)), "address": show(address(key))} for key in KEYS],
    "cases": [case(*each) for each in CASES],
}
with open(os.path.join(HERE, "reputation_report.json"), "w") as file:
    json.dump(vectors, file, indent=2)
    file.write("\n")

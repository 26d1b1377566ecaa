// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReputationOracle} from "../../contracts/oracles/IReputationOracle.sol";
import {QuorumVerifier} from "../../contracts/oracles/QuorumVerifier.sol";
import {ReputationFixture} from "./ReputationFixture.sol";

/// @notice Acts on scores from outside, and keeps for each wallet every report that was accepted: what counts is found
/// by going through all of them again, so that nothing is kept the way the contract keeps it.
contract ReputationOracleHandler is ReputationFixture {
    uint256 public constant WALLETS = 4;

    /// @dev A report, or a veto (observedAt zero), and the time to veto that was in force.
    struct Entry {
        uint256 score;
        uint256 observedAt;
        uint256 time;
        uint256 window;
    }

    mapping(bytes32 action => uint256 times) public calls;
    mapping(uint256 wallet => Entry[]) private _entries;
    bytes private _lastCall;
    uint32 private _window = WINDOW;

    constructor(IReputationOracle oracle_, QuorumVerifier verifier_) {
        (oracle, verifier) = (oracle_, verifier_);
        keys = makeKeys(5, "reputation");
        quorum = slice(keys, 1, 4);
    }

    function passTime(uint256 time) external {
        vm.warp(vm.getBlockTimestamp() + bound(time, 1, time % 3 == 0 ? 3 days : 3 hours));
        ++calls["passTime"];
    }

    /// @dev A batch of some wallets, near their scores, near what waits, or anywhere.
    function reportBatch(uint256 seed, uint256 timeSeed) external {
        uint256 observedAt = bound(timeSeed, vm.getBlockTimestamp() - MAX_DELAY, vm.getBlockTimestamp() + 15);
        uint256 count = 1 + seed % WALLETS;
        uint256[] memory updates = new uint256[](count);
        bool acceptable = true;
        for (uint256 i = 0; i < count; ++i) {
            updates[i] = i << 16 | _score(i, uint256(keccak256(abi.encode(seed, i))));
            uint256 length = _entries[i].length;
            uint256 last = _lastEpoch(i);
            if (length != 0 && last != 0 && observedAt < last + INTERVAL) acceptable = false;
        }
        uint32 setId = verifier.currentSetId();
        bytes memory signatures = sign(quorum, digestOf(updates, observedAt, setId));
        bytes memory call = abi.encodeCall(IReputationOracle.report, (updates, observedAt, setId, signatures));
        (bool success,) = address(oracle).call(call);
        assertEq(success, acceptable, "REP-1: accepted exactly when each epoch rises");
        if (!success) return;
        _lastCall = call;
        for (uint256 i = 0; i < count; ++i) {
            _entries[i].push(Entry(updates[i] & 0xffff, observedAt, vm.getBlockTimestamp(), _window));
        }
        ++calls["report"];
    }

    function replay() external {
        if (_lastCall.length == 0) return;
        (bool success,) = address(oracle).call(_lastCall);
        assertFalse(success, "REP-1: accepted twice");
        ++calls["replay"];
    }

    function reportByTooFew(uint256 score) external {
        uint256[] memory updates = update(WALLETS, bound(score, 0, 10_000));
        uint256 time = vm.getBlockTimestamp();
        bytes memory signatures = sign(slice(keys, 1, 3), digestOf(updates, time, 1));
        (bool success,) = address(oracle).call(abi.encodeCall(IReputationOracle.report, (updates, time, 1, signatures)));
        assertFalse(success, "REP-2: two of five");
        ++calls["too few"];
    }

    function veto(uint256 wallet) external {
        wallet %= WALLETS;
        (,, bool pending,,) = expected(wallet);
        oracle.veto(wallets(wallet));
        assertFalse(oracle.reputationOf(wallet).pending, "REP-4: nothing waits after a veto");
        if (!pending) return;
        _entries[wallet].push(Entry(0, 0, vm.getBlockTimestamp(), 0));
        ++calls["veto"];
    }

    /// @dev Another time to veto: for what is reported from now on, and nothing before.
    function setWindow(uint32 window) external {
        _window = uint32(bound(window, 1, 5 days));
        IReputationOracle.Parameters memory p = defaults();
        p.vetoWindow = _window;
        oracle.setParameters(p);
        ++calls["set window"];
    }

    /// @dev What should count now, from the whole history.
    function expected(uint256 wallet)
        public
        view
        returns (uint256 score, uint256 updatedAt, bool pending, uint256 pendingScore, uint256 until)
    {
        uint256 lastObserved;
        Entry[] storage entries = _entries[wallet];
        for (uint256 i = 0; i <= entries.length; ++i) {
            // Before each entry, and now: has what waits come to count?
            uint256 time = i == entries.length ? vm.getBlockTimestamp() : entries[i].time;
            if (pending && time >= until) {
                (score, pending) = (pendingScore, false);
                updatedAt = lastObserved > time ? time : lastObserved;
            }
            if (i == entries.length) break;
            if (entries[i].observedAt == 0) {
                pending = false;
                continue;
            }
            lastObserved = entries[i].observedAt;
            uint256 reported = entries[i].score;
            if (_distance(reported, score) <= MAX_MOVE) {
                (score, pending) = (reported, false);
                updatedAt = lastObserved > time ? time : lastObserved;
            } else if (!pending || _distance(reported, pendingScore) > MAX_MOVE) {
                (pending, pendingScore) = (true, reported);
                until = (lastObserved > time ? lastObserved : time) + entries[i].window;
            }
        }
    }

    function _lastEpoch(uint256 wallet) private view returns (uint256 last) {
        for (uint256 i = 0; i < _entries[wallet].length; ++i) {
            if (_entries[wallet][i].observedAt != 0) last = _entries[wallet][i].observedAt;
        }
    }

    function _score(uint256 wallet, uint256 seed) private view returns (uint256) {
        (uint256 score,, bool pending, uint256 pendingScore,) = expected(wallet);
        if (seed % 4 == 0) return (seed >> 8) % 10_001;
        uint256 base = pending && seed % 4 == 1 ? pendingScore : score;
        // Around the edge of the largest move as well as inside.
        uint256 move = seed % 3 == 0 ? MAX_MOVE - 1 + (seed >> 8) % 3 : (seed >> 8) % MAX_MOVE;
        if ((seed >> 200) % 2 == 0) return base > move ? base - move : 0;
        return base + move > 10_000 ? 10_000 : base + move;
    }

    function _distance(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a - b : b - a;
    }
}

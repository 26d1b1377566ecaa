// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CommonBase} from "forge-std/Base.sol";
import {StdAssertions} from "forge-std/StdAssertions.sol";
import {StdUtils} from "forge-std/StdUtils.sol";
import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";
import {PriceFeed} from "../../contracts/oracles/PriceFeed.sol";
import {QuorumVerifier} from "../../contracts/oracles/QuorumVerifier.sol";
import {PriceFeedFromEvents} from "./PriceFeedFromEvents.sol";
import {PriceFeedModel} from "./PriceFeedModel.sol";

/// @notice Acts on a feed from outside: honest and colluding signers, a transmitter who keeps reports back, and
/// governance. Every action asserts what it expects, and counts when it happened.
/// @dev Clock and chain id are read through `vm`: the optimizer takes `block.timestamp` for constant within a call.
contract PriceFeedHandler is CommonBase, StdAssertions, StdUtils {
    PriceFeed public immutable feed;
    QuorumVerifier public immutable verifier;
    PriceFeedModel public immutable model = new PriceFeedModel();
    PriceFeedFromEvents public immutable events;

    mapping(bytes32 action => uint256 times) public calls;
    /// @dev The last report that was accepted, whole, and the chain id that it was signed for.
    bytes private _lastCall;

    /// @dev What the current block began with, or a strict quorum set in it, as the events tell it.
    struct BlockStart {
        uint256 time;
        int256 price;
        int256 disputedPrice;
        uint256 disputedSince;
    }

    BlockStart private _start;
    uint256 private _generation;
    uint256[] private _keys;

    constructor(PriceFeed feed_, QuorumVerifier verifier_) {
        feed = feed_;
        verifier = verifier_;
        events = new PriceFeedFromEvents(address(feed_));
        IPriceFeed.Parameters memory parameters = feed_.parameters();
        model.setLimits(parameters.breakerBps, parameters.confirmationTime);
    }

    /// @dev To be called once the handler may rotate.
    function start() external {
        _rotate(4);
    }

    // Actions

    function passTime(uint256 time) external {
        vm.warp(vm.getBlockTimestamp() + _logarithmic(time, 3_000));
        ++calls["passTime"];
    }

    /// @dev A report that must be accepted, whatever happened before: near the last price, near the disputed one, or
    /// anywhere.
    function report(uint256 priceSeed, uint256 timeSeed, uint256 count) external {
        uint256 maxDelay = feed.parameters().maxDelay;
        uint256 earliest = max(model.lastObservedAt() + 1, vm.getBlockTimestamp() - maxDelay);
        if (earliest > vm.getBlockTimestamp() + 15) vm.warp(earliest);
        uint256 observedAt = bound(timeSeed, earliest, vm.getBlockTimestamp() + 15);
        // Ordinary quorums are the likelier.
        if (count % 4 == 0) {
            _accept(_price(priceSeed), observedAt, _keys.length);
        } else if (_isNews(observedAt)) {
            _accept(_price(priceSeed), observedAt, _ordinary());
        } else {
            _refuse(_call(_price(priceSeed), observedAt, _ordinary()), "an ordinary report that is no news");
            ++calls["not later"];
            _acceptSoon(_price(priceSeed));
        }
        ++calls[model.disputed() ? bytes32("report, disputed") : bytes32("report, undisputed")];
    }

    /// @dev ORACLE-11: many ordinary reports in one block, each as late as the one before it and later than the last;
    /// {_judge} says whether what they did is too much.
    function crowd(uint256 seed, uint256 count) external {
        uint256 accepted;
        for (uint256 i = 0; i < bound(count, 2, 5); ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 earliest = max(model.lastObservedAt() + 1, vm.getBlockTimestamp() - feed.parameters().maxDelay);
            uint256 latest = vm.getBlockTimestamp() + 15;
            if (earliest > latest) break;
            uint256 observedAt = bound(seed, earliest, seed % 2 == 0 ? latest : (earliest + latest) / 2);
            if (_isNews(observedAt)) {
                _accept(_price(seed >> 1), observedAt, _ordinary());
                ++accepted;
            } else {
                _refuse(_call(_price(seed >> 1), observedAt, _ordinary()), "an ordinary report that is no news");
            }
        }
        assertLe(accepted, 1, "ORACLE-11: ordinary reports in one block");
        ++calls["crowd"];
    }

    /// @dev A quiet market: many rounds, so that the ring wraps. The first report ends a dispute.
    function reportSeries(uint256 seed, uint256 count) external {
        count = bound(count, 1, 24);
        _accept(_price(seed & ~uint256(7) | 2), _nextTime(), _keys.length);
        for (uint256 i = 0; i < count; ++i) {
            _accept(model.lastPrice(), _nextTime(), _ordinary());
        }
        ++calls["series"];
    }

    /// @dev ORACLE-2: whatever was accepted is not accepted again, nor anything of that epoch or before.
    function replay(int256 price, uint256 age) external {
        if (_lastCall.length == 0) return;
        _refuse(_lastCall, "a report accepted twice");
        uint256 last = model.lastObservedAt();
        _refuse(
            _call(int256(bound(price, 1, 1e12)), last - bound(age, 0, 1_000), _keys.length),
            "an epoch that does not rise"
        );
        ++calls["replay"];
    }

    /// @dev ORACLE-3: nothing too late or too early, by anyone.
    function reportOutsideTheWindow(uint256 by, bool early) external {
        uint256 oldest = vm.getBlockTimestamp() - feed.parameters().maxDelay;
        uint256 time = early ? vm.getBlockTimestamp() + 15 + _logarithmic(by, 1e6) : oldest - _logarithmic(by, 1e6);
        _refuse(_call(1e8, time, _keys.length), "a report outside the window");
        ++calls[early ? bytes32("too early") : bytes32("too late")];
    }

    /// @dev ORACLE-7: signed for another chain, price, epoch or set. The report itself is acceptable.
    function reportSignedForOther(uint256 what) external {
        uint256 time = _nextTime();
        uint32 setId = verifier.currentSetId();
        (,,, uint256 chainId,,,) = feed.eip712Domain();
        if (what % 4 == 0) vm.chainId(chainId + 1);
        bytes32 digest = feed.reportDigest(
            what % 4 == 1 ? int256(2e8) : int256(1e8),
            what % 4 == 2 ? time + 1 : time,
            what % 4 == 3 ? setId - 1 : setId
        );
        vm.chainId(chainId);
        bytes memory signatures = _sign(digest, _keys.length);
        _refuse(abi.encodeCall(IPriceFeed.report, (1e8, time, setId, signatures)), "a report signed for another");
        ++calls["signed for other"];
    }

    /// @dev ORACLE-8: one signature too few, one twice, two exchanged, or one by a stranger.
    function reportWithBadSignatures(uint256 what, uint256 where) external {
        uint256 time = _nextTime();
        uint32 setId = verifier.currentSetId();
        bytes32 digest = feed.reportDigest(1e8, time, setId);
        uint256 quorum = _ordinary();
        uint256[] memory keys = new uint256[](what % 4 == 0 ? quorum - 1 : quorum);
        for (uint256 i = 0; i < keys.length; ++i) {
            keys[i] = _keys[i];
        }
        where = bound(where, 1, quorum - 1);
        if (what % 4 == 1) keys[where] = keys[where - 1];
        if (what % 4 == 2) (keys[where], keys[where - 1]) = (keys[where - 1], keys[where]);
        if (what % 4 == 3) keys[where] = uint256(keccak256("stranger"));
        _refuse(abi.encodeCall(IPriceFeed.report, (1e8, time, setId, _signBy(digest, keys))), "a quorum that is none");
        ++calls["bad signatures"];
    }

    /// @dev ORACLE-9: from this block on the old signers' reports fail, under the old id and the new.
    function rotate(uint256 size) external {
        uint256 time = _nextTime();
        uint32 oldId = verifier.currentSetId();
        bytes memory oldCall = _call(1e8, time, _keys.length);
        bytes memory oldSigners = _sign(feed.reportDigest(1e8, time, oldId + 1), _keys.length);
        _rotate(bound(size, 3, 7));
        _refuse(oldCall, "a report signed for the old set");
        _refuse(abi.encodeCall(IPriceFeed.report, (1e8, time, oldId + 1, oldSigners)), "the old signers");
        ++calls["rotate"];
    }

    function setParameters(uint256 maxDelay, uint256 breakerBps, uint256 confirmationTime) external {
        IPriceFeed.Parameters memory parameters = IPriceFeed.Parameters(
            uint16(bound(maxDelay, 1, 3_000)),
            uint16(bound(breakerBps, 1, 2_000)),
            uint16(bound(confirmationTime, 1, 3_000))
        );
        vm.recordLogs();
        feed.setParameters(parameters);
        events.read(vm.getRecordedLogs(), vm.getBlockTimestamp());
        model.setLimits(parameters.breakerBps, parameters.confirmationTime);
        ++calls["setParameters"];
    }

    // What invariants use to prove that the feed goes on: they revert the state afterwards.

    function endDisputeByStrictQuorum() external {
        _accept(7, _nextTime(), _keys.length);
    }

    /// @dev An ordinary quorum that goes on reporting one price, far from the last good one.
    function endDisputeByAgreement() external {
        int256 price = model.lastPrice() > 1e12 ? int256(1) : int256(model.lastPrice() * 10 + 1);
        _accept(price, _nextTime(), _ordinary());
        vm.warp(max(vm.getBlockTimestamp(), model.lastObservedAt()) + model.confirmationTime());
        _accept(price, vm.getBlockTimestamp(), _ordinary());
    }

    // Inside

    function _accept(int256 price, uint256 observedAt, uint256 count) private {
        if (_start.time != vm.getBlockTimestamp()) {
            _start = BlockStart(vm.getBlockTimestamp(), _served(), events.disputedPrice(), events.disputedSince());
        }
        _lastCall = _call(price, observedAt, count);
        uint256 reports = events.reports();
        vm.recordLogs();
        (bool success, bytes memory reason) = address(feed).call(_lastCall);
        assertTrue(success, string.concat("ORACLE-1: a valid report was refused: ", vm.toString(reason)));
        events.read(vm.getRecordedLogs(), vm.getBlockTimestamp());
        assertEq(events.reports(), reports + 1, "ORACLE-16: one event for the report");
        model.apply_(price, observedAt, vm.getBlockTimestamp(), count == _keys.length);
        if (count == _keys.length) {
            _start = BlockStart(vm.getBlockTimestamp(), price, 0, 0);
        } else {
            _judge();
        }
    }

    /// @dev ORACLE-11 from outside, by what the events say before and after: since the block began, or a strict quorum
    /// spoke in it, ordinary reports moved the price by the breaker at most, or to within the breaker of the price that
    /// the block found under dispute. Nor did they move that one further, unless its confirmation began anew.
    function _judge() private view {
        int256 price = _served();
        bool near = _start.price == 0 || _isNear(price, _start.price);
        assertTrue(near || _isNear(price, _start.disputedPrice), "ORACLE-11: a block moved the price too far");
        if (_start.disputedSince == 0 || events.disputedSince() != _start.disputedSince) return;
        assertTrue(
            _isNear(events.disputedPrice(), _start.disputedPrice), "ORACLE-11: a block moved the disputed price too far"
        );
    }

    /// @dev ORACLE-1: however the last report was dated, a fresh ordinary one counts from the 16th second on.
    function _acceptSoon(int256 price) private {
        uint256 accepted = model.lastAcceptedAt();
        uint256 time = _nextTime();
        assertLe(time, max(vm.getBlockTimestamp(), accepted + 16), "ORACLE-1: a fresh report has to wait too long");
        _accept(price, time, _ordinary());
    }

    function _isNews(uint256 observedAt) private view returns (bool) {
        return model.isNews(observedAt, vm.getBlockTimestamp());
    }

    function _ordinary() private view returns (uint256) {
        return _keys.length / 2 + 1;
    }

    function _served() private view returns (int256 price) {
        uint256 count = events.roundCount();
        if (count != 0) (price,) = events.rounds(count - 1);
    }

    function _isNear(int256 price, int256 base) private view returns (bool) {
        int256 move = price > base ? price - base : base - price;
        return move * 10_000 <= base * int256(uint256(feed.parameters().breakerBps));
    }

    function _refuse(bytes memory call, string memory what) private {
        (bool success,) = address(feed).call(call);
        assertFalse(success, string.concat("accepted: ", what));
    }

    function _call(int256 price, uint256 observedAt, uint256 count) private view returns (bytes memory) {
        uint32 setId = verifier.currentSetId();
        bytes memory signatures = _sign(feed.reportDigest(price, observedAt, setId), count);
        return abi.encodeCall(IPriceFeed.report, (price, observedAt, setId, signatures));
    }

    function _sign(bytes32 digest, uint256 count) private view returns (bytes memory) {
        uint256[] memory keys = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            keys[i] = _keys[_keys.length - count + i];
        }
        return _signBy(digest, keys);
    }

    function _signBy(bytes32 digest, uint256[] memory keys) private pure returns (bytes memory signatures) {
        signatures = abi.encodePacked(uint8(keys.length));
        for (uint256 i = 0; i < keys.length; ++i) {
            (bytes32 r, bytes32 yParityAndS) = vm.signCompact(keys[i], digest);
            signatures = bytes.concat(signatures, r, yParityAndS);
        }
    }

    function _rotate(uint256 size) private {
        ++_generation;
        delete _keys;
        address[] memory signers = new address[](size);
        for (uint256 i = 0; i < size; ++i) {
            uint256 key = uint256(keccak256(abi.encode(_generation, i))) >> 8;
            _keys.push(key);
            uint256 j = i;
            for (; j > 0 && signers[j - 1] > vm.addr(key); --j) {
                signers[j] = signers[j - 1];
                _keys[j] = _keys[j - 1];
            }
            signers[j] = vm.addr(key);
            _keys[j] = key;
        }
        verifier.rotate(signers, uint8(size / 2 + 1), uint8(size));
    }

    /// @dev An epoch that an ordinary quorum may report; moves the clock to it.
    function _nextTime() private returns (uint256 time) {
        time = max(max(model.lastObservedAt(), model.lastAcceptedAt()) + 1, vm.getBlockTimestamp());
        if (time > vm.getBlockTimestamp()) vm.warp(time);
    }

    function _price(uint256 seed) private view returns (int256) {
        int256 last = model.lastPrice();
        int256 near = seed % 8 > 4 && model.disputed() ? model.disputedPrice() : last;
        if (seed % 8 == 0 || last == 0) return int256(bound(seed, 1, uint256(uint112(type(int112).max))));
        if (seed % 8 == 1) return int256(_logarithmic(seed, 1e18));
        // Around the edge of the breaker as well as inside.
        int256 width = near * int256(model.breakerBps()) / 10_000;
        int256 move = seed % 8 < 4 ? int256(seed >> 8) % (width + 1) : width + int256(seed >> 8) % 3 - 1;
        int256 price = (seed >> 200) % 2 == 0 ? near + move : near - move;
        if (price < 1) return 1;
        return price > type(int112).max ? int256(type(int112).max) : price;
    }

    /// @dev 1 to `most`, each order of magnitude as likely as the others.
    function _logarithmic(uint256 seed, uint256 most) private pure returns (uint256) {
        uint256 bits = seed % 256;
        uint256 scale = 1;
        while (scale < most && bits > 12) {
            scale *= 2;
            bits -= 12;
        }
        return bound(seed >> 8, 1, scale < most ? scale : most);
    }

    function max(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }
}

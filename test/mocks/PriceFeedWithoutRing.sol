// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AggregatorInterface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorInterface.sol";
import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ReportWindow} from "../../contracts/access/ReportWindow.sol";
import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";
import {IQuorumVerifier} from "../../contracts/oracles/IQuorumVerifier.sol";
import {MAX_DELAY_LIMIT, PriceHead} from "../../contracts/oracles/PriceHead.sol";
import {SignerSet} from "../../contracts/oracles/SignerSet.sol";

/// @title PriceFeed
/// @notice One price, fed by quorum reports. {IPriceFeed} documents it.
contract PriceFeedWithoutRing is IPriceFeed, AccessManaged, EIP712 {
    /// @notice A price that an ordinary quorum reported beyond the breaker, waiting to be confirmed.
    struct Candidate {
        int112 price;
        uint40 since;
    }

    bytes32 private constant REPORT_TYPEHASH =
        keccak256("PriceReport(bytes32 feedId,int256 price,uint256 observedAt,uint32 setId)");
    uint256 private constant RING = 128;
    uint256 private constant BPS = 10_000;

    /// @inheritdoc AggregatorV3Interface
    uint256 public constant override version = 1;
    /// @inheritdoc IPriceFeed
    bytes32 public immutable override feedId;
    /// @inheritdoc IPriceFeed
    IQuorumVerifier public immutable override verifier;
    /// @inheritdoc AggregatorV3Interface
    uint8 public immutable override decimals;
    /// @inheritdoc AggregatorV3Interface
    string public override description;

    /// @dev The EIP-712 domain of the chain that the feed was deployed on; on a fork of it, another applies.
    bytes32 private immutable _domainSeparator;
    uint256 private immutable _chainId;

    PriceHead private _head;
    Candidate private _candidate;
    /// @dev Round n lies at n % RING, as {PriceHead-asRound}.
    PriceHead[RING] private _rounds;

    /// @param authority The AccessManager that decides who may set the limits.
    /// @param verifier_ A deployed QuorumVerifier; its signer sets report here.
    /// @param feedId_ Name of the pair in ASCII, right-padded.
    /// @param decimals_ The price counts units of 10^-decimals.
    /// @param description_ Name for people, e.g. "EUR / USD".
    /// @param parameters_ First limits.
    constructor(
        address authority,
        IQuorumVerifier verifier_,
        bytes32 feedId_,
        uint8 decimals_,
        string memory description_,
        Parameters memory parameters_
    ) AccessManaged(authority) EIP712("Fluxion PriceFeed", "1") {
        verifier = verifier_;
        feedId = feedId_;
        decimals = decimals_;
        description = description_;
        _domainSeparator = _domainSeparatorV4();
        _chainId = block.chainid;
        _setParameters(parameters_);
    }

    /// @inheritdoc IPriceFeed
    function report(int256 price, uint256 observedAt, uint32 setId, bytes calldata signatures) external override {
        PriceHead head = _head;
        if (observedAt <= head.observedAt()) revert EpochNotRising(observedAt, head.observedAt());
        uint256 lag = ReportWindow.lagOf(observedAt, head.maxDelay());
        // Times beyond 40 bits (the year 36812) do not fit the head.
        if (observedAt > type(uint40).max) revert ReportFromFuture(observedAt, block.timestamp);
        unchecked {
            // Zero and negative prices wrap to large ones.
            if (uint256(price) - 1 >= uint256(int256(type(int112).max))) revert PriceOutOfRange(price);
        }
        bool strict = SignerSet.verify(verifier, reportDigest(price, observedAt, setId), setId, signatures);
        // Nothing wrote the head meanwhile: verification makes static calls only.

        // Before the first round there is no price to compare with, and no report to follow.
        if (strict || head.roundId() == 0) {
            _startRound(head, price, observedAt, lag);
            return;
        }
        // In a dispute as well, or one block could walk the price under dispute anywhere and then confirm it.
        ReportWindow.checkFollows(observedAt, head.observedAt(), head.acceptedAt());
        if (_isWithin(price, head.price(), head.breakerBps())) {
            _startRound(head, price, observedAt, lag);
        } else {
            _dispute(head, price, observedAt, lag);
        }
    }

    /// @inheritdoc IPriceFeed
    function setParameters(Parameters calldata parameters_) external override restricted {
        _setParameters(parameters_);
    }

    /// @inheritdoc AggregatorV3Interface
    function latestRoundData()
        external
        view
        override
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        return _roundData(_latestRound());
    }

    /// @inheritdoc AggregatorV3Interface
    function getRoundData(uint80 roundId_)
        external
        view
        override
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        return _roundData(_round(roundId_));
    }

    /// @inheritdoc AggregatorInterface
    function latestAnswer() external view override returns (int256) {
        return _latestRound().price();
    }

    /// @inheritdoc AggregatorInterface
    function latestTimestamp() external view override returns (uint256) {
        return _latestRound().updatedAt();
    }

    /// @inheritdoc AggregatorInterface
    function latestRound() external view override returns (uint256) {
        return _latestRound().roundId();
    }

    /// @inheritdoc AggregatorInterface
    function getAnswer(uint256 roundId) external view override returns (int256) {
        return _round(roundId).price();
    }

    /// @inheritdoc AggregatorInterface
    function getTimestamp(uint256 roundId) external view override returns (uint256) {
        return _round(roundId).updatedAt();
    }

    /// @inheritdoc IPriceFeed
    function parameters() external view override returns (Parameters memory) {
        PriceHead head = _head;
        return Parameters(uint16(head.maxDelay()), uint16(head.breakerBps()), uint16(head.confirmationTime()));
    }

    /// @inheritdoc IPriceFeed
    function status()
        external
        view
        override
        returns (
            uint256 lastObservedAt,
            bool disputed,
            uint256 disputedSince,
            int256 disputedPrice,
            uint256 lastAcceptedAt
        )
    {
        PriceHead head = _head;
        lastAcceptedAt = head.observedAt() == 0 ? 0 : head.acceptedAt();
        return (head.observedAt(), head.disputed(), _candidate.since, _candidate.price, lastAcceptedAt);
    }

    /// @inheritdoc IPriceFeed
    function reportDigest(int256 price, uint256 observedAt, uint32 setId)
        public
        view
        override
        returns (bytes32 digest)
    {
        bytes32 domainSeparator = block.chainid == _chainId ? _domainSeparator : _domainSeparatorV4();
        bytes32 typeHash = REPORT_TYPEHASH;
        bytes32 id = feedId;
        // keccak256(0x1901 || domain || keccak256(abi.encode(type hash, members))), in memory that nobody else uses
        // yet.
        assembly ("memory-safe") {
            let words := mload(0x40)
            mstore(words, typeHash)
            mstore(add(words, 0x20), id)
            mstore(add(words, 0x40), price)
            mstore(add(words, 0x60), observedAt)
            mstore(add(words, 0x80), and(setId, 0xffffffff))
            let structHash := keccak256(words, 0xa0)
            mstore(words, shl(240, 0x1901))
            mstore(add(words, 0x02), domainSeparator)
            mstore(add(words, 0x22), structHash)
            digest := keccak256(words, 0x42)
        }
    }

    function _startRound(PriceHead head, int256 price, uint256 observedAt, uint256 lag) private {
        // Checked: ids end after 2^32 rounds. Epochs rise by a second at least, so that takes 136 years.
        uint32 roundId = head.roundId() + 1;
        PriceHead next = head.withRound(price, observedAt, lag, roundId);
        _head = next;
        if (head.disputed()) {
            delete _candidate;
            emit DisputeResolved(roundId);
        }
        emit AnswerUpdated(price, roundId, observedAt);
    }

    /// @dev An ordinary quorum reports a price beyond the breaker.
    function _dispute(PriceHead head, int256 price, uint256 observedAt, uint256 lag) private {
        // Confirmation is measured from the later to the earlier of observation and acceptance, so that neither keeping
        // reports back nor dating them back shortens it.
        unchecked {
            uint256 acceptedAt = observedAt + lag - ReportWindow.FUTURE_TOLERANCE;
            if (head.disputed()) {
                Candidate memory candidate = _candidate;
                if (_isWithin(price, candidate.price, head.breakerBps())) {
                    uint256 agreedUntil = observedAt < acceptedAt ? observedAt : acceptedAt;
                    if (agreedUntil >= candidate.since + head.confirmationTime()) {
                        _startRound(head, price, observedAt, lag);
                    } else {
                        _head = head.withDispute(observedAt, lag);
                        _candidate.price = int112(price);
                        emit PriceDisputed(head.price(), price, observedAt, candidate.since);
                    }
                    return;
                }
            }
            uint256 since = observedAt > acceptedAt ? observedAt : acceptedAt;
            _head = head.withDispute(observedAt, lag);
            _candidate = Candidate(int112(price), uint40(since));
            emit PriceDisputed(head.price(), price, observedAt, since);
        }
    }

    function _setParameters(Parameters memory parameters_) private {
        if (
            parameters_.maxDelay == 0 || parameters_.maxDelay > MAX_DELAY_LIMIT || parameters_.breakerBps == 0
                || parameters_.breakerBps >= BPS || parameters_.confirmationTime == 0
        ) {
            revert ParameterOutOfRange(parameters_);
        }
        _head = _head.withParameters(parameters_);
        emit ParametersSet(parameters_);
    }

    /// @dev The head as a round; reverts exactly while there is no latest round that may be used.
    function _latestRound() private view returns (PriceHead head) {
        head = _head;
        if (head.disputed()) revert FeedDisputed(_candidate.since);
        if (head.roundId() == 0) revert RoundNotAvailable(0, 0);
    }

    /// @dev Reverts exactly when the ring does not have the round.
    function _round(uint256 roundId) private view returns (PriceHead) {
        uint256 latest = _head.roundId();
        if (roundId == 0 || roundId > latest || latest - roundId >= RING) revert RoundNotAvailable(roundId, latest);
        return _rounds[roundId % RING];
    }

    function _roundData(PriceHead round) private pure returns (uint80, int256, uint256, uint256, uint80) {
        uint256 updatedAt = round.updatedAt();
        uint80 roundId = round.roundId();
        return (roundId, round.price(), updatedAt, updatedAt, roundId);
    }

    /// @dev Whether `price` differs from `last` by at most `bps` basis points of `last`. Exact: multiplied out, nothing
    /// is rounded, and below 2^126 for two prices of at most 2^111.
    function _isWithin(int256 price, int256 last, uint256 bps) private pure returns (bool) {
        unchecked {
            uint256 move = uint256(price > last ? price - last : last - price);
            return move * BPS <= uint256(last) * bps;
        }
    }
}

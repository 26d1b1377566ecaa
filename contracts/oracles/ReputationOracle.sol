// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ReportWindow} from "../access/ReportWindow.sol";
import {IQuorumVerifier} from "./IQuorumVerifier.sol";
import {IReputationOracle} from "./IReputationOracle.sol";
import {Score} from "./ReputationScore.sol";
import {SignerSet} from "./SignerSet.sol";

/// @title ReputationOracle
/// @notice Scores of skill wallets. {IReputationOracle} documents it.
/// @dev A batch checks its quorum once and writes one word for each wallet.
contract ReputationOracle is IReputationOracle, AccessManaged, EIP712 {
    bytes32 private constant REPORT_TYPEHASH =
        keccak256("ReputationReport(uint256[] updates,uint256 observedAt,uint32 setId)");
    uint256 private constant MAX_SCORE = 10_000;
    /// @dev An update: the score in the low bits, the wallet above.
    uint256 private constant SCORE_BITS = 16;

    /// @inheritdoc IReputationOracle
    IQuorumVerifier public immutable override verifier;

    Parameters private _parameters;
    mapping(uint256 wallet => Score) private _scores;

    /// @param authority The AccessManager that decides who may veto and set the limits.
    /// @param verifier_ A deployed QuorumVerifier; its signer sets report here.
    /// @param parameters_ First limits.
    constructor(address authority, IQuorumVerifier verifier_, Parameters memory parameters_)
        AccessManaged(authority)
        EIP712("Fluxion ReputationOracle", "1")
    {
        verifier = verifier_;
        _setParameters(parameters_);
    }

    /// @inheritdoc IReputationOracle
    function report(uint256[] calldata updates, uint256 observedAt, uint32 setId, bytes calldata signatures)
        external
        override
    {
        Parameters memory limits = _parameters;
        if (updates.length == 0) revert BatchEmpty();
        ReportWindow.lagOf(observedAt, limits.maxDelay);
        // A strict quorum has no more to say here than an ordinary one: whoever signs, a larger move can be vetoed.
        SignerSet.verify(verifier, reportDigest(updates, observedAt, setId), setId, signatures);

        emit ScoresReported(observedAt, updates);
        for (uint256 i = 0; i < updates.length; ++i) {
            uint256 update = updates[i];
            _accept(update >> SCORE_BITS, update & (uint256(1) << SCORE_BITS) - 1, observedAt, limits);
        }
    }

    /// @inheritdoc IReputationOracle
    function veto(uint256[] calldata wallets) external override restricted {
        for (uint256 i = 0; i < wallets.length; ++i) {
            Score score = _scores[wallets[i]].settled(block.timestamp);
            if (!score.isPending()) {
                emit VetoSkipped(wallets[i]);
                continue;
            }
            _scores[wallets[i]] = score.withoutPending();
            emit ScoreVetoed(wallets[i], score.pendingValue());
        }
    }

    /// @inheritdoc IReputationOracle
    function setParameters(Parameters calldata parameters_) external override restricted {
        _setParameters(parameters_);
    }

    /// @inheritdoc IReputationOracle
    function read(uint256 wallet, uint256 maxAge) external view override returns (uint256) {
        Score score = _scores[wallet].settled(block.timestamp);
        uint256 updatedAt = score.updatedAt();
        if (updatedAt == 0 || block.timestamp - updatedAt > maxAge) revert ScoreStale(wallet, updatedAt, maxAge);
        return score.value();
    }

    /// @inheritdoc IReputationOracle
    function reputationOf(uint256 wallet) external view override returns (Reputation memory) {
        Score score = _scores[wallet].settled(block.timestamp);
        return Reputation({
            score: score.value(),
            updatedAt: score.updatedAt(),
            epoch: score.epoch(),
            pending: score.isPending(),
            pendingScore: score.pendingValue(),
            pendingUntil: score.pendingUntil()
        });
    }

    /// @inheritdoc IReputationOracle
    function parameters() external view override returns (Parameters memory) {
        return _parameters;
    }

    /// @inheritdoc IReputationOracle
    function reportDigest(uint256[] calldata updates, uint256 observedAt, uint32 setId)
        public
        view
        override
        returns (bytes32)
    {
        bytes32 updatesHash;
        // What keccak256(abi.encodePacked(updates)) is, without a loop over the batch.
        assembly ("memory-safe") {
            let size := shl(5, updates.length)
            let free := mload(0x40)
            calldatacopy(free, updates.offset, size)
            updatesHash := keccak256(free, size)
        }
        return _hashTypedDataV4(keccak256(abi.encode(REPORT_TYPEHASH, updatesHash, observedAt, setId)));
    }

    function _accept(uint256 wallet, uint256 value, uint256 observedAt, Parameters memory limits) private {
        if (value > MAX_SCORE) revert ScoreOutOfRange(wallet, value);
        Score score = _scores[wallet].settled(block.timestamp);
        uint256 last = score.epoch();
        if (last != 0 && observedAt < last + limits.minInterval) revert EpochNotRising(wallet, observedAt, last);
        if (_isWithin(value, score.value(), limits.maxMove)) {
            _scores[wallet] = score.withValue(value, observedAt, block.timestamp);
            return;
        }
        if (!score.isPending() || !_isWithin(value, score.pendingValue(), limits.maxMove)) {
            // The later of both, so that neither keeping reports back nor dating them ahead shortens the wait.
            uint256 since = observedAt > block.timestamp ? observedAt : block.timestamp;
            score = score.withPending(value, since, limits.vetoWindow);
        }
        // A report that agrees with what waits changes neither its value, which is what could be vetoed all the time,
        // nor its time.
        emit ScoreHeld(wallet, score.pendingValue(), score.pendingSince());
        _scores[wallet] = score.withEpoch(observedAt);
    }

    function _setParameters(Parameters memory parameters_) private {
        if (
            parameters_.maxDelay == 0 || parameters_.minInterval == 0 || parameters_.vetoWindow == 0
                || parameters_.maxMove == 0 || parameters_.maxMove > MAX_SCORE
        ) {
            revert ParameterOutOfRange(parameters_);
        }
        _parameters = parameters_;
        emit ParametersSet(parameters_);
    }

    function _isWithin(uint256 a, uint256 b, uint256 most) private pure returns (bool) {
        return (a > b ? a - b : b - a) <= most;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {GuardianPause} from "../../access/GuardianPause.sol";
import {GasCappedCall} from "../external/GasCappedCall.sol";
import {IPermit2} from "../external/IPermit2.sol";
import {IPoolAdmin} from "../IPoolAdmin.sol";
import {IPoolLedger} from "../IPoolLedger.sol";
import {IPoolLiquidity} from "../IPoolLiquidity.sol";
import {IPoolTrade} from "../IPoolTrade.sol";
import {PoolShareName} from "../shares/PoolShareName.sol";
import {Pool} from "../state/Pool.sol";
import {PoolPause} from "../state/PoolPause.sol";
import {PoolShares} from "../state/PoolShares.sol";
import {PoolModule} from "./PoolModule.sol";

/// @title PoolLedger
/// @notice The module of {PoolManager} of shares and claims as ERC-6909 tokens, of signed approvals, of batches of
/// calls, and of pauses.
contract PoolLedger is PoolModule, IPoolLedger {
    using Pool for Pool.State;
    using PoolPause for Pool.State;

    string private constant NAME = "Fluxion Pool Manager";
    string private constant VERSION = "1";
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 id,uint256 amount,uint256 nonce,uint256 deadline)");
    /// @dev For a token's decimals.
    uint256 private constant METADATA_GAS = 100_000;

    /// @param revenueReceiver_ Where protocol fees and the fees of flash loans go.
    /// @param wrappedNative_ The wrapped native coin, 0 for none.
    constructor(address revenueReceiver_, address wrappedNative_) PoolModule(revenueReceiver_, wrappedNative_) {}

    /// @inheritdoc IPoolLedger
    /// @dev The pools are not locked between the calls. A call keeps the caller, and with it the coin that came along,
    /// which the EVM hands on with every `delegatecall` and which Solidity refuses where a function is not payable:
    /// with coin along, those functions are called by the manager for the caller instead, see {_msgSender}.
    function multicall(bytes[] calldata calls, bool unwrap)
        external
        payable
        override
        onlyManager
        nonReentrantView
        returns (bytes[] memory results)
    {
        if (_context != 0) revert BatchNested();
        _context = (uint256(uint160(msg.sender)) << 2) | (unwrap ? UNWRAP : 0);
        results = new bytes[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            bool success;
            (success, results[i]) = msg.value == 0 || _isPayable(bytes4(calls[i]))
                ? address(this).delegatecall(calls[i])
                : address(this).call(calls[i]);
            if (!success) {
                bytes memory reason = results[i];
                assembly ("memory-safe") {
                    revert(add(reason, 32), mload(reason))
                }
            }
        }
        // Whoever gets the rest of the coin is called, and must find the lock, as in a single call.
        _context = ENTERED;
        _settle(0);
    }

    /// @inheritdoc IPoolLedger
    function permitToken(address token, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        payable
        override
        onlyManager
    {
        uint256 context = _enter();
        _ignoringFailure(
            token, abi.encodeCall(IERC20Permit.permit, (msg.sender, address(this), amount, deadline, v, r, s))
        );
        _settle(context);
    }

    /// @inheritdoc IPoolLedger
    function payByPermit2(
        address token,
        uint160 amount,
        uint48 expiration,
        uint48 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external payable override onlyManager {
        uint256 context = _enter();
        if (signature.length != 0) {
            IPermit2.PermitSingle memory single = IPermit2.PermitSingle(
                IPermit2.PermitDetails(token, amount, expiration, nonce), address(this), deadline
            );
            _ignoringFailure(address(PERMIT2), abi.encodeCall(IPermit2.permit, (msg.sender, single, signature)));
        }
        _settle(context == 0 ? 0 : context | BY_PERMIT2);
    }

    /// @inheritdoc IPoolLedger
    function claim(address token, uint256 amount, address recipient) external payable override onlyManager {
        uint256 context = _enter();
        _burn(msg.sender, _claimId(token), amount);
        // Below the claims of the caller.
        _claimed[token] -= amount;
        emit Claimed(msg.sender, token, recipient, amount);
        _push(token, recipient, amount, context);
        _settle(context);
    }

    /// @inheritdoc IPoolLedger
    function permit(
        address owner,
        address spender,
        uint256 id,
        uint256 amount,
        uint256 deadline,
        bytes calldata signature
    ) external override onlyManager nonReentrant checkDeadline(deadline) {
        bytes32 hash = keccak256(abi.encode(PERMIT_TYPEHASH, owner, spender, id, amount, _nonces[owner]++, deadline));
        bytes32 digest = MessageHashUtils.toTypedDataHash(_domainSeparator(), hash);
        if (!SignatureChecker.isValidSignatureNow(owner, digest, signature)) revert SignatureInvalid(owner);
        _approve(owner, spender, id, amount);
    }

    /// @inheritdoc IPoolLedger
    function nonces(address owner) external view override onlyManager nonReentrantView returns (uint256) {
        return _nonces[owner];
    }

    /// @inheritdoc IPoolLedger
    function DOMAIN_SEPARATOR() external view override onlyManager nonReentrantView returns (bytes32) {
        return _domainSeparator();
    }

    /// @dev See {IERC5267-eip712Domain}.
    function eip712Domain()
        external
        view
        override
        onlyManager
        nonReentrantView
        returns (bytes1, string memory, string memory, uint256, address, bytes32, uint256[] memory)
    {
        return (hex"0f", NAME, VERSION, block.chainid, address(this), 0, new uint256[](0));
    }

    /// @dev See {IERC6909TokenSupply-totalSupply}, and {IPoolLedger} for the ids.
    function totalSupply(uint256 id) external view override onlyManager nonReentrantView returns (uint256 supply) {
        if (_isClaim(id)) return _claimed[address(uint160(id))];
        if (!_isPool(id)) return 0;
        (uint256 total, uint256 owed,,) = PoolShares.unpack(_pools[bytes32(id)].shares);
        return total - owed - PoolShares.MINIMUM_SHARES;
    }

    /// @dev See {IERC6909Metadata-name}, and {IPoolLedger} for the ids.
    function name(uint256 id) external view override onlyManager nonReentrantView returns (string memory) {
        if (_isClaim(id)) return string.concat("Fluxion Claim ", Strings.toHexString(address(uint160(id))));
        return _isPool(id) ? PoolShareName.name(bytes32(id)) : "";
    }

    /// @dev See {IERC6909Metadata-symbol}, and {IPoolLedger} for the ids.
    function symbol(uint256 id) external view override onlyManager nonReentrantView returns (string memory) {
        if (_isClaim(id)) return string.concat("FC-", PoolShareName.tag(uint32(bytes4(bytes20(uint160(id))))));
        return _isPool(id) ? PoolShareName.symbol(bytes32(id)) : "";
    }

    /// @dev See {IERC6909Metadata-decimals}, and {IPoolLedger} for the ids. Those of a claim are the token's, 0 where
    /// it has none.
    function decimals(uint256 id) external view override onlyManager nonReentrantView returns (uint8) {
        if (!_isClaim(id)) return _isPool(id) ? PoolShareName.DECIMALS : 0;
        (bool success, uint256 answer) =
            GasCappedCall.ask(address(uint160(id)), METADATA_GAS, abi.encodeCall(IERC20Metadata.decimals, ()));
        return success && answer <= type(uint8).max ? uint8(answer) : 0;
    }

    /// @dev See {IPoolAdmin-pause}.
    function pause(bytes32[] calldata poolIds, uint256 flags, uint256 duration)
        external
        onlyManager
        restricted
        nonReentrant
    {
        PoolPause.checkFlags(flags);
        GuardianPause.checkDuration(duration);
        for (uint256 i = 0; i < poolIds.length; ++i) {
            _pools[poolIds[i]].pauseByGuardian(poolIds[i], flags, duration);
        }
    }

    /// @dev See {IPoolAdmin-setPause}.
    function setPause(bytes32[] calldata poolIds, uint256 flags, uint256 until)
        external
        onlyManager
        restricted
        nonReentrant
    {
        PoolPause.checkFlags(flags);
        for (uint256 i = 0; i < poolIds.length; ++i) {
            _pools[poolIds[i]].setPause(poolIds[i], flags, until);
        }
    }

    /// @dev See {IPoolAdmin-pauseManager}.
    function pauseManager(uint256 flags, uint256 duration) external onlyManager restricted nonReentrant {
        PoolPause.checkFlagsOfManager(flags);
        GuardianPause.checkDuration(duration);
        _managerPauses = uint160(PoolPause.managerPausedByGuardian(_managerPauses, flags, duration));
    }

    /// @dev See {IPoolAdmin-setManagerPause}.
    function setManagerPause(uint256 flags, uint256 until) external onlyManager restricted nonReentrant {
        PoolPause.checkFlagsOfManager(flags);
        _managerPauses = uint160(PoolPause.managerPausedByGovernance(_managerPauses, flags, until));
    }

    /// @dev See {IPoolAdmin-clearExpiredPauses}.
    function clearExpiredPauses(bytes32[] calldata poolIds) external onlyManager nonReentrant {
        for (uint256 i = 0; i < poolIds.length; ++i) {
            _pools[poolIds[i]].clearExpired();
        }
    }

    /// @dev The functions that take coin along; the others do not look at the coin or at who sent it.
    function _isPayable(bytes4 selector) private pure returns (bool) {
        return selector == IPoolTrade.swapExactIn.selector || selector == IPoolTrade.swapExactOut.selector
            || selector == IPoolTrade.swapPathExactIn.selector || selector == IPoolTrade.swapPathExactOut.selector
            || selector == IPoolTrade.flashLoan.selector || selector == IPoolLiquidity.addProportional.selector
            || selector == IPoolLiquidity.addUnbalanced.selector || selector == IPoolLiquidity.addSingle.selector
            || selector == IPoolLiquidity.removeProportional.selector
            || selector == IPoolLiquidity.removeProportionalWithClaims.selector
            || selector == IPoolLiquidity.removeSingle.selector || selector == IPoolLiquidity.donate.selector
            || selector == IPoolAdmin.createPool.selector || selector == IPoolLedger.multicall.selector
            || selector == IPoolLedger.permitToken.selector || selector == IPoolLedger.payByPermit2.selector
            || selector == IPoolLedger.claim.selector;
    }

    function _isClaim(uint256 id) private pure returns (bool) {
        return id >> 160 == 0;
    }

    function _isPool(uint256 id) private view returns (bool) {
        return _pools[bytes32(id)].exists();
    }

    function _domainSeparator() private view returns (bytes32) {
        return keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256(bytes(NAME)), keccak256(bytes(VERSION)), block.chainid, address(this))
        );
    }

    /// @dev Whoever saw a signature may have used it already.
    function _ignoringFailure(address target, bytes memory input) private {
        assembly ("memory-safe") {
            pop(call(gas(), target, 0, add(input, 32), mload(input), 0, 0))
        }
    }
}

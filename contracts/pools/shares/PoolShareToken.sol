// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {IERC6909} from "@openzeppelin/contracts/interfaces/IERC6909.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {IPoolViews} from "../IPoolViews.sol";
import {IRateProvider} from "../external/IRateProvider.sol";
import {PoolShareName} from "./PoolShareName.sol";

/// @title PoolShareToken
/// @notice The shares of one pool as an ERC-20 token with permits, one for one. {PoolShareTokenFactory} makes one for a
/// pool, as a clone that knows its pool id and nothing else. It is its own rate provider, so that a stable pool may
/// hold it beside what the pool is worth.
///
/// The permits are not OpenZeppelin's: those have the name of their domain as an immutable, which a clone shares with
/// all others.
///
/// Warning: shares that are transferred here without {deposit} belong to nobody.
contract PoolShareToken is ERC20, Nonces, IERC20Permit, IERC5267, IRateProvider {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    /// @notice The {PoolManager}.
    IERC6909 public immutable manager;

    /// @notice Shares were wrapped.
    event Deposited(address indexed from, address indexed recipient, uint256 amount);
    /// @notice Shares were unwrapped.
    event Withdrawn(address indexed from, address indexed recipient, uint256 amount);

    /// @notice What goes to the token itself or to the manager would belong to nobody.
    error RecipientInvalid(address recipient);
    /// @notice The permit came after its deadline.
    error ERC2612ExpiredSignature(uint256 deadline);
    /// @notice The permit is not signed by its owner.
    error ERC2612InvalidSigner(address signer, address owner);

    /// @param manager_ The {PoolManager}.
    constructor(IERC6909 manager_) ERC20("", "") {
        manager = manager_;
    }

    /// @notice Wraps `amount` shares of the caller, who made this contract an operator or approved it for them.
    /// @param amount In shares, one token unit each.
    /// @param recipient Gets the tokens.
    function deposit(uint256 amount, address recipient) external {
        _checkRecipient(recipient);
        manager.transferFrom(msg.sender, address(this), uint256(poolId()), amount);
        _mint(recipient, amount);
        emit Deposited(msg.sender, recipient, amount);
    }

    /// @notice Burns `amount` tokens of the caller for as many shares.
    /// @param amount In token units, one share each.
    /// @param recipient Gets the shares.
    function withdraw(uint256 amount, address recipient) external {
        _checkRecipient(recipient);
        _burn(msg.sender, amount);
        manager.transfer(recipient, uint256(poolId()), amount);
        emit Withdrawn(msg.sender, recipient, amount);
    }

    /// @inheritdoc IRateProvider
    /// @dev {IPoolViews-virtualPrice} of the pool, which answers during a call of another pool too. Of use in stable
    /// pools alone: in a weighted one the rate has no unit.
    function getRate() external view override returns (uint256 rate) {
        IPoolViews pools = IPoolViews(address(manager));
        return pools.virtualPrice(pools.keyOf(poolId()));
    }

    /// @notice The pool's id.
    function poolId() public view returns (bytes32) {
        return abi.decode(Clones.fetchCloneArgs(address(this)), (bytes32));
    }

    /// @notice Ends with the first four bytes of the pool id.
    function name() public view override returns (string memory) {
        return PoolShareName.name(poolId());
    }

    /// @notice Ends with the first four bytes of the pool id.
    function symbol() public view override returns (string memory) {
        return PoolShareName.symbol(poolId());
    }

    /// @notice See ERC-2612. What is signed has {name} in its domain.
    function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        override
    {
        if (block.timestamp > deadline) revert ERC2612ExpiredSignature(deadline);
        bytes32 hash = keccak256(abi.encode(PERMIT_TYPEHASH, owner, spender, value, _useNonce(owner), deadline));
        address signer = ECDSA.recover(MessageHashUtils.toTypedDataHash(DOMAIN_SEPARATOR(), hash), v, r, s);
        if (signer != owner) revert ERC2612InvalidSigner(signer, owner);
        _approve(owner, spender, value);
    }

    /// @notice The nonce that the next permit of an account has to have.
    function nonces(address owner) public view override(IERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    /// @notice The EIP-712 domain separator: {name}, version "1", this chain, this address.
    function DOMAIN_SEPARATOR() public view override returns (bytes32) {
        return
            keccak256(
                abi.encode(DOMAIN_TYPEHASH, keccak256(bytes(name())), keccak256("1"), block.chainid, address(this))
            );
    }

    /// @notice See ERC-5267.
    function eip712Domain()
        external
        view
        override
        returns (bytes1, string memory, string memory, uint256, address, bytes32, uint256[] memory)
    {
        return (hex"0f", name(), "1", block.chainid, address(this), 0, new uint256[](0));
    }

    function _checkRecipient(address recipient) private view {
        if (recipient == address(this) || recipient == address(manager)) revert RecipientInvalid(recipient);
    }
}

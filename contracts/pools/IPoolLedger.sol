// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {IERC6909Metadata, IERC6909TokenSupply} from "@openzeppelin/contracts/interfaces/IERC6909.sol";
import {IPoolErrors} from "./IPoolErrors.sol";
import {IPoolEvents} from "./IPoolEvents.sol";

/// @title IPoolLedger
/// @notice Shares and claims as ERC-6909 tokens, and how calls are put together and paid: what a holder and a wallet
/// call. See {IPoolManager}.
///
/// Ids. A pool's shares have the pool's id, the hash of its key; their total supply is what accounts hold, without the
/// locked shares and without what is owed to the protocol and not collected. A claim on a token has the id
/// uint160(token): it is what an exit left behind for its holder ({IPoolLiquidity-removeProportionalWithClaims}), one
/// token unit each, and can be moved like shares. Of other ids nothing exists: no supply, no decimals, an empty name
/// and symbol.
interface IPoolLedger is IERC6909TokenSupply, IERC6909Metadata, IERC5267, IPoolErrors, IPoolEvents {
    /// @notice Makes several calls of the caller in one, all or none. Every function of the manager can be among them
    /// but this one.
    ///
    /// Native coin that comes along pays for wrapped native coin wherever some is due, until it is spent; then wrapped
    /// coin is taken. What was not spent goes back to the caller at the end. It is counted by what was sent and spent,
    /// never by a balance. What is called from within by others (a borrower in the callback of a flash loan) is not of
    /// the batch.
    /// @param calls As they would be sent to this contract.
    /// @param unwrap Whether wrapped native coin that comes out goes to its recipient as native coin.
    /// @return results What each returned, ABI-encoded.
    function multicall(bytes[] calldata calls, bool unwrap) external payable returns (bytes[] memory results);

    /// @notice Uses an ERC-2612 signature of the caller for the manager; the step before an entry in a {multicall}.
    /// That it fails is no error: whoever saw the signature may have used it already, and then the allowance is there.
    /// @param token The token.
    /// @param amount The allowance, in token units.
    /// @param deadline Last second at which the signature is good, in unix time.
    /// @param v Recovery id of the signature, 27 or 28.
    /// @param r Of the signature.
    /// @param s Of the signature.
    function permitToken(address token, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        payable;

    /// @notice From here on, in the batch that it is a call of, what the caller pays is moved by Permit2, from the
    /// allowances that Permit2 keeps of the caller for the manager, and not by an approval of the manager. Outside of a
    /// batch it only sets the allowance.
    ///
    /// With a signature such an allowance is set first. That this fails is no error, as in {permitToken}.
    /// @param token The token.
    /// @param amount The allowance, in token units; 2^160 - 1 does not run down.
    /// @param expiration Last second at which the allowance is good, in unix time.
    /// @param nonce Permit2's next nonce of the caller for this token and the manager.
    /// @param deadline Last second at which the signature is good, in unix time.
    /// @param signature By the caller, of Permit2's PermitSingle; empty to use the allowances that there are.
    function payByPermit2(
        address token,
        uint160 amount,
        uint48 expiration,
        uint48 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external payable;

    /// @notice Gives up claims of the caller for the tokens that they are on. Nothing pauses it.
    /// @param token The token.
    /// @param amount In token units. More than the caller has claims on reverts with ERC6909InsufficientBalance.
    /// @param recipient Gets the tokens; as native coin in a batch that asks for it.
    function claim(address token, uint256 amount, address recipient) external payable;

    /// @notice Approves `spender` for shares or claims of `owner`, who signed it: the approval of ERC-6909 without a
    /// transaction of the owner. Signed is, under the domain of {eip712Domain},
    /// Permit(address owner,address spender,uint256 id,uint256 amount,uint256 nonce,uint256 deadline).
    /// Reverts with {IPoolErrors-DeadlinePassed} and {IPoolErrors-SignatureInvalid}.
    /// @param owner Whose shares or claims they are.
    /// @param spender Who may move them.
    /// @param id The pool's id, or uint160(token).
    /// @param amount The allowance, in shares or token units. It replaces what there was.
    /// @param deadline Last second at which the signature is good, in unix time.
    /// @param signature By `owner` with the next of its {nonces}: ECDSA of 65 bytes, or what a contract accepts by
    /// EIP-1271.
    function permit(
        address owner,
        address spender,
        uint256 id,
        uint256 amount,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice The nonce that the next {permit} of an account has to have.
    /// @param owner The account.
    /// @return nonce From 0; every {permit} that is used raises it by one.
    function nonces(address owner) external view returns (uint256 nonce);

    /// @notice The EIP-712 domain separator: name "Fluxion Pool Manager", version "1", this chain, this address.
    /// @return separator Its hash.
    function DOMAIN_SEPARATOR() external view returns (bytes32 separator);
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC20Capped} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Capped.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {IGovernanceToken} from "./IGovernanceToken.sol";
import {StakeInPlace} from "./StakeInPlace.sol";

/// @title GovernanceToken
/// @notice The token that votes. {IGovernanceToken} documents it.
contract GovernanceToken is IGovernanceToken, ERC20Permit, ERC20Votes, ERC20Burnable, ERC20Capped, StakeInPlace {
    uint256 private constant MAX_CAP = type(uint112).max;

    /// @param token What the token is.
    /// @param terms What its stream of rewards is.
    constructor(TokenTerms memory token, StakeTerms memory terms)
        ERC20(token.name, token.symbol)
        ERC20Permit(token.name)
        ERC20Capped(token.cap)
        StakeInPlace(terms)
    {
        if (token.cap > MAX_CAP) revert CapTooLarge(token.cap, MAX_CAP);
        if (token.allocation == 0 || token.allocation > token.cap) {
            revert AllocationInvalid(token.allocation, token.cap);
        }
        if (block.chainid == terms.homeChainId) _mint(token.holder, token.allocation);
    }

    /// @notice Clock of the votes.
    /// @return Block time, in seconds.
    function clock() public view override returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @notice What {clock} counts, by ERC-6372.
    /// @return "mode=timestamp".
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    /// @notice Number of the next permit or delegation by signature.
    /// @param owner Who signs.
    /// @return The nonce.
    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    function _update(address from, address to, uint256 value)
        internal
        override(ERC20, ERC20Votes, ERC20Capped, StakeInPlace)
    {
        super._update(from, to, value);
    }
}

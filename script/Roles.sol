// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Roles
/// @notice Roles of the AccessManager. Role 0 is its ADMIN_ROLE, held by the Timelock.
library Roles {
    uint64 internal constant ADMIN = 0;
    /// @notice Cancels delayed operations of the roles it guards; pauses pools, flash loans and the creation of pools;
    /// drops large moves of scores.
    uint64 internal constant GUARDIAN = 1;
    /// @notice Rotates signer sets and sets the limits of feeds and of reputation.
    uint64 internal constant ORACLE_MANAGER = 2;
    /// @notice Sets the protocol's share of what pools earn, the fee of flash loans and discounts; ramps, extends and
    /// ends pauses.
    uint64 internal constant POOL_MANAGER = 3;
    /// @notice Creates pools, where the network does not let everyone do so.
    uint64 internal constant POOL_CREATOR = 4;
    /// @notice Defines skills and badges, names validators and minters, suspends badges.
    uint64 internal constant SKILL_MANAGER = 5;
    /// @notice The last of the roles above.
    uint64 internal constant LAST = SKILL_MANAGER;
    /// @notice The AccessManager's PUBLIC_ROLE: everyone has it.
    uint64 internal constant ANYONE = type(uint64).max;

    /// @notice The role's name, by which the AccessManager labels it.
    /// @param role Any role.
    /// @return The name of the constant above; the number where there is none.
    function nameOf(uint64 role) internal pure returns (string memory) {
        if (role == ANYONE) return "ANYONE";
        string[6] memory names =
            ["ADMIN", "GUARDIAN", "ORACLE_MANAGER", "POOL_MANAGER", "POOL_CREATOR", "SKILL_MANAGER"];
        return role < names.length ? names[role] : _decimal(role);
    }

    function _decimal(uint64 value) private pure returns (string memory text) {
        for (; value != 0; value /= 10) {
            text = string.concat(string(abi.encodePacked(bytes1(uint8(48 + value % 10)))), text);
        }
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IPoolManager} from "../../contracts/pools/IPoolManager.sol";
import {PoolControl} from "../../contracts/pools/PoolControl.sol";
import {PoolLiquidity} from "../../contracts/pools/PoolLiquidity.sol";
import {PoolManager} from "../../contracts/pools/PoolManager.sol";
import {PlainToken} from "./PoolTokens.sol";

/// @notice A manager, tokens in rising order of address, and keys for them. The test contract is the admin and the first
/// provider, and has approved the manager for everything.
abstract contract PoolFixture is Test {
    uint256 internal constant FEE = 3_000;
    uint256 internal constant PROTOCOL_FEE_BPS = 1_000;

    address internal immutable TREASURY = makeAddr("treasury");

    AccessManager internal access;
    IPoolManager internal manager;

    function deployManager() internal {
        vm.warp(1_800_000_000);
        access = new AccessManager(address(this));
        PoolLiquidity liquidity = new PoolLiquidity(address(new PoolControl()), TREASURY);
        manager = IPoolManager(address(new PoolManager(address(access), address(liquidity), PROTOCOL_FEE_BPS)));
    }

    /// @dev Tokens with these decimals, deployed so that their addresses rise.
    function deployTokens(uint8[] memory decimals) internal returns (PlainToken[] memory tokens) {
        tokens = new PlainToken[](decimals.length);
        address last;
        for (uint256 i = 0; i < decimals.length; ++i) {
            bytes memory creation = abi.encodePacked(type(PlainToken).creationCode, abi.encode("TOKEN", decimals[i]));
            bytes32 codeHash = keccak256(creation);
            uint256 salt;
            // Each address lies in its own slice of the space, above the last.
            address target;
            do {
                target = vm.computeCreate2Address(bytes32(++salt), codeHash, address(this));
            } while (target <= last || uint160(target) >> 157 != i);
            assembly ("memory-safe") {
                target := create2(0, add(creation, 32), mload(creation), salt)
            }
            tokens[i] = PlainToken(target);
            last = target;
            provide(tokens[i], address(this));
        }
    }

    /// @dev Gives an account far more than any test uses, and approves the manager.
    function provide(PlainToken token, address account) internal {
        token.mint(account, type(uint128).max);
        vm.prank(account);
        token.approve(address(manager), type(uint256).max);
    }

    function weightedKey(PlainToken[] memory tokens, uint256[] memory weights)
        internal
        view
        returns (uint256[] memory key)
    {
        key = new uint256[](tokens.length + 1);
        key[0] = FEE;
        for (uint256 i = 0; i < tokens.length; ++i) {
            key[i + 1] = wordOf(address(tokens[i]), tokens[i].decimals(), weights[i]);
        }
    }

    function stableKey(PlainToken[] memory tokens, uint256 amplification) internal view returns (uint256[] memory key) {
        key = weightedKey(tokens, new uint256[](tokens.length));
        key[0] = FEE / 10 | (amplification << 24);
    }

    function wordOf(address token, uint256 decimals, uint256 weight) internal pure returns (uint256) {
        return uint256(uint160(token)) | (decimals << 160) | (weight << 168);
    }

    function sharesOf(uint256[] memory key, address account) internal view returns (uint256) {
        return manager.balanceOf(account, uint256(keccak256(abi.encodePacked(key))));
    }

    function balancesOf(uint256[] memory key) internal view returns (uint256[] memory balances) {
        (balances,,,,) = manager.poolState(key);
    }

    function list(uint256 a, uint256 b) internal pure returns (uint256[] memory values) {
        values = new uint256[](2);
        (values[0], values[1]) = (a, b);
    }

    function list(uint256 a, uint256 b, uint256 c) internal pure returns (uint256[] memory values) {
        values = new uint256[](3);
        (values[0], values[1], values[2]) = (a, b, c);
    }

    function decimalsOf(uint8 a, uint8 b) internal pure returns (uint8[] memory values) {
        values = new uint8[](2);
        (values[0], values[1]) = (a, b);
    }

    function decimalsOf(uint8 a, uint8 b, uint8 c) internal pure returns (uint8[] memory values) {
        values = new uint8[](3);
        (values[0], values[1], values[2]) = (a, b, c);
    }

    function largest(uint256 count) internal pure returns (uint256[] memory values) {
        values = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            values[i] = type(uint256).max;
        }
    }
}

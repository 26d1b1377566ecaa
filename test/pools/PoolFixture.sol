// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {WETH} from "solady/tokens/WETH.sol";
import {IPoolManager} from "../../contracts/pools/IPoolManager.sol";
import {PoolModule} from "../../contracts/pools/modules/PoolModule.sol";
import {artifact, artifactIn} from "../../script/Artifact.sol";
import {PlainToken} from "./PoolTokens.sol";

/// @notice A manager, tokens in rising order of address, and keys for them. The test contract is the admin and the
/// first provider, and has approved the manager for everything.
abstract contract PoolFixture is Test {
    uint256 internal constant FEE = 3_000;
    uint256 internal constant PROTOCOL_FEE_BPS = 1_000;

    address internal immutable TREASURY = makeAddr("treasury");

    AccessManager internal access;
    /// @dev Tells the tokens of several deployments apart.
    uint256 private _batches;

    WETH internal weth;
    /// @dev By the order of the manager's constructor.
    PoolModule[6] internal modules;
    string[6] private MODULES = ["PoolTrade", "PoolLiquidity", "PoolAdmin", "PoolQuotes", "PoolViews", "PoolLedger"];
    IPoolManager internal manager;

    function deployManager() internal {
        vm.warp(1_800_000_000);
        access = AccessManager(deployCode(artifact("AccessManager"), abi.encode(this)));
        weth = WETH(payable(deployCode(artifact("WETH"))));
        deployManagerFor(address(weth));
    }

    /// @dev Another manager, under the same AccessManager, whose wrapped native coin is this.
    function deployManagerFor(address wrapped) internal {
        bytes memory terms = abi.encode(TREASURY, wrapped);
        for (uint256 i = 0; i < MODULES.length; ++i) {
            modules[i] = PoolModule(payable(deployCode(artifact(MODULES[i]), terms)));
        }
        manager = IPoolManager(
            deployCode(
                artifact("PoolManager"),
                // A fixed array is encoded as its elements, one by one.
                abi.encode(access, modules, PROTOCOL_FEE_BPS)
            )
        );
    }

    /// @dev Tokens with these decimals, deployed so that their addresses rise.
    function deployTokens(uint8[] memory decimals) internal returns (PlainToken[] memory tokens) {
        tokens = new PlainToken[](decimals.length);
        string memory name = string.concat("TOKEN", vm.toString(++_batches));
        address last;
        for (uint256 i = 0; i < decimals.length; ++i) {
            bytes memory creation =
                abi.encodePacked(vm.getCode(artifactIn("PoolTokens", "PlainToken")), abi.encode(name, decimals[i]));
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

    function idOf(uint256[] memory key) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(key));
    }

    function supplyOf(uint256[] memory key) internal view returns (uint256 supply) {
        (, supply,,,) = manager.poolState(key);
    }

    function create(uint256[] memory key, uint256[] memory amounts) internal returns (uint256 shares) {
        (, shares) = manager.createPool(key, amounts, 0, address(this), type(uint256).max);
    }

    /// @dev A key with a fee policy that may grant `least` millionths.
    function withPolicy(uint256[] memory key, address policy, uint256 least)
        internal
        pure
        returns (uint256[] memory special)
    {
        special = copyOf(key, 0);
        special[0] |= (least << 48) | (uint256(uint160(policy)) << 72);
    }

    /// @dev A stable key of which token i has a rate provider, where there is one.
    function withProviders(uint256[] memory key, address[] memory providers)
        internal
        pure
        returns (uint256[] memory special)
    {
        uint256 count;
        for (uint256 i = 0; i < providers.length; ++i) {
            if (providers[i] != address(0)) ++count;
        }
        special = copyOf(key, count);
        special[0] |= count << 232;
        uint256 next = key.length;
        for (uint256 i = 0; i < providers.length; ++i) {
            if (providers[i] == address(0)) continue;
            special[i + 1] |= 1 << 200;
            special[next++] = uint160(providers[i]);
        }
    }

    function copyOf(uint256[] memory key, uint256 more) internal pure returns (uint256[] memory copied) {
        copied = new uint256[](key.length + more);
        for (uint256 i = 0; i < key.length; ++i) {
            copied[i] = key[i];
        }
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

/// @notice Three tokens of 18, 6 and 8 decimals in three kinds of pools.
abstract contract PoolTrio is PoolFixture {
    uint256 internal constant SOON = 1_800_000_600;

    address internal immutable ALICE = makeAddr("alice");

    PlainToken[] internal _tokens;
    /// @dev The first two tokens, 50/50.
    uint256[] internal _equal;
    /// @dev All three, 50/30/20.
    uint256[] internal _weighted;
    /// @dev All three, A = 200.
    uint256[] internal _stable;

    function setUp() public virtual {
        deployManager();
        _tokens = deployTokens(decimalsOf(18, 6, 8));
        _equal = weightedKey(_two(), list(500_000, 500_000));
        _weighted = weightedKey(_tokens, list(500_000, 300_000, 200_000));
        _stable = stableKey(_tokens, 200);
        create(_equal, list(1_000e18, 2_000e6));
        create(_weighted, list(5_000e18, 3_000e6, 2_000e8));
        create(_stable, list(5_000e18, 5_300e6, 4_800e8));
    }

    function _two() internal view returns (PlainToken[] memory two) {
        two = new PlainToken[](2);
        (two[0], two[1]) = (_tokens[0], _tokens[1]);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolTrade} from "../../contracts/pools/IPoolTrade.sol";
import {artifactIn} from "../../script/Artifact.sol";
import {Borrower, Watcher} from "./PoolContracts.sol";
import {PoolTrio} from "./PoolFixture.sol";
import {WatchingToken} from "./PoolTokens.sol";

/// @notice Specified by PoolShareRate.tree. POOL-35: the rate of a share, read outside of calls and from inside of
/// them.
contract PoolShareRateTest is PoolTrio {
    uint256 private constant WAD = 1e18;
    /// @dev What the bounds of an invariant are apart at these sizes, relative to it, in 10^-18: the rate is a lower
    /// bound.
    uint256 private constant ROUNDING = 2;

    WatchingToken private _token;
    uint256[] private _watched;
    uint256 private _index;

    function setUp() public override {
        super.setUp();
        provide(_tokens[0], ALICE);
        provide(_tokens[1], ALICE);
        provide(_tokens[2], ALICE);
    }

    function test_GivenANewPool() external view {
        assertApproxEqAbs(manager.virtualPrice(_stable), WAD, 1, "POOL-35: a share is a whole token");
        assertLe(manager.virtualPrice(_stable), WAD, "POOL-35: rounded down");
        assertApproxEqRel(manager.virtualPrice(_weighted), WAD, 1e9, "POOL-35: the invariant of a share");
    }

    /// @dev From a unit to a hundred times the pool.
    function test_WhenAnybodySwaps(uint256 seed) external {
        vm.startPrank(ALICE);
        for (uint256 k = 0; k < 8; ++k) {
            uint256 draw = uint256(keccak256(abi.encode(seed, k)));
            (uint256 i, uint256 j) = (draw % 3, (draw % 3 + 1 + (draw >> 8) % 2) % 3);
            uint256 most = balancesOf(_stable)[i] * 100;
            uint256 before = manager.virtualPrice(_stable);
            try manager.swapExactIn(
                _stable, i, j, 1 + (draw >> 16) % (1 + (most >> ((draw >> 200) % 60))), 0, ALICE, SOON
            ) {}
                catch {}
            assertGe(manager.virtualPrice(_stable) + ROUNDING, before, "POOL-35: a swap lowers the rate of a share");
        }
    }

    /// @dev The judge adds up the fees, each token at what it is worth at most so near to balance: 1.01.
    function test_WhenFeesArePaid(uint256 seed) external {
        uint256 first = manager.virtualPrice(_stable);
        uint256 supply = supplyOf(_stable);
        uint256 paid;
        vm.startPrank(ALICE);
        for (uint256 k = 0; k < 24; ++k) {
            uint256 draw = uint256(keccak256(abi.encode(seed, k)));
            (uint256 i, uint256 j) = (draw % 3, (draw % 3 + 1 + (draw >> 8) % 2) % 3);
            uint256[] memory balances = balancesOf(_stable);
            uint256 amount = (draw >> 16) % (balances[i] / 10);
            manager.swapExactIn(_stable, i, j, amount, 0, ALICE, SOON);
            // With what rounding leaves in the pool: a unit of each.
            paid += ((amount * (FEE / 10)) / 1e6 + 1) * 10 ** (18 - _tokens[i].decimals());
            paid += 10 ** (18 - _tokens[j].decimals());
        }
        uint256 rise = (manager.virtualPrice(_stable) - first) * supply / WAD;
        assertLe(rise, paid * 101 / 100, "POOL-35: more than the fees");
        assertGe(rise, paid * 80 / 100, "POOL-35: less than the providers' part of them");
    }

    function test_WhenLiquidityComesAndGoes(uint256 seed) external {
        uint256[][3] memory keys = [_stable, _weighted, _equal];
        uint256[] memory key = keys[seed % 3];
        uint256 n = key.length - 1;
        uint256 before = manager.virtualPrice(key);
        uint256 shares = 1 + (seed >> 8) % (supplyOf(key) * 10);
        vm.startPrank(ALICE);
        manager.addProportional(key, shares, largest(n), ALICE, SOON);
        assertGe(manager.virtualPrice(key) + ROUNDING, before, "POOL-35: an add lowers the rate");
        before = manager.virtualPrice(key);
        uint256[] memory amounts = new uint256[](n);
        amounts[seed % n] = 1 + (seed >> 128) % balancesOf(key)[seed % n];
        try manager.addUnbalanced(key, amounts, 0, ALICE, SOON) {} catch {}
        assertGe(manager.virtualPrice(key) + ROUNDING, before, "POOL-35: an unbalanced add lowers the rate");
        before = manager.virtualPrice(key);
        try manager.removeSingle(key, (seed >> 4) % n, shares / 3, 0, ALICE, SOON) {} catch {}
        assertGe(manager.virtualPrice(key) + ROUNDING, before, "POOL-35: an exit in one token lowers the rate");
        before = manager.virtualPrice(key);
        manager.removeProportional(key, sharesOf(key, ALICE), new uint256[](n), ALICE, SOON);
        assertGe(manager.virtualPrice(key) + ROUNDING, before, "POOL-35: an exit lowers the rate");
    }

    function test_GivenAGiftToTheManager() external {
        uint256 before = manager.virtualPrice(_stable);
        _tokens[0].transfer(address(manager), 1e27);
        assertEq(manager.virtualPrice(_stable), before, "POOL-35: a gift is nobody's");
    }

    /// @dev What growth owes the protocol is taken off before it is collected.
    function test_GivenGrowthThatIsNotChargedYet() external {
        vm.prank(ALICE);
        manager.swapExactIn(_stable, 0, 1, 2_000e18, 0, ALICE, SOON);
        uint256 before = manager.virtualPrice(_stable);
        assertGt(manager.collectProtocolFee(_stable), 0, "growth");
        assertApproxEqAbs(manager.virtualPrice(_stable), before, ROUNDING, "POOL-35: as if it was collected");
    }

    /// POOL-35: in each transfer of each entry the rate is that before the call or that after it.
    function test_WhenATokenReadsItInEveryTransfer() external {
        _watch();
        _token.watch(manager, _watched);
        _record();
        manager.swapExactIn(_watched, _index, 1 - _index, 30e18, 0, ALICE, SOON);
        _check("swapExactIn");
        manager.swapExactOut(_watched, 1 - _index, _index, 9e18, 1e30, ALICE, SOON);
        _check("swapExactOut");
        IPoolTrade.Hop[] memory hops = new IPoolTrade.Hop[](1);
        hops[0] = IPoolTrade.Hop(_watched, _index, 1 - _index);
        manager.swapPathExactOut(hops, 9e18, 1e30, ALICE, SOON);
        _check("swapPathExactOut");
        manager.addProportional(_watched, 40e18, largest(2), address(this), SOON);
        _check("addProportional");
        manager.removeProportional(_watched, 90e18, new uint256[](2), ALICE, SOON);
        _check("removeProportional");
        manager.addUnbalanced(_watched, list(50e18, 1e18), 0, address(this), SOON);
        _check("addUnbalanced");
        manager.addSingle(_watched, _index, 9e18, 1e30, address(this), SOON);
        _check("addSingle");
        manager.removeSingle(_watched, _index, 9e18, 0, ALICE, SOON);
        _check("removeSingle");
        Borrower borrower = Borrower(deployCode(artifactIn("PoolContracts", "Borrower"), abi.encode(manager)));
        address[] memory tokens = new address[](1);
        tokens[0] = address(_token);
        uint256[] memory amounts = new uint256[](1);
        amounts[0] = 50e18;
        borrower.borrow(tokens, amounts);
        _check("flashLoan");
    }

    /// @dev A policy is asked before anything is written: the rate is that before the call.
    function test_WhenAFeePolicyReadsIt() external {
        Watcher watcher = new Watcher(manager);
        uint256[] memory key = withPolicy(_stable, address(watcher), 0);
        create(key, list(5_000e18, 5_300e6, 4_800e8));
        manager.swapExactIn(key, 1, 0, 900e6, 0, ALICE, SOON);
        watcher.expect(key, manager.virtualPrice(key));
        uint256 state = vm.snapshotState();
        uint256 out = manager.swapExactIn(key, 0, 1, 9e18, 0, ALICE, SOON);
        vm.revertToState(state);
        uint256 shares = manager.addUnbalanced(key, list(9e18, 0, 0), 0, ALICE, SOON);
        vm.revertToState(state);
        uint256 left = manager.removeSingle(key, 0, 9e18, 0, ALICE, SOON);
        vm.revertToState(state);
        watcher.expect(key, 1);
        assertLt(manager.swapExactIn(key, 0, 1, 9e18, 0, ALICE, SOON), out, "POOL-35: another rate in a swap");
        vm.revertToState(state);
        watcher.expect(key, 1);
        assertLt(manager.addUnbalanced(key, list(9e18, 0, 0), 0, ALICE, SOON), shares, "POOL-35: in an add");
        vm.revertToState(state);
        watcher.expect(key, 1);
        assertLt(manager.removeSingle(key, 0, 9e18, 0, ALICE, SOON), left, "POOL-35: in an exit");
    }

    /// @dev In the second step of a path the pool of the first is what the step made it.
    function test_WhenARateProviderReadsItOnAPath() external {
        Watcher watcher = new Watcher(manager);
        address[] memory providers = new address[](3);
        providers[2] = address(watcher);
        uint256[] memory key = withProviders(_stable, providers);
        watcher.expect(_equal, manager.virtualPrice(_equal));
        create(key, list(5_000e18, 5_300e6, 4_800e8));
        uint256 state = vm.snapshotState();
        manager.swapExactIn(_equal, 0, 1, 90e18, 0, ALICE, SOON);
        uint256 later = manager.virtualPrice(_equal);
        vm.revertToState(state);
        IPoolTrade.Hop[] memory hops = new IPoolTrade.Hop[](2);
        (hops[0], hops[1]) = (IPoolTrade.Hop(_equal, 0, 1), IPoolTrade.Hop(key, 1, 2));
        watcher.expect(_equal, later);
        manager.swapPathExactIn(hops, 90e18, 0, ALICE, SOON);
    }

    uint256 private _before;

    function _record() private {
        _before = manager.virtualPrice(_watched);
        _token.clear();
    }

    function _check(string memory entry) private {
        uint256 later = manager.virtualPrice(_watched);
        uint256[] memory seen = _token.seen();
        assertGt(seen.length, 0, string.concat(entry, ": it was read"));
        for (uint256 i = 0; i < seen.length; ++i) {
            assertTrue(seen[i] == _before || seen[i] == later, string.concat("POOL-35: a rate in between, in ", entry));
        }
        _record();
    }

    /// @dev A stable pool of the token and tokens[0].
    function _watch() private {
        _token = new WatchingToken();
        provide(_token, address(this));
        bool first = address(_token) < address(_tokens[0]);
        _index = first ? 0 : 1;
        _watched = new uint256[](3);
        _watched[0] = FEE | 200 << 24;
        _watched[_index + 1] = wordOf(address(_token), 18, 0);
        _watched[2 - _index] = wordOf(address(_tokens[0]), 18, 0);
        create(_watched, list(100e18, 100e18));
    }
}

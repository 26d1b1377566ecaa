// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CommonBase} from "forge-std/Base.sol";
import {StdAssertions} from "forge-std/StdAssertions.sol";
import {StdUtils} from "forge-std/StdUtils.sol";
import {IPoolManager} from "../../contracts/pools/IPoolManager.sol";
import {IPoolTrade} from "../../contracts/pools/IPoolTrade.sol";
import {artifactIn} from "../../script/Artifact.sol";
import {Borrower, Oracle} from "./PoolContracts.sol";
import {PlainToken} from "./PoolTokens.sol";

/// @notice Traders and providers acting on several pools from outside. Every action asserts its own promise, and counts
/// when it happened. Trades are from a unit to many times the balance.
contract PoolManagerHandler is CommonBase, StdAssertions, StdUtils {
    uint256 private constant SOON = type(uint256).max;

    IPoolManager public immutable manager;

    /// @dev Rate provider of the pool with rates, fee policy of the pool with discounts.
    Oracle public immutable rate;
    Oracle public immutable policy;
    Borrower public immutable borrower;

    mapping(bytes32 action => uint256 times) public calls;
    mapping(address token => uint256) public donated;
    uint256[][] private _keys;
    address[3] private _actors;

    constructor(
        IPoolManager manager_,
        uint256[][] memory keys,
        address[3] memory actors,
        Oracle rate_,
        Oracle policy_
    ) {
        manager = manager_;
        rate = rate_;
        policy = policy_;
        borrower = Borrower(vm.deployCode(artifactIn("PoolContracts", "Borrower"), abi.encode(manager_)));
        _keys = keys;
        _actors = actors;
    }

    /// POOL-8: quote = execution. POOL-2 is asserted after every action.
    function swap(uint256 who, uint256 which, uint256 i, uint256 j, uint256 amount) external {
        uint256[] memory key = _keys[which % _keys.length];
        (i, j) = _two(key, i, j);
        amount = _amount(key, i, amount);
        vm.startPrank(_actors[who % 3]);
        try manager.quoteExactIn(_actors[who % 3], key, i, j, amount) returns (uint256 quote) {
            assertEq(_swap(who, key, i, j, amount), quote, "POOL-8: quote");
            ++calls[_isStable(key) ? bytes32("swap, stable") : bytes32("swap, weighted")];
        } catch {
            // Only stable pools refuse: trades that would put balances more than 10^6 apart.
            assertTrue(_isStable(key), "a weighted pool refused a trade that fits");
            ++calls["swap, refused"];
        }
        vm.stopPrank();
    }

    /// POOL-2: there and back never pays, however often.
    function swapThereAndBack(uint256 who, uint256 which, uint256 i, uint256 j, uint256 amount, uint256 times)
        external
    {
        uint256[] memory key = _keys[which % _keys.length];
        (i, j) = _two(key, i, j);
        amount = _amount(key, i, amount) % (balanceOf(key, i) / 4 + 1);
        vm.startPrank(_actors[who % 3]);
        for (times = 1 + times % 4; times > 0; --times) {
            uint256 back = _swap(who, key, j, i, _swap(who, key, i, j, amount));
            assertLe(back, amount, "POOL-2: a round trip pays");
        }
        vm.stopPrank();
        ++calls["there and back"];
    }

    /// POOL-2: buying an exact amount and selling it again never pays. POOL-8: quote = execution.
    function buyAndSell(uint256 who, uint256 which, uint256 i, uint256 j, uint256 amount) external {
        uint256[] memory key = _keys[which % _keys.length];
        (i, j) = _two(key, i, j);
        amount = _amount(key, j, amount) % (balanceOf(key, j) / 4 + 1);
        vm.startPrank(_actors[who % 3]);
        uint256 paid = _buy(who, key, i, j, amount);
        assertLe(_swap(who, key, j, i, amount), paid, "POOL-2: buying and selling pays");
        vm.stopPrank();
        ++calls["buy and sell"];
    }

    /// POOL-5: add then remove never profits in any token.
    function addThenRemove(uint256 who, uint256 which, uint256 shares) external {
        uint256[] memory key = _keys[which % _keys.length];
        shares = _shares(key, shares);
        vm.startPrank(_actors[who % 3]);
        uint256[] memory taken = manager.addProportional(key, shares, _largest(key), _actors[who % 3], SOON);
        uint256[] memory back =
            manager.removeProportional(key, shares, new uint256[](taken.length), _actors[who % 3], SOON);
        for (uint256 i = 0; i < taken.length; ++i) {
            assertLe(back[i], taken[i], "POOL-5: adding and leaving pays");
        }
        vm.stopPrank();
        ++calls["add then remove"];
    }

    function add(uint256 who, uint256 which, uint256 shares) external {
        uint256[] memory key = _keys[which % _keys.length];
        shares = _shares(key, shares);
        vm.prank(_actors[who % 3]);
        manager.addProportional(key, shares, _largest(key), _actors[who % 3], SOON);
        ++calls["add"];
    }

    /// POOL-6: whoever holds shares can leave.
    function remove(uint256 who, uint256 which, uint256 shares) external {
        uint256[] memory key = _keys[which % _keys.length];
        address actor = _actors[who % 3];
        shares = bound(shares, 0, manager.balanceOf(actor, uint256(keccak256(abi.encodePacked(key)))));
        vm.prank(actor);
        manager.removeProportional(key, shares, new uint256[](_count(key)), actor, SOON);
        ++calls["remove"];
    }

    function collect(uint256 which) external {
        manager.collectProtocolFee(_keys[which % _keys.length]);
        ++calls["collect"];
    }

    /// POOL-7: gifts change no balance.
    function donate(uint256 which, uint256 i, uint256 amount) external {
        uint256[] memory key = _keys[which % _keys.length];
        PlainToken token = PlainToken(address(uint160(key[1 + i % _count(key)])));
        amount = bound(amount, 1, 1e24);
        token.mint(address(manager), amount);
        donated[address(token)] += amount;
        ++calls["donate"];
    }

    /// POOL-8: quote = execution. POOL-12 is in the unit tests; that no share loses is asserted after every action.
    function addUnbalanced(uint256 who, uint256 which, uint256 i, uint256 first, uint256 second) external {
        uint256[] memory key = _keys[which % _keys.length];
        uint256[] memory amounts = new uint256[](_count(key));
        i %= amounts.length;
        amounts[i] = _amount(key, i, first);
        uint256 j = (i + 1) % amounts.length;
        amounts[j] = _amount(key, j, second);
        address actor = _actors[who % 3];
        try manager.quoteAddUnbalanced(actor, key, amounts) returns (uint256 quote) {
            vm.prank(actor);
            assertEq(manager.addUnbalanced(key, amounts, quote, actor, SOON), quote, "POOL-8: quote");
            ++calls["add, unbalanced"];
        } catch {
            // Too little for a share, or balances too far apart.
            ++calls["add, refused"];
        }
    }

    /// POOL-5: one token in and out again never pays.
    function addSingleThenLeave(uint256 who, uint256 which, uint256 i, uint256 shares) external {
        uint256[] memory key = _keys[which % _keys.length];
        i %= _count(key);
        shares = _shares(key, shares);
        address actor = _actors[who % 3];
        try manager.quoteAddSingle(actor, key, i, shares) returns (uint256 quote) {
            if (quote > 1 << 72) return;
            vm.startPrank(actor);
            assertEq(manager.addSingle(key, i, shares, quote, actor, SOON), quote, "POOL-8: quote");
            assertLe(manager.removeSingle(key, i, shares, 0, actor, SOON), quote, "POOL-5: in and out pays");
            vm.stopPrank();
            ++calls["single"];
        } catch {
            ++calls["single, refused"];
        }
    }

    /// POOL-8: the quote of a path is its execution.
    function pathForExactOutput(uint256 who, uint256 amount) external {
        IPoolTrade.Hop[] memory hops = new IPoolTrade.Hop[](2);
        hops[0] = IPoolTrade.Hop(_keys[0], 0, 1);
        hops[1] = IPoolTrade.Hop(_keys[2], 1, 2);
        address actor = _actors[who % 3];
        amount = bound(amount, 0, balanceOf(_keys[2], 2) / 50);
        try manager.quotePathExactOut(actor, hops, amount) returns (uint256 quote) {
            if (quote > 1 << 70) return;
            vm.prank(actor);
            assertEq(manager.swapPathExactOut(hops, amount, quote, actor, SOON), quote, "POOL-8: path");
            ++calls["path"];
        } catch {
            ++calls["path, refused"];
        }
    }

    /// POOL-13: a loan leaves everything as it was, the fee apart.
    function flash(uint256 which, uint256 i, uint256 amount) external {
        uint256[] memory key = _keys[which % _keys.length];
        address[] memory tokens = new address[](1);
        tokens[0] = address(uint160(key[1 + i % _count(key)]));
        uint256[] memory amounts = new uint256[](1);
        uint256 held = PlainToken(tokens[0]).balanceOf(address(manager));
        amounts[0] = bound(amount, 0, held);
        PlainToken(tokens[0]).mint(address(borrower), amounts[0] / 1_000 + 1);
        borrower.borrow(tokens, amounts);
        assertEq(PlainToken(tokens[0]).balanceOf(address(manager)), held, "POOL-13: paid back");
        ++calls["flash"];
    }

    /// POOL-14, POOL-15: rates rise, policies do as they like, and time passes.
    function change(uint256 discount, uint256 mode, uint256 rise, uint256 time) external {
        policy.set(Oracle.Mode(mode % 5), discount % 5_000);
        uint256 current = rate.value();
        if (current < 3e18) rate.set(Oracle.Mode.Answer, current + bound(rise, 0, current / 100));
        vm.warp(vm.getBlockTimestamp() + time % 3 days);
        ++calls["change"];
    }

    /// POOL-11: a pause stops the entry, never the exit in proportion, and ends.
    function pauseAndResume(uint256 who, uint256 which, uint256 shares) external {
        uint256[] memory key = _keys[which % _keys.length];
        address actor = _actors[who % 3];
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = keccak256(abi.encodePacked(key));
        manager.setPause(ids, 7, vm.getBlockTimestamp() + 1 hours);
        try manager.quoteExactIn(actor, key, 0, 1, 0) returns (uint256) {
            assertTrue(false, "POOL-11: a paused pool swaps");
        } catch {}
        shares = bound(shares, 0, manager.balanceOf(actor, uint256(ids[0])) / 10);
        vm.prank(actor);
        manager.removeProportional(key, shares, new uint256[](_count(key)), actor, SOON);
        manager.setPause(ids, 7, 0);
        ++calls["pause"];
    }

    /// POOL-16: the last pool's amplification moves.
    function ramp(uint256 amplification, uint256 time) external {
        uint256[] memory key = _keys[_keys.length - 1];
        uint256 ann = manager.amplificationTimesTokens(key);
        uint256 n = _count(key);
        amplification = bound(amplification, (ann + 2 * n) / (2 * n), 2 * ann / n);
        if (amplification > 50_000) amplification = ann / n;
        manager.rampAmplification(key, amplification, vm.getBlockTimestamp() + bound(time, 1 days, 30 days));
        ++calls["ramp"];
    }

    function keyAt(uint256 index) external view returns (uint256[] memory) {
        return _keys[index];
    }

    function balanceOf(uint256[] memory key, uint256 i) public view returns (uint256) {
        (uint256[] memory balances,,,,) = manager.poolState(key);
        return balances[i];
    }

    function _count(uint256[] memory key) private pure returns (uint256) {
        return key.length - 1 - (key[0] >> 232);
    }

    function _isStable(uint256[] memory key) private pure returns (bool) {
        return (key[0] >> 24) & 0xffffff != 0;
    }

    function _two(uint256[] memory key, uint256 i, uint256 j) private pure returns (uint256, uint256) {
        uint256 n = _count(key);
        i %= n;
        return (i, (i + 1 + j % (n - 1)) % n);
    }

    /// @dev A unit to 4 times the balance, each order of magnitude as likely as the others, while balances stay small
    /// enough for the exact integer check of the invariant: 2^72.
    function _amount(uint256[] memory key, uint256 i, uint256 seed) private view returns (uint256) {
        uint256 balance = balanceOf(key, i);
        uint256 most = balance < 1 << 70 ? 4 * balance : (1 << 72) > balance ? (1 << 72) - balance : 0;
        return bound(seed >> 8, 0, most >> (seed % 64));
    }

    function _shares(uint256[] memory key, uint256 seed) private view returns (uint256) {
        (, uint256 supply,,,) = manager.poolState(key);
        uint256 most = supply < 1 << 60 ? supply / 2 : 1;
        return bound(seed >> 8, 1, (most >> (seed % 40)) + 1);
    }

    function _largest(uint256[] memory key) private pure returns (uint256[] memory values) {
        values = new uint256[](key.length - 1 - (key[0] >> 232));
        for (uint256 i = 0; i < values.length; ++i) {
            values[i] = type(uint256).max;
        }
    }

    function _swap(uint256 who, uint256[] memory key, uint256 i, uint256 j, uint256 amount) private returns (uint256) {
        return manager.swapExactIn(key, i, j, amount, 0, _actors[who % 3], SOON);
    }

    function _buy(uint256 who, uint256[] memory key, uint256 i, uint256 j, uint256 amount)
        private
        returns (uint256 paid)
    {
        uint256 quote = manager.quoteExactOut(_actors[who % 3], key, i, j, amount);
        paid = manager.swapExactOut(key, i, j, amount, quote, _actors[who % 3], SOON);
        assertEq(paid, quote, "POOL-8: quote");
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {IPoolTrade} from "../../contracts/pools/IPoolTrade.sol";
import {Network} from "../../script/NetworkFile.sol";
import {Base} from "../Base.t.sol";
import {artifact} from "../../script/Artifact.sol";
import {LocalToken} from "../mocks/LocalToken.sol";

/// @notice The life of two pools as they are deployed for real: a named creator opens a weighted and a stable one,
/// providers come and go, traders swap both ways and through both, governance raises the protocol's share, the guardian
/// pauses a pool, the revenue receiver is paid, and at the end everyone leaves.
contract PoolsJourneyTest is Base {
    uint256 private constant EACH = 1_000_000_000;
    uint256 private constant BTC = 0;
    uint256 private constant USD = 1;
    uint256 private constant EURO_DOLLAR = 2;

    address private immutable ALICE = makeAddr("alice");
    address private immutable BOB = makeAddr("bob");
    address private immutable CAROL = makeAddr("carol");
    address private immutable TED = makeAddr("ted");
    address private immutable TINA = makeAddr("tina");

    /// @dev Encoded: the legacy pipeline copies no lists of structs to storage.
    bytes private _encodedNetwork;
    address private _creator;
    address[] private _people;
    /// @dev By rising address, with their decimals; `_place` finds one by its name.
    LocalToken[3] private _tokens;
    uint256[3] private _place;
    uint256[] private _weighted;
    uint256[] private _stable;

    function setUp() public override {
        super.setUp();
        Network memory network = startChain("local-b");
        network.deployerStays = false;
        deployAndConfigure(network);
        _encodedNetwork = abi.encode(network);
        _creator = network.poolCreators[0];
        _people = [_creator, ALICE, BOB, CAROL, TED, TINA];
        _deployTokens();
        _weighted = [uint256(3_000), 0, 0];
        _stable = [uint256(400) | (500 << 24), 0, 0];
        (uint256 low, uint256 high) = _order(BTC, USD);
        (_weighted[1], _weighted[2]) = (_word(low, _weightOf(low)), _word(high, _weightOf(high)));
        (low, high) = _order(USD, EURO_DOLLAR);
        (_stable[1], _stable[2]) = (_word(low, 0), _word(high, 0));
    }

    function test_TwoPoolsLiveAndEveryoneLeaves() external {
        // Only who is named creates pools.
        uint256[] memory first = _amounts(_weighted, 400e8, 10_000_000e6);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, TED));
        vm.prank(TED);
        pools.createPool(_weighted, first, 0, TED, block.timestamp);
        vm.startPrank(_creator);
        // 80/20: a bitcoin at 100,000 dollars.
        pools.createPool(_weighted, first, 1e11, _creator, block.timestamp);
        pools.createPool(_stable, _amounts(_stable, 3_000_000e6, 3_100_000e18), 6e24, _creator, block.timestamp);
        vm.stopPrank();
        assertApproxEqRel(_quote(_weighted, BTC, 1e4), 10e6, 4e15, "a ten-thousandth bitcoin less the fee");

        _add(ALICE, _weighted, 2);
        _add(BOB, _stable, 3);
        _trade(10);
        _add(CAROL, _weighted, 1);
        _add(CAROL, _stable, 5);
        _trade(10);
        _raiseProtocolFee();
        _pauseAndLeave();
        _trade(10);

        address receiver = _network().revenueReceiver;
        _collect(_weighted, receiver);
        _collect(_stable, receiver);

        _leave(_weighted, receiver);
        _leave(_stable, receiver);
        _assertOnlyDustRemains(_weighted);
        _assertOnlyDustRemains(_stable);
        _assertNothingIsLost(receiver);
    }

    /// @dev Each round: both traders swap in both pools, exact in and exact out, and through both; six hours pass.
    function _trade(uint256 rounds) private {
        for (uint256 i = 0; i < rounds; ++i) {
            _swapIn(TED, _weighted, USD, 40_000e6);
            _swapOut(TINA, _weighted, USD, 30_000e6);
            _swapIn(TINA, _stable, EURO_DOLLAR, 100_000e18);
            _swapOut(TED, _stable, EURO_DOLLAR, 90_000e18);
            _path(TED, BTC, EURO_DOLLAR, 2e7);
            _path(TINA, EURO_DOLLAR, BTC, 20_000e18);
            _comeAndGoInOneToken(CAROL, _stable);
            skip(6 hours);
        }
    }

    function _swapIn(address trader, uint256[] memory key, uint256 token, uint256 amount) private {
        (uint256 i, uint256 o) = _indexes(key, token);
        uint256 quoted = pools.quoteExactIn(trader, key, i, o, amount);
        vm.prank(trader);
        assertEq(pools.swapExactIn(key, i, o, amount, quoted, trader, block.timestamp), quoted, "out as quoted");
    }

    function _swapOut(address trader, uint256[] memory key, uint256 token, uint256 amount) private {
        (uint256 o, uint256 i) = _indexes(key, token);
        uint256 quoted = pools.quoteExactOut(trader, key, i, o, amount);
        vm.prank(trader);
        assertEq(pools.swapExactOut(key, i, o, amount, quoted, trader, block.timestamp), quoted, "in as quoted");
    }

    /// @dev Through both pools; the dollar in the middle does not move.
    function _path(address trader, uint256 from, uint256 to, uint256 amount) private {
        uint256[] memory near = from == BTC ? _weighted : _stable;
        uint256[] memory far = from == BTC ? _stable : _weighted;
        IPoolTrade.Hop[] memory hops = new IPoolTrade.Hop[](2);
        (uint256 i, uint256 o) = _indexes(near, from);
        hops[0] = IPoolTrade.Hop(near, i, o);
        (o, i) = _indexes(far, to);
        hops[1] = IPoolTrade.Hop(far, i, o);
        uint256 quoted = pools.quoteExactIn(trader, near, hops[0].tokenIn, hops[0].tokenOut, amount);
        quoted = pools.quoteExactIn(trader, far, i, o, quoted);
        uint256 dollars = _token(USD).balanceOf(address(pools));
        assertEq(_swapPath(trader, hops, to, amount, quoted), quoted, "a path is the chain of its swaps");
        assertEq(_token(USD).balanceOf(address(pools)), dollars, "only the ends move");
    }

    /// @dev Adds the pool's balances divided by `part`.
    function _add(address provider, uint256[] memory key, uint256 part) private {
        (, uint256 supply,,,) = pools.poolState(key);
        uint256[] memory most = new uint256[](2);
        (most[0], most[1]) = (type(uint256).max, type(uint256).max);
        vm.prank(provider);
        pools.addProportional(key, supply / part, most, provider, block.timestamp);
        assertEq(_sharesOf(key, provider), supply / part, "shares");
    }

    /// @dev Dollars come in for shares, and leave for the other token: a swap by another way, which pays no less.
    function _comeAndGoInOneToken(address provider, uint256[] memory key) private {
        (uint256 dollar, uint256 other) = _indexes(key, USD);
        uint256[] memory amounts = new uint256[](2);
        amounts[dollar] = 10_000e6;
        uint256 swapped = pools.quoteExactIn(provider, key, dollar, other, 10_000e6);
        vm.startPrank(provider);
        uint256 shares = pools.addUnbalanced(key, amounts, 0, provider, block.timestamp);
        uint256 out = pools.removeSingle(key, other, shares, 0, provider, block.timestamp);
        vm.stopPrank();
        assertLe(out, swapped, "no cheaper than a swap");
        assertGt(out, swapped * 998 / 1000, "nor much dearer");
    }

    /// @dev The guardian stops swaps and adds of the stable pool for two days: exits go on, and so does all when it is
    /// over.
    function _pauseAndLeave() private {
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = keccak256(abi.encodePacked(_stable));
        vm.prank(TED);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, TED));
        pools.pause(ids, 3, 2 days);
        vm.prank(_network().guardian);
        pools.pause(ids, 3, 2 days);
        uint256 until = block.timestamp + 2 days;
        vm.prank(TED);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PoolPaused.selector, ids[0], 1, until));
        pools.swapExactIn(_stable, 0, 1, 1e6, 0, TED, block.timestamp);
        _remove(BOB, _stable, _sharesOf(_stable, BOB) / 2);
        _swapIn(TED, _weighted, USD, 1_000e6);
        skip(2 days);
    }

    function _remove(address provider, uint256[] memory key, uint256 shares) private {
        vm.prank(provider);
        pools.removeProportional(key, shares, new uint256[](2), provider, block.timestamp);
    }

    /// @dev Through the Timelock, as everything after the hand-over.
    function _raiseProtocolFee() private {
        bytes memory call = abi.encodeCall(pools.setProtocolFee, (_stable, 2_500));
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, DEPLOYER));
        vm.prank(DEPLOYER);
        pools.setProtocolFee(_stable, 2_500);
        vm.prank(_network().proposers[0]);
        timelock.schedule(address(pools), 0, call, bytes32(0), bytes32(0), _network().timelockDelay);
        skip(_network().timelockDelay);
        vm.prank(_network().executors[0]);
        timelock.execute(address(pools), 0, call, bytes32(0), bytes32(0));
        (,,, uint256 share,) = pools.poolState(_stable);
        assertEq(share, 2_500, "protocol fee");
    }

    function _collect(uint256[] memory key, address receiver) private {
        vm.prank(TINA);
        uint256 shares = pools.collectProtocolFee(key);
        assertGt(shares, 0, "trading owed the protocol something");
        assertEq(_sharesOf(key, receiver), shares, "the receiver has it");
        (,, uint256 owed,,) = pools.poolState(key);
        assertEq(owed, 0, "nothing more is owed");
    }

    function _leave(uint256[] memory key, address receiver) private {
        for (uint256 i = 0; i < _people.length; ++i) {
            uint256 shares = _sharesOf(key, _people[i]);
            if (shares != 0) _remove(_people[i], key, shares);
        }
        _remove(receiver, key, _sharesOf(key, receiver));
    }

    function _assertOnlyDustRemains(uint256[] memory key) private view {
        (uint256[] memory balances, uint256 supply, uint256 owed,,) = pools.poolState(key);
        assertEq(supply, pools.MINIMUM_SHARES() + owed, "only locked shares and what exits' rounding owes");
        for (uint256 i = 0; i < 2; ++i) {
            // The locked shares are 1,000 of more than 1e10; each of ten exits leaves less than a unit.
            assertLt(balances[i], 10 + _first(key, i) / 1e7, "dust");
        }
    }

    /// @dev What everyone holds and the two pools' dust are all there ever was.
    function _assertNothingIsLost(address receiver) private view {
        (uint256[] memory weighted,,,,) = pools.poolState(_weighted);
        (uint256[] memory stable,,,,) = pools.poolState(_stable);
        for (uint256 name = 0; name < 3; ++name) {
            LocalToken token = _token(name);
            uint256 held = token.balanceOf(address(pools));
            uint256 booked;
            if (name != EURO_DOLLAR) booked += weighted[_indexOf(_weighted, name)];
            if (name != BTC) booked += stable[_indexOf(_stable, name)];
            assertEq(held, booked, "the manager holds what the pools have");
            assertGt(token.balanceOf(receiver), 0, "the receiver was paid in every token");
            uint256 total = held + token.balanceOf(receiver);
            for (uint256 i = 0; i < _people.length; ++i) {
                total += token.balanceOf(_people[i]);
            }
            assertEq(total, token.totalSupply(), "nothing is lost");
        }
    }

    function _deployTokens() private {
        uint8[3] memory decimals = [8, 6, 18];
        string[3] memory names = ["Bitcoin", "Dollar", "Euro dollar"];
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory arguments = abi.encode(names[i], names[i], decimals[i], _people, EACH * 10 ** decimals[i]);
            _tokens[i] = LocalToken(deployCode(artifact("LocalToken"), arguments));
            for (uint256 j = 0; j < _people.length; ++j) {
                vm.prank(_people[j]);
                _tokens[i].approve(address(pools), type(uint256).max);
            }
        }
    }

    function _token(uint256 name) private view returns (LocalToken) {
        return _tokens[name];
    }

    function _order(uint256 a, uint256 b) private view returns (uint256, uint256) {
        return address(_tokens[a]) < address(_tokens[b]) ? (a, b) : (b, a);
    }

    function _weightOf(uint256 name) private pure returns (uint256) {
        return name == BTC ? 800_000 : 200_000;
    }

    function _word(uint256 name, uint256 weight) private view returns (uint256) {
        LocalToken token = _tokens[name];
        return uint160(address(token)) | (uint256(token.decimals()) << 160) | (weight << 168);
    }

    function _indexOf(uint256[] memory key, uint256 name) private view returns (uint256) {
        return address(uint160(key[1])) == address(_tokens[name]) ? 0 : 1;
    }

    /// @dev Index of the token and of the other one.
    function _indexes(uint256[] memory key, uint256 name) private view returns (uint256 own, uint256 other) {
        own = _indexOf(key, name);
        other = 1 - own;
    }

    /// @dev The two amounts by the order of the key; the first is bitcoin, or dollars in the stable pool.
    function _amounts(uint256[] memory key, uint256 a, uint256 b) private view returns (uint256[] memory amounts) {
        amounts = new uint256[](2);
        uint256 index = _indexOf(key, keccak256(abi.encode(key)) == keccak256(abi.encode(_weighted)) ? BTC : USD);
        (amounts[index], amounts[1 - index]) = (a, b);
    }

    function _first(uint256[] memory key, uint256 index) private view returns (uint256) {
        bool isWeighted = keccak256(abi.encode(key)) == keccak256(abi.encode(_weighted));
        return (isWeighted ? _amounts(key, 400e8, 10_000_000e6) : _amounts(key, 3_000_000e6, 3_100_000e18))[index];
    }

    function _sharesOf(uint256[] memory key, address account) private view returns (uint256) {
        return pools.balanceOf(account, uint256(keccak256(abi.encodePacked(key))));
    }

    function _quote(uint256[] memory key, uint256 token, uint256 amount) private view returns (uint256) {
        (uint256 own, uint256 other) = _indexes(key, token);
        return pools.quoteExactIn(address(0), key, own, other, amount);
    }

    function _network() private view returns (Network memory) {
        return abi.decode(_encodedNetwork, (Network));
    }

    function _swapPath(address trader, IPoolTrade.Hop[] memory hops, uint256 to, uint256 amount, uint256 minOut)
        private
        returns (uint256)
    {
        uint256 before = _token(to).balanceOf(trader);
        vm.prank(trader);
        pools.swapPathExactIn(hops, amount, minOut, trader, block.timestamp);
        return _token(to).balanceOf(trader) - before;
    }
}

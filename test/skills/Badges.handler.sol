// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1155} from "@openzeppelin/contracts/interfaces/IERC1155.sol";
import {Vm} from "forge-std/Vm.sol";
import {IBadges} from "../../contracts/skills/IBadges.sol";
import {ISkillWallet} from "../../contracts/skills/ISkillWallet.sol";
import {BadgeFixture} from "./BadgeFixture.sol";

/// @notice Acts on badges from outside: six people of whom four begin with wallets, a minter, governance, guardians.
/// Keeps who should have what, soulbound badges by wallet, and what the transfer events alone say.
contract BadgesHandler is BadgeFixture {
    uint256 public constant PEOPLE = 6;
    uint256 public constant IDS = 4;

    mapping(bytes32 action => uint256 times) public calls;
    address[PEOPLE] public people;
    mapping(uint256 wallet => mapping(uint256 id => bool)) public held;
    mapping(address account => mapping(uint256 id => uint256)) public owned;
    /// @dev Sums of transfer events.
    mapping(address account => mapping(uint256 id => uint256)) public told;

    constructor(ISkillWallet skillWallet_, IBadges badges_) {
        (skillWallet, badges) = (skillWallet_, badges_);
        for (uint256 i = 0; i < PEOPLE; ++i) {
            people[i] = vm.addr(uint256(keccak256(abi.encode("holder", i))));
        }
    }

    function start() external {
        for (uint256 i = 0; i < 4; ++i) {
            attest(mintFor(people[i]), DECAYING, 1_000);
        }
        vm.recordLogs();
    }

    modifier acted() {
        _;
        _readEvents();
    }

    function idAt(uint256 index) public pure returns (uint256) {
        return idOf(index < 2 ? BOUND : TRADED, index % 2);
    }

    function passTime(uint256 time) external acted {
        vm.warp(vm.getBlockTimestamp() + bound(time, 1, 20 days));
        ++calls["passTime"];
    }

    function mint(uint256 who, uint256 what, uint256 amount) external acted {
        (address to, uint256 id) = (people[who % PEOPLE], idAt(what % IDS));
        bool soulbound = id >> 8 == BOUND;
        amount = soulbound ? 1 : bound(amount, 1, CAP + 1);
        uint256 wallet = skillWallet.walletOf(to);
        bool possible = badges.totalSupply(id) + amount <= CAP && (!soulbound || (wallet != 0 && !held[wallet][id]));
        try badges.mint(to, id, amount, "") {
            assertTrue(possible, "BADGE-3: minted what may not be");
            if (soulbound) held[wallet][id] = true;
            else owned[to][id] += amount;
            ++calls[soulbound ? bytes32("mint soulbound") : bytes32("mint tradeable")];
        } catch {
            _forgetEvents();
            assertFalse(possible, "BADGE-3: refused what may be minted");
        }
    }

    function claim(uint256 who, bool soulbound) external acted {
        (address by, uint256 id) = (people[who % PEOPLE], idOf(soulbound ? BOUND : TRADED, 0));
        uint256 wallet = skillWallet.walletOf(by);
        vm.prank(by);
        try badges.claim(id) {
            assertGe(skillWallet.skillOf(wallet, DECAYING).level, 1, "BADGE-6: claimed below the level");
            if (soulbound) held[wallet][id] = true;
            else ++owned[by][id];
            ++calls["claim"];
        } catch {
            _forgetEvents();
        }
    }

    function upgrade(uint256 who, bool soulbound) external acted {
        (address by, uint256 id) = (people[who % PEOPLE], idOf(soulbound ? BOUND : TRADED, 1));
        uint256 wallet = skillWallet.walletOf(by);
        vm.prank(by);
        try badges.upgrade(id) {
            assertGe(skillWallet.skillOf(wallet, DECAYING).level, 3, "BADGE-6: upgraded below the level");
            if (soulbound) {
                assertTrue(held[wallet][id - 1], "BADGE-6: upgraded from nothing");
                (held[wallet][id - 1], held[wallet][id]) = (false, true);
            } else {
                owned[by][id - 1] -= 2;
                ++owned[by][id];
            }
            ++calls["upgrade"];
        } catch {
            _forgetEvents();
        }
    }

    /// @dev Two ids at once, in any mixture.
    function transfer(uint256 from, uint256 to, uint256 first, uint256 second, uint256 amount) external acted {
        (address sender, address receiver) = (people[from % PEOPLE], people[to % PEOPLE]);
        uint256[] memory ids = new uint256[](2);
        uint256[] memory values = new uint256[](2);
        (ids[0], ids[1]) = (idAt(first % IDS), idAt(second % IDS));
        (values[0], values[1]) = (amount % 3, (amount >> 8) % 3);
        if (first % 4 != 0) {
            // What can be had, so that transfers happen in every run.
            ids[1] = ids[0] = idOf(TRADED, first % 2);
            if (badges.isFrozen(sender, ids[0])) badges.setAccountFrozen(sender, ids[0], false);
            (values[0], values[1]) = (badges.balanceOf(sender, ids[0]), 0);
        }
        vm.prank(sender);
        try badges.safeBatchTransferFrom(sender, receiver, ids, values, "") {
            for (uint256 i = 0; i < 2; ++i) {
                assertEq(ids[i] >> 8, TRADED, "BADGE-1: a soulbound badge in a batch");
                assertFalse(badges.isFrozen(sender, ids[i]), "BADGE-2: suspended, even none of them");
                owned[sender][ids[i]] -= values[i];
                owned[receiver][ids[i]] += values[i];
            }
            ++calls["transfer"];
        } catch {
            _forgetEvents();
        }
    }

    function burn(uint256 who, uint256 what, uint256 amount) external acted {
        (address by, uint256 id) = (people[who % PEOPLE], idAt(what % IDS));
        amount %= 3;
        vm.prank(by);
        try badges.burn(id, amount) {
            assertEq(id >> 8, TRADED, "BADGE-1: a soulbound badge burned by its holder");
            owned[by][id] -= amount;
            ++calls["burn"];
        } catch {
            _forgetEvents();
        }
    }

    function freeze(uint256 who, uint256 what, bool frozen) external acted {
        (address person, uint256 id) = (people[who % PEOPLE], idAt(what % IDS));
        if (id >> 8 == TRADED) {
            badges.setAccountFrozen(person, id, frozen);
        } else {
            uint256 wallet = skillWallet.walletOf(person);
            if (wallet == 0) return;
            badges.setFrozen(wallet, id, frozen);
        }
        assertEq(badges.isFrozen(person, id), frozen, "BADGE-2: exactly the one that was meant");
        ++calls["freeze"];
    }

    function changeLevel(uint256 who, uint256 xp, bool up) external acted {
        uint256 wallet = skillWallet.walletOf(people[who % PEOPLE]);
        if (wallet == 0) return;
        xp = bound(xp, 1, 500);
        if (up) attest(wallet, DECAYING, uint32(xp));
        else revoke(wallet, DECAYING, uint64(xp));
        ++calls["changeLevel"];
    }

    /// @dev One try in four, since a recovery takes a week at least. The receiver is the first account from `to` on
    /// that can have a wallet.
    function recover(uint256 from, uint256 to) external acted {
        if (from % 4 != 0) return;
        uint256 wallet = skillWallet.walletOf(people[(from >> 2) % PEOPLE]);
        if (wallet == 0) return;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            address receiver = people[(to % PEOPLE + i) % PEOPLE];
            if (skillWallet.walletOf(receiver) != 0 || skillWallet.isBarred(receiver)) continue;
            _recover(wallet, receiver);
            ++calls["recover"];
            return;
        }
    }

    /// @notice A wallet with the badge is recovered to an account that no action ever names.
    /// @return from Who had it.
    function recoverOneWith(uint256 id, address to) external acted returns (address from) {
        from = skillWallet.ownerOf(1);
        if (!held[1][id]) {
            badges.mint(from, id, 1, "");
            held[1][id] = true;
        }
        _recover(1, to);
    }

    function _recover(uint256 wallet, address to) private {
        address from = skillWallet.ownerOf(wallet);
        if (skillWallet.recoveredAt(wallet) != 0) vm.warp(vm.getBlockTimestamp() + 181 days);
        (address[] memory guardians,) = skillWallet.guardiansOf(wallet);
        if (guardians.length == 0) {
            recoverTo(from, to);
        } else {
            // Those that recoverTo named.
            uint256 deadline = vm.getBlockTimestamp();
            bytes memory call = abi.encodeCall(
                skillWallet.proposeRecovery,
                (wallet, to, deadline, approvalsBy(guardianKeys(3), 3, wallet, to, deadline))
            );
            (bool success,) = address(skillWallet).call(call);
            assertTrue(success, "the guardians that recovered the wallet recover it again");
            vm.warp(deadline + 7 days);
            vm.prank(to);
            skillWallet.completeRecovery(wallet);
        }
        assertEq(skillWallet.ownerOf(wallet), to, "BADGE-4: the wallet was recovered");
    }

    function follow(uint256 who) external acted {
        badges.follow(skillWallet.walletOf(people[who % PEOPLE]), one(BOUND));
        ++calls["follow"];
    }

    function followAll() external acted {
        for (uint256 wallet = 1; wallet <= PEOPLE; ++wallet) {
            badges.follow(wallet, one(BOUND));
        }
    }

    /// @dev The recorder keeps events of calls that were reverted.
    function _forgetEvents() private {
        vm.getRecordedLogs();
    }

    function _readEvents() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != address(badges)) continue;
            address from = logs[i].topics.length > 2 ? address(uint160(uint256(logs[i].topics[2]))) : address(0);
            address to = logs[i].topics.length > 3 ? address(uint160(uint256(logs[i].topics[3]))) : address(0);
            if (logs[i].topics[0] == IERC1155.TransferSingle.selector) {
                (uint256 id, uint256 value) = abi.decode(logs[i].data, (uint256, uint256));
                _tell(from, to, id, value);
            } else if (logs[i].topics[0] == IERC1155.TransferBatch.selector) {
                (uint256[] memory ids, uint256[] memory values) = abi.decode(logs[i].data, (uint256[], uint256[]));
                for (uint256 j = 0; j < ids.length; ++j) {
                    _tell(from, to, ids[j], values[j]);
                }
            }
        }
    }

    function _tell(address from, address to, uint256 id, uint256 value) private {
        if (from != address(0)) told[from][id] -= value;
        told[to][id] += value;
    }
}

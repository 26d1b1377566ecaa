// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {PlainToken} from "./PoolTokens.sol";

/// @notice A token that can be told to refuse transfers of nothing, of an account, or of everybody, and to shrink.
contract OddToken is PlainToken {
    bool public refusesNothing;
    bool public stopped;
    mapping(address account => bool) public frozen;

    error TransferOfNothing();
    error Frozen(address account);

    constructor(uint8 decimals_) PlainToken("ODD", decimals_) {}

    function refuseNothing() external {
        refusesNothing = true;
    }

    function stop(bool stopped_) external {
        stopped = stopped_;
    }

    function freeze(address account, bool frozen_) external {
        frozen[account] = frozen_;
    }

    /// @notice Takes from an account, as a token does that slashes or rebases.
    function shrink(address account, uint256 amount) external {
        super._update(account, address(0), amount);
    }

    function _update(address from, address to, uint256 value) internal override {
        if (refusesNothing && value == 0) revert TransferOfNothing();
        if (from != address(0) && (stopped || frozen[from] || frozen[to])) revert Frozen(frozen[to] ? to : from);
        super._update(from, to, value);
    }
}

/// @notice Native coin that is an ERC-20 token as well, as on Celo or Moonbeam: the balance is the account's coin.
contract CoinToken {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint8 public constant decimals = 18;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    function balanceOf(address account) external view returns (uint256) {
        return account.balance;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
        return true;
    }

    function _move(address from, address to, uint256 amount) private {
        vm.deal(from, from.balance - amount);
        vm.deal(to, to.balance + amount);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice OpenZeppelin's token as it is: the whole supply goes to its holders when it is created.
contract LocalToken is ERC20 {
    uint8 private immutable _decimals;

    /// @param holders Each gets `amount`, in token units.
    constructor(string memory name, string memory symbol, uint8 decimals_, address[] memory holders, uint256 amount)
        ERC20(name, symbol)
    {
        _decimals = decimals_;
        for (uint256 i = 0; i < holders.length; ++i) {
            _mint(holders[i], amount);
        }
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }
}

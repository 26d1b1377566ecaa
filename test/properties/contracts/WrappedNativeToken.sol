// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";
import {PlainToken} from "../../pools/PoolTokens.sol";

/// @notice Wrapped native coin: what WETH9 does, upon the token whose storage the harness knows.
contract WrappedNativeToken is PlainToken("NATIVE", 18) {
    receive() external payable {
        deposit();
    }

    function deposit() public payable {
        _mint(msg.sender, msg.value);
    }

    function withdraw(uint256 amount) external {
        _burn(msg.sender, amount);
        SafeTransferLib.safeTransferETH(msg.sender, amount);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What the npm package of Permit2 deploys it with.
interface IPermit2Deployment {
    function deployPermit2() external returns (address);
}

/// @notice The view of Permit2 that its signatures are made with.
interface IPermit2Domain {
    function DOMAIN_SEPARATOR() external view returns (bytes32);
    function approve(address token, address spender, uint160 amount, uint48 expiration) external;
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {PoolStorage} from "../state/PoolStorage.sol";

/// @title PoolModule
/// @notice A part of {PoolManager} that lives in a contract of its own, because one contract cannot hold it all. It
/// works on the manager's storage and answers nobody else; what it inherits and cannot refuse acts on storage that
/// nothing reads.
abstract contract PoolModule is PoolStorage {
    address internal immutable _self = address(this);

    modifier onlyManager() {
        if (address(this) == _self) revert NotTheManager();
        _;
    }

    constructor(address revenueReceiver_, address wrappedNative_)
        AccessManaged(address(0))
        PoolStorage(revenueReceiver_, wrappedNative_)
    {}

    receive() external payable {
        revert NativeNotExpected(msg.sender);
    }
}

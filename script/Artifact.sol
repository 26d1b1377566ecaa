// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev Where the optimised build has a contract. A name would be looked up in the build of the running profile
/// instead.
function artifact(string memory name) pure returns (string memory) {
    return string.concat("out/", name, ".sol/", name, ".json");
}

/// @dev The same for a file of several contracts.
function artifactIn(string memory file, string memory name) pure returns (string memory) {
    return string.concat("out/", file, ".sol/", name, ".json");
}

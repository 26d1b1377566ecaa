// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {IPriceFeed} from "../contracts/oracles/IPriceFeed.sol";
import {IReputationOracle} from "../contracts/oracles/IReputationOracle.sol";
import {ISkillDiscount} from "../contracts/skills/ISkillDiscount.sol";

/// @notice One price feed of a network.
struct FeedConfig {
    string pair;
    uint8 decimals;
    string description;
    IPriceFeed.Parameters parameters;
}

/// @notice What the scripts need of script/networks/<name>.json. Times are seconds.
struct Network {
    string name;
    uint256 chainId;
    uint256 timelockDelay;
    address[] proposers;
    address[] executors;
    address guardian;
    bool deployerStays;
    /// Ascending.
    address[] signers;
    uint8 threshold;
    uint8 strictThreshold;
    FeedConfig[] feeds;
    /// Gets protocol fees; zero for the Timelock.
    address revenueReceiver;
    /// The wrapped native coin that pools take native coin for; zero for none.
    address wrappedNative;
    uint256 initialProtocolFeeBps;
    /// Of flash loans, in millionths.
    uint256 flashFee;
    /// Who creates pools besides the Timelock: everyone, or these accounts.
    bool anyoneCreatesPools;
    address[] poolCreators;
    IReputationOracle.Parameters reputation;
    /// Who defines skills and badges and names validators and minters, besides the Timelock; may be empty.
    address[] skillManagers;
    /// Draws the wallets; zero for the one that is deployed along.
    address renderer;
    /// Metadata of badges, in which clients replace {id}.
    string badgeUri;
    ISkillDiscount.Terms discount;
}

/// @title NetworkFile
/// @notice Reads script/networks/<name>.json. An address or a list of them may be given as "env:NAME": it is then read
/// from the environment, where a list is separated by commas. Every error names the file, the key and the mend.
library NetworkFile {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function read(string memory name) internal view returns (Network memory network) {
        string memory path = string.concat("script/networks/", name, ".json");
        if (!vm.exists(path)) {
            revert(string.concat("network ", name, ": no file ", path, "; the files there are the networks known"));
        }
        string memory json = vm.readFile(path);
        network.name = name;
        network.chainId = _number(json, path, ".chainId", type(uint64).max);
        network.timelockDelay = _number(json, path, ".timelock.delay", 30 days);
        network.proposers = _addresses(json, path, ".timelock.proposers");
        network.executors = _addresses(json, path, ".timelock.executors");
        network.guardian = _address(json, path, ".guardian");
        network.deployerStays = vm.parseJsonBool(json, _present(json, path, ".deployerStays"));
        if (network.deployerStays && network.chainId != 31337 && network.chainId != 31338) {
            _refuse(path, ".deployerStays", "may be true on the local chain ids 31337 and 31338 alone; set it to false");
        }
        _readSignerSet(network, json, path);
        _readFeeds(network, json, path);
        _readPools(network, json, path);
        _readSkills(network, json, path);
    }

    function _readSignerSet(Network memory network, string memory json, string memory path) private view {
        network.signers = _ascending(_addresses(json, path, ".signerSet.signers"), path);
        uint256 count = _number(json, path, ".signerSet.count", 255);
        network.threshold = uint8(_number(json, path, ".signerSet.threshold", 255));
        network.strictThreshold = uint8(_number(json, path, ".signerSet.strictThreshold", 255));
        if (network.signers.length != count) {
            _refuse(
                path,
                ".signerSet.signers",
                string.concat(
                    vm.toString(network.signers.length), " signers, but .signerSet.count says ", vm.toString(count)
                )
            );
        }
        if (uint256(network.threshold) * 2 <= count) _refuse(path, ".signerSet.threshold", "is no majority");
        if (network.strictThreshold < network.threshold || network.strictThreshold > count) {
            _refuse(path, ".signerSet.strictThreshold", "must lie between threshold and the number of signers");
        }
    }

    function _readFeeds(Network memory network, string memory json, string memory path) private view {
        uint256 count = 0;
        while (vm.keyExistsJson(json, _feedKey(count, ""))) ++count;
        if (count == 0) _refuse(path, ".feeds", "is empty");
        network.feeds = new FeedConfig[](count);
        for (uint256 i = 0; i < count; ++i) {
            FeedConfig memory feed = network.feeds[i];
            feed.pair = vm.parseJsonString(json, _present(json, path, _feedKey(i, ".pair")));
            feed.decimals = uint8(_number(json, path, _feedKey(i, ".decimals"), 18));
            feed.description = vm.parseJsonString(json, _present(json, path, _feedKey(i, ".description")));
            feed.parameters = IPriceFeed.Parameters({
                maxDelay: uint16(_number(json, path, _feedKey(i, ".maxDelay"), type(uint16).max)),
                breakerBps: uint16(_number(json, path, _feedKey(i, ".breakerBps"), 9_999)),
                confirmationTime: uint16(_number(json, path, _feedKey(i, ".confirmationTime"), type(uint16).max))
            });
            if (bytes(feed.pair).length == 0 || bytes(feed.pair).length > 32) {
                _refuse(path, _feedKey(i, ".pair"), "must have 1 to 32 characters");
            }
            for (uint256 j = 0; j < i; ++j) {
                if (keccak256(bytes(network.feeds[j].pair)) == keccak256(bytes(feed.pair))) {
                    _refuse(path, _feedKey(i, ".pair"), "is there twice");
                }
            }
        }
    }

    function _readPools(Network memory network, string memory json, string memory path) private view {
        if (!_is(json, path, ".pools.revenueReceiver", "timelock")) {
            network.revenueReceiver = _address(json, path, ".pools.revenueReceiver");
        }
        if (!_is(json, path, ".pools.wrappedNative", "none")) {
            network.wrappedNative = _address(json, path, ".pools.wrappedNative");
        }
        network.initialProtocolFeeBps = _amount(json, path, ".pools.initialProtocolFeeBps", 5_000);
        network.flashFee = _amount(json, path, ".pools.flashFeeMillionths", 10_000);
        if (vm.keyExistsJson(json, ".pools.creators[0]") || !_is(json, path, ".pools.creators", "anyone")) {
            network.poolCreators = _addresses(json, path, ".pools.creators");
        } else {
            network.anyoneCreatesPools = true;
        }
    }

    function _readSkills(Network memory network, string memory json, string memory path) private view {
        network.reputation = IReputationOracle.Parameters({
            maxDelay: uint32(_number(json, path, ".reputation.maxDelay", 1 days)),
            minInterval: uint32(_number(json, path, ".reputation.minInterval", 30 days)),
            vetoWindow: uint32(_number(json, path, ".reputation.vetoWindow", 30 days)),
            maxMove: uint16(_number(json, path, ".reputation.maxMove", 10_000))
        });
        if (vm.keyExistsJson(json, ".skills.managers[0]") || !_is(json, path, ".skills.managers", "timelock")) {
            network.skillManagers = _addresses(json, path, ".skills.managers");
        }
        if (!_is(json, path, ".skills.renderer", "own")) {
            network.renderer = _address(json, path, ".skills.renderer");
        }
        network.badgeUri = vm.parseJsonString(json, _present(json, path, ".skills.badgeUri"));
        if (_isVariable(network.badgeUri)) {
            network.badgeUri = vm.envString(_variable(network.badgeUri, path, ".skills.badgeUri"));
        }
        network.discount = ISkillDiscount.Terms({
            badgeKind: uint64(_amount(json, path, ".skills.discount.badgeKind", type(uint64).max)),
            badgeBps: uint16(_amount(json, path, ".skills.discount.badgeBps", 10_000)),
            maxBadgeBps: uint16(_amount(json, path, ".skills.discount.maxBadgeBps", 10_000)),
            maxReputationBps: uint16(_amount(json, path, ".skills.discount.maxReputationBps", 10_000)),
            maxAge: uint32(_amount(json, path, ".skills.discount.maxAge", 365 days))
        });
        if (uint256(network.discount.maxBadgeBps) + network.discount.maxReputationBps > 10_000) {
            _refuse(path, ".skills.discount", "gives away more than the whole fee");
        }
    }

    function _is(string memory json, string memory path, string memory key, string memory word)
        private
        view
        returns (bool)
    {
        return keccak256(bytes(vm.parseJsonString(json, _present(json, path, key)))) == keccak256(bytes(word));
    }

    function _feedKey(uint256 index, string memory key) private pure returns (string memory) {
        return string.concat(".feeds[", vm.toString(index), "]", key);
    }

    function _number(string memory json, string memory path, string memory key, uint256 most)
        private
        view
        returns (uint256 value)
    {
        value = _amount(json, path, key, most);
        if (value == 0) _refuse(path, key, string.concat("must lie between 1 and ", vm.toString(most)));
    }

    /// @dev As _number, where 0 says something: none, at once, nothing.
    function _amount(string memory json, string memory path, string memory key, uint256 most)
        private
        view
        returns (uint256 value)
    {
        value = vm.parseJsonUint(json, _present(json, path, key));
        if (value > most) _refuse(path, key, string.concat("must lie between 0 and ", vm.toString(most)));
    }

    function _address(string memory json, string memory path, string memory key) private view returns (address value) {
        string memory text = vm.parseJsonString(json, _present(json, path, key));
        if (_isVariable(text)) {
            value = vm.envAddress(_variable(text, path, key));
        } else {
            value = vm.parseAddress(text);
        }
        if (value == address(0)) _refuse(path, key, "is the zero address");
    }

    function _addresses(string memory json, string memory path, string memory key)
        private
        view
        returns (address[] memory values)
    {
        if (vm.keyExistsJson(json, string.concat(key, "[0]"))) {
            values = vm.parseJsonAddressArray(json, key);
        } else {
            string memory text = vm.parseJsonString(json, _present(json, path, key));
            if (!_isVariable(text)) _refuse(path, key, "must be a list of addresses or \"env:NAME\"");
            values = vm.envAddress(_variable(text, path, key), ",");
        }
        for (uint256 i = 0; i < values.length; ++i) {
            if (values[i] == address(0)) _refuse(path, key, "contains the zero address");
        }
    }

    function _isVariable(string memory text) private pure returns (bool) {
        return vm.indexOf(text, "env:") == 0;
    }

    function _variable(string memory text, string memory path, string memory key)
        private
        view
        returns (string memory name)
    {
        name = vm.replace(text, "env:", "");
        if (!vm.envExists(name) || bytes(vm.envString(name)).length == 0) {
            _refuse(path, key, string.concat("comes from the environment: set ", name));
        }
    }

    function _ascending(address[] memory values, string memory path) private pure returns (address[] memory) {
        for (uint256 i = 1; i < values.length; ++i) {
            for (uint256 j = i; j > 0 && values[j - 1] > values[j]; --j) {
                (values[j - 1], values[j]) = (values[j], values[j - 1]);
            }
        }
        for (uint256 i = 1; i < values.length; ++i) {
            if (values[i - 1] == values[i]) _refuse(path, ".signerSet.signers", "names a signer twice");
        }
        return values;
    }

    function _present(string memory json, string memory path, string memory key) private view returns (string memory) {
        if (!vm.keyExistsJson(json, key)) _refuse(path, key, "is missing");
        return key;
    }

    function _refuse(string memory path, string memory key, string memory fact) private pure {
        revert(string.concat(path, ": ", key, " ", fact));
    }
}

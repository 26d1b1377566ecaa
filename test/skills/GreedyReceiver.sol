// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC1155Holder} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Holder.sol";
import {IBadges} from "../../contracts/skills/IBadges.sol";
import {ISkillWallet} from "../../contracts/skills/ISkillWallet.sol";
import {IERC5484} from "../../contracts/skills/IWalletRegistry.sol";

/// @notice A contract with a wallet that tries to get more of what it is being given, from inside the callback: by
/// minting, claiming and upgrading.
contract GreedyReceiver is ERC1155Holder {
    IBadges private immutable _badges;
    bool private _refusing;

    uint256 public refusals;
    uint256 public highestSupplySeen;

    error NotWanted();

    constructor(ISkillWallet skillWallet, IBadges badges) {
        _badges = badges;
        skillWallet.mint(IERC5484.BurnAuth.Both);
    }

    function refuse() external {
        _refusing = true;
    }

    function onERC1155Received(address operator, address from, uint256 id, uint256 value, bytes memory data)
        public
        override
        returns (bytes4)
    {
        if (_refusing) revert NotWanted();
        uint256 supply = _badges.totalSupply(id);
        if (supply > highestSupplySeen) highestSupplySeen = supply;
        try _badges.mint(address(this), id, 1, "") {}
        catch {
            ++refusals;
        }
        try _badges.claim(id) {}
        catch {
            ++refusals;
        }
        return super.onERC1155Received(operator, from, id, value, data);
    }
}

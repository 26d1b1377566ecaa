// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/interfaces/IERC721Metadata.sol";
import {ISkillWallet} from "./ISkillWallet.sol";
import {IWalletRenderer} from "./IWalletRenderer.sol";
import {SkillLedger} from "./SkillLedger.sol";
import {WalletRecovery} from "./WalletRecovery.sol";
import {WalletRegistry} from "./WalletRegistry.sol";

/// @title SkillWallet
/// @notice A person's skills as a soulbound token. {ISkillWallet} documents it.
/// @dev Three ledgers side by side, each with words that it alone writes: {WalletRegistry} who has which wallet,
/// {SkillLedger} the experience, {WalletRecovery} guardians and their proposals. They meet here and nowhere else: what
/// is minted, burned or moved goes through this contract.
contract SkillWallet is ISkillWallet, WalletRegistry, SkillLedger, WalletRecovery {
    bytes32 private constant CONSENT_TYPEHASH =
        keccak256("MintConsent(address account,uint8 burnAuth,uint256 nonce,uint256 deadline)");

    /// @inheritdoc ISkillWallet
    IWalletRenderer public override renderer;

    /// @param authority The AccessManager that decides who defines skills, names validators, vetoes recoveries, burns
    /// as the issuer and sets the renderer.
    /// @param renderer_ First renderer of metadata.
    constructor(address authority, IWalletRenderer renderer_) AccessManaged(authority) {
        _setRenderer(renderer_);
    }

    /// @inheritdoc ISkillWallet
    function mint(BurnAuth auth) external override returns (uint256 wallet) {
        return _mint(msg.sender, auth);
    }

    /// @inheritdoc ISkillWallet
    function mintFor(address account, BurnAuth auth, uint256 deadline, bytes calldata signature)
        external
        override
        returns (uint256 wallet)
    {
        bytes32 structHash = keccak256(abi.encode(CONSENT_TYPEHASH, account, uint8(auth), mintNonce(account), deadline));
        if (!_isSigned(account, _digestUntil(deadline, structHash), signature)) revert ConsentInvalid(account);
        return _mint(account, auth);
    }

    /// @inheritdoc ISkillWallet
    function burn() external override {
        uint256 wallet = _callersWallet();
        BurnAuth auth = burnAuth(wallet);
        if (auth != BurnAuth.OwnerOnly && auth != BurnAuth.Both) revert BurnNotAllowed(wallet, auth);
        _requireNoRecovery(wallet);
        if (_burnIsRipe(wallet)) _burn(wallet);
    }

    /// @inheritdoc ISkillWallet
    function burnByIssuer(uint256 wallet) external override restricted {
        BurnAuth auth = burnAuth(wallet);
        if (auth != BurnAuth.IssuerOnly && auth != BurnAuth.Both) revert BurnNotAllowed(wallet, auth);
        _burn(wallet);
    }

    /// @inheritdoc ISkillWallet
    function setRenderer(IWalletRenderer renderer_) external override restricted {
        _setRenderer(renderer_);
        emit BatchMetadataUpdate(1, type(uint256).max);
    }

    /// @inheritdoc IERC721Metadata
    function tokenURI(uint256 wallet) external view override returns (string memory) {
        _requireOwned(wallet);
        return renderer.tokenURI(this, wallet);
    }

    function _giveTo(uint256 wallet, address to) internal override returns (address from) {
        from = _move(wallet, to);
        emit MetadataUpdate(wallet);
    }

    function _setRenderer(IWalletRenderer renderer_) private {
        renderer = renderer_;
        emit RendererSet(renderer_);
    }
}

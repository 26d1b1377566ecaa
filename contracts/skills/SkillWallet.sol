// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/interfaces/IERC721Metadata.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ISkillWallet} from "./ISkillWallet.sol";
import {IWalletRenderer} from "./IWalletRenderer.sol";
import {WalletRecovery} from "./WalletRecovery.sol";

/// @title SkillWallet
/// @notice A person's skills as a soulbound token. {ISkillWallet} documents it; {WalletRegistry} keeps who has which,
/// {SkillLedger} the experience, {WalletRecovery} the guardians.
contract SkillWallet is WalletRecovery, ISkillWallet {
    bytes32 private constant CONSENT_TYPEHASH =
        keccak256("MintConsent(address account,uint8 burnAuth,uint256 nonce,uint256 deadline)");

    /// @inheritdoc ISkillWallet
    IWalletRenderer public override renderer;

    /// @param authority The AccessManager that decides who defines skills, names validators, vetoes recoveries, burns as the issuer
    /// and sets the renderer.
    /// @param renderer_ First renderer of metadata.
    constructor(address authority, IWalletRenderer renderer_)
        AccessManaged(authority)
        EIP712("Fluxion SkillWallet", "1")
    {
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
        if (!_isSigned(account, structHash, deadline, signature)) revert ConsentInvalid(account);
        return _mint(account, auth);
    }

    /// @inheritdoc ISkillWallet
    function burn() external override {
        uint256 wallet = _callersWallet();
        Wallet memory w = _wallets[wallet];
        if (w.burnAuth != BurnAuth.OwnerOnly && w.burnAuth != BurnAuth.Both) revert BurnNotAllowed(wallet, w.burnAuth);
        _requireNoRecovery(wallet);
        if (_isGuarded(wallet)) {
            if (w.burnableAt == 0) {
                uint256 earliest = block.timestamp + BURN_DELAY;
                _wallets[wallet].burnableAt = uint40(earliest);
                emit BurnAnnounced(wallet, earliest);
                return;
            }
            if (block.timestamp < w.burnableAt) revert TooEarly(w.burnableAt, block.timestamp);
        }
        _burn(wallet);
    }

    /// @inheritdoc ISkillWallet
    function burnByIssuer(uint256 wallet) external override restricted {
        _requireOwned(wallet);
        BurnAuth auth = _wallets[wallet].burnAuth;
        if (auth != BurnAuth.IssuerOnly && auth != BurnAuth.Both) revert BurnNotAllowed(wallet, auth);
        _burn(wallet);
    }

    /// @inheritdoc ISkillWallet
    function setRenderer(IWalletRenderer renderer_) external override restricted {
        _setRenderer(renderer_);
        emit BatchMetadataUpdate(1, type(uint256).max);
    }

    /// @inheritdoc ISkillWallet
    function burnableAt(uint256 wallet) external view override returns (uint256) {
        return _wallets[wallet].burnableAt;
    }

    /// @inheritdoc ISkillWallet
    function recoveredAt(uint256 wallet) external view override returns (uint256) {
        return _wallets[wallet].recoveredAt;
    }

    /// @inheritdoc IERC721Metadata
    function tokenURI(uint256 wallet) external view override returns (string memory) {
        _requireOwned(wallet);
        return renderer.tokenURI(this, wallet);
    }

    function _setRenderer(IWalletRenderer renderer_) private {
        renderer = renderer_;
        emit RendererSet(renderer_);
    }
}

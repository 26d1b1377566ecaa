// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC721} from "@openzeppelin/contracts/interfaces/IERC721.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/interfaces/IERC721Metadata.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC5192, IERC5484, IWalletRegistry} from "./IWalletRegistry.sol";
import {WalletHolders} from "./WalletHolders.sol";

/// @title WalletRegistry
/// @notice Which wallet belongs to whom. {IWalletRegistry} documents it.
/// @dev Written out rather than derived from an ERC-721 with transfers: every entry of such a contract would have to be
/// found and closed, and a mint would write two words more. Nobody else writes its words: {_mint}, {_burn} and {_move}
/// are all there is.
abstract contract WalletRegistry is IWalletRegistry, WalletHolders {
    /// @param owner Zero: no such wallet.
    /// @param burnAuth Who may burn.
    struct Wallet {
        address owner;
        BurnAuth burnAuth;
    }

    /// @param wallet Token id, zero: none.
    /// @param minted Wallets that the account ever minted.
    /// @param barred A wallet was recovered from this account.
    struct Account {
        uint128 wallet;
        uint64 minted;
        bool barred;
    }

    mapping(uint256 wallet => Wallet) private _wallets;
    mapping(address account => Account) private _accounts;
    uint256 private _lastWallet;

    /// @inheritdoc IERC721Metadata
    string public constant override name = "Fluxion Skill Wallet";
    /// @inheritdoc IERC721Metadata
    string public constant override symbol = "SKILL";

    /// @inheritdoc IWalletRegistry
    function walletOf(address account) external view override returns (uint256) {
        return _wallet(account);
    }

    /// @inheritdoc IWalletRegistry
    function holderOf(uint256 wallet) external view override returns (address) {
        return _holder(wallet);
    }

    /// @inheritdoc IWalletRegistry
    function isBarred(address account) external view override returns (bool) {
        return _accounts[account].barred;
    }

    /// @inheritdoc IWalletRegistry
    function mintNonce(address account) public view override returns (uint256) {
        return _accounts[account].minted;
    }

    /// @inheritdoc IERC721
    function balanceOf(address account) external view override returns (uint256) {
        if (account == address(0)) revert AccountInvalid(account);
        return _accounts[account].wallet == 0 ? 0 : 1;
    }

    /// @inheritdoc IERC721
    function ownerOf(uint256 wallet) external view override returns (address) {
        return _requireOwned(wallet);
    }

    /// @inheritdoc IERC5192
    function locked(uint256 wallet) external view override returns (bool) {
        _requireOwned(wallet);
        return true;
    }

    /// @inheritdoc IERC5484
    function burnAuth(uint256 wallet) public view override returns (BurnAuth) {
        _requireOwned(wallet);
        return _wallets[wallet].burnAuth;
    }

    /// @inheritdoc IERC721
    function getApproved(uint256 wallet) external view override returns (address) {
        _requireOwned(wallet);
        return address(0);
    }

    /// @inheritdoc IERC721
    function isApprovedForAll(address, address) external pure override returns (bool) {
        return false;
    }

    /// @inheritdoc IERC721
    function transferFrom(address, address, uint256) external pure override {
        revert WalletLocked();
    }

    /// @inheritdoc IERC721
    function safeTransferFrom(address, address, uint256) external pure override {
        revert WalletLocked();
    }

    /// @inheritdoc IERC721
    function safeTransferFrom(address, address, uint256, bytes calldata) external pure override {
        revert WalletLocked();
    }

    /// @inheritdoc IERC721
    function approve(address, uint256) external pure override {
        revert WalletLocked();
    }

    /// @inheritdoc IERC721
    function setApprovalForAll(address, bool) external pure override {
        revert WalletLocked();
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) external pure override returns (bool) {
        return id == type(IERC165).interfaceId || id == type(IERC721).interfaceId
            || id == type(IERC721Metadata).interfaceId || id == 0x49064906 // ERC-4906, which has events only
            || id == type(IERC5192).interfaceId || id == type(IERC5484).interfaceId;
    }

    function _holder(uint256 wallet) internal view override returns (address) {
        return _wallets[wallet].owner;
    }

    function _wallet(address account) internal view override returns (uint256) {
        return _accounts[account].wallet;
    }

    function _requireFree(address account) internal view override {
        if (account == address(0)) revert AccountInvalid(account);
        Account memory a = _accounts[account];
        if (a.barred) revert AccountBarred(account);
        if (a.wallet != 0) revert AccountHasWallet(account, a.wallet);
    }

    function _isFree(address account) internal view override returns (bool) {
        Account memory a = _accounts[account];
        return account != address(0) && !a.barred && a.wallet == 0;
    }

    function _mint(address account, BurnAuth auth) internal returns (uint256 wallet) {
        _requireFree(account);
        wallet = ++_lastWallet;
        _accounts[account].wallet = uint128(wallet);
        ++_accounts[account].minted;
        _wallets[wallet] = Wallet(account, auth);
        emit Transfer(address(0), account, wallet);
        emit Locked(wallet);
        emit Issued(address(this), account, wallet, auth);
    }

    function _burn(uint256 wallet) internal {
        address owner = _requireOwned(wallet);
        delete _wallets[wallet];
        _accounts[owner].wallet = 0;
        emit Transfer(owner, address(0), wallet);
    }

    /// @dev The one way in which a wallet moves; the account that had it is barred. `to` has been checked by
    /// {_requireFree}.
    function _move(uint256 wallet, address to) internal returns (address from) {
        from = _requireOwned(wallet);
        _accounts[from].wallet = 0;
        _accounts[from].barred = true;
        _accounts[to].wallet = uint128(wallet);
        _wallets[wallet].owner = to;
        emit Transfer(from, to, wallet);
    }
}

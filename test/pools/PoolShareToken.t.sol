// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC6909} from "@openzeppelin/contracts/token/ERC6909/ERC6909.sol";
import {Errors} from "@openzeppelin/contracts/utils/Errors.sol";
import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {PoolShareToken} from "../../contracts/pools/shares/PoolShareToken.sol";
import {PoolShareTokenFactory} from "../../contracts/pools/shares/PoolShareTokenFactory.sol";
import {Pool} from "../../contracts/pools/state/Pool.sol";
import {artifact} from "../../script/Artifact.sol";
import {PoolTrio} from "./PoolFixture.sol";

/// @notice Specified by PoolShareToken.tree. POOL-20: a wrapped share is a share, one for one.
contract PoolShareTokenTest is PoolTrio {
    PoolShareTokenFactory private _factory;
    PoolShareToken private _token;

    function setUp() public override {
        super.setUp();
        address token = deployCode(artifact("PoolShareToken"), abi.encode(manager));
        _factory = PoolShareTokenFactory(deployCode(artifact("PoolShareTokenFactory"), abi.encode(manager, token)));
        _token = PoolShareToken(_factory.create(_equal));
    }

    function test_RevertGiven_NoPoolToMakeATokenOf() external {
        uint256[] memory key = _equal;
        key[0] += 1;
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PoolNotFound.selector, idOf(key)));
        _factory.create(key);
    }

    function test_RevertGiven_TheTokenWasMade() external {
        vm.expectRevert(Errors.FailedDeployment.selector);
        _factory.create(_equal);
    }

    function test_RevertWhen_SharesAreWrappedWithoutApproval() external {
        uint256 id = uint256(idOf(_equal));
        vm.expectRevert(
            abi.encodeWithSelector(ERC6909.ERC6909InsufficientAllowance.selector, address(_token), 0, 1, id)
        );
        _token.deposit(1, ALICE);
    }

    function test_RevertWhen_MoreIsUnwrappedThanHeld() external {
        _wrap(1e9);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, ALICE, 1e9, 1e9 + 1));
        _token.withdraw(1e9 + 1, ALICE);
    }

    function test_WhenSharesAreWrappedAndUnwrapped() external {
        assertEq(address(_token), _factory.tokenOf(idOf(_equal)), "at the address known before");
        uint256 held = sharesOf(_equal, address(this));
        _wrap(1e9);
        assertEq(_token.balanceOf(ALICE), 1e9, "POOL-20: one for one");
        assertEq(sharesOf(_equal, address(this)), held - 1e9, "POOL-20: taken");
        assertEq(sharesOf(_equal, address(_token)), _token.totalSupply(), "POOL-20: held");
        assertEq(_token.decimals(), 18, "decimals");
        assertEq(bytes(_token.symbol()).length, 14, "symbol with the pool's first four bytes");
        assertTrue(vm.contains(_token.name(), "Fluxion Pool Share 0x"), "name");
        vm.prank(ALICE);
        _token.withdraw(4e8, TREASURY);
        assertEq(sharesOf(_equal, TREASURY), 4e8, "POOL-20: and back");
        assertEq(sharesOf(_equal, address(_token)), _token.totalSupply(), "POOL-20: held");
    }

    function test_WhenAPermitIsUsed() external {
        (address owner, uint256 signer) = makeAddrAndKey("owner");
        PoolShareToken other = PoolShareToken(_factory.create(_stable));
        assertTrue(_token.DOMAIN_SEPARATOR() != other.DOMAIN_SEPARATOR(), "each its own domain");
        bytes32 hash = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                owner,
                ALICE,
                5,
                0,
                SOON
            )
        );
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(signer, keccak256(abi.encodePacked("\x19\x01", _token.DOMAIN_SEPARATOR(), hash)));
        vm.expectRevert();
        other.permit(owner, ALICE, 5, SOON, v, r, s);
        _token.permit(owner, ALICE, 5, SOON, v, r, s);
        assertEq(_token.allowance(owner, ALICE), 5, "allowed");
    }

    /// What a wallet shows is what is signed: the domain is that of the name.
    function test_WhenTheDomainIsMadeOfTheName() external view {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(_token.name())),
                keccak256("1"),
                block.chainid,
                address(_token)
            )
        );
        assertEq(domain, _token.DOMAIN_SEPARATOR(), "POOL-20: the domain's name is the token's");
        (, string memory name,,, address place,,) = _token.eip712Domain();
        assertEq(name, _token.name(), "POOL-20: the name that is told");
        assertEq(place, address(_token), "POOL-20: the address that is told");
    }

    function test_GivenTwoPools() external {
        PoolShareToken other = PoolShareToken(_factory.create(_stable));
        manager.setOperator(address(_token), true);
        manager.setOperator(address(other), true);
        _token.deposit(7, ALICE);
        other.deposit(9, ALICE);
        assertEq(sharesOf(_equal, address(_token)), 7, "POOL-20: its pool");
        assertEq(sharesOf(_stable, address(other)), 9, "POOL-20: its pool");
        assertEq(sharesOf(_stable, address(_token)), 0, "POOL-20: no other");
    }

    function _wrap(uint256 amount) private {
        manager.approve(address(_token), uint256(idOf(_equal)), amount);
        _token.deposit(amount, ALICE);
    }
}

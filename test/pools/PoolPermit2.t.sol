// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {IPoolManager} from "../../contracts/pools/IPoolManager.sol";
import {IFlashBorrower} from "../../contracts/pools/external/IFlashBorrower.sol";
import {IPermit2} from "../../contracts/pools/external/IPermit2.sol";
import {IPermit2Deployment, IPermit2Domain} from "./IPermit2Genuine.sol";
import {PoolTrio} from "./PoolFixture.sol";
import {FeeToken} from "./PoolTokens.sol";

/// @notice POOL-31: what a batch pays through Permit2, on its genuine bytecode. Specified by PoolPermit2.tree.
contract PoolPermit2Test is PoolTrio {
    /// @dev In the npm package of Uniswap's v4-periphery: puts the deployed bytecode at its address.
    string private constant DEPLOYMENT =
        "node_modules/@uniswap/v4-periphery/foundry-out/DeployPermit2.sol/DeployPermit2.json";
    IPermit2 private constant PERMIT2 = IPermit2(0x000000000022D473030F116dDEE9F6B43aC78BA3);

    address private _owner;
    uint256 private _signer;

    receive() external payable {}

    function setUp() public override {
        super.setUp();
        address deployment = deployCode(DEPLOYMENT);
        vm.allowCheatcodes(deployment);
        assertEq(IPermit2Deployment(deployment).deployPermit2(), address(PERMIT2), "deployed");
        assertGt(address(PERMIT2).code.length, 9_000, "deployed");
        (_owner, _signer) = makeAddrAndKey("owner");
        // Permit2 alone is approved.
        vm.startPrank(_owner);
        for (uint256 i = 0; i < 3; ++i) {
            _tokens[i].mint(_owner, type(uint128).max);
            _tokens[i].approve(address(PERMIT2), type(uint256).max);
        }
        vm.stopPrank();
    }

    function test_WhenABatchSaysThatPermit2Pays() external {
        bytes[] memory calls = new bytes[](4);
        calls[0] = _pay(0, 3e18, 0);
        calls[1] = _pay(1, 2e6, 0);
        calls[2] = abi.encodeCall(manager.swapExactIn, (_equal, 0, 1, 1e18, 0, _owner, SOON));
        calls[3] = abi.encodeCall(manager.addUnbalanced, (_equal, list(2e18, 2e6), 0, _owner, SOON));
        uint256 had = _tokens[0].balanceOf(_owner);
        vm.prank(_owner);
        manager.multicall(calls, false);
        assertEq(had - _tokens[0].balanceOf(_owner), 3e18, "POOL-31: what was due");
        assertEq(_tokens[0].balanceOf(address(manager)), 1_000e18 + 5_000e18 + 5_000e18 + 3e18, "POOL-7: booked");
        assertGt(sharesOf(_equal, _owner), 0, "minted");
    }

    /// POOL-18: whoever sees the signature may use it first; that must not block its owner.
    function test_WhenTheSignatureWasUsedBySomeoneElse() external {
        bytes[] memory calls = _payAndSwap(1e18);
        vm.prank(ALICE);
        PERMIT2.permit(_owner, _single(0, 1e18, 0), _sign(0, 1e18, 0));
        vm.prank(_owner);
        manager.multicall(calls, false);
    }

    function test_GivenAnAllowanceOfAnEarlierBatch() external {
        bytes[] memory calls = _payAndSwap(type(uint160).max);
        vm.prank(_owner);
        manager.multicall(calls, false);
        calls[0] = abi.encodeCall(manager.payByPermit2, (address(0), 0, 0, 0, 0, ""));
        vm.prank(_owner);
        manager.multicall(calls, false);
        assertEq(_tokens[0].balanceOf(_owner), type(uint128).max - 2e18, "POOL-31: without a signature");
    }

    function test_WhenCoinComesAlong() external {
        vm.deal(address(this), 200 ether);
        weth.deposit{value: 100 ether}();
        weth.approve(address(manager), type(uint256).max);
        (uint256[] memory key, uint256 index) = _pairWith(address(weth));
        create(key, list(100e18, 100e18));
        vm.deal(_owner, 10 ether);
        vm.startPrank(_owner);
        weth.deposit{value: 5 ether}();
        weth.approve(address(PERMIT2), type(uint256).max);
        PERMIT2.permit(_owner, _singleOf(address(weth), 5e18, 0), _signOf(_singleOf(address(weth), 5e18, 0)));
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(manager.payByPermit2, (address(0), 0, 0, 0, 0, ""));
        calls[1] = abi.encodeCall(manager.swapExactIn, (key, index, 1 - index, 3e18, 0, _owner, SOON));
        manager.multicall{value: 2 ether}(calls, false);
        assertEq(_owner.balance, 3 ether, "POOL-31: coin first");
        assertEq(weth.balanceOf(_owner), 4e18, "POOL-31: then the allowance");
    }

    function test_RevertWhen_ThereIsNoAllowance() external {
        bytes[] memory calls = _payAndSwap(1e18 - 1);
        vm.prank(_owner);
        vm.expectRevert(abi.encodeWithSignature("InsufficientAllowance(uint256)", 1e18 - 1));
        manager.multicall(calls, false);
        // A signature of somebody else sets none.
        calls = _payAndSwap(1e18);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSignature("AllowanceExpired(uint256)", 0));
        manager.multicall(calls, false);
    }

    /// Permit2 knows the manager as the spender of everybody who signed; the manager spends for the caller alone.
    function test_RevertWhen_TheAllowanceIsAnotherAccounts() external {
        PERMIT2.permit(_owner, _single(0, 1e18, 0), _sign(0, 1e18, 0));
        bytes[] memory calls = _payAndSwap(1e18);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSignature("AllowanceExpired(uint256)", 0));
        manager.multicall(calls, false);
        assertEq(_tokens[0].balanceOf(_owner), type(uint128).max, "POOL-31: untouched");
    }

    function test_WhenItIsCalledOutsideOfABatch() external {
        vm.startPrank(_owner);
        vm.deal(_owner, 1 ether);
        manager.payByPermit2{value: 1 ether}(address(_tokens[0]), 1e18, uint48(SOON), 0, SOON, _sign(0, 1e18, 0));
        assertEq(_owner.balance, 1 ether, "POOL-31: the coin came back");
        vm.expectRevert();
        manager.swapExactIn(_equal, 0, 1, 1e18, 0, _owner, SOON);
        bytes[] memory calls = _payAndSwap(1e18);
        calls[0] = abi.encodeCall(manager.payByPermit2, (address(0), 0, 0, 0, 0, ""));
        manager.multicall(calls, false);
    }

    function test_WhenAnotherCallFollowsTheBatch() external {
        bytes[] memory calls = _payAndSwap(2e18);
        vm.startPrank(_owner);
        manager.multicall(calls, false);
        vm.expectRevert();
        manager.swapExactIn(_equal, 0, 1, 1e18, 0, _owner, SOON);
        _tokens[0].approve(address(manager), 1e18);
        manager.swapExactIn(_equal, 0, 1, 1e18, 0, _owner, SOON);
        assertEq(_tokens[0].allowance(_owner, address(manager)), 0, "POOL-31: by the approval of the manager");
    }

    /// POOL-31, POOL-13: a loan in a batch is paid back by the same allowance as all that the batch pays, with its fee.
    function test_WhenALoanIsTakenInTheBatch() external {
        manager.setFlashFee(900);
        address token = address(_tokens[0]);
        BatchBorrower borrower = new BatchBorrower(manager);
        _tokens[0].mint(address(borrower), 1e18);
        uint256 lent = 100e18;
        uint256 held = _tokens[0].balanceOf(address(manager));
        // An approval of the manager is not asked for.
        borrower.approve(token, address(manager), type(uint256).max);
        vm.expectRevert(abi.encodeWithSignature("AllowanceExpired(uint256)", 0));
        borrower.borrow(token, lent);
        borrower.approve(token, address(manager), 0);
        borrower.approve(token, address(PERMIT2), type(uint256).max);
        borrower.allow(token, uint160(lent + lent * 900 / 1e6));
        borrower.borrow(token, lent);
        assertEq(_tokens[0].balanceOf(address(borrower)), 1e18 - lent * 900 / 1e6, "POOL-31: with its fee");
        assertEq(_tokens[0].balanceOf(TREASURY), lent * 900 / 1e6, "POOL-13: the fee");
        assertEq(_tokens[0].balanceOf(address(manager)), held, "POOL-13: paid back");
        vm.expectRevert(abi.encodeWithSignature("InsufficientAllowance(uint256)", 0));
        borrower.borrow(token, lent);
    }

    function test_RevertWhen_TheTokenTakesAFee() external {
        FeeToken token = new FeeToken();
        provide(token, address(this));
        (uint256[] memory key, uint256 index) = _pairWith(address(token));
        create(key, list(100e18, 100e18));
        token.mint(_owner, 10e18);
        vm.prank(_owner);
        token.approve(address(PERMIT2), type(uint256).max);
        PERMIT2.permit(_owner, _singleOf(address(token), 5e18, 0), _signOf(_singleOf(address(token), 5e18, 0)));
        token.activate();
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(manager.payByPermit2, (address(0), 0, 0, 0, 0, ""));
        calls[1] = abi.encodeCall(manager.swapExactIn, (key, index, 1 - index, 1e18, 0, _owner, SOON));
        vm.prank(_owner);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.TransferIncomplete.selector, address(token), 0.99e18, 1e18));
        manager.multicall(calls, false);
    }

    function _payAndSwap(uint160 amount) private view returns (bytes[] memory calls) {
        calls = new bytes[](2);
        calls[0] = _pay(0, amount, 0);
        calls[1] = abi.encodeCall(manager.swapExactIn, (_equal, 0, 1, 1e18, 0, _owner, SOON));
    }

    function _pay(uint256 index, uint160 amount, uint48 nonce) private view returns (bytes memory) {
        return abi.encodeCall(
            manager.payByPermit2,
            (address(_tokens[index]), amount, uint48(SOON), nonce, SOON, _sign(index, amount, nonce))
        );
    }

    function _single(uint256 index, uint160 amount, uint48 nonce) private view returns (IPermit2.PermitSingle memory) {
        return _singleOf(address(_tokens[index]), amount, nonce);
    }

    function _singleOf(address token, uint160 amount, uint48 nonce)
        private
        view
        returns (IPermit2.PermitSingle memory)
    {
        return IPermit2.PermitSingle(IPermit2.PermitDetails(token, amount, uint48(SOON), nonce), address(manager), SOON);
    }

    function _sign(uint256 index, uint160 amount, uint48 nonce) private view returns (bytes memory) {
        return _signOf(_single(index, amount, nonce));
    }

    function _signOf(IPermit2.PermitSingle memory single) private view returns (bytes memory) {
        string memory details = "PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)";
        bytes32 inner = keccak256(
            abi.encode(
                keccak256(bytes(details)),
                single.details.token,
                single.details.amount,
                single.details.expiration,
                single.details.nonce
            )
        );
        bytes32 hash = keccak256(
            abi.encode(
                keccak256(
                    abi.encodePacked("PermitSingle(PermitDetails details,address spender,uint256 sigDeadline)", details)
                ),
                inner,
                single.spender,
                single.sigDeadline
            )
        );
        bytes32 domain = IPermit2Domain(address(PERMIT2)).DOMAIN_SEPARATOR();
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_signer, keccak256(abi.encodePacked(hex"1901", domain, hash)));
        return abi.encodePacked(r, s, v);
    }

    /// @dev An equal pool's key of an 18-decimal token and tokens[0], and the token's index.
    function _pairWith(address token) private view returns (uint256[] memory key, uint256 index) {
        index = token < address(_tokens[0]) ? 0 : 1;
        key = new uint256[](3);
        key[0] = FEE;
        key[index + 1] = wordOf(token, 18, 500_000);
        key[2 - index] = wordOf(address(_tokens[0]), 18, 500_000);
    }
}

/// @notice Takes a loan in a batch that says that Permit2 pays.
contract BatchBorrower is IFlashBorrower {
    IPoolManager private immutable _MANAGER;

    constructor(IPoolManager manager) {
        _MANAGER = manager;
    }

    function approve(address token, address spender, uint256 amount) external {
        IERC20(token).approve(spender, amount);
    }

    function allow(address token, uint160 amount) external {
        IPermit2Domain(0x000000000022D473030F116dDEE9F6B43aC78BA3)
            .approve(token, address(_MANAGER), amount, type(uint48).max);
    }

    function borrow(address token, uint256 amount) external {
        address[] memory tokens = new address[](1);
        uint256[] memory amounts = new uint256[](1);
        (tokens[0], amounts[0]) = (token, amount);
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(_MANAGER.payByPermit2, (address(0), 0, 0, 0, 0, ""));
        calls[1] = abi.encodeCall(_MANAGER.flashLoan, (tokens, amounts, ""));
        _MANAGER.multicall(calls, false);
    }

    function onFlashLoan(address[] calldata, uint256[] calldata, uint256[] calldata, bytes calldata)
        external
        pure
        returns (bytes32)
    {
        return keccak256("IFlashBorrower.onFlashLoan");
    }
}

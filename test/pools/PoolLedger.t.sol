// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {stdJson} from "forge-std/StdJson.sol";
import {IERC6909, IERC6909Metadata, IERC6909TokenSupply} from "@openzeppelin/contracts/interfaces/IERC6909.sol";
import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {IPoolManager} from "../../contracts/pools/IPoolManager.sol";
import {artifact} from "../../script/Artifact.sol";
import {ContractSigner} from "../mocks/ContractSigner.sol";
import {PoolTrio} from "./PoolFixture.sol";

/// @notice POOL-30: supply, names and signed approvals of shares and claims. Specified by PoolLedger.tree.
contract PoolLedgerTest is PoolTrio {
    using stdJson for string;

    struct Approval {
        address owner;
        address spender;
        uint256 id;
        uint256 amount;
        uint256 deadline;
    }

    address private _owner;
    uint256 private _signer;
    Approval private _approval;

    function setUp() public override {
        super.setUp();
        (_owner, _signer) = makeAddrAndKey("owner");
        _approval = Approval(_owner, ALICE, uint256(idOf(_equal)), 1e18, SOON);
    }

    function test_GivenAPool() external {
        uint256 id = uint256(idOf(_equal));
        string memory tag = vm.toString(abi.encodePacked(bytes4(bytes32(id))));
        assertEq(manager.name(id), string.concat("Fluxion Pool Share ", tag), "POOL-30: name");
        assertEq(manager.symbol(id), string.concat("FPS-", tag), "POOL-30: symbol");
        assertEq(manager.decimals(id), 18, "POOL-30: decimals");
        manager.swapExactIn(_equal, 0, 1, 100e18, 0, address(this), SOON);
        manager.transfer(ALICE, id, 5e9);
        manager.addProportional(_equal, 1e12, largest(2), ALICE, SOON);
        (, uint256 supply, uint256 owed,,) = manager.poolState(_equal);
        assertGt(owed, 0, "something is owed");
        uint256 held = manager.balanceOf(address(this), id) + manager.balanceOf(ALICE, id);
        assertEq(manager.totalSupply(id), held, "POOL-30: what accounts hold");
        assertEq(held, supply - owed - manager.MINIMUM_SHARES(), "POOL-6: all but the locked and the owed shares");
        manager.collectProtocolFee(_equal);
        assertEq(manager.totalSupply(id), held + manager.balanceOf(TREASURY, id), "POOL-30: the collected ones too");
        assertTrue(manager.supportsInterface(type(IERC6909).interfaceId), "ERC-165");
        assertTrue(manager.supportsInterface(type(IERC6909TokenSupply).interfaceId), "ERC-165: supply");
        assertTrue(manager.supportsInterface(type(IERC6909Metadata).interfaceId), "ERC-165: metadata");
        assertFalse(manager.supportsInterface(0xffffffff), "ERC-165: nothing else");
    }

    function test_GivenClaimsOnAToken() external {
        manager.removeProportionalWithClaims(_stable, 1e18, new uint256[](3), 7, ALICE, SOON);
        for (uint256 i = 0; i < 3; ++i) {
            uint256 id = uint160(address(_tokens[i]));
            string memory text = vm.toLowercase(vm.toString(address(_tokens[i])));
            assertEq(manager.name(id), string.concat("Fluxion Claim ", text), "POOL-30: name");
            bytes memory start = bytes(manager.symbol(id));
            assertEq(string(start), string.concat("FC-", _first(text, 10)), "POOL-30: symbol");
            assertEq(manager.decimals(id), _tokens[i].decimals(), "POOL-30: the token's decimals");
            assertEq(manager.totalSupply(id), manager.balanceOf(ALICE, id), "POOL-30: all claims");
        }
    }

    function test_GivenAnIdOfNothing() external {
        uint256 none = 1 << 200;
        assertEq(manager.totalSupply(none), 0, "POOL-30: no supply");
        assertEq(manager.name(none), "", "POOL-30: no name");
        assertEq(manager.symbol(none), "", "POOL-30: no symbol");
        assertEq(manager.decimals(none), 0, "POOL-30: no decimals");
        // A claim on what is no token, or one that answers nonsense.
        assertEq(manager.decimals(uint160(ALICE)), 0, "POOL-30: no decimals");
        vm.mockCall(ALICE, abi.encodeWithSignature("decimals()"), abi.encode(256));
        assertEq(manager.decimals(uint160(ALICE)), 0, "POOL-30: no decimals");
        assertEq(manager.totalSupply(uint160(ALICE)), 0, "POOL-30: no claims");
    }

    function test_WhenAnApprovalIsSigned() external {
        manager.transfer(_owner, _approval.id, 3e9);
        bytes memory signature = _sign(_approval, 0, address(manager), block.chainid);
        vm.expectEmit(address(manager));
        emit IERC6909.Approval(_owner, ALICE, _approval.id, _approval.amount);
        _permit(_approval, signature);
        assertEq(manager.allowance(_owner, ALICE, _approval.id), _approval.amount, "POOL-30: approved");
        assertEq(manager.nonces(_owner), 1, "POOL-30: the nonce rose");
        vm.prank(ALICE);
        manager.transferFrom(_owner, ALICE, _approval.id, 3e9);
        assertEq(manager.balanceOf(ALICE, _approval.id), 3e9, "POOL-30: moved");
    }

    function test_WhenAClaimIsApprovedByASignature() external {
        manager.removeProportionalWithClaims(_stable, 1e18, new uint256[](3), 1, _owner, SOON);
        _approval.id = uint160(address(_tokens[0]));
        _permit(_approval, _sign(_approval, 0, address(manager), block.chainid));
        vm.prank(ALICE);
        manager.transferFrom(_owner, ALICE, _approval.id, 1e9);
        vm.prank(ALICE);
        manager.claim(address(_tokens[0]), 1e9, ALICE);
        assertEq(_tokens[0].balanceOf(ALICE), 1e9, "POOL-32: paid to whom it was approved");
    }

    function test_RevertWhen_TheSignatureIsUsedAgain() external {
        bytes memory signature = _sign(_approval, 0, address(manager), block.chainid);
        _permit(_approval, signature);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.SignatureInvalid.selector, _owner));
        _permit(_approval, signature);
        // Approvals are used in the order in which they were signed.
        _refuse(_approval, _sign(_approval, 2, address(manager), block.chainid));
        _permit(_approval, _sign(_approval, 1, address(manager), block.chainid));
    }

    function test_RevertWhen_AnythingElseThanWhatWasSignedIsApproved() external {
        bytes memory signature = _sign(_approval, 0, address(manager), block.chainid);
        Approval memory other = _approval;
        other.owner = TREASURY;
        _refuse(other, signature);
        other = _approval;
        other.spender = TREASURY;
        _refuse(other, signature);
        other = _approval;
        other.id += 1;
        _refuse(other, signature);
        other = _approval;
        other.amount += 1;
        _refuse(other, signature);
        other = _approval;
        other.deadline += 1;
        _refuse(other, signature);
        _refuse(_approval, _sign(_approval, 0, address(access), block.chainid));
        _refuse(_approval, _sign(_approval, 0, address(manager), block.chainid + 1));
        // The other s of the same signature, a cut one, none, and one of nobody.
        (uint8 v, bytes32 r, bytes32 s) = _parts(_approval, 0, address(manager), block.chainid);
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        _refuse(_approval, abi.encodePacked(r, order - uint256(s), v == 27 ? uint8(28) : uint8(27)));
        _refuse(_approval, abi.encodePacked(r, s));
        _refuse(_approval, "");
        other = _approval;
        other.owner = address(0);
        _refuse(other, abi.encodePacked(r, s, uint8(29)));
        _permit(_approval, signature);
    }

    function test_RevertWhen_TheDeadlineOfTheApprovalPassed() external {
        bytes memory signature = _sign(_approval, 0, address(manager), block.chainid);
        vm.warp(SOON + 1);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.DeadlinePassed.selector, SOON, SOON + 1));
        _permit(_approval, signature);
        vm.warp(SOON);
        _permit(_approval, signature);
    }

    function test_WhenAContractApproves() external {
        ContractSigner wallet = ContractSigner(deployCode(artifact("ContractSigner")));
        _approval.owner = address(wallet);
        bytes memory signature = "anything that the contract takes";
        _refuse(_approval, signature);
        wallet.approve(_digest(_approval, 0, address(manager), block.chainid), signature);
        wallet.setAnswer(ContractSigner.Answer.Revert);
        _refuse(_approval, signature);
        wallet.setAnswer(ContractSigner.Answer.Garbage);
        _refuse(_approval, signature);
        wallet.setAnswer(ContractSigner.Answer.Short);
        _refuse(_approval, signature);
        wallet.setAnswer(ContractSigner.Answer.Honest);
        _permit(_approval, signature);
        assertEq(manager.allowance(address(wallet), ALICE, _approval.id), _approval.amount, "POOL-30: EIP-1271");
    }

    function test_WhenTheVectorsAreRead() external {
        string memory json = vm.readFile("test/vectors/share_permit.json");
        uint256 count;
        for (; vm.keyExistsJson(json, string.concat(".cases[", vm.toString(count), "]")); ++count) {
            string memory where = string.concat(".cases[", vm.toString(count), "]");
            vm.chainId(json.readUint(string.concat(where, ".chainId")));
            address target = json.readAddress(string.concat(where, ".manager"));
            deployCodeTo(artifact("PoolManager"), abi.encode(access, modules, PROTOCOL_FEE_BPS), target);
            manager = IPoolManager(target);
            _checkVector(json, where);
        }
        assertEq(count, 2, "all of them");
    }

    function _checkVector(string memory json, string memory where) private {
        bytes32 separator = json.readBytes32(string.concat(where, ".domainSeparator"));
        assertEq(manager.DOMAIN_SEPARATOR(), separator, "POOL-30: the domain");
        (, string memory name, string memory version, uint256 chainId, address place,,) = manager.eip712Domain();
        assertEq(name, json.readString(".domainName"), "POOL-30: its name");
        assertEq(version, json.readString(".domainVersion"), "POOL-30: its version");
        assertEq(chainId, block.chainid, "POOL-30: its chain");
        assertEq(place, address(manager), "POOL-30: its address");
        Approval memory approval = Approval(
            json.readAddress(".owner.address"),
            json.readAddress(string.concat(where, ".spender")),
            json.readUint(string.concat(where, ".id")),
            json.readUint(string.concat(where, ".amount")),
            json.readUint(string.concat(where, ".deadline"))
        );
        uint256 nonce = json.readUint(string.concat(where, ".nonce"));
        assertEq(
            _digest(approval, nonce, address(manager), block.chainid),
            json.readBytes32(string.concat(where, ".digest")),
            "the test signs what the vectors say"
        );
        if (nonce != 0) {
            uint256 key = uint256(json.readBytes32(".owner.key"));
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _digest(approval, 0, address(manager), block.chainid));
            _permit(approval, abi.encodePacked(r, s, v));
        }
        _permit(approval, json.readBytes(string.concat(where, ".signature")));
        assertEq(manager.nonces(approval.owner), nonce + 1, "POOL-30: accepted");
    }

    function _permit(Approval memory approval, bytes memory signature) private {
        manager.permit(approval.owner, approval.spender, approval.id, approval.amount, approval.deadline, signature);
    }

    function _refuse(Approval memory approval, bytes memory signature) private {
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.SignatureInvalid.selector, approval.owner));
        _permit(approval, signature);
    }

    function _sign(Approval memory approval, uint256 nonce, address place, uint256 chainId)
        private
        view
        returns (bytes memory)
    {
        (uint8 v, bytes32 r, bytes32 s) = _parts(approval, nonce, place, chainId);
        return abi.encodePacked(r, s, v);
    }

    function _parts(Approval memory approval, uint256 nonce, address place, uint256 chainId)
        private
        view
        returns (uint8 v, bytes32 r, bytes32 s)
    {
        return vm.sign(_signer, _digest(approval, nonce, place, chainId));
    }

    function _digest(Approval memory approval, uint256 nonce, address place, uint256 chainId)
        private
        pure
        returns (bytes32)
    {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Fluxion Pool Manager"),
                keccak256("1"),
                chainId,
                place
            )
        );
        bytes32 hash = keccak256(
            abi.encode(
                keccak256(
                    "Permit(address owner,address spender,uint256 id,uint256 amount,uint256 nonce,uint256 deadline)"
                ),
                approval.owner,
                approval.spender,
                approval.id,
                approval.amount,
                nonce,
                approval.deadline
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, hash));
    }

    function _first(string memory text, uint256 length) private pure returns (string memory) {
        bytes memory cut = bytes(text);
        assembly ("memory-safe") {
            mstore(cut, length)
        }
        return string(cut);
    }
}

//! The longer stories of a replay: paths and callbacks.

use alloy_primitives::U256;

use super::{Fixture, action::Hop, attack::OUTER, fixture::ACTORS, replay::Writer};

impl Writer {
    /// The code of the tokens that are wrapped native coin and have permits, in the place of a plain one's: their
    /// storage is the same.
    pub(crate) fn special(&mut self, fixture: &Fixture) {
        if let Some(place) = self.place_of(fixture.permits) {
            self.line(&format!(
                "vm.etch(address(tokens[{place}]), address(new PermitToken()).code);"
            ));
        }
        let Some(place) = self.place_of(fixture.native) else {
            return;
        };
        self.line(&format!(
            "vm.etch(address(tokens[{place}]), deployCode(artifact(\"WrappedNativeToken\")).code);"
        ));
        self.line(&format!("vm.deal(address(tokens[{place}]), type(uint192).max);"));
        self.line(&format!("deployManagerFor(address(tokens[{place}]));"));
        self.line("for (uint256 i = 0; i < plain.length; ++i) plain[i].approve(address(manager), type(uint256).max);");
        for actor in 0..ACTORS {
            self.line(&format!("vm.deal(makeAddr(\"actor {actor}\"), type(uint128).max);"));
        }
    }

    pub(crate) fn permit(&mut self, (pool, i, j): Hop, amount: &U256, used: bool) {
        self.line("{");
        self.line("(address owner, uint256 ownerKey) = makeAddrAndKey(\"owner\");");
        self.line(&format!(
            "PermitToken token = PermitToken(address(uint160(keys[{pool}][{}])));",
            i + 1
        ));
        self.line("token.mint(owner, type(uint128).max);");
        self.line("bytes32 digest = keccak256(");
        self.line("    \"Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)\"");
        self.line(");");
        self.line(&format!(
            "digest = keccak256(abi.encode(digest, owner, address(manager), {amount}, token.nonces(owner), SOON));"
        ));
        self.line("digest = keccak256(abi.encodePacked(hex\"1901\", token.DOMAIN_SEPARATOR(), digest));");
        self.line("(uint8 v, bytes32 r, bytes32 s) = vm.sign(ownerKey, digest);");
        if used {
            self.line(&format!(
                "token.permit(owner, address(manager), {amount}, SOON, v, r, s);"
            ));
        }
        self.line("calls = new bytes[](2);");
        self.line(&format!(
            "calls[0] = abi.encodeCall(manager.permitToken, (address(token), {amount}, SOON, v, r, s));"
        ));
        self.line(&format!(
            "calls[1] = abi.encodeCall(manager.swapExactIn, (keys[{pool}], {i}, {j}, {amount}, 0, owner, SOON));"
        ));
        self.line("vm.prank(owner);");
        self.line("returned = abi.decode(manager.multicall(calls, false)[1], (uint256));");
        self.line("}");
    }

    pub(crate) fn path(&mut self, hops: &[Hop], amount: &U256, who: usize, buy: bool) {
        self.line("{");
        self.line(&format!(
            "(uint256 before, uint256 chain) = (vm.snapshotState(), {amount});"
        ));
        let mut order: Vec<&Hop> = hops.iter().collect();
        if buy {
            order.reverse();
        }
        for hop in order {
            self.swap("chain", *hop, "chain", who, buy);
        }
        self.line("vm.revertToState(before);");
        self.line(&format!(
            "IPoolTrade.Hop[] memory hops = new IPoolTrade.Hop[]({});",
            hops.len()
        ));
        for (index, (pool, i, j)) in hops.iter().enumerate() {
            self.line(&format!("hops[{index}] = IPoolTrade.Hop(keys[{pool}], {i}, {j});"));
        }
        self.line(&format!("vm.prank(actors[{who}]);"));
        let (name, limit) = if buy {
            ("swapPathExactOut", "type(uint256).max")
        } else {
            ("swapPathExactIn", "0")
        };
        self.line(&format!(
            "returned = manager.{name}(hops, {amount}, {limit}, actors[{who}], SOON);"
        ));
        self.line("assertEq(returned, chain, \"POOL-8: a path is the chain of its swaps\");");
        self.line("}");
    }

    pub(crate) fn reenter(&mut self, fixture: &Fixture, pool: usize, outer: u8, amount: &U256, who: usize) {
        let Some(tokens) = self.pools.get(pool).cloned() else {
            return;
        };
        let Some(i) = tokens.iter().position(|token| *token == fixture.tokens.len() - 1) else {
            return;
        };
        let j = (i + 1) % tokens.len();
        self.line("{");
        self.line("calls = new bytes[](9);");
        let calls = [
            format!("manager.swapExactIn, (keys[{pool}], {j}, {i}, 1, 0, address(hostile), SOON)"),
            format!("manager.swapExactOut, (keys[{pool}], {j}, {i}, 1, type(uint256).max, address(hostile), SOON)"),
            "manager.swapPathExactIn, (hops, 1, 0, address(hostile), SOON)".to_owned(),
            format!(
                "manager.addProportional, (keys[{pool}], 1, largest({}), address(hostile), SOON)",
                tokens.len()
            ),
            format!(
                "manager.removeProportional, (keys[{pool}], 0, new uint256[]({}), address(hostile), SOON)",
                tokens.len()
            ),
            format!("manager.collectProtocolFee, (keys[{pool}])"),
            format!("manager.quoteExactIn, (address(hostile), keys[{pool}], {j}, {i}, 1)"),
            format!("manager.quoteExactOut, (address(hostile), keys[{pool}], {j}, {i}, 1)"),
            format!("manager.poolState, (keys[{pool}])"),
        ];
        self.line("IPoolTrade.Hop[] memory hops = new IPoolTrade.Hop[](1);");
        self.line(&format!("hops[0] = IPoolTrade.Hop(keys[{pool}], {j}, {i});"));
        for (index, call) in calls.iter().enumerate() {
            self.line(&format!("calls[{index}] = abi.encodeCall({call});"));
        }
        self.line("hostile.setCalls(address(manager), calls);");
        match outer % OUTER {
            0 => self.swap("returned", (pool, i, j), &amount.to_string(), who, false),
            1 => self.swap("returned", (pool, j, i), &amount.to_string(), who, false),
            2 => self.swap("returned", (pool, i, j), &amount.to_string(), who, true),
            3 => self.add("amounts", pool, amount, who),
            _ => self.remove("amounts", pool, &amount.to_string(), who),
        }
        self.line("hostile.setCalls(address(manager), new bytes[](0));");
        self.line("assertEq(hostile.successes(), 0, \"POOL-9: a call from a callback succeeded\");");
        self.line("}");
    }
}

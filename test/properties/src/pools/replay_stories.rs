//! The longer stories of a replay: paths and callbacks.

use alloy_primitives::U256;

use super::{Fixture, action::Hop, attack::OUTER, replay::Writer};

impl Writer {
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
            "IPoolTrading.Hop[] memory hops = new IPoolTrading.Hop[]({});",
            hops.len()
        ));
        for (index, (pool, i, j)) in hops.iter().enumerate() {
            self.line(&format!("hops[{index}] = IPoolTrading.Hop(keys[{pool}], {i}, {j});"));
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
        self.line("IPoolTrading.Hop[] memory hops = new IPoolTrading.Hop[](1);");
        self.line(&format!("hops[0] = IPoolTrading.Hop(keys[{pool}], {j}, {i});"));
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

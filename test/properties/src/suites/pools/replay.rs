//! A failing sequence as a forge test for test/pools: the same actors, tokens of the same decimals in the same order,
//! the same calls.

use std::{collections::BTreeSet, fmt::Write as _};

use alloy_primitives::U256;

use super::{
    Fixture,
    action::{Action, Spec},
    fixture::ACTORS,
    perform::Pools,
};
use crate::engine::{Expectation, Violation};

/// What a replay works on: more than fits the stack of a function.
const STATE: &str = "    PlainToken[] private tokens;\n    PlainToken[] private plain;\n    CallbackToken private hostile;\n    \
    address[] private actors;\n    SettableRate[] private providers;\n    Oracle private policy;\n    Borrower private borrower;\n    \
    PoolShareTokenFactory private shareTokens;\n    bytes32[] private ids;\n    bytes[] private calls;\n    address[] private lent;\n    \
    uint256[][] private keys;\n    uint256[] private amounts;\n    uint256[] private back;\n    uint256 private returned;\n    \
    uint256 private quote;\n";

/// The whole file.
pub(crate) fn render(fixture: &Fixture, actions: &[Action], violation: &Violation) -> String {
    let hostile = fixture.tokens.len() - 1;
    let specs = actions.iter().filter_map(|action| match action {
        Action::Create { spec, .. } | Action::FirstDeposit { spec, .. } => Some(spec),
        _ => None,
    });
    let used: BTreeSet<usize> = specs.flat_map(|spec| spec.tokens.iter().copied()).collect();
    let mut writer = Writer {
        plain: used.iter().copied().filter(|token| *token != hostile).collect(),
        hostile: used.contains(&hostile),
        pools: Vec::new(),
        text: String::new(),
    };
    let name = violation.promise.replace('-', "");
    let header = format!(
        "// SPDX-License-Identifier: MIT\npragma solidity 0.8.37;\n\n\
         import {{IPoolManager}} from \"../../contracts/pools/IPoolManager.sol\";\n\
         import {{IPoolTrade}} from \"../../contracts/pools/IPoolTrade.sol\";\n\
         import {{PoolShareToken}} from \"../../contracts/pools/shares/PoolShareToken.sol\";\n\
         import {{PoolShareTokenFactory}} from \"../../contracts/pools/shares/PoolShareTokenFactory.sol\";\n\
         import {{artifact, artifactIn}} from \"../../script/Artifact.sol\";\n\
         import {{SettableRate}} from \"../properties/contracts/SettableRate.sol\";\n\
         import {{Borrower, Oracle}} from \"./PoolContracts.sol\";\n\
         import {{PoolFixture}} from \"./PoolFixture.sol\";\nimport {{CallbackToken, PermitToken, PlainToken}} from \"./PoolTokens.sol\";\n\n\
         /// @notice {}: {}. Found by the property harness.\ncontract PoolReplay{name}Test is PoolFixture {{\n    \
         uint256 private constant SOON = type(uint256).max;\n\n{STATE}\n    function test_{name}_Replay() external {{\n",
        violation.promise, violation.detail
    );
    writer.text.push_str(&header);
    writer.set_up(fixture);
    for (number, action) in actions.iter().enumerate() {
        let _ = writeln!(writer.text, "\n        // {}: {}", number + 1, action.kind());
        writer.action(fixture, action);
    }
    if let Some(Expectation {
        subject,
        relation,
        value,
    }) = &violation.expectation
    {
        let subject = writer.subject(subject);
        writer.line(&format!(
            "assert{relation}({subject}, {value}, \"{}\");",
            violation.promise
        ));
    }
    writer.text.push_str("    }\n}\n");
    writer.text
}

/// Writes the body of the test.
pub(crate) struct Writer {
    /// Numbers of the plain tokens, in the order of the array `tokens`; tokens of each pool.
    plain: Vec<usize>,
    hostile: bool,
    pub(crate) pools: Vec<Vec<usize>>,
    text: String,
}

impl Writer {
    pub(crate) fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "        {line}");
    }

    fn set_up(&mut self, fixture: &Fixture) {
        self.line("deployManager();");
        self.line(&format!("uint8[] memory decimals = new uint8[]({});", self.plain.len()));
        for (place, token) in self.plain.clone().into_iter().enumerate() {
            self.line(&format!("decimals[{place}] = {};", fixture.decimals[token]));
        }
        self.line(&format!(
            "tokens = new PlainToken[]({});",
            self.plain.len() + usize::from(self.hostile)
        ));
        self.line("plain = deployTokens(decimals);");
        self.line("for (uint256 i = 0; i < plain.length; ++i) tokens[i] = plain[i];");
        self.special(fixture);
        self.line(&format!("actors = new address[]({});", ACTORS + 2));
        for actor in 0..ACTORS {
            self.line(&format!("actors[{actor}] = makeAddr(\"actor {actor}\");"));
        }
        self.line(&format!(
            "(actors[{ACTORS}], actors[{}]) = (address(this), TREASURY);",
            ACTORS + 1
        ));
        if self.hostile {
            let place = self.plain.len();
            self.line("for (uint256 salt = 0; uint160(address(hostile)) >> 157 != 7; ++salt) {");
            self.line("    hostile = new CallbackToken{salt: bytes32(salt)}();");
            self.line("}");
            self.line(&format!("tokens[{place}] = PlainToken(address(hostile));"));
            self.line(&format!(
                "for (uint256 i = 0; i <= {place}; ++i) provide(tokens[i], address(hostile));"
            ));
            self.line(&format!("provide(tokens[{place}], address(this));"));
        }
        self.line("for (uint256 i = 0; i < tokens.length; ++i) {");
        self.line(&format!(
            "    for (uint256 k = 0; k < {ACTORS}; ++k) provide(tokens[i], actors[k]);"
        ));
        self.line("}");
        self.line("providers = new SettableRate[](tokens.length + 1);");
        self.line("for (uint256 i = 0; i <= tokens.length; ++i) {");
        self.line("    providers[i] = SettableRate(deployCode(artifact(\"SettableRate\")));");
        self.line("}");
        self.line("policy = new Oracle(0);");
        self.line("borrower = Borrower(deployCode(artifactIn(\"PoolContracts\", \"Borrower\"), abi.encode(manager)));");
        self.line("for (uint256 i = 0; i < tokens.length; ++i) provide(tokens[i], address(borrower));");
        self.line("address wrapper = deployCode(artifact(\"PoolShareToken\"), abi.encode(manager));");
        self.line("shareTokens = PoolShareTokenFactory(");
        self.line("    deployCode(artifact(\"PoolShareTokenFactory\"), abi.encode(manager, wrapper))");
        self.line(");");
        self.line("keys = new uint256[][](8);");
    }

    pub(crate) fn place(&self, token: usize) -> usize {
        self.plain
            .iter()
            .position(|other| *other == token)
            .unwrap_or(self.plain.len())
    }

    /// Where a token of this number is, if one is used.
    pub(crate) fn place_of(&self, token: usize) -> Option<usize> {
        self.plain.iter().position(|other| *other == token)
    }

    /// `TOKEN n` in a subject stands for a token by its number.
    fn subject(&self, subject: &str) -> String {
        match subject.split_once("TOKEN ") {
            Some((before, after)) => {
                let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
                let place = self.place(digits.parse().unwrap_or(usize::MAX));
                format!("{before}tokens[{place}]{}", &after[digits.len()..])
            }
            None => subject.to_owned(),
        }
    }

    pub(crate) fn amounts(&mut self, amounts: &[U256]) {
        self.line(&format!("amounts = new uint256[]({});", amounts.len()));
        for (index, amount) in amounts.iter().enumerate() {
            self.line(&format!("amounts[{index}] = {amount};"));
        }
    }

    fn create(&mut self, spec: &Spec, amounts: &[U256], to: usize) -> usize {
        let pool = self.pools.len();
        self.pools.push(spec.tokens.clone());
        self.line(&format!(
            "keys[{pool}] = new uint256[]({});",
            spec.tokens.len() + 1 + spec.rated.len()
        ));
        self.line(&format!(
            "keys[{pool}][0] = {} | ({} << 24) | ({} << 232);",
            spec.fee,
            spec.amplification,
            spec.rated.len()
        ));
        if let Some(least) = spec.policy {
            self.line(&format!(
                "keys[{pool}][0] |= ({least} << 48) | (uint256(uint160(address(policy))) << 72);"
            ));
        }
        for (index, token) in spec.tokens.iter().enumerate() {
            let (place, weight) = (self.place(*token), spec.weights.get(index).copied().unwrap_or(0));
            let flag = if spec.rated.contains(&index) {
                " | (1 << 200)"
            } else {
                ""
            };
            self.line(&format!(
                "keys[{pool}][{}] = wordOf(address(tokens[{place}]), tokens[{place}].decimals(), {weight}){flag};",
                index + 1
            ));
        }
        for (count, index) in spec.rated.iter().enumerate() {
            let place = self.place(spec.tokens[*index]);
            self.line(&format!(
                "keys[{pool}][{}] = uint160(address(providers[{place}]));",
                spec.tokens.len() + 1 + count
            ));
        }
        self.amounts(amounts);
        self.line(&format!(
            "manager.createPool(keys[{pool}], amounts, 0, actors[{to}], SOON);"
        ));
        pool
    }

    pub(crate) fn swap(
        &mut self,
        into: &str,
        (pool, i, j): (usize, usize, usize),
        amount: &str,
        who: usize,
        buy: bool,
    ) {
        let (name, limit) = if buy {
            ("swapExactOut", "type(uint256).max")
        } else {
            ("swapExactIn", "0")
        };
        self.line(&format!("vm.prank(actors[{who}]);"));
        self.line(&format!(
            "{into} = manager.{name}(keys[{pool}], {i}, {j}, {amount}, {limit}, actors[{who}], SOON);"
        ));
    }

    pub(crate) fn add(&mut self, into: &str, pool: usize, shares: &U256, who: usize) {
        let size = self.pools.get(pool).map_or(0, Vec::len);
        self.line(&format!("vm.prank(actors[{who}]);"));
        self.line(&format!(
            "{into} = manager.addProportional(keys[{pool}], {shares}, largest({size}), actors[{}], SOON);",
            Pools::beneficiary(who)
        ));
    }

    pub(crate) fn remove(&mut self, into: &str, pool: usize, shares: &str, who: usize) {
        let size = self.pools.get(pool).map_or(0, Vec::len);
        self.line("{");
        self.line(&format!("    uint256 shares = {shares};"));
        self.line(&format!("    uint256 most = sharesOf(keys[{pool}], actors[{who}]);"));
        self.line("    if (shares > most) shares = most;");
        self.line(&format!("    vm.prank(actors[{who}]);"));
        self.line(&format!(
            "    {into} = manager.removeProportional(keys[{pool}], shares, new uint256[]({size}), actors[{who}], SOON);"
        ));
        self.line("}");
    }

    fn compare(&mut self, size: usize, promise: &str) {
        self.line(&format!(
            "for (uint256 i = 0; i < {size}; ++i) assertLe(back[i], amounts[i], \"{promise}\");"
        ));
    }

    fn action(&mut self, fixture: &Fixture, action: &Action) {
        match action {
            Action::Create { spec, amounts, who } => {
                self.create(spec, amounts, *who);
            }
            Action::SwapIn {
                pool,
                i,
                j,
                amount,
                who,
                quoted,
            }
            | Action::SwapOut {
                pool,
                i,
                j,
                amount,
                who,
                quoted,
            } => {
                let buy = matches!(action, Action::SwapOut { .. });
                if *quoted {
                    let quote = if buy { "quoteExactOut" } else { "quoteExactIn" };
                    self.line(&format!(
                        "quote = manager.{quote}(actors[{who}], keys[{pool}], {i}, {j}, {amount});"
                    ));
                }
                self.swap("returned", (*pool, *i, *j), &amount.to_string(), *who, buy);
                if *quoted {
                    self.line("assertEq(returned, quote, \"POOL-8\");");
                }
            }
            Action::RoundTrip {
                pool,
                i,
                j,
                amount,
                who,
                times,
                buy,
            } => {
                self.line(&format!("for (uint256 time = 0; time < {times}; ++time) {{"));
                self.line(&format!("uint256 paid = {amount};"));
                if *buy {
                    self.swap("paid", (*pool, *i, *j), &amount.to_string(), *who, true);
                    self.swap("returned", (*pool, *j, *i), &amount.to_string(), *who, false);
                } else {
                    self.swap("returned", (*pool, *i, *j), &amount.to_string(), *who, false);
                    self.swap("returned", (*pool, *j, *i), "returned", *who, false);
                }
                self.line("assertLe(returned, paid, \"POOL-2: there and back\");");
                self.line("}");
            }
            Action::Inverse { pool, i, j, amount } => {
                self.line(&format!(
                    "returned = manager.quoteExactIn(actors[0], keys[{pool}], {i}, {j}, {amount});"
                ));
                self.line(&format!(
                    "returned = manager.quoteExactOut(actors[0], keys[{pool}], {i}, {j}, returned);"
                ));
            }
            Action::Path { hops, amount, who } => self.path(hops, amount, *who, false),
            Action::PathOut { hops, amount, who } => self.path(hops, amount, *who, true),
            Action::Unbalanced(action) => action.write(self),
            Action::Terms(action) => action.write(self),
            Action::Loan(action) => action.write(self),
            Action::Entry(action) => action.write(self),
            Action::Native(action) => action.write(self),
            Action::Permit {
                pool,
                i,
                j,
                amount,
                used,
            } => self.permit((*pool, *i, *j), amount, *used),
            Action::Add { pool, shares, who } => self.add("amounts", *pool, shares, *who),
            Action::Remove { pool, shares, who } => self.remove("amounts", *pool, &shares.to_string(), *who),
            Action::AddRemove { pool, shares, who } => {
                self.add("amounts", *pool, shares, *who);
                self.remove("back", *pool, &shares.to_string(), Pools::beneficiary(*who));
                let size = self.pools.get(*pool).map_or(0, Vec::len);
                self.compare(size, "POOL-5: adding and leaving");
            }
            Action::AddOrder { pool, first, second } => {
                self.add("amounts", *pool, second, 1);
                self.add("amounts", *pool, first, 0);
            }
            Action::Collect { pool } => self.line(&format!("returned = manager.collectProtocolFee(keys[{pool}]);")),
            Action::SetFee { pool, bps } => self.line(&format!("manager.setProtocolFee(keys[{pool}], {bps});")),
            Action::Donate { pool, i, amount } => {
                let token = self
                    .pools
                    .get(*pool)
                    .and_then(|tokens| tokens.get(*i))
                    .copied()
                    .unwrap_or(usize::MAX);
                let place = self.place(token);
                self.line(&format!("tokens[{place}].mint(address(manager), {amount});"));
            }
            Action::FirstDeposit {
                spec,
                amounts,
                donation,
                shares,
            } => {
                let pool = self.create(spec, amounts, ACTORS);
                let place = self.place(spec.tokens[0]);
                self.line(&format!("tokens[{place}].mint(address(manager), {donation});"));
                self.add("back", pool, shares, 1);
                self.remove("back", pool, "type(uint256).max", ACTORS);
                self.compare(amounts.len(), "POOL-5: the attacker gained");
                self.remove("back", pool, &shares.to_string(), 1);
            }
            Action::Reenter {
                pool,
                outer,
                amount,
                who,
            } => self.reenter(fixture, *pool, *outer, amount, *who),
            Action::Recover {
                pool,
                amounts,
                who,
                leave,
            } => self.recover(*pool, amounts, *who, *leave),
            // It changes nothing: test/pools has these one by one.
            Action::Wrong { .. } => {}
            // A token that is not among the plain ones has the last place, that of the hostile one.
            Action::SetRate { token, rate } => {
                self.line(&format!("providers[{}].setRate({rate});", self.place(*token)));
            }
            Action::Wait { seconds } => self.line(&format!("skip({seconds});")),
        }
    }
}

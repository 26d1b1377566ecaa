//! Other ways in: shares as ERC-20 tokens, batches that begin with a permit.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use serde::{Deserialize, Serialize};

use super::{
    abi::{IPoolManager, IShareToken, IShareTokens},
    action::Hop,
    perform::Pools,
    replay::Writer,
    swap::NEVER,
};
use crate::{engine::Violation, world::Machine};

/// One of these actions. `pool`, `i`, `j` and `who` as in [`super::Action`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Entry {
    Wrap {
        pool: usize,
        shares: U256,
        who: usize,
    },
    Unwrap {
        pool: usize,
        shares: U256,
        who: usize,
    },
    /// A permit that is good for nothing, then a swap.
    Batch {
        pool: usize,
        i: usize,
        j: usize,
        amount: U256,
        who: usize,
    },
}

impl Entry {
    /// All kinds.
    pub const KINDS: [&'static str; 3] = ["wrap shares", "unwrap shares", "batch"];

    pub(crate) fn kind(&self) -> &'static str {
        Self::KINDS[match self {
            Self::Wrap { .. } => 0,
            Self::Unwrap { .. } => 1,
            Self::Batch { .. } => 2,
        }]
    }

    pub(crate) fn pool(&mut self) -> &mut usize {
        match self {
            Self::Wrap { pool, .. } | Self::Unwrap { pool, .. } | Self::Batch { pool, .. } => pool,
        }
    }

    pub(crate) fn numbers(&mut self) -> Vec<&mut U256> {
        match self {
            Self::Wrap { shares, .. } | Self::Unwrap { shares, .. } => vec![shares],
            Self::Batch { amount, .. } => vec![amount],
        }
    }

    pub(crate) fn perform(&self, pools: &mut Pools) -> Result<bool, Violation> {
        match self {
            Self::Wrap { pool, shares, who } => pools.wrap(*pool, *shares, *who),
            Self::Unwrap { pool, shares, who } => pools.unwrap_shares(*pool, *shares, *who),
            Self::Batch {
                pool,
                i,
                j,
                amount,
                who,
            } => pools.batch((*pool, *i, *j), *amount, *who),
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        match self {
            Self::Wrap { pool, shares, who } => {
                writer.line("{");
                writer.line(&format!("    address token = shareTokens.tokenOf(idOf(keys[{pool}]));"));
                writer.line(&format!(
                    "    if (token.code.length == 0) shareTokens.create(keys[{pool}]);"
                ));
                writer.line(&format!("    vm.startPrank(actors[{who}]);"));
                writer.line("    manager.setOperator(token, true);");
                writer.line(&format!("    uint256 most = sharesOf(keys[{pool}], actors[{who}]);"));
                writer.line(&format!("    uint256 shares = {shares} > most ? most : {shares};"));
                writer.line(&format!("    PoolShareToken(token).deposit(shares, actors[{who}]);"));
                writer.line("    vm.stopPrank();");
                writer.line("}");
            }
            Self::Unwrap { pool, shares, who } => {
                writer.line("{");
                writer.line(&format!(
                    "    PoolShareToken token = PoolShareToken(shareTokens.tokenOf(idOf(keys[{pool}])));"
                ));
                writer.line(&format!("    uint256 most = token.balanceOf(actors[{who}]);"));
                writer.line(&format!("    vm.prank(actors[{who}]);"));
                writer.line(&format!(
                    "    token.withdraw({shares} > most ? most : {shares}, actors[{who}]);"
                ));
                writer.line("}");
            }
            Self::Batch {
                pool,
                i,
                j,
                amount,
                who,
            } => {
                writer.line("calls = new bytes[](2);");
                writer.line(&format!(
                    "calls[0] = abi.encodeCall(manager.permitToken, (address(uint160(keys[{pool}][{}])), {amount}, SOON, 27, 0, 0));",
                    i + 1
                ));
                writer.line(&format!(
                    "calls[1] = abi.encodeCall(manager.swapExactIn, (keys[{pool}], {i}, {j}, {amount}, 0, actors[{who}], SOON));"
                ));
                writer.line(&format!("vm.prank(actors[{who}]);"));
                writer.line("returned = abi.decode(manager.multicall(calls, false)[1], (uint256));");
            }
        }
    }
}

impl Pools {
    /// The token of a pool's shares, made where there is none.
    fn share_token(&mut self, pool: usize) -> Result<Address, Violation> {
        if let Some(token) = self.model.pools[pool].share_token {
            return Ok(token);
        }
        let call = IShareTokens::createCall {
            key: self.model.pools[pool].key.clone(),
        };
        let outcome = self
            .machine
            .call(self.fixture.actors[0], self.fixture.share_tokens, call.abi_encode());
        let Some(data) = outcome.returned() else {
            return Err(Violation::new("POOL-20", format!("no token of shares: {outcome:?}")));
        };
        let token = Address::from_word(B256::from(U256::from_be_slice(data)));
        self.model.pools[pool].share_token = Some(token);
        Ok(token)
    }

    /// POOL-20: shares become as many tokens, never more than the account has.
    fn wrap(&mut self, pool: usize, shares: U256, who: usize) -> Result<bool, Violation> {
        let token = self.share_token(pool)?;
        let shares = shares.min(self.model.pools[pool].holding(who));
        let account = self.fixture.account(who);
        let operator = IPoolManager::setOperatorCall {
            spender: token,
            approved: true,
        };
        self.call(who, &operator);
        let call = IShareToken::depositCall {
            amount: shares,
            recipient: account,
        };
        let outcome = self.machine.call(account, token, call.abi_encode());
        if outcome.returned().is_none() {
            return Err(Violation::new(
                "POOL-20",
                format!("{shares} shares were not wrapped: {outcome:?}"),
            ));
        }
        let model = &mut self.model.pools[pool];
        model.set_holding(who, model.holding(who) - shares, &self.fixture);
        *model.wrapped.entry(who).or_default() += shares;
        self.check_wrapped(pool, token)?;
        Ok(true)
    }

    /// POOL-20: tokens become as many shares at any time.
    fn unwrap_shares(&mut self, pool: usize, shares: U256, who: usize) -> Result<bool, Violation> {
        let Some(token) = self.model.pools[pool].share_token else {
            return Ok(false);
        };
        let wrapped = self.model.pools[pool].wrapped.get(&who).copied().unwrap_or_default();
        let shares = shares.min(wrapped);
        let account = self.fixture.account(who);
        let call = IShareToken::withdrawCall {
            amount: shares,
            recipient: account,
        };
        let outcome = self.machine.call(account, token, call.abi_encode());
        if outcome.returned().is_none() {
            return Err(Violation::new(
                "POOL-20",
                format!("{shares} shares were not unwrapped: {outcome:?}"),
            ));
        }
        let model = &mut self.model.pools[pool];
        model.set_holding(who, model.holding(who) + shares, &self.fixture);
        model.wrapped.insert(who, wrapped - shares);
        self.check_wrapped(pool, token)?;
        Ok(true)
    }

    /// POOL-20: the token's balances and supply, and the shares that it holds, are what was wrapped.
    fn check_wrapped(&self, pool: usize, token: Address) -> Result<(), Violation> {
        let model = &self.model.pools[pool];
        let all = model.all_wrapped();
        let supply = self.machine.slot(token, U256::from(2));
        let held = self
            .machine
            .slot(self.fixture.manager, self.fixture.holding_slot(model.id, token));
        if supply != all || held != all {
            let detail = format!("{all} shares are wrapped; the token's supply is {supply} and it holds {held}");
            return Err(Violation::new("POOL-20", detail));
        }
        for (account, amount) in &model.wrapped {
            let slot = Machine::mapping_slot(self.fixture.account(*account).into_word(), U256::ZERO);
            let balance = self.machine.slot(token, slot);
            if balance != *amount {
                let detail = format!("account {account} has {balance} wrapped shares, not {amount}");
                return Err(Violation::new("POOL-20", detail));
            }
        }
        Ok(())
    }

    /// POOL-17 and POOL-18: a batch does what its calls do, and a permit that fails stops nothing.
    fn batch(&mut self, (pool, i, j): Hop, amount: U256, who: usize) -> Result<bool, Violation> {
        let (snapshot, before) = (self.machine.snapshot(), self.model.clone());
        let alone = self.swap_in(pool, i, j, amount, who, false)?;
        // The model stays: storage after the batch is compared with it.
        self.machine.restore(&snapshot);
        let token = self.fixture.tokens[self.model.pools[pool].spec.tokens[i]];
        let permit = IPoolManager::permitTokenCall {
            token,
            amount,
            deadline: NEVER,
            v: 27,
            r: B256::ZERO,
            s: B256::ZERO,
        };
        let swap = IPoolManager::swapExactInCall {
            key: self.model.pools[pool].key.clone(),
            tokenIn: U256::from(i),
            tokenOut: U256::from(j),
            amountIn: amount,
            minAmountOut: U256::ZERO,
            recipient: self.fixture.account(who),
            deadline: NEVER,
        };
        let call = IPoolManager::multicallCall {
            calls: vec![Bytes::from(permit.abi_encode()), Bytes::from(swap.abi_encode())],
            unwrap: false,
        };
        let outcome = self.call(who, &call);
        let results = outcome
            .returned()
            .and_then(|data| IPoolManager::multicallCall::abi_decode_returns(data).ok());
        let out = results.and_then(|results| Some(U256::from_be_slice(results.get(1)?)));
        if out != alone {
            let detail = format!("a batch gave {outcome:?}, its swap {alone:?}");
            return Err(Violation::new("POOL-17", detail));
        }
        if out.is_none() {
            self.model = before;
        }
        Ok(out.is_some())
    }
}

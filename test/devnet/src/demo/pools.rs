//! The pools in the demo: prices, what went through them, and whether the books are right.

use std::{collections::BTreeMap, time::Duration};

use alloy::primitives::{Address, U256};
use eyre::OptionExt;
use fluxion_abi::IPoolManager;
use rust_decimal::Decimal;
use serde::Serialize;

use super::{grid::grid, observe::ChainView};
use crate::{
    pools::{LocalPool, LocalPools, MILLION, PoolAudit, PoolCounts, PoolFigures},
    world::{Chain, World},
};

/// By then every pool of every chain was swapped in many times over.
const EVERY_POOL_AFTER: Duration = Duration::from_secs(30);

/// The pools' part of the summary.
#[derive(Debug, Serialize)]
pub(super) struct PoolSummary {
    /// Swaps in all pools, each step of a path counted.
    swaps: u64,
    /// Millionths of a dollar that were traded.
    volume_micro_usd: u128,
    /// Millionths of a dollar that traders left as fees.
    fees_micro_usd: u128,
    /// Transactions of traders and providers that failed.
    failures: u64,
    /// The first of them in words.
    first_failures: Vec<String>,
    /// Transactions that were mined with success, by kind.
    done: BTreeMap<&'static str, u64>,
    /// Figures by chain and pool, counted from the contract's logs.
    by_chain: BTreeMap<&'static str, BTreeMap<String, PoolFigures>>,
    /// True when the manager holds the sum of the pools' balances, and the pools' balances and shares are those that
    /// their events add up to, at one block of each chain.
    books_balance: bool,
}

impl PoolSummary {
    /// Sums up, and adds to `problems` what is wrong.
    pub(super) fn of(
        world: &World,
        views: &[ChainView],
        counts: PoolCounts,
        audits: &[PoolAudit],
        ran: Duration,
        problems: &mut Vec<String>,
    ) -> Self {
        let mut by_chain = BTreeMap::new();
        for (chain, view) in world.chains.iter().zip(views) {
            let figures = |pool: &LocalPool| (pool.name.clone(), view.pools.figures(pool).cloned().unwrap_or_default());
            let figures: BTreeMap<String, PoolFigures> = chain.pools.pools.iter().map(figures).collect();
            if ran >= EVERY_POOL_AFTER {
                let idle = figures.iter().filter(|(_, figures)| figures.swaps == 0);
                problems.extend(idle.map(|(pool, _)| format!("{pool} on {} has no swap", chain.name)));
            }
            by_chain.insert(chain.name, figures);
        }
        let all = || by_chain.values().flat_map(BTreeMap::values);
        if counts.failures > 0 {
            let first = counts.first_failures.first().map_or("", String::as_str);
            problems.push(format!(
                "{} uses of the pools failed, the first: {first}",
                counts.failures
            ));
        }
        let differences = audits.iter().flat_map(|audit| audit.differences.clone());
        let differences: Vec<String> = differences.collect();
        let summary = Self {
            swaps: all().map(|figures| figures.swaps).sum(),
            volume_micro_usd: all().map(|figures| figures.volume_micro_usd).sum(),
            fees_micro_usd: all().map(|figures| figures.fees_micro_usd).sum(),
            failures: counts.failures,
            first_failures: counts.first_failures,
            done: counts.done,
            books_balance: differences.is_empty() && audits.len() == world.chains.len(),
            by_chain,
        };
        problems.extend(differences);
        summary
    }

    /// The summary in words, a line for each pool and one for all.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for (chain, pools) in &self.by_chain {
            for (pool, figures) in pools {
                let (swaps, volume) = (figures.swaps, dollars(figures.volume_micro_usd));
                let (fees, events) = (dollars(figures.fees_micro_usd), figures.adds + figures.removes);
                text += &format!(
                    "  {chain:<13}{pool}: {swaps} swaps of {volume} dollars, {fees} in fees, {events} adds and exits\n"
                );
            }
        }
        let balance = if self.books_balance {
            "balance"
        } else {
            "DO NOT BALANCE"
        };
        let (done, failures) = (self.done.values().sum::<u64>(), self.failures);
        text + &format!("  pools        {done} uses, {failures} failed; the books {balance}\n")
    }
}

/// Price of a pool's first token that is no dollar, or of its second one, in its first dollar: by a quote for about a
/// hundred dollars, the fee taken out.
///
/// # Errors
/// When the node does not answer.
pub(super) async fn price(chain: &Chain, pool: &LocalPool) -> eyre::Result<Decimal> {
    let (base, quote) = pair(&chain.pools, pool)?;
    let (from, to) = (pool.index_of(base)?, pool.index_of(quote)?);
    let (base, quote) = (&chain.pools.tokens[base], &chain.pools.tokens[quote]);
    // A hundred dollars, or a thousandth of a coin; small beside every pool.
    let (tens, share) = if base.dollar { (2, 100) } else { (-3, 1_000) };
    let exponent = u64::try_from(i64::from(base.decimals) + tens)?;
    let amount = U256::from(10).pow(U256::from(exponent));
    let manager = IPoolManager::new(chain.pools.manager, chain.anvil.provider());
    let call = manager.quoteExactIn(
        Address::ZERO,
        pool.key.clone(),
        U256::from(from),
        U256::from(to),
        amount,
    );
    let out = u64::try_from(call.call().await?)?;
    let kept = Decimal::new(i64::try_from(MILLION - pool.fee_millionths())?, 6);
    let (out, share) = (
        Decimal::from(out) / Decimal::from(10_u64.pow(u32::from(quote.decimals))),
        Decimal::from(share),
    );
    let one = if base.dollar {
        out.checked_div(share)
    } else {
        out.checked_mul(share)
    };
    let price = one.and_then(|one| one.checked_div(kept));
    price.ok_or_eyre("a price beyond all that exists")
}

/// What is priced, and in what: indexes of tokens.
fn pair(local: &LocalPools, pool: &LocalPool) -> eyre::Result<(usize, usize)> {
    let mut tokens = pool.tokens.clone();
    tokens.sort_unstable();
    let dollar = *tokens
        .iter()
        .find(|t| local.tokens[**t].dollar)
        .ok_or_eyre("no dollar")?;
    let base = *tokens.iter().find(|t| **t != dollar).ok_or_eyre("one token")?;
    Ok((base, dollar))
}

/// Lines about the pools: a row for each, with both chains.
pub(super) fn lines(world: &World, views: &[ChainView]) -> Vec<String> {
    let header = [
        "Pool",
        "Chain",
        "Price",
        "Swaps",
        "Volume, $",
        "Fees, $",
        "Adds",
        "Exits",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let count = world.chains.first().map_or(0, |chain| chain.pools.pools.len());
    for number in 0..count {
        for (index, (chain, view)) in world.chains.iter().zip(views).enumerate() {
            let Some(pool) = chain.pools.pools.get(number) else {
                continue;
            };
            let figures = view.pools.figures(pool).cloned().unwrap_or_default();
            let price = view.prices.get(number).copied();
            let price = price.map(super::table::dollars);
            rows.push(vec![
                if index == 0 { pool.name.clone() } else { String::new() },
                chain.name.to_owned(),
                price.unwrap_or_else(|| "-".to_owned()),
                figures.swaps.to_string(),
                dollars(figures.volume_micro_usd),
                dollars(figures.fees_micro_usd),
                figures.adds.to_string(),
                figures.removes.to_string(),
            ]);
        }
    }
    grid(&rows, &[2, 3, 4, 5, 6, 7])
}

/// Millionths of a dollar as dollars and cents.
fn dollars(micro: u128) -> String {
    let cents = micro / 10_000;
    format!("{}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_shown_as_people_write_it() {
        assert_eq!(
            (dollars(0), dollars(1_239_999), dollars(90_000_000_000)),
            ("0.00".into(), "1.23".into(), "90000.00".into())
        );
    }
}

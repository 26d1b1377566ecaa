//! What the chains themselves say: rounds, prices and disputes, read from the contracts and their logs.

use std::{
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};

use alloy::{
    eips::BlockNumberOrTag,
    primitives::{Address, I256},
    providers::Provider,
    rpc::types::Filter,
    sol_types::SolEvent,
};
use eyre::{OptionExt, WrapErr};
use fluxion_abi::IPriceFeed;
use futures::future::try_join_all;
use rust_decimal::Decimal;

use crate::{
    accounts,
    pools::Ledger,
    skills::{Earned, earned},
    sources::Feed,
    world::Chain,
};

/// A feed on one chain, as its logs tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FeedView {
    /// Rounds so far.
    pub(super) rounds: u64,
    /// Times that a report by an ordinary quorum went beyond the breaker.
    pub(super) disputes: u64,
    /// Rounds that moved beyond the breaker without a dispute, which takes a strict quorum.
    pub(super) strict_moves: u64,
    /// Price of the latest round in dollars, and its observation in seconds since 1970.
    pub(super) price: Option<(Decimal, u64)>,
    /// Epoch of the last report, whether it made a round or not.
    pub(super) epoch: u64,
    /// Largest move that an ordinary quorum may make, in basis points.
    pub(super) breaker_bps: u16,
    /// True while the latest price may not be used.
    pub(super) disputed: bool,
    /// Block of every round, ascending.
    pub(super) blocks: Vec<u64>,
}

impl FeedView {
    /// Seconds since the observation of the latest round.
    pub(super) fn age_s(&self) -> Option<u64> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        self.price.map(|(_, observed)| now.saturating_sub(observed))
    }

    /// Whether a price lies further from the latest round's than an ordinary quorum may move it.
    fn is_beyond_breaker(&self, price: Decimal) -> bool {
        self.price.is_some_and(|(last, _)| {
            (price - last).abs() * Decimal::from(10_000) > last * Decimal::from(self.breaker_bps)
        })
    }

    /// Rounds up to a block, that one included.
    pub(super) fn rounds_until(&self, block: u64) -> u64 {
        self.blocks.partition_point(|b| *b <= block) as u64
    }
}

/// A chain, followed block by block.
#[derive(Debug, Default)]
pub(super) struct ChainView {
    /// Latest block.
    pub(super) head: u64,
    /// Latest final block.
    pub(super) finalized: u64,
    /// Feeds by their name.
    pub(super) feeds: BTreeMap<&'static str, FeedView>,
    /// Pools, as their logs tell them.
    pub(super) pools: Ledger,
    /// Price of each pool, in the order of the chain's pools.
    pub(super) prices: Vec<Decimal>,
    /// What each trader earned.
    pub(super) earned: Vec<Earned>,
    next: u64,
}

impl ChainView {
    /// Reads what is new since the last call.
    ///
    /// # Errors
    /// When the node does not answer, or answers with logs that are not a feed's.
    pub(super) async fn refresh(&mut self, chain: &Chain) -> eyre::Result<()> {
        let provider = chain.anvil.provider();
        let head = provider.get_block_number().await?;
        let finalized = provider.get_block_by_number(BlockNumberOrTag::Finalized).await?;
        self.finalized = finalized.ok_or_eyre("the chain has no finalized block")?.header.number;
        self.head = head;
        self.earned.clear();
        for account in accounts::TRADERS {
            self.earned
                .push(earned(chain, accounts::key(account)?.address()).await?);
        }
        let mut feeds: BTreeMap<Address, &'static str> = BTreeMap::new();
        for feed in Feed::ALL {
            feeds.insert(*chain.feed(feed)?.address(), feed.id());
            self.feeds.entry(feed.id()).or_default();
        }
        if self.next > head {
            return Ok(());
        }
        let addresses: Vec<Address> = feeds.keys().copied().collect();
        let filter = Filter::new().address(addresses).from_block(self.next).to_block(head);
        for log in provider.get_logs(&filter).await? {
            let name = feeds.get(&log.address()).ok_or_eyre("a log of another contract")?;
            let view = self.feeds.entry(name).or_default();
            match log.topic0().copied() {
                Some(IPriceFeed::AnswerUpdated::SIGNATURE_HASH) => {
                    let event = IPriceFeed::AnswerUpdated::decode_log(&log.inner).wrap_err("AnswerUpdated")?;
                    let price = dollars(event.current)?;
                    view.strict_moves += u64::from(!view.disputed && view.is_beyond_breaker(price));
                    view.rounds += 1;
                    view.disputed = false;
                    view.epoch = event.updatedAt.try_into()?;
                    view.price = Some((price, view.epoch));
                    view.blocks.push(log.block_number.unwrap_or(head));
                }
                Some(IPriceFeed::PriceDisputed::SIGNATURE_HASH) => {
                    let event = IPriceFeed::PriceDisputed::decode_log(&log.inner).wrap_err("PriceDisputed")?;
                    // Every report of a dispute has the event; the first one opened it.
                    view.disputes += u64::from(!view.disputed);
                    view.disputed = true;
                    view.epoch = event.observedAt.try_into()?;
                }
                Some(IPriceFeed::ParametersSet::SIGNATURE_HASH) => {
                    let event = IPriceFeed::ParametersSet::decode_log(&log.inner).wrap_err("ParametersSet")?;
                    view.breaker_bps = event.parameters.breakerBps;
                }
                _ => {}
            }
        }
        self.next = head + 1;
        self.pools.refresh(provider, &chain.pools, head).await?;
        let prices = chain.pools.pools.iter().map(|pool| super::pools::price(chain, pool));
        self.prices = try_join_all(prices).await.wrap_err("the price of a pool")?;
        Ok(())
    }

    /// Compares what the logs add up to with what the contracts answer now; an empty list says that they agree.
    ///
    /// # Errors
    /// When the node does not answer.
    pub(super) async fn differences(&mut self, chain: &Chain) -> eyre::Result<Vec<String>> {
        self.refresh(chain).await?;
        let mut differences = Vec::new();
        for feed in Feed::ALL {
            let view = &self.feeds[feed.id()];
            let contract = chain.feed(feed)?;
            let block = self.head.into();
            let status = contract.status().block(block).call().await?;
            let (disputed, epoch) = (status.disputed, u64::try_from(status.lastObservedAt)?);
            if epoch != view.epoch {
                let counted = view.epoch;
                differences.push(format!(
                    "{} {}: epoch {epoch}, {counted} in the logs",
                    chain.name,
                    feed.id()
                ));
            }
            if disputed != view.disputed {
                let said = if disputed { "is" } else { "is not" };
                differences.push(format!(
                    "{} {}: the contract {said} disputed, its logs differ",
                    chain.name,
                    feed.id()
                ));
            }
            // A disputed feed, and one without a round, refuse the answer by design.
            if let Ok(answer) = contract.latestRoundData().block(block).call().await {
                let round: u64 = answer.roundId.to::<u64>();
                if round != view.rounds {
                    let counted = view.rounds;
                    differences.push(format!(
                        "{} {}: round {round}, {counted} in the logs",
                        chain.name,
                        feed.id()
                    ));
                }
            }
        }
        Ok(differences)
    }
}

fn dollars(price: I256) -> eyre::Result<Decimal> {
    let price = i128::try_from(price).map_err(|_| eyre::eyre!("a price of {price} units"))?;
    Ok(Decimal::try_from_i128_with_scale(price, 8)?.normalize())
}

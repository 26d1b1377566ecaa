//! Traders and providers who use the pools, each from an account of its own, one transaction after the other.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use alloy::{
    contract::{CallBuilder, CallDecoder},
    network::EthereumWallet,
    primitives::{Address, U256},
    providers::{DynProvider, Provider, ProviderBuilder},
};
use eyre::{WrapErr, bail};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde::Serialize;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{LocalPool, LocalPools, provider, trader};
use crate::{
    accounts,
    skills::{Learner, SkillPlaces},
    world::{Chain, World},
};

/// Gas of any one action, with room.
const GAS: u64 = 1_000_000;
/// Longest that a transaction may take to its block.
const LIMIT: Duration = Duration::from_secs(30);
/// Failures that are kept in words.
const KEPT: usize = 5;

/// What the users of the pools did so far.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PoolCounts {
    /// Mined with success, by kind of action.
    pub done: BTreeMap<&'static str, u64>,
    /// Reverted, refused or lost.
    pub failures: u64,
    /// The first failures in words.
    pub first_failures: Vec<String>,
}

/// One user of the pools of a chain.
pub(crate) struct Actor {
    pub(crate) provider: DynProvider,
    pub(super) local: Arc<LocalPools>,
    pub(crate) account: Address,
    pub(super) random: StdRng,
    /// What a trader earns besides.
    learner: Option<Learner>,
}

impl Actor {
    fn new(chain: &Chain, local: Arc<LocalPools>, account: usize) -> eyre::Result<Self> {
        let key = accounts::key(account)?;
        let address = key.address();
        let learner = match accounts::TRADERS.iter().position(|trader| *trader == account) {
            Some(place) => {
                let places = SkillPlaces::of(&chain.deployment)?;
                Some(Learner::new(places, chain.anvil.chain_id(), place == 0))
            }
            None => None,
        };
        let provider = ProviderBuilder::new()
            .wallet(EthereumWallet::from(key))
            .connect_http(chain.anvil.url().parse()?);
        Ok(Self {
            provider: provider.erased(),
            local,
            account: address,
            random: StdRng::seed_from_u64(chain.anvil.chain_id() * 100 + account as u64),
            learner,
        })
    }

    /// One of the pools.
    pub(super) fn any_pool(&mut self) -> LocalPool {
        let index = self.random.gen_range(0..self.local.pools.len());
        self.local.pools[index].clone()
    }

    /// Sends a call and waits until it is in a block.
    ///
    /// # Errors
    /// When it is refused, reverts, or is in no block within [`LIMIT`].
    pub(crate) async fn send<P: Provider, D: CallDecoder>(&self, call: CallBuilder<P, D>) -> eyre::Result<()> {
        // A limit of its own, not an estimate: the state of the estimate is not that of the block.
        let call = call.gas(GAS);
        let sent = call.send().await?.with_timeout(Some(LIMIT));
        let hash = *sent.tx_hash();
        let receipt = sent
            .get_receipt()
            .await
            .wrap_err_with(|| format!("{hash} is in no block"))?;
        if receipt.status() {
            return Ok(());
        }
        // The reason is not in a receipt: the same call after that block mostly has it.
        let again = call.block(receipt.block_number.unwrap_or_default().into()).call().await;
        let reason = again
            .err()
            .map_or_else(|| "by now it would succeed".to_owned(), |error| error.to_string());
        bail!("{hash} reverted: {reason}")
    }

    async fn act(&mut self, trades: bool) -> eyre::Result<&'static str> {
        if let Some(mut learner) = self.learner.take() {
            // First what is there to be earned, between trades; then practice now and then.
            let learns = self.random.gen_ratio(1, if learner.hungry() { 2 } else { 20 });
            let done = if learns { Some(learner.act(self).await) } else { None };
            self.learner = Some(learner);
            if let Some(done) = done {
                return done;
            }
        }
        if trades {
            trader::act(self).await
        } else {
            provider::act(self).await
        }
    }
}

/// Running users of the pools; dropping it ends them at once.
#[derive(Debug)]
pub struct PoolTraffic {
    counts: Arc<Mutex<PoolCounts>>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl PoolTraffic {
    /// Starts two traders and two providers on each chain, who each rest for `pause` after every action.
    ///
    /// # Errors
    /// When an address cannot be used.
    pub fn start(world: &World, pause: Duration) -> eyre::Result<Self> {
        let (counts, stop, mut tasks) = (Arc::default(), CancellationToken::new(), JoinSet::new());
        for chain in &world.chains {
            let local = Arc::new(chain.pools.clone());
            let traders = accounts::TRADERS.map(|account| (account, true));
            let providers = accounts::PROVIDERS.map(|account| (account, false));
            for (account, trades) in traders.into_iter().chain(providers) {
                let mut actor = Actor::new(chain, Arc::clone(&local), account)?;
                let (counts, stop, name) = (Arc::clone(&counts), stop.clone(), chain.name);
                tasks.spawn(async move {
                    while !stop.is_cancelled() {
                        let outcome = actor.act(trades).await;
                        record(
                            &counts,
                            outcome.wrap_err_with(|| format!("{} on {name}", actor.account)),
                        );
                        tokio::select! {
                            () = tokio::time::sleep(pause) => {}
                            () = stop.cancelled() => {}
                        }
                    }
                });
            }
        }
        Ok(Self { counts, stop, tasks })
    }

    /// What happened so far.
    pub fn counts(&self) -> PoolCounts {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets everyone finish what is under way, and returns what happened.
    pub async fn finish(&mut self) -> PoolCounts {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
        self.counts()
    }
}

fn record(counts: &Mutex<PoolCounts>, outcome: eyre::Result<&'static str>) {
    let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    match outcome {
        Ok(kind) => *counts.done.entry(kind).or_default() += 1,
        Err(error) => {
            counts.failures += 1;
            if counts.first_failures.len() < KEPT {
                counts.first_failures.push(format!("{error:#}"));
            }
        }
    }
}

/// Ten minutes from now.
pub(super) fn deadline() -> U256 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    U256::from(now.as_secs() + 600)
}

//! A stranger who uses the chains: reads the feeds as a consumer does and sends ordinary transactions.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use alloy::{
    network::{EthereumWallet, TransactionBuilder},
    primitives::{Address, U256},
    providers::{Provider, ProviderBuilder},
    rpc::types::TransactionRequest,
};
use fluxion_abi::IPriceFeed;
use tokio::task::JoinSet;

use crate::{accounts, world::World};

/// What the stranger did so far.
#[derive(Debug, Default)]
pub struct TrafficCounts {
    /// Transactions sent.
    pub sent: AtomicU64,
    /// Feeds read with success.
    pub reads: AtomicU64,
    /// Reads that the feed refused, because it has no price yet or disputes it.
    pub refused: AtomicU64,
}

/// Running traffic; it ends on drop.
#[derive(Debug)]
pub struct Traffic {
    counts: Arc<TrafficCounts>,
    _tasks: JoinSet<()>,
}

impl Traffic {
    /// Starts one stranger on each chain, who acts once every `pause`.
    ///
    /// # Errors
    /// When an address cannot be used.
    pub fn start(world: &World, pause: Duration) -> eyre::Result<Self> {
        let counts = Arc::<TrafficCounts>::default();
        let mut tasks = JoinSet::new();
        for chain in &world.chains {
            let key = accounts::key(accounts::FOREIGN)?;
            let from = key.address();
            let wallet = EthereumWallet::from(key);
            let provider = ProviderBuilder::new()
                .wallet(wallet)
                .connect_http(chain.anvil.url().parse()?);
            let feeds: Vec<Address> = chain.deployment.feeds().map(|(_, contract)| contract.address).collect();
            let counts = Arc::clone(&counts);
            tasks.spawn(async move {
                for turn in 0_u64.. {
                    tokio::time::sleep(pause).await;
                    let to = Address::left_padding_from(&(0x1000 + turn % 16).to_be_bytes());
                    let request = TransactionRequest::default()
                        .with_from(from)
                        .with_to(to)
                        .with_value(U256::from(turn));
                    if provider.send_transaction(request).await.is_ok() {
                        counts.sent.fetch_add(1, Ordering::Relaxed);
                    }
                    for feed in &feeds {
                        let read = IPriceFeed::new(*feed, &provider).latestRoundData().call().await;
                        let count = if read.is_ok() { &counts.reads } else { &counts.refused };
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        Ok(Self { counts, _tasks: tasks })
    }

    /// What happened so far.
    pub fn counts(&self) -> &TrafficCounts {
        &self.counts
    }
}

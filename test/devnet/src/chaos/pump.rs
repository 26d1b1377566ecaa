//! Makes blocks, fast and with the base fee that the script asks for.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use alloy::providers::{Provider as _, ProviderBuilder, RootProvider};
use serde_json::{Value, json};
use tokio::{
    sync::{Mutex, MutexGuard},
    task::JoinHandle,
};

/// Between two blocks.
pub(super) const BEAT: Duration = Duration::from_millis(200);

#[derive(Debug)]
struct Shared {
    runs: AtomicBool,
    gwei: AtomicU64,
    made: AtomicU64,
    /// Blocks to be made at the next beat besides its own.
    burst: AtomicU64,
    /// Held while a block is made.
    making: Mutex<()>,
}

/// A block every [`BEAT`] while it runs; it ends on drop.
#[derive(Debug)]
pub(super) struct Pump {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Drop for Pump {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Pump {
    /// # Errors
    /// When the address is none.
    pub(super) fn start(url: &str) -> eyre::Result<Self> {
        let provider = ProviderBuilder::default().connect_http(url.parse()?);
        let shared = Arc::new(Shared {
            runs: AtomicBool::new(true),
            gwei: AtomicU64::new(1),
            made: AtomicU64::new(0),
            burst: AtomicU64::new(0),
            making: Mutex::new(()),
        });
        let task = tokio::spawn(pump(provider, Arc::clone(&shared)));
        Ok(Self { shared, task })
    }

    /// Lets blocks come, or none.
    pub(super) fn run(&self, runs: bool) {
        self.shared.runs.store(runs, Ordering::SeqCst);
    }

    /// No block is made while what this gives lives. A node that makes a block and reorganises at once may do either
    /// halfway: its blocks are then those of one fork and its state that of another.
    pub(super) async fn still(&self) -> MutexGuard<'_, ()> {
        self.shared.making.lock().await
    }

    /// Base fee of the blocks from now on.
    pub(super) fn base_fee(&self, gwei: u16) {
        self.shared.gwei.store(u64::from(gwei), Ordering::SeqCst);
    }

    /// Makes this many blocks at once.
    pub(super) async fn burst(&self, blocks: u16) {
        self.shared.burst.fetch_add(blocks.into(), Ordering::SeqCst);
        while self.shared.burst.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(BEAT / 4).await;
        }
    }

    /// Makes what is in a block final so many blocks later, again and again, without waiting for as many beats.
    pub(super) async fn bursts(&self, finality: u16) {
        loop {
            tokio::time::sleep(BEAT * 10).await;
            self.burst(finality / 2 + 1).await;
        }
    }

    /// Waits for this many further blocks.
    pub(super) async fn blocks(&self, blocks: u8) {
        let until = self.shared.made.load(Ordering::SeqCst) + u64::from(blocks);
        while self.shared.made.load(Ordering::SeqCst) < until {
            tokio::time::sleep(BEAT / 4).await;
        }
    }
}

async fn pump(node: RootProvider, shared: Arc<Shared>) {
    let ask = async |method: &'static str, parameters: Value| {
        // A node that does not answer makes its block at the next beat.
        let _: Result<Value, _> = node.raw_request(method.into(), parameters).await;
    };
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        if shared.runs.load(Ordering::SeqCst) {
            let wei = shared.gwei.load(Ordering::SeqCst) * 1_000_000_000;
            let _making = shared.making.lock().await;
            ask("anvil_setNextBlockBaseFeePerGas", json!([format!("{wei:#x}")])).await;
            let burst = shared.burst.swap(0, Ordering::SeqCst);
            ask("anvil_mine", json!([format!("{:#x}", burst + 1)])).await;
        }
        shared.made.fetch_add(1, Ordering::SeqCst);
    }
}

//! Reads a chain again from its start into a database of its own, and compares and replaces what was derived from it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::runtime::OpenedChain;
use crate::chain::Chain;
use crate::indexer::{Indexer, IndexerConfig, Progress};
use crate::model::{BlockRef, Exit, Failure, Height};
use crate::oracle::VERIFIER;
use crate::store::IndexStore as _;
use crate::store::sql::{Difference, SqlStore};

/// Longest time without a new block read before it is given up.
const PATIENCE: Duration = Duration::from_secs(120);

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Resynced {
    /// The chain.
    pub chain: String,
    /// Up to this block both were compared: the lower of their finalized ones.
    pub compared_to: Height,
    /// How the database differed.
    pub difference: Difference,
    /// Rows that were swapped in; `None` where there was nothing to mend.
    pub swapped: Option<u64>,
}

/// Rebuilds one chain's derived tables. `report` is told the block reached and the block wanted.
///
/// # Errors
/// The chain does not answer, contradicts its own finalized block (unless `past_finality`), or a database fails; then
/// nothing has changed.
pub async fn resync(
    opened: &OpenedChain,
    store: &SqlStore,
    scratch: &Path,
    past_finality: bool,
    report: impl Fn(Height, Height),
) -> Result<Resynced, Failure> {
    let name = opened.config.name.as_str();
    let chain: Arc<dyn Chain> = opened.chain.clone();
    let unavailable = |why: String| Failure::message(Exit::Unavailable, format!("chain {name}: {why}"));
    let (rebuilt, target) = rebuild(opened, scratch, report).await?;
    let id = opened.config.chain_id();
    let stored = store.finalized(id).await?;
    let now = rebuilt.finalized(id).await?.unwrap_or(target);
    if let Some(stored) = stored
        && !past_finality
    {
        contradiction(chain.as_ref(), stored, now)
            .await
            .map_err(unavailable)?
            .map_or(Ok(()), |why| {
                Err(Failure::message(Exit::Failed, format!("chain {name}: {why}")))
            })?;
    }
    let compared_to = Height(now.height.0.min(stored.map_or(0, |block| block.height.0)));
    let difference = store.difference(&rebuilt, id, compared_to).await?;
    let swapped = if difference.is_none() && stored.is_some() {
        None
    } else {
        Some(store.take_index(&rebuilt, id).await?)
    };
    rebuilt.close().await;
    let _ = std::fs::remove_dir_all(scratch);
    Ok(Resynced {
        chain: name.to_owned(),
        compared_to,
        difference,
        swapped,
    })
}

/// Reads a chain from its start into a database of its own, up to what is final now.
///
/// # Errors
/// The chain does not answer, or the database fails.
pub async fn rebuild(
    opened: &OpenedChain,
    scratch: &Path,
    report: impl Fn(Height, Height),
) -> Result<(SqlStore, BlockRef), Failure> {
    let name = opened.config.name.as_str();
    if let Some(why) = &opened.unverified {
        return Err(Failure::message(Exit::Unavailable, format!("chain {name}: {why}")));
    }
    let _ = std::fs::remove_dir_all(scratch);
    let rebuilt = SqlStore::open_file(scratch, "resync").await?;
    let chain: Arc<dyn Chain> = opened.chain.clone();
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let _ends_tasks = stop.clone().drop_guard();
    let indexer = Indexer::new(index_config(opened), Arc::clone(&chain), Arc::new(rebuilt.clone()));
    let progress = indexer.progress();
    let (rpc, poll) = (Arc::clone(&opened.chain), Duration::from_millis(opened.config.poll_ms));
    tasks.spawn({
        let stop = stop.clone();
        async move { rpc.follow(poll, stop).await }
    });
    tasks.spawn({
        let stop = stop.clone();
        async move { indexer.run(stop).await.err() }
    });
    let unavailable = |why: String| Failure::message(Exit::Unavailable, format!("chain {name}: {why}"));
    let target = chain
        .finalized()
        .await
        .map_err(|error| unavailable(error.to_string()))?;
    reach(progress, target, &report).await.map_err(unavailable)?;
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    Ok((rebuilt, target))
}

/// What is indexed of a chain.
pub(super) fn index_config(opened: &OpenedChain) -> IndexerConfig {
    let mut contracts = vec![(opened.record.verifier, &VERIFIER)];
    contracts.extend(opened.record.contracts.values().copied());
    IndexerConfig {
        chain: opened.config.chain_id(),
        contracts,
        start: Height(opened.record.block),
    }
}

/// Waits until the index reaches a finalized block.
async fn reach(
    mut progress: tokio::sync::watch::Receiver<Progress>,
    target: BlockRef,
    report: &impl Fn(Height, Height),
) -> Result<(), String> {
    loop {
        let now = progress.borrow_and_update().clone();
        if let Some(reason) = now.halted {
            return Err(reason);
        }
        report(now.indexed.unwrap_or(Height(0)), target.height);
        if now.finalized.is_some_and(|height| height >= target.height) {
            return Ok(());
        }
        match tokio::time::timeout(PATIENCE, progress.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err("the indexer ended".into()),
            Err(_) => return Err(format!("no further block was read in {} s", PATIENCE.as_secs())),
        }
    }
}

/// Whether the chain is another one than that whose finalized block is stored.
async fn contradiction(chain: &dyn Chain, stored: BlockRef, now: BlockRef) -> Result<Option<String>, String> {
    if now.height < stored.height {
        return Ok(Some(format!(
            "its endpoints call block {} final, {} was final before; wait for them, or choose others",
            now.height, stored.height
        )));
    }
    let is = chain.block(stored.height).await.map_err(|error| error.to_string())?;
    Ok(is.filter(|is| is.hash != stored.hash).map(|is| {
        format!(
            "block {} was final as {} and is now {}; find out which is right, and give --past-finality if it is this one",
            stored.height, stored.hash, is.hash
        )
    }))
}

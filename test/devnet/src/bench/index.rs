//! The keeper's indexer on a chain from its first block to its last, in a process of its own so that its memory can be
//! told.

use std::{path::PathBuf, sync::Arc, time::Duration};

use fluxion_keeper::{
    chain::{Chain as _, RpcChain, RpcSettings},
    indexer::{Indexer, IndexerConfig},
    jobs::update_prices,
    model::{ChainId, Height},
    store::{
        IndexStore as _,
        sql::{Location, SqlStore},
    },
};
use tokio_util::sync::CancellationToken;

use super::{EventChain, Figure};
use super::{chain::FEED, cost::Cost, progress::Progress};
use crate::{process::Command, project};

/// Variable with the connection string; without it SQLite.
pub const DATABASE_ENV: &str = "FLUXION_BENCH_DATABASE";
const LEASE: Duration = Duration::from_secs(30);
/// Longest that one backfill may take.
pub const PATIENCE: Duration = Duration::from_secs(1_800);

/// What the process is told.
#[derive(clap::Args)]
pub struct Options {
    /// JSON-RPC address.
    #[arg(long)]
    url: String,
    /// Chain id.
    #[arg(long)]
    chain: u64,
    /// Block at which it ends.
    #[arg(long)]
    head: u64,
    /// Folder of the SQLite file.
    #[arg(long)]
    folder: PathBuf,
}

/// Indexes, prints each second how far it is, and the newest round at the end.
///
/// # Errors
/// When chain or store fail.
pub async fn child(options: &Options) -> eyre::Result<()> {
    let location = match std::env::var(DATABASE_ENV) {
        Ok(url) => Location::Postgres { url, lease: LEASE },
        Err(_) => Location::Sqlite(options.folder.clone()),
    };
    let store = Arc::new(SqlStore::open(&location, "bench").await?);
    let settings = RpcSettings::new(ChainId(options.chain), "bench", vec![options.url.clone()]);
    let chain = Arc::new(RpcChain::connect(settings).await?);
    let config = IndexerConfig {
        chain: chain.id(),
        contracts: vec![(FEED, &update_prices::FEED)],
        start: Height(1),
    };
    let indexer = Indexer::new(config, chain.clone(), store.clone());
    let progress = indexer.progress();
    let stop = CancellationToken::new();
    let (polled, until) = (chain.clone(), stop.clone());
    let poll = tokio::spawn(async move { polled.follow(Duration::from_millis(250), until).await });
    let until = stop.clone();
    let index = tokio::spawn(async move { indexer.run(until).await });
    loop {
        let indexed = progress.borrow().indexed.map_or(0, |height| height.0);
        let halted = progress.borrow().halted.clone();
        eyre::ensure!(halted.is_none(), "halted: {halted:?}");
        println!("block {indexed}");
        if indexed >= options.head {
            break;
        }
        eyre::ensure!(!index.is_finished(), "the indexer ended at block {indexed}");
        let mut changes = progress.clone();
        let whole = changes.wait_for(|p| p.indexed.is_some_and(|height| height.0 >= options.head));
        let _ = tokio::time::timeout(Duration::from_secs(1), whole).await;
    }
    stop.cancel();
    index.await??;
    poll.await?;
    let feed = store.feed(chain.id(), FEED).await?;
    println!("round {}", feed.map_or(0, |feed| feed.round));
    Ok(())
}

/// Runs [`child`] on a chain, on SQLite or on the PostgreSQL database that is named, and measures it.
///
/// # Errors
/// When it fails, takes too long, or did not find all rounds.
pub async fn measure(chain: &EventChain, name: &'static str, database: Option<String>) -> eyre::Result<Figure> {
    let folder = tempfile::tempdir()?;
    let mut command = Command::new(name, std::env::current_exe()?, folder.path())
        .args(["bench-index", "--url", chain.anvil.url()])
        .args(["--chain".to_owned(), chain.anvil.chain_id().to_string()])
        .args(["--head".to_owned(), chain.head.to_string()])
        .args(["--folder".into(), folder.path().as_os_str().to_owned()])
        .dir(&project::root()?);
    if let Some(url) = database {
        command = command.env(DATABASE_ENV, url);
    }
    let begun = std::time::Instant::now();
    let process = command.spawn()?;
    let mut progress = Progress::new("blocks read", chain.head);
    let mut cost = Cost::default();
    let number = |word: &str| {
        let output = process.output();
        let line = output.lines().rev().find_map(|line| line.strip_prefix(word));
        line.and_then(|text| text.trim().parse::<u64>().ok())
    };
    while number("round ").is_none() {
        cost.look(process.pid());
        eyre::ensure!(
            !process.state().ended() || number("round ").is_some(),
            "{name} ended\n{}",
            process.log_tail(20)
        );
        eyre::ensure!(
            begun.elapsed() < PATIENCE,
            "{name} takes too long\n{}",
            process.log_tail(20)
        );
        progress.at(number("block ").unwrap_or(0));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let seconds = begun.elapsed().as_secs_f64();
    progress.end();
    let rounds = number("round ").unwrap_or(0);
    eyre::ensure!(rounds == chain.events, "{name} has round {rounds} of {}", chain.events);
    Ok(Figure::new(name, chain.events, seconds, &cost))
}

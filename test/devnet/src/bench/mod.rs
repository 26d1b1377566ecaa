//! `fluxion-devnet bench`: how fast the index is filled, beside ponder on the same chain, what an idle keeper takes,
//! and what looks and figures cost after a year.

mod chain;
mod cost;
mod history;
mod idle;
pub mod index;
mod ponder;
mod progress;

use std::{fs, path::PathBuf, time::Duration};

use fluxion_postgres::Server;
use serde::Serialize;

use self::{chain::EventChain, cost::Cost, history::History, idle::Idle};

/// The keeper's rate is at least so many times ponder's.
const RATIO_BAR: f64 = 5.0;
/// An idle keeper takes less of a core, in percent.
const IDLE_BAR: f64 = 1.0;
/// Requests that an idle keeper, with all its jobs, may make of an endpoint for a block.
const REQUESTS_BAR: f64 = 8.6;
/// A backfill keeps less resident, in KiB.
const MEMORY_BAR: u64 = 256 * 1024;

/// Status and metrics are answered in less, in milliseconds, however many transactions ended before.
const ANSWER_BAR_MS: f64 = 20.0;

/// What is measured.
pub struct Options {
    /// Events of the chain.
    pub events: u64,
    /// Length of the idle measurement.
    pub idle: Duration,
    /// Old transactions of a seeded database.
    pub history: u64,
    /// Where the summary goes.
    pub folder: PathBuf,
}

/// One backfill.
#[derive(Debug, Serialize)]
pub struct Figure {
    /// Who, and on what.
    pub name: &'static str,
    /// Events indexed.
    pub events: u64,
    /// From the start of the process to the last row, in seconds.
    pub seconds: f64,
    /// Events a second.
    pub rate: f64,
    /// Its processor time, in seconds.
    pub cpu_s: f64,
    /// Most memory that was resident at once, in KiB.
    pub peak_kib: u64,
}

impl Figure {
    fn new(name: &'static str, events: u64, seconds: f64, cost: &Cost) -> Self {
        let figure = Self {
            name,
            events,
            seconds,
            rate: events as f64 / seconds,
            cpu_s: cost.cpu_s,
            peak_kib: cost.peak_kib,
        };
        println!(
            "  {:<22}{:>9.0} events/s {:>8.1} s {:>8.1} s of a core {:>6} MB at most",
            name,
            figure.rate,
            seconds,
            figure.cpu_s,
            figure.peak_kib / 1024
        );
        figure
    }
}

#[derive(Debug, Serialize)]
struct Summary {
    ok: bool,
    problems: Vec<String>,
    backfill: Vec<Figure>,
    /// The keeper's rate over ponder's, both on PostgreSQL.
    ratio: Option<f64>,
    idle: Option<Idle>,
    history: Vec<History>,
}

/// Measures everything, prints it and writes `summary.json`.
///
/// # Errors
/// When something cannot be measured, or a bar is missed.
pub async fn run(options: &Options) -> eyre::Result<()> {
    fs::create_dir_all(&options.folder)?;
    let folder = options.folder.canonicalize()?;
    let mut summary = Summary {
        ok: false,
        problems: Vec::new(),
        backfill: Vec::new(),
        ratio: None,
        idle: None,
        history: Vec::new(),
    };
    if options.events > 0 {
        backfill(options.events, folder.join("ponder"), &mut summary).await?;
    }
    if !options.idle.is_zero() {
        println!("An idle keeper on two chains, a block a second each:");
        let idle = idle::measure(options.idle).await?;
        println!(
            "  {:.2} % of a core (bar {IDLE_BAR} %), {} MB at most, {:.2} requests per block and endpoint (budget {REQUESTS_BAR}):",
            idle.cpu_percent,
            idle.peak_kib / 1024,
            idle.all_calls_per_block
        );
        for (method, count) in &idle.calls_per_block {
            println!("    {method:<28}{count:>7.2}");
        }
        if idle.cpu_percent >= IDLE_BAR {
            summary
                .problems
                .push(format!("idle: {:.2} % of a core", idle.cpu_percent));
        }
        if idle.all_calls_per_block > REQUESTS_BAR {
            let problem = format!("idle: {:.2} requests per block and endpoint", idle.all_calls_per_block);
            summary.problems.push(problem);
        }
        summary.idle = Some(idle);
    }
    if options.history > 0 {
        println!("A keeper with {} old transactions, medians:", options.history);
        for postgres in [false, true] {
            history(options.history, postgres, &mut summary).await?;
        }
    }
    summary.ok = summary.problems.is_empty();
    let path = folder.join("summary.json");
    fs::write(&path, serde_json::to_string_pretty(&summary)?)?;
    println!("figures: {}", path.display());
    eyre::ensure!(summary.ok, "a bar was missed: {}", summary.problems.join("; "));
    Ok(())
}

async fn history(transactions: u64, postgres: bool, summary: &mut Summary) -> eyre::Result<()> {
    let found = history::measure(transactions, postgres).await?;
    println!(
        "  {:<12}status {:>6.2} ms, metrics {:>6.2} ms (bar {ANSWER_BAR_MS} ms), look {:>6.2} ms, a day's spending {:>6.2} ms",
        found.engine, found.status_ms, found.metrics_ms, found.look_ms, found.spent_ms
    );
    println!(
        "  {:<12}forgets {:.0} transactions/s, another write waits {:.1} ms at most",
        "", found.forgotten_per_s, found.forget_longest_wait_ms
    );
    for (what, took) in [("status", found.status_ms), ("metrics", found.metrics_ms)] {
        if took >= ANSWER_BAR_MS {
            summary
                .problems
                .push(format!("{}: {what} in {took:.1} ms", found.engine));
        }
    }
    summary.history.push(found);
    Ok(())
}

async fn backfill(events: u64, ponder: PathBuf, summary: &mut Summary) -> eyre::Result<()> {
    println!("A chain with {events} events of a feed:");
    let logs = tempfile::tempdir()?;
    let chain = EventChain::make(events, logs.path()).await?;
    let server = Server::start()?;
    summary
        .backfill
        .push(index::measure(&chain, "keeper, SQLite", None).await?);
    let keeper = index::measure(&chain, "keeper, PostgreSQL", Some(server.url())).await?;
    drop(server);
    let ponder = ponder::measure(&chain, ponder).await?;
    let ratio = keeper.rate / ponder.rate;
    println!("  {ratio:.1} times ponder's rate on PostgreSQL (bar {RATIO_BAR})");
    summary.backfill.extend([keeper, ponder]);
    summary.ratio = Some(ratio);
    if ratio < RATIO_BAR {
        summary.problems.push(format!("{ratio:.1} times ponder's rate"));
    }
    for figure in summary
        .backfill
        .iter()
        .take(2)
        .filter(|figure| figure.peak_kib > MEMORY_BAR)
    {
        summary
            .problems
            .push(format!("{}: {} KiB resident", figure.name, figure.peak_kib));
    }
    Ok(())
}

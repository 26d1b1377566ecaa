//! `fuzz`: rounds of call sequences on every core, resumable, shardable, and what was found as Solidity.

use std::{
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Args;
use eyre::ensure;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::ledger::{Ledger, restored, saved, store};
use crate::{
    engine::{Failure, Round, RoundReport, Suite, shrink},
    suites::{self, Visit},
    world::{Artifacts, repository},
};

/// Options of `fuzz`.
#[derive(Args, Clone, Debug)]
pub struct FuzzArgs {
    /// The suite, a folder of test/properties/src/suites
    #[arg(long, default_value = "pools")]
    pub suite: String,
    /// Decides everything that is tried
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Actions to perform: calls that the suite chooses, or short stories of them, each judged after it
    #[arg(long, default_value_t = 100_000)]
    pub actions: u64,
    /// Threads
    #[arg(long, default_value_t = 1)]
    pub jobs: usize,
    /// Part i of n of the rounds, as i/n
    #[arg(long, default_value = "1/1")]
    pub shard: String,
    /// Only this round: with the seed, it replays what a round found
    #[arg(long)]
    pub round: Option<u64>,
    /// Forget the rounds that an earlier run with the same seed and contracts has finished
    #[arg(long)]
    pub fresh: bool,
    /// Try actions at random, without going on from new states
    #[arg(long)]
    pub unguided: bool,
    /// Print one JSON object instead of a progress bar and a table
    #[arg(long)]
    pub json: bool,
    /// Forge's output folder
    #[arg(long)]
    pub out: Option<PathBuf>,
}

/// Actions of a round.
const ROUND: u64 = 10_000;
/// With fewer actions than this, one that never happened is chance; with more, each kind has to happen once in so many.
const ENOUGH: u64 = 20_000;

/// What a run did and found.
#[derive(Debug, Serialize)]
struct Summary {
    suite: String,
    seed: u64,
    rounds: usize,
    resumed: usize,
    #[serde(flatten)]
    total: RoundReport,
    seconds: u64,
    actions_per_second: u64,
    too_few_accepted: Vec<&'static str>,
    violation: Option<Found>,
}

/// A broken promise.
#[derive(Clone, Debug, Serialize)]
struct Found {
    promise: &'static str,
    detail: String,
    round: u64,
    actions: usize,
    saved: PathBuf,
    solidity: String,
}

/// What the threads of a run share.
struct Shared<A> {
    ledger: Ledger,
    failure: Option<Failure<A>>,
    edges: u32,
    made: u64,
}

/// Runs the suite that was asked for; true when no promise broke.
///
/// # Errors
/// When contracts are not built, or files cannot be written.
pub fn fuzz(args: &FuzzArgs) -> eyre::Result<bool> {
    suites::visit(&args.suite, args)
}

impl Visit for &FuzzArgs {
    type Output = bool;

    fn visit<S: Suite>(self) -> eyre::Result<bool> {
        run::<S>(self)
    }
}

/// Changes with the code of what is tested and with what is done to it.
fn fingerprint<S: Suite>(artifacts: &Artifacts) -> eyre::Result<u32> {
    let mut parts = S::KINDS.join(" ").into_bytes();
    for contract in S::CONTRACTS {
        parts.extend(artifacts.fingerprint(contract)?.to_be_bytes());
    }
    let hash = alloy_primitives::keccak256(parts);
    Ok(u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]))
}

fn run<S: Suite>(args: &FuzzArgs) -> eyre::Result<bool> {
    let artifacts = match &args.out {
        Some(out) => Artifacts::in_folder(out),
        None => Artifacts::of_repository(),
    };
    let (part, parts) = shard(&args.shard)?;
    let rounds: Vec<u64> = match args.round {
        Some(round) => vec![round],
        None => (0..args.actions.div_ceil(ROUND))
            .filter(|round| round % parts == part)
            .collect(),
    };
    let ledger_file = repository().join("target/properties").join(format!(
        "{}-{}-{:08x}.json",
        S::NAME,
        args.seed,
        fingerprint::<S>(&artifacts)?
    ));
    let ledger: Ledger = match std::fs::read(&ledger_file) {
        Ok(text) if !args.fresh && args.round.is_none() && !args.unguided => {
            serde_json::from_slice(&text).unwrap_or_default()
        }
        _ => Ledger::default(),
    };
    let open: Vec<u64> = rounds
        .iter()
        .copied()
        .filter(|round| !ledger.rounds.contains_key(round))
        .collect();
    let resumed = rounds.len() - open.len();
    // Fewer than a round asked for are made as one short round, which is not kept.
    let actions = if args.round.is_none() {
        args.actions.min(ROUND)
    } else {
        ROUND
    };
    let bar = ProgressBar::with_draw_target(
        Some(open.len() as u64 * actions),
        if args.json {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        },
    )
    .with_style(ProgressStyle::with_template(
        "{bar:30} {human_pos}/{human_len} actions, {per_sec}, {eta} left{msg}",
    )?);
    bar.enable_steady_tick(Duration::from_millis(500));

    let begun = Instant::now();
    let next = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let shared = Mutex::new(Shared::<S::Action> {
        ledger,
        failure: None,
        edges: 0,
        made: 0,
    });
    let work = || -> eyre::Result<()> {
        let mut suite = S::deploy(&artifacts)?;
        while !stop.load(Ordering::Relaxed) {
            let Some(number) = open.get(next.fetch_add(1, Ordering::Relaxed) as usize) else {
                break;
            };
            let round = Round {
                seed: args.seed,
                number: *number,
                actions,
                guided: !args.unguided,
            };
            let (report, failure) = round.run(&mut suite, |made| {
                bar.inc(made);
                !stop.load(Ordering::Relaxed)
            });
            let Ok(mut shared) = shared.lock() else { break };
            shared.edges = shared.edges.max(report.edges);
            shared.made += report.actions;
            bar.set_message(format!(", {} branches", shared.edges));
            if failure.is_none() && !stop.load(Ordering::Relaxed) {
                shared.ledger.rounds.insert(*number, saved(&report));
                if actions == ROUND && !args.unguided {
                    store(&ledger_file, &shared.ledger)?;
                }
            }
            if let Some(found) = failure {
                stop.store(true, Ordering::Relaxed);
                shared.failure.get_or_insert(found);
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| -> eyre::Result<()> {
        let workers: Vec<_> = (0..args.jobs.max(1)).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            worker.join().map_err(|_| eyre::eyre!("a worker broke off"))??;
        }
        Ok(())
    })?;
    let seconds = begun.elapsed();
    bar.finish_and_clear();

    let Shared {
        ledger, failure, made, ..
    } = shared.into_inner().map_err(|_| eyre::eyre!("a worker broke off"))?;
    let mut total = RoundReport::default();
    for round in &rounds {
        if let Some(report) = ledger.rounds.get(round) {
            total.add(&restored::<S>(report));
        }
    }
    let violation = failure
        .map(|failure| explain::<S>(&artifacts, args.seed, &failure))
        .transpose()?;
    let least = total.actions / ENOUGH;
    let too_few_accepted: Vec<_> = S::KINDS
        .iter()
        .copied()
        .filter(|kind| total.accepted.get(kind).is_none_or(|count| *count < least))
        .collect();
    let summary = Summary {
        suite: args.suite.clone(),
        seed: args.seed,
        rounds: rounds.len(),
        resumed,
        seconds: seconds.as_secs(),
        actions_per_second: made * 1_000 / (seconds.as_millis() as u64).max(1),
        too_few_accepted: if total.actions >= ENOUGH {
            too_few_accepted
        } else {
            Vec::new()
        },
        total,
        violation,
    };
    print(&summary, args.json)?;
    Ok(summary.violation.is_none() && summary.too_few_accepted.is_empty())
}

fn explain<S: Suite>(artifacts: &Artifacts, seed: u64, failure: &Failure<S::Action>) -> eyre::Result<Found> {
    let mut suite = S::deploy(artifacts)?;
    let (actions, violation) = shrink(&mut suite, &failure.actions, &failure.violation);
    let solidity = suite.solidity(&actions, &violation);
    let folder = repository().join("target/properties");
    std::fs::create_dir_all(&folder)?;
    let name = format!("{}-{}-{}-{}", S::NAME, violation.promise, seed, failure.round);
    let saved = folder.join(format!("{name}.json"));
    std::fs::write(&saved, serde_json::to_vec_pretty(&actions)?)?;
    std::fs::write(folder.join(format!("{name}.sol")), &solidity)?;
    Ok(Found {
        promise: violation.promise,
        detail: violation.detail,
        round: failure.round,
        actions: actions.len(),
        saved,
        solidity,
    })
}

fn print(summary: &Summary, json: bool) -> eyre::Result<()> {
    if json {
        println!("{}", serde_json::to_string(summary)?);
        return Ok(());
    }
    let total = &summary.total;
    println!(
        "{}: {} actions in {} rounds of seed {} ({} resumed), {} actions/s, {:.1} calls each, {} branches, {} marks",
        summary.suite,
        total.actions,
        summary.rounds,
        summary.seed,
        summary.resumed,
        summary.actions_per_second,
        total.calls as f64 / total.actions.max(1) as f64,
        total.edges,
        total.marks
    );
    for (name, count) in &total.judged {
        println!("  {count:>12} {name} judged by exact arithmetic");
    }
    println!("  {:<20} {:>10} {:>10}", "action", "accepted", "refused");
    for (kind, accepted) in &total.accepted {
        println!(
            "  {kind:<20} {accepted:>10} {:>10}",
            total.refused.get(kind).copied().unwrap_or(0)
        );
    }
    for kind in &summary.too_few_accepted {
        println!("FAILED: \"{kind}\" happened less than once in {ENOUGH} actions");
    }
    match &summary.violation {
        None => println!("no promise broke"),
        Some(found) => {
            println!(
                "FAILED: {} broke in round {}: {}",
                found.promise, found.round, found.detail
            );
            println!(
                "{} actions, saved as {}; as a test for test/{}:\n",
                found.actions,
                found.saved.display(),
                summary.suite
            );
            println!("{}", found.solidity);
        }
    }
    Ok(())
}

pub(crate) fn shard(text: &str) -> eyre::Result<(u64, u64)> {
    let (part, parts) = text
        .split_once('/')
        .ok_or_else(|| eyre::eyre!("a shard is written i/n, not {text}"))?;
    let (part, parts): (u64, u64) = (part.parse()?, parts.parse()?);
    ensure!((1..=parts).contains(&part), "shard {part} of {parts} does not exist");
    Ok((part - 1, parts))
}

//! Random mixes of every fault, and kills, on real processes, seed by seed, judged by the chain and a fresh resync
//! alone.
//!
//! A seed is a script ([`crate::scenario`]), played on a [`stage`]: a node that makes a block every fifth of a second,
//! three endpoints with mempools in the words of three clients, and a keeper on SQLite or two replicas on PostgreSQL.
//! Several seeds are played on one stage, one after the other. Resumable: a seed with a verdict in `target/chaos` is
//! not played again; `shard` splits the seeds over machines or processes.

mod figures;
mod play;
mod pump;
mod stage;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use eyre::{WrapErr, bail};

pub use self::{
    figures::{Summary, Verdict},
    stage::{Engine, Stage},
};

/// Steps of a seed.
pub const STEPS: usize = 12;
/// Seeds that are played on one stage.
const PER_STAGE: u64 = 16;

/// What to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Seeds 0 to `seeds` - 1.
    pub seeds: u64,
    /// (i, n): only the seeds that leave i - 1 when divided by n.
    pub shard: (u64, u64),
    /// Where verdicts are kept.
    pub folder: PathBuf,
}

/// Plays what has no verdict yet and sums all verdicts up in `summary.json`, those of other shards too.
///
/// # Errors
/// When a seed failed (its number is in the error), or the folder cannot be written.
pub async fn run(options: &Options) -> eyre::Result<()> {
    let (index, of) = options.shard;
    if index == 0 || index > of {
        bail!("shard {index}/{of}: write it as i/n with i from 1 to n");
    }
    fs::create_dir_all(&options.folder).wrap_err_with(|| format!("cannot make {}", options.folder.display()))?;
    let mut stage: Option<Stage> = None;
    let mut played = 0;
    for (turn, seed) in (0..options.seeds).filter(|seed| seed % of == index - 1).enumerate() {
        if known(&options.folder, seed).is_some_and(|verdict| verdict.failures.is_empty()) {
            continue;
        }
        let engine = if (turn as u64 / PER_STAGE).is_multiple_of(2) {
            Engine::Sqlite
        } else {
            Engine::Postgres
        };
        if stage.as_ref().is_none_or(|stage| stage.engine != engine) || played >= PER_STAGE {
            drop(stage.take());
            played = 0;
        }
        let begun = Instant::now();
        let on = match stage.take() {
            Some(stage) => stage,
            None => Stage::set(engine).await?,
        };
        let mut on = on;
        let verdict = on.play(seed, STEPS).await;
        let seconds = begun.elapsed().as_secs();
        fs::write(
            options.folder.join(format!("seed-{seed}.json")),
            serde_json::to_string_pretty(&verdict)?,
        )?;
        println!("{}, {seconds} s", verdict.line(seed, engine));
        if verdict.failures.is_empty() {
            played += 1;
            stage = Some(on);
        } else {
            // What led to it stays; the next seed begins on a stage of its own.
            on.keep(&options.folder.join(format!("failed-{seed}")));
        }
    }
    drop(stage);
    let mut summary = Summary::default();
    for seed in 0..options.seeds {
        if let Some(verdict) = known(&options.folder, seed) {
            summary.add(seed, verdict);
        }
    }
    let text = serde_json::to_string_pretty(&summary.close())?;
    fs::write(options.folder.join("summary.json"), &text)?;
    println!("{text}");
    if summary.failures.is_empty() {
        Ok(())
    } else {
        bail!("{} of {} seeds failed", summary.failures.len(), summary.seeds)
    }
}

fn known(folder: &Path, seed: u64) -> Option<Verdict> {
    let text = fs::read_to_string(folder.join(format!("seed-{seed}.json"))).ok()?;
    serde_json::from_str(&text).ok()
}

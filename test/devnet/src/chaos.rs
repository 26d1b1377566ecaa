//! Random kills of the real process, seed by seed, judged by chain and database alone. Resumable: a seed with a verdict in
//! `target/chaos` is not run again; `shard` splits the seeds over machines.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use eyre::{WrapErr, bail};
use fluxion_keeper::boundary::{Boundary, Side};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde::{Deserialize, Serialize};

use crate::{
    World,
    trial::{hurry, judge, progress, world},
};

/// Kills of one seed.
const KILLS: usize = 8;
/// How long a boundary may take to come before the process is killed wherever it is.
const WAIT: Duration = Duration::from_secs(6);

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

/// The verdict on one seed, or on all.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Verdict {
    /// Seeds that ran.
    pub seeds: u64,
    /// SIGKILLs.
    pub kills: u64,
    /// Kills that met the boundary that they were meant for.
    pub at_boundary: u64,
    /// Reorgs.
    pub reorgs: u64,
    /// Pauses of block production.
    pub stalls: u64,
    /// Effects wanted.
    pub effects_wanted: u64,
    /// Effects made, each by exactly one transaction.
    pub effects_done: u64,
    /// Transactions that reverted: they cost gas and made nothing.
    pub reverted: u64,
    /// Seeds on which an effect was made twice, a nonce lost, or the index differed from a fresh one.
    pub failures: Vec<String>,
}

impl Verdict {
    fn add(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.kills += other.kills;
        self.at_boundary += other.at_boundary;
        self.reorgs += other.reorgs;
        self.stalls += other.stalls;
        self.effects_wanted += other.effects_wanted;
        self.effects_done += other.effects_done;
        self.reverted += other.reverted;
        self.failures.extend(other.failures);
    }
}

/// Runs what has no verdict yet and sums all verdicts up in `summary.json`.
///
/// # Errors
/// When a seed failed (its number is in the error), or the folder cannot be written.
pub async fn run(options: &Options) -> eyre::Result<()> {
    let (index, of) = options.shard;
    if index == 0 || index > of {
        bail!("shard {index}/{of}: write it as i/n with i from 1 to n");
    }
    fs::create_dir_all(&options.folder).wrap_err_with(|| format!("cannot make {}", options.folder.display()))?;
    let mut total = Verdict::default();
    for seed in (0..options.seeds).filter(|seed| seed % of == index - 1) {
        let file = options.folder.join(format!("seed-{seed}.json"));
        let known = fs::read_to_string(&file)
            .ok()
            .and_then(|text| serde_json::from_str::<Verdict>(&text).ok());
        let verdict = match known {
            Some(verdict) if verdict.failures.is_empty() => verdict,
            _ => {
                let begun = Instant::now();
                let verdict = trial(seed).await;
                write(&file, &verdict)?;
                let end = if verdict.failures.is_empty() { "ok" } else { "FAILED" };
                let seconds = begun.elapsed().as_secs();
                println!(
                    "seed {seed}: {end}, {} kills, {} effects, {seconds} s",
                    verdict.kills, verdict.effects_done
                );
                verdict
            }
        };
        total.add(verdict);
    }
    write(&options.folder.join("summary.json"), &total)?;
    println!("{}", serde_json::to_string_pretty(&total)?);
    if total.failures.is_empty() {
        Ok(())
    } else {
        bail!("{} of {} seeds failed", total.failures.len(), total.seeds)
    }
}

fn write(file: &Path, verdict: &Verdict) -> eyre::Result<()> {
    fs::write(file, serde_json::to_string_pretty(verdict)?).wrap_err_with(|| format!("cannot write {}", file.display()))
}

async fn trial(seed: u64) -> Verdict {
    let mut verdict = Verdict {
        seeds: 1,
        ..Verdict::default()
    };
    if let Err(fault) = kill_at_random(seed, &mut verdict).await {
        verdict.failures.push(format!("seed {seed}: {fault:#}"));
    }
    verdict
}

async fn kill_at_random(seed: u64, verdict: &mut Verdict) -> eyre::Result<()> {
    let mut random = StdRng::seed_from_u64(seed);
    // A signature leaves only signer processes; everything else happens in the keeper.
    let places: Vec<_> = Boundary::all()
        .filter(|(boundary, _)| *boundary != Boundary::AttestationReply)
        .collect();
    let mut world = world().prepare().await?;
    hurry(&mut world);
    world.keeper.start().await?;
    progress(&world, 1).await?;
    for _ in 0..KILLS {
        let (boundary, side) = *places.choose(&mut random).unwrap_or(&(Boundary::Send, Side::Before));
        world.keeper.kill();
        let place = format!("{}#{}", boundary.name(side), random.gen_range(1..=3));
        world.keeper.set_env("FLUXION_STOP_AT", Some(&place));
        world.keeper.spawn()?;
        disturb(&world, random.gen_range(0..4), verdict).await?;
        if world.keeper.process()?.wait_stop(WAIT).await.is_ok() {
            verdict.at_boundary += 1;
        }
        world.keeper.kill();
        verdict.kills += 1;
        world.chains[0].anvil.set_interval_mining(1).await?;
        world.keeper.set_env("FLUXION_STOP_AT", None);
        world.keeper.start().await?;
        tokio::time::sleep(Duration::from_millis(random.gen_range(0..2_000))).await;
    }
    progress(&world, 1).await?;
    let audit = judge(&mut world, 0).await?;
    verdict.effects_wanted += audit.effects_wanted as u64;
    verdict.effects_done += audit.effects_done as u64;
    verdict.reverted += audit.reverted as u64;
    Ok(())
}

/// What the chain does while the keeper runs into its end.
async fn disturb(world: &World, what: u32, verdict: &mut Verdict) -> eyre::Result<()> {
    let chain = &world.chains[0].anvil;
    match what {
        0 => {
            chain.set_interval_mining(0).await?;
            verdict.stalls += 1;
        }
        1 => {
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            chain.reorg(1).await?;
            verdict.reorgs += 1;
        }
        _ => {}
    }
    Ok(())
}

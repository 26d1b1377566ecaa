//! `bench`: one handler contract in forge's invariant runner and in the harness, coverage guidance on and the same
//! promises checked after every call in both, one core each.

use std::process::Command;

use clap::Args;
use eyre::{Context, OptionExt, ensure};
use nix::sys::{
    resource::{Usage, UsageWho, getrusage},
    time::TimeValLike,
};

use crate::{
    engine::{Round, Suite},
    handler::Handler,
    world::{Artifacts, repository},
};

/// Options of `bench`.
#[derive(Args, Clone, Debug)]
pub struct BenchArgs {
    /// Calls of the handler in the harness
    #[arg(long, default_value_t = 200_000)]
    pub calls: u64,
    /// Sequences of 500 calls in forge
    #[arg(long, default_value_t = 60)]
    pub forge_runs: u64,
    /// Folder of the forge project; the repository's root unless given
    #[arg(long)]
    pub project: Option<std::path::PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

const DEPTH: u64 = 500;
/// How many times forge's figure the harness reaches at least.
const BAR: f64 = 6.0;
const TEST: &str = "test/properties/contracts/PoolBench.t.sol";

/// Measures both; true when the harness is fast enough.
///
/// # Errors
/// When forge cannot run or something fails in either.
pub fn bench(args: &BenchArgs) -> eyre::Result<bool> {
    let project = args.project.clone().unwrap_or_else(repository);
    let mut suite = Handler::deploy(&Artifacts::in_folder(&project.join("out")))?;
    let before = cpu(UsageWho::RUSAGE_SELF)?;
    let round = Round {
        seed: 1,
        number: 0,
        actions: args.calls,
        guided: true,
    };
    let (report, failure) = round.run(&mut suite, |_| true);
    let seconds = cpu(UsageWho::RUSAGE_SELF)? - before;
    ensure!(failure.is_none(), "{failure:?}");
    let harness = report.actions as f64 / seconds;

    // Start, set-up and the check of the build are in both runs and cancel out.
    let (few, many) = (forge(&project, 1)?, forge(&project, 1 + args.forge_runs)?);
    let forge = (args.forge_runs * DEPTH) as f64 / (many - few).max(0.001);
    let ratio = harness / forge;
    if args.json {
        println!(
            "{}",
            serde_json::json!({
                "harnessCallsPerSecond": harness as u64, "forgeCallsPerSecond": forge as u64, "ratio": ratio, "bar": BAR,
                "harnessCalls": report.actions, "forgeCalls": args.forge_runs * DEPTH, "edges": report.edges,
                "accepted": report.accepted, "refused": report.refused,
            })
        );
    } else {
        println!(
            "harness  {harness:>9.0} calls a second of one core ({} calls, {} branches)",
            report.actions, report.edges
        );
        println!(
            "forge    {forge:>9.0} calls a second of one core ({} calls)",
            args.forge_runs * DEPTH
        );
        println!("ratio    {ratio:>9.1} (bar {BAR})");
    }
    Ok(ratio >= BAR)
}

/// Seconds of processor time that forge takes for so many sequences, with a corpus that starts empty.
fn forge(project: &std::path::Path, runs: u64) -> eyre::Result<f64> {
    let corpus = repository().join("target/properties/corpus");
    if corpus.exists() {
        std::fs::remove_dir_all(&corpus)?;
    }
    let before = cpu(UsageWho::RUSAGE_CHILDREN)?;
    let output = Command::new(repository().join("node_modules/@foundry-rs/forge-linux-amd64/bin/forge"))
        .args(["test", "--threads", "1", "--match-path", TEST])
        .env("FOUNDRY_PROFILE", "bench")
        .env("FOUNDRY_INVARIANT_RUNS", runs.to_string())
        .env("FOUNDRY_INVARIANT_DEPTH", DEPTH.to_string())
        .env("FOUNDRY_INVARIANT_FAIL_ON_REVERT", "false")
        .env("FOUNDRY_INVARIANT_CORPUS_DIR", &corpus)
        .env("FOUNDRY_DISABLE_NIGHTLY_WARNING", "1")
        .current_dir(project)
        .output()
        .context("forge cannot be started")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success(),
        "forge failed:\n{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let made = text
        .split("calls: ")
        .nth(1)
        .and_then(|rest| rest.split(',').next())
        .ok_or_eyre("forge told no calls")?;
    ensure!(made.parse::<u64>()? == runs * DEPTH, "forge made {made} calls");
    ensure!(corpus.exists(), "forge kept no corpus: it was not guided by coverage");
    Ok(cpu(UsageWho::RUSAGE_CHILDREN)? - before)
}

/// Processor time so far, seconds.
pub(super) fn cpu(who: UsageWho) -> eyre::Result<f64> {
    let usage: Usage = getrusage(who)?;
    let microseconds = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(microseconds as f64 / 1e6)
}

//! `fluxion-devnet demo`: the local world of the project, for people to look at.

use std::{process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};

/// The local world: two chains, price sources, the keeper and its signers.
#[derive(Parser)]
#[command(name = "fluxion-devnet", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts everything, shows what happens, and sums it up at the end.
    Demo {
        /// Seconds after which the demo ends by itself; without it, Ctrl-C ends it.
        #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
        duration: Option<u64>,
        /// Leaves the world running on fixed ports, without traffic, staged failures or a picture: for a front end.
        #[arg(long)]
        keep: bool,
    },
    /// Kills the keeper at random, seed by seed, and judges what is left. Goes on where it was interrupted.
    Chaos {
        /// Number of seeds.
        #[arg(long, default_value_t = 20)]
        seeds: u64,
        /// i/n: the i-th of n parts of the seeds.
        #[arg(long, default_value = "1/1", value_parser = shard)]
        shard: (u64, u64),
    },
    /// Measures how fast the index is filled, beside ponder on the same chain, what an idle keeper takes, and what
    /// looks cost after a year.
    Bench {
        /// Events of the chain; 0 leaves the backfill out.
        #[arg(long, default_value_t = 1_000_000)]
        events: u64,
        /// Seconds of the idle measurement; 0 leaves it out.
        #[arg(long, default_value_t = 60)]
        idle: u64,
        /// Old transactions of a seeded database; 0 leaves that out.
        #[arg(long, default_value_t = 1_000_000)]
        history: u64,
    },
    /// One backfill, as the bench measures it.
    #[command(hide = true)]
    BenchIndex(fluxion_devnet::bench::index::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Demo { duration, keep } => {
            let duration = duration.map(Duration::from_secs);
            fluxion_devnet::demo::run(fluxion_devnet::demo::Options { duration, keep }).await
        }
        Command::Chaos { seeds, shard } => {
            let folder = "target/chaos".into();
            fluxion_devnet::chaos::run(&fluxion_devnet::chaos::Options { seeds, shard, folder }).await
        }
        Command::Bench { events, idle, history } => {
            let options = fluxion_devnet::bench::Options {
                events,
                idle: Duration::from_secs(idle),
                history,
                folder: "target/bench".into(),
            };
            fluxion_devnet::bench::run(&options).await
        }
        Command::BenchIndex(options) => fluxion_devnet::bench::index::child(&options).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn shard(text: &str) -> Result<(u64, u64), String> {
    let parts = text
        .split_once('/')
        .and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    parts.ok_or_else(|| format!("`{text}` is not i/n, e.g. 1/4"))
}

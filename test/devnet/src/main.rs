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
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let Command::Demo { duration } = Arguments::parse().command;
    match fluxion_devnet::demo::run(duration.map(Duration::from_secs)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

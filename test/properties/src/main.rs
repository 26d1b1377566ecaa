//! `fluxion-properties`: attacks the contracts and measures their math.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use fluxion_properties::command::{self, BenchArgs, FuzzArgs, MutantsArgs, ReplayArgs};

#[derive(Debug, Parser)]
#[command(
    version,
    about = "The contracts in revm, attacked by long random call sequences and judged by exact arithmetic"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Random call sequences until a promise breaks
    Fuzz(FuzzArgs),
    /// Saved sequences once more
    Replay(ReplayArgs),
    /// Worst errors of a suite's arithmetic against exact arithmetic
    Accuracy(command::AccuracyArgs),
    /// Speed beside forge's invariant runner, on one handler contract
    Bench(BenchArgs),
    /// Breaks the contracts and counts which of it is noticed
    Mutants(MutantsArgs),
}

fn main() -> ExitCode {
    let held = match Cli::parse().command {
        Command::Fuzz(args) => command::fuzz(&args),
        Command::Replay(args) => command::replay(&args),
        Command::Accuracy(args) => command::accuracy(&args),
        Command::Bench(args) => command::bench(&args),
        Command::Mutants(args) => command::mutants(&args),
    };
    match held {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

//! The command line. Results go to the standard output, complaints and logs to the standard error.

mod check;
mod once;
mod operator;
mod plan;
mod resync;
mod status;
mod txs;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};

use crate::config::{Config, LogConfig, LogFormat};
use crate::jobs::{self, Kind};
use crate::store::OrderKind;
use crate::{app, telemetry};

use crate::model::{Exit, Failure};

/// Exit codes, as `--help` shows them.
const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed for a reason that the message names
  2  the command line, the configuration, a keystore or a passphrase is wrong
  3  the check failed: a chain or a contract is not what the configuration says, or one process holds a quorum of keys
  4  the database is held by another process, or was written by a newer version
  5  something outside did not answer (an endpoint, the running keeper)
  6  there is no such thing (intent, pause)";

/// Keeps a Fluxion deployment alive: indexes, decides, signs and sends.
#[derive(Debug, Parser)]
#[command(name = "fluxion-keeper", version, after_help = EXIT_CODES)]
struct Cli {
    /// Configuration file.
    #[arg(long, global = true, env = "FLUXION_CONFIG", default_value = "fluxion.toml")]
    config: PathBuf,
    /// Write results and complaints as JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run until SIGTERM or Ctrl-C.
    Run,
    /// Check configuration, chains, contracts, keys, balances, clock and sources. Writes nothing.
    Check,
    /// Show what a job would do now, with its reasons. Writes and sends nothing.
    Plan(PlanArgs),
    /// Do one round of a job and follow its transactions until they are mined.
    Once(OnceArgs),
    /// Show the running keeper, or what its database says when none runs.
    Status,
    /// Look at transactions, or order something about one.
    #[command(subcommand)]
    Txs(TxsCommand),
    /// Pause `job:NAME`, `chain:NAME` or `signer:LANE`; a running keeper obeys within a second.
    Pause(SubjectArgs),
    /// End a pause, or the halt of a chain after you looked into it.
    Resume(SubjectArgs),
    /// Read the chains again from the start, compare the derived tables, and swap in what differs. Refuses while `run`
    /// holds the database.
    Resync {
        /// Only this chain.
        #[arg(long)]
        chain: Option<String>,
        /// Take the chain as it is now although it contradicts what was final.
        #[arg(long)]
        past_finality: bool,
    },
    /// Compute everything again that a job reported, from the chain's events read anew; fails and names what differs.
    Verify(VerifyArgs),
    /// Look after the database.
    #[command(subcommand)]
    Db(DbCommand),
}

/// The jobs by their names on the command line.
fn job_names() -> PossibleValuesParser {
    PossibleValuesParser::new(
        jobs::ALL
            .iter()
            .map(|kind| clap::builder::PossibleValue::new(kind.name()).help(kind.about())),
    )
}

/// The job of a name that the command line allows.
fn job(name: &str) -> Result<&'static dyn Kind, Failure> {
    jobs::by_name(name).ok_or_else(|| Failure::message(Exit::NotFound, format!("there is no job {name}")))
}

#[derive(Debug, Args)]
struct PlanArgs {
    /// The job.
    #[arg(value_parser = job_names())]
    job: String,
    /// Replay a snapshot (or several, one JSON object a line, as in the log's `snapshot` field) instead of looking at
    /// the world.
    #[arg(long)]
    snapshot: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct OnceArgs {
    /// The job.
    #[arg(value_parser = job_names())]
    job: String,
    /// Give up after this many seconds.
    #[arg(long, default_value_t = 60)]
    timeout: u64,
}

#[derive(Debug, Subcommand)]
enum TxsCommand {
    /// List intents, newest first.
    List {
        /// How many.
        #[arg(long, default_value_t = 20)]
        limit: u32,
        /// Only those that have not ended.
        #[arg(long)]
        open: bool,
    },
    /// Show an intent with its signed attempts.
    Show {
        /// Its id.
        id: i64,
    },
    /// Raise its fees now, within the caps.
    Bump(OrderArgs),
    /// End it: free its nonce by a cancel, or drop it before it has one.
    Cancel(OrderArgs),
    /// Plan its effect again after a bad end, past the limit of tries.
    Retry(OrderArgs),
}

/// An order about a transaction; the keeper that holds the database obeys it within a second, or when it runs again.
#[derive(Debug, Args)]
struct OrderArgs {
    /// Its id.
    id: i64,
    /// Why; kept in the history.
    #[arg(long)]
    why: String,
    /// Who; kept in the history.
    #[arg(long, env = "USER", default_value = "operator")]
    who: String,
}

#[derive(Debug, Args)]
struct SubjectArgs {
    /// `job:NAME`, `chain:NAME` or `signer:LANE`.
    subject: String,
    /// Why; kept in the history.
    #[arg(long)]
    why: String,
    /// Who; kept in the history.
    #[arg(long, env = "USER", default_value = "operator")]
    who: String,
}

#[derive(Debug, Args)]
struct VerifyArgs {
    /// The job.
    #[arg(value_parser = job_names())]
    job: String,
    /// Only this chain.
    #[arg(long)]
    chain: Option<String>,
    /// Only the reports of this epoch, in seconds.
    #[arg(long)]
    epoch: Option<u64>,
}

#[derive(Debug, Subcommand)]
enum DbCommand {
    /// Write a consistent copy of the database, also while the keeper runs.
    Backup {
        /// Where to; must not exist.
        path: PathBuf,
    },
}

/// Parses the command line, does what it says, and tells how it went.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // Two workers serve everything: the work is waiting, and memory counts.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(4)
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => {
            let done = runtime.block_on(dispatch(&cli));
            runtime.shutdown_timeout(std::time::Duration::from_millis(500));
            done
        }
        Err(error) => Err(Failure::message(
            Exit::Failed,
            format!("the runtime does not start ({error})"),
        )),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.print(cli.json);
            failure.exit.into()
        }
    }
}

async fn dispatch(cli: &Cli) -> Result<(), Failure> {
    if let Command::Plan(PlanArgs {
        job,
        snapshot: Some(file),
    }) = &cli.command
    {
        return plan::replay(self::job(job)?, file, cli.json);
    }
    let config = jobs::load_config(&cli.config).map_err(Failure::problems)?;
    start_logs(cli, &config)?;
    match &cli.command {
        Command::Run => app::run(&config).await,
        Command::Check => check::check(&config, cli.json).await,
        Command::Plan(args) => plan::preview(&config, job(&args.job)?, cli.json).await,
        Command::Once(args) => once::once(&config, job(&args.job)?, args.timeout, cli.json).await,
        Command::Status => status::show(&config, cli.json).await,
        Command::Txs(TxsCommand::List { limit, open }) => txs::list(&config, *limit, *open, cli.json).await,
        Command::Txs(TxsCommand::Show { id }) => txs::show(&config, *id, cli.json).await,
        Command::Txs(TxsCommand::Bump(args)) => txs::order(&config, OrderKind::Bump, args, cli.json).await,
        Command::Txs(TxsCommand::Cancel(args)) => txs::order(&config, OrderKind::Cancel, args, cli.json).await,
        Command::Txs(TxsCommand::Retry(args)) => txs::order(&config, OrderKind::Retry, args, cli.json).await,
        Command::Resync { chain, past_finality } => {
            resync::resync(&config, chain.as_deref(), *past_finality, cli.json).await
        }
        Command::Verify(args) => verify::verify(&config, args, cli.json).await,
        Command::Pause(args) => operator::pause(&config, args, cli.json).await,
        Command::Resume(args) => operator::resume(&config, args, cli.json).await,
        Command::Db(DbCommand::Backup { path }) => operator::backup(&config, path, cli.json).await,
    }
}

/// `run` logs as configured; other commands say only what is wrong, in words.
fn start_logs(cli: &Cli, config: &Config) -> Result<(), Failure> {
    let quiet = LogConfig {
        format: if cli.json { LogFormat::Json } else { LogFormat::Text },
        filter: "warn".into(),
    };
    let logs = if matches!(cli.command, Command::Run) {
        &config.log
    } else {
        &quiet
    };
    telemetry::start_logs(logs).map_err(|problem| Failure::problems(vec![problem]))
}

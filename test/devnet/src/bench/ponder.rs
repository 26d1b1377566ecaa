//! The same rows from the same chain by ponder, on a PostgreSQL of its own.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use fluxion_postgres::Server;

use super::{EventChain, Figure, chain::FEED, cost::Cost, index::PATIENCE, progress::Progress};
use crate::{process::Command, project};

/// Files of the bench, relative to `test/bench/ponder`.
const FILES: [&str; 6] = [
    "package.json",
    "package-lock.json",
    "ponder.config.ts",
    "ponder.schema.ts",
    "src/index.ts",
    "src/api/index.ts",
];

/// Lays ponder out in `target/bench/ponder`, from npm by its lock file.
async fn install(folder: &Path) -> eyre::Result<()> {
    let from = project::root()?.join("test/bench/ponder");
    fs::create_dir_all(folder.join("src/api"))?;
    let stale = fs::read(folder.join("package-lock.json")).ok() != fs::read(from.join("package-lock.json")).ok();
    for file in FILES {
        fs::copy(from.join(file), folder.join(file))?;
    }
    if stale || !folder.join("node_modules/ponder").is_dir() {
        eprintln!("  installing ponder from npm");
        // Not `ci`: it refuses a lock file for a registry that has not the binaries of every platform.
        let npm = Command::new("npm", "npm", folder).args(["install", "--no-audit", "--no-fund", "--loglevel=error"]);
        if let Err(error) = npm.dir(folder).run(Duration::from_secs(600)).await {
            // A half-made folder would be taken for a whole one.
            let _ = fs::remove_dir_all(folder.join("node_modules"));
            return Err(error);
        }
    }
    Ok(())
}

/// Runs ponder on a chain and measures it.
///
/// # Errors
/// When it cannot be installed, fails, takes too long, or did not find all rounds.
pub async fn measure(chain: &EventChain, folder: PathBuf) -> eyre::Result<Figure> {
    install(&folder).await?;
    let server = Server::start()?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    // What an earlier run left would be appended to.
    let _ = fs::remove_file(folder.join("ponder.log"));
    let command = Command::new("ponder", "node", &folder)
        .args([
            "node_modules/ponder/dist/esm/bin/ponder.js",
            "start",
            "--schema",
            "bench",
        ])
        .args(["--log-format", "json", "--hostname", "127.0.0.1", "--port"])
        .args([port.to_string()])
        .env("BENCH_DATABASE", server.url())
        .env("BENCH_CHAIN", chain.anvil.chain_id().to_string())
        .env("BENCH_RPC", chain.anvil.url())
        .env("BENCH_FEED", FEED.to_string())
        .env("PONDER_TELEMETRY_DISABLED", "1")
        .dir(&folder);
    let begun = Instant::now();
    let process = command.spawn()?;
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(60))
        .build()?;
    let ready = format!("http://127.0.0.1:{port}/ready");
    let mut cost = Cost::default();
    let mut progress = Progress::new("seconds of patience with ponder", PATIENCE.as_secs());
    loop {
        cost.look(process.pid());
        eyre::ensure!(!process.state().ended(), "ponder ended\n{}", process.log_tail(20));
        eyre::ensure!(
            begun.elapsed() < PATIENCE,
            "ponder takes too long\n{}",
            process.log_tail(20)
        );
        if let Ok(answer) = client.get(&ready).send().await
            && answer.status().is_success()
        {
            break;
        }
        progress.at(begun.elapsed().as_secs());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let seconds = begun.elapsed().as_secs_f64();
    progress.end();
    cost.look(process.pid());
    let pool = sqlx::PgPool::connect(&server.url()).await?;
    let (rows, newest): (i64, String) =
        sqlx::query_as("SELECT count(*), coalesce(max(round), 0)::text FROM bench.rounds")
            .fetch_one(&pool)
            .await?;
    pool.close().await;
    eyre::ensure!(
        u64::try_from(rows) == Ok(chain.events) && newest == chain.events.to_string(),
        "ponder has {rows} rows up to round {newest} of {}",
        chain.events
    );
    process.terminate(Duration::from_secs(10)).await.ok();
    Ok(Figure::new("ponder, PostgreSQL", chain.events, seconds, &cost))
}

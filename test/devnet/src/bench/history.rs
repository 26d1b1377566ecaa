//! What a keeper's looks and figures cost after a year: its database is seeded with old transactions before it starts.

use std::{
    fmt::Write as _,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use fluxion_keeper::{
    model::{ChainId, Lane},
    store::{
        OrderStore as _, TxStore as _,
        sql::{Location, SqlStore},
    },
};
use fluxion_postgres::Server;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Executor as _, PgPool, SqlitePool, sqlite::SqliteConnectOptions};

use crate::world::World;

/// How far apart the seeded transactions ended, for a million of them in 80 days.
const SPAN_MS: u64 = 80 * 86_400_000;
/// How often each question is asked; the median counts.
const ASKED: usize = 21;

/// What was measured on one engine, medians in milliseconds.
#[derive(Debug, Serialize)]
pub struct History {
    /// The engine.
    pub engine: &'static str,
    /// Transactions that ended before.
    pub transactions: u64,
    /// `/v1/status` and `/metrics`, over HTTP.
    pub status_ms: f64,
    /// As above.
    pub metrics_ms: f64,
    /// Each question of a look at the chain's open work.
    pub look_ms: f64,
    /// What a lane spent in a day.
    pub spent_ms: f64,
    /// Longest write of another while a hundredth of all transactions was forgotten.
    pub forget_longest_wait_ms: f64,
    /// Transactions forgotten a second.
    pub forgotten_per_s: f64,
}

/// Seeds and measures one engine.
///
/// # Errors
/// When the world does not start.
pub async fn measure(transactions: u64, postgres: bool) -> eyre::Result<History> {
    let mut world = World::builder().chains(1).prepare().await?;
    let server = postgres.then(Server::start).transpose()?;
    if let Some(server) = &server {
        world.keeper.share(&server.url(), Duration::from_secs(10));
    }
    let location = world.keeper.location();
    let chain = ChainId(world.chains[0].anvil.chain_id());
    // Makes the tables.
    SqlStore::open(&location, "seed").await?.close().await;
    seed(&location, chain, transactions).await?;
    let (forgotten_per_s, forget_longest_wait_ms) = forget(&location, transactions / 100).await?;
    world.keeper.start().await?;
    world.keeper.wait_ready(Duration::from_secs(120)).await?;
    let status_ms = http(&world, "/v1/status").await?;
    let metrics_ms = http(&world, "/metrics").await?;
    let store = SqlStore::open_beside(&location).await?;
    let look_ms = median(async || {
        store.has_open_work(chain).await?;
        store.due_slots(chain, None).await?;
        store.unmined_intents(chain).await?;
        store.open_orders(chain).await?;
        Ok(())
    })
    .await?;
    let day = now_ms().saturating_sub(86_400_000);
    let spent_ms = median(async || {
        store.spent_since(chain, Lane::Prices, day).await?;
        Ok(())
    })
    .await?;
    store.close().await;
    world.stop().await?;
    let engine = if postgres { "PostgreSQL" } else { "SQLite" };
    Ok(History {
        engine,
        transactions,
        status_ms,
        metrics_ms,
        look_ms,
        spent_ms,
        forget_longest_wait_ms,
        forgotten_per_s,
    })
}

async fn http(world: &World, path: &str) -> eyre::Result<f64> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let url = world.keeper.url(path)?;
    median(async || {
        let answer = client.get(&url).send().await?.error_for_status()?;
        answer.bytes().await?;
        Ok(())
    })
    .await
}

async fn median(mut ask: impl AsyncFnMut() -> eyre::Result<()>) -> eyre::Result<f64> {
    let mut took = Vec::new();
    for _ in 0..ASKED {
        let begun = Instant::now();
        ask().await?;
        took.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    took.sort_by(f64::total_cmp);
    Ok(took[ASKED / 2])
}

/// Forgets the oldest `n`, while another writes: how many a second, and the longest wait of the other.
async fn forget(location: &Location, n: u64) -> eyre::Result<(f64, f64)> {
    let store = SqlStore::open(location, "forget").await?;
    let before = now_ms() - SPAN_MS + SPAN_MS / 100;
    let begun = Instant::now();
    let forgetting = {
        let store = store.clone();
        tokio::spawn(async move { store.forget(before).await })
    };
    let mut longest = Duration::ZERO;
    while !forgetting.is_finished() {
        let asked = Instant::now();
        store.end_order(0, "nothing").await?;
        longest = longest.max(asked.elapsed());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let forgotten = forgetting.await??;
    let seconds = begun.elapsed().as_secs_f64();
    store.close().await;
    eyre::ensure!(forgotten >= n / 2, "only {forgotten} of about {n} were forgotten");
    Ok((forgotten as f64 / seconds, longest.as_secs_f64() * 1_000.0))
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or_default()
}

/// Writes ended transactions of a key that the keeper does not hold, evenly over the span, and counts them as the
/// keeper does.
async fn seed(location: &Location, chain: ChainId, n: u64) -> eyre::Result<()> {
    match location {
        Location::Sqlite(folder) => {
            let options = SqliteConnectOptions::new().filename(folder.join("keeper.sqlite"));
            let pool = SqlitePool::connect_with(options.pragma("synchronous", "off")).await?;
            let numbers = format!(
                "(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {n}) SELECT i FROM n)"
            );
            let blob = |hex: &str| format!("x'{hex}'");
            let unique = "CAST(printf('%032d', i) AS BLOB)";
            pool.execute(AssertSqlSafe(rows(chain, n, &numbers, blob, unique)))
                .await?;
            pool.close().await;
        }
        Location::Postgres { url, .. } => {
            let pool = PgPool::connect(url).await?;
            let numbers = format!("(SELECT i FROM generate_series(1::bigint, {n}) AS i) AS n");
            let blob = |hex: &str| format!("'\\x{hex}'::bytea");
            let unique = "convert_to(lpad(i::text, 32, '0'), 'UTF8')";
            pool.execute(AssertSqlSafe(rows(chain, n, &numbers, blob, unique)))
                .await?;
            // Numbers that were given are unknown to the sequence.
            pool.execute("SELECT setval(pg_get_serial_sequence('intents', 'id'), (SELECT max(id) FROM intents))")
                .await?;
            pool.execute("ANALYZE").await?;
            pool.close().await;
        }
    }
    Ok(())
}

fn rows(chain: ChainId, n: u64, numbers: &str, blob: impl Fn(&str) -> String, unique: &str) -> String {
    let (start, step) = (now_ms() - SPAN_MS, SPAN_MS / n.max(1));
    let (account, word) = (blob(&"22".repeat(20)), blob(&"00".repeat(32)));
    let (data, raw) = (blob(&"ab".repeat(400)), blob(&"cd".repeat(600)));
    let at = format!("{start} + i * {step}");
    let mut sql = String::new();
    let _ = write!(
        sql,
        "INSERT INTO intents (id, effect, incarnation, topic, job, chain_id, lane, recipient, data, value, expected, max_incarnations,
             trace, reason, evidence_at_ms, state, result, gas, nonce, planned_at_ms, first_write_at_ms, included_at_ms, ended_at_ms)
         SELECT i, 'seed/' || i, 1, 'seed', 'update_prices', {chain}, 'prices', {account}, {data}, {word}, '{{}}', 3, 'seed', 'seed',
             {at}, 'final', 'ok', 60000, i, {at}, {at} + 100 + i % 1000, {at} + 2000, {at} + 9000 FROM {numbers};
         INSERT INTO slots (chain_id, signer, nonce, lane, intent_id, opened_at_ms, ended, winner, cost, ended_at_ms)
         SELECT {chain}, {account}, i, 'prices', i, {at}, 'ok', {unique}, {word}, {at} + 9000 FROM {numbers};
         INSERT INTO attempts (hash, chain_id, signer, nonce, kind, intent_id, raw, max_fee, priority_fee, gas, max_cost, signed_at_ms,
             offered_at_ms, included_height, included_hash, included_success, included_cost)
         SELECT {unique}, {chain}, {account}, i, 'payload', i, {raw}, {word}, {word}, 60000, {word}, {at}, {at} + 100, i, {unique}, 1,
             {word} FROM {numbers};
         INSERT INTO tallies (kind, name, n) VALUES ('intent', 'final_ok', {n}), ('slot', 'ok', {n});
         INSERT INTO latencies (kind, up_to, n) SELECT 'first_write', 100 + i % 1000, count(*) FROM {numbers} GROUP BY 2;",
        chain = chain.0,
    );
    sql
}

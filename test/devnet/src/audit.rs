//! Judges a keeper after the fact, by the chain and its database alone: reads both with its own queries, so that a
//! fault of the keeper cannot hide itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use alloy::{
    consensus::Transaction as _,
    eips::BlockNumberOrTag,
    network::TransactionResponse as _,
    primitives::{Address, B256},
    providers::Provider,
};
use eyre::{OptionExt, WrapErr, bail, ensure};
use fluxion_keeper::{
    model::{ChainId, Height},
    store::{
        IndexStore as _,
        sql::{Location, SqlStore},
    },
};
use serde::Serialize;
use sqlx::{PgPool, Row as _, SqlitePool, sqlite::SqliteConnectOptions};

use crate::anvil::Anvil;

/// What an audit found on one chain.
#[derive(Debug, Default, Serialize)]
pub struct Audit {
    /// Effects that were ever planned.
    pub effects_wanted: usize,
    /// Effects that a final transaction of the keeper made.
    pub effects_done: usize,
    /// Effects with more than one successful transaction.
    pub duplicated: Vec<String>,
    /// Transactions of the account that the database does not know as signed, by nonce.
    pub unknown: Vec<u64>,
    /// Nonces whose row and whose chain disagree: used but open, open but never usable, ended with the wrong winner.
    pub orphans: Vec<String>,
    /// Reverted transactions.
    pub reverted: usize,
}

impl Audit {
    /// # Errors
    /// When an effect was made twice, or a nonce is lost. `foreign` transactions of the account are those that the test
    /// sent.
    pub fn ensure_clean(&self, foreign: usize) -> eyre::Result<()> {
        ensure!(self.duplicated.is_empty(), "effects made twice: {:?}", self.duplicated);
        ensure!(self.orphans.is_empty(), "orphan nonces: {:?}", self.orphans);
        ensure!(
            self.unknown.len() == foreign,
            "transactions that were never stored: {:?}",
            self.unknown
        );
        ensure!(self.effects_done > 0, "nothing was done at all");
        Ok(())
    }
}

/// One mined transaction of the account.
#[derive(Debug, Clone)]
pub struct Mined {
    /// Its nonce.
    pub nonce: u64,
    /// Its hash.
    pub hash: B256,
    /// Whether it succeeded.
    pub success: bool,
}

/// The account's transactions in a chain, from a block on.
///
/// # Errors
/// When the chain cannot be read.
pub async fn mined(chain: &Anvil, account: Address, from: u64) -> eyre::Result<Vec<Mined>> {
    let provider = chain.provider();
    let head = provider.get_block_number().await?;
    let mut found = Vec::new();
    for number in from..=head {
        let mut block = None;
        // Anvil tells its height a moment before the block can be read.
        for _ in 0..20 {
            let read = provider.get_block_by_number(BlockNumberOrTag::Number(number));
            block = read.full().await?;
            if block.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let block = block.ok_or_eyre("the chain has no block at a height below its head")?;
        for transaction in block.transactions.txns().filter(|t| t.from() == account) {
            let hash = transaction.tx_hash();
            let receipt = provider
                .get_transaction_receipt(hash)
                .await?
                .ok_or_eyre("mined without a receipt")?;
            found.push(Mined {
                nonce: transaction.nonce(),
                hash,
                success: receipt.status(),
            });
        }
    }
    Ok(found)
}

/// The database of a keeper, read beside it.
enum Database {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Runs a query, whose parameters are `$1` on both engines, and maps its rows.
macro_rules! read {
    ($database:expr, $sql:expr, [$($value:expr),*], $row:ident => $map:expr) => {
        match &$database {
            Database::Sqlite(pool) => {
                let rows = sqlx::query($sql)$(.bind($value))*.fetch_all(pool).await?;
                rows.iter().map(|$row| Ok($map)).collect::<eyre::Result<_>>()
            }
            Database::Postgres(pool) => {
                let rows = sqlx::query($sql)$(.bind($value))*.fetch_all(pool).await?;
                rows.iter().map(|$row| Ok($map)).collect::<eyre::Result<_>>()
            }
        }
    };
}

async fn database(location: &Location) -> eyre::Result<Database> {
    let opened = match location {
        Location::Sqlite(folder) => {
            let path = folder.join("keeper.sqlite");
            let options = SqliteConnectOptions::new().filename(&path).read_only(true);
            SqlitePool::connect_with(options).await.map(Database::Sqlite)
        }
        Location::Postgres { url, .. } => PgPool::connect(url).await.map(Database::Postgres),
    };
    opened.wrap_err_with(|| format!("cannot read {}", location.place()))
}

/// Audits the account of a lane. The keeper should have come to rest before: see [`come_to_rest`].
///
/// # Errors
/// When chain or database cannot be read.
pub async fn audit(location: &Location, chain: &Anvil, account: Address) -> eyre::Result<Audit> {
    let mined = mined(chain, account, 0).await?;
    audit_mined(location, chain.chain_id(), account, &mined).await
}

/// [`audit`] with the account's transactions given: all of them.
///
/// # Errors
/// When the database cannot be read.
pub async fn audit_mined(location: &Location, chain: u64, account: Address, mined: &[Mined]) -> eyre::Result<Audit> {
    let database = database(location).await?;
    let id = i64::try_from(chain)?;
    let signer = account.to_vec();
    let attempts: BTreeMap<B256, (String, Option<String>)> = read!(
        database,
        "SELECT a.hash, a.kind, i.effect FROM attempts a LEFT JOIN intents i ON i.id = a.intent_id
         WHERE a.chain_id = $1 AND a.signer = $2",
        [id, signer.clone()],
        row => (B256::try_from(row.try_get::<&[u8], _>(0)?)?, (row.try_get(1)?, row.try_get(2)?))
    )?;
    let slots: BTreeMap<u64, (Option<String>, Option<Vec<u8>>)> = read!(
        database,
        "SELECT nonce, ended, winner FROM slots WHERE chain_id = $1 AND signer = $2",
        [id, signer.clone()],
        row => (u64::try_from(row.try_get::<i64, _>(0)?)?, (row.try_get(1)?, row.try_get(2)?))
    )?;
    let effects: BTreeSet<String> = read!(
        database,
        "SELECT effect FROM intents WHERE chain_id = $1",
        [id],
        row => row.try_get(0)?
    )?;

    let mut report = Audit {
        effects_wanted: effects.len(),
        ..Audit::default()
    };
    let mut done: BTreeMap<&str, usize> = BTreeMap::new();
    let mut used = BTreeSet::new();
    for transaction in mined {
        used.insert(transaction.nonce);
        report.reverted += usize::from(!transaction.success);
        let slot = slots.get(&transaction.nonce);
        match attempts.get(&transaction.hash) {
            None => report.unknown.push(transaction.nonce),
            Some((kind, effect)) => {
                if kind == "payload" && transaction.success {
                    *done.entry(effect.as_deref().unwrap_or("?")).or_default() += 1;
                }
                let winner = slot.and_then(|(_, winner)| winner.as_deref());
                if winner != Some(transaction.hash.as_slice()) {
                    report.orphans.push(format!(
                        "{}: won by {}, stored {winner:?}",
                        transaction.nonce, transaction.hash
                    ));
                }
            }
        }
        if slot.is_some_and(|(ended, _)| ended.is_none()) {
            report
                .orphans
                .push(format!("{}: used on chain, open in the database", transaction.nonce));
        }
    }
    for (nonce, (ended, _)) in &slots {
        if !used.contains(nonce) {
            report.orphans.push(format!(
                "{nonce}: {} in the database, unused on chain",
                ended.as_deref().unwrap_or("open")
            ));
        }
    }
    report.duplicated = done
        .iter()
        .filter(|(_, n)| **n > 1)
        .map(|(effect, n)| format!("{effect}: {n} times"))
        .collect();
    report.effects_done = done.len();
    Ok(report)
}

/// The signed transactions that a database holds for a nonce of any account, oldest first: hash and bytes.
///
/// # Errors
/// When the database cannot be read.
pub async fn attempts(location: &Location, nonce: u64) -> eyre::Result<Vec<(B256, Vec<u8>)>> {
    let database = database(location).await?;
    read!(
        database,
        "SELECT hash, raw FROM attempts WHERE nonce = $1 ORDER BY signed_at_ms",
        [i64::try_from(nonce)?],
        row => (B256::try_from(row.try_get::<&[u8], _>(0)?)?, row.try_get(1)?)
    )
}

/// Waits until no intent and no slot of the database is open.
///
/// # Errors
/// When something is still open after `limit`; what it is is in the error.
pub async fn come_to_rest(location: &Location, limit: Duration) -> eyre::Result<()> {
    let end = Instant::now() + limit;
    loop {
        let open = rows(
            location,
            "SELECT effect || ' ' || state || coalesce(' ' || parked, '') || coalesce(' nonce ' || nonce, '') FROM intents
             WHERE state NOT IN ('final', 'cancelled', 'superseded', 'rejected')
             UNION ALL SELECT 'slot ' || nonce FROM slots WHERE ended IS NULL",
        )
        .await?;
        if open.is_empty() {
            return Ok(());
        }
        if Instant::now() > end {
            bail!("still open after {limit:?}: {open:?}");
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Rows of a query with one text column, for tests that look at states.
///
/// # Errors
/// When the database cannot be read.
pub async fn rows(location: &Location, sql: &'static str) -> eyre::Result<Vec<String>> {
    let database = database(location).await?;
    read!(database, sql, [], row => row.try_get(0)?)
}

/// Compares the derived tables of two databases of the same chain, up to the lower of their finalized blocks.
///
/// # Errors
/// When they differ (the first difference is in the error), or one of them has indexed nothing.
pub async fn ensure_same_index(chain: u64, left: &Location, right: &Location) -> eyre::Result<usize> {
    let (left, right) = (SqlStore::open_beside(left).await?, SqlStore::open_beside(right).await?);
    let chain = ChainId(chain);
    let (a, b) = (left.finalized(chain).await?, right.finalized(chain).await?);
    let (Some(a), Some(b)) = (a, b) else {
        bail!("one of the two has no finalized block yet")
    };
    let up_to = Height(a.height.0.min(b.height.0));
    let (a, b) = (
        left.derived_dump(chain, up_to).await?,
        right.derived_dump(chain, up_to).await?,
    );
    ensure!(!a.is_empty(), "nothing was derived up to block {up_to}");
    if let Some((x, y)) = a.iter().zip(&b).find(|(x, y)| x != y) {
        bail!("derived tables differ up to block {up_to}:\n  {x}\n  {y}");
    }
    ensure!(
        a.len() == b.len(),
        "derived tables have {} and {} rows up to block {up_to}",
        a.len(),
        b.len()
    );
    Ok(a.len())
}

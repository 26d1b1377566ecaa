//! Rows about wallets, skills, badges and scores. Each event is one row of one table.

use alloy::primitives::{Address, U256};
use async_trait::async_trait;

use super::derived::Shown::{self, Bytes, Number};
use super::index::id;
use super::statement::{Row, Tx, Value, statement};
use super::{SqlStore, address, corrupt, int, u256, unsigned};
use crate::model::{ChainId, Height};
use crate::store::{SkillContracts, SkillEvent, SkillRow, SkillStore, StoreError};

/// The columns of each table behind chain, height and log index.
pub(super) const TABLES: [(&str, &[Shown]); 8] = [
    (
        "skills",
        &[
            Number("time"),
            Bytes("contract"),
            Number("skill"),
            Number("first_level_xp"),
            Number("level_step_xp"),
            Number("max_level"),
            Number("grace_seconds"),
            Number("decay_xp_per_day"),
        ],
    ),
    (
        "skill_changes",
        &[
            Number("time"),
            Bytes("contract"),
            Bytes("wallet"),
            Number("skill"),
            Bytes("validator"),
            Number("added"),
            Number("taken"),
            Number("xp"),
        ],
    ),
    (
        "wallet_moves",
        &[
            Number("time"),
            Bytes("contract"),
            Bytes("wallet"),
            Bytes("from_account"),
            Bytes("to_account"),
        ],
    ),
    (
        "badges",
        &[
            Number("time"),
            Bytes("contract"),
            Bytes("badge"),
            Number("soulbound"),
            Number("expires_at"),
            Number("skill"),
            Number("level"),
        ],
    ),
    (
        "badge_moves",
        &[
            Number("time"),
            Bytes("contract"),
            Bytes("from_account"),
            Bytes("to_account"),
            Bytes("badges"),
            Bytes("amounts"),
            Number("batch"),
        ],
    ),
    (
        "badge_freezes",
        &[
            Number("time"),
            Bytes("contract"),
            Bytes("wallet"),
            Bytes("badge"),
            Number("frozen"),
        ],
    ),
    (
        "score_reports",
        &[
            Number("time"),
            Bytes("contract"),
            Number("observed_at"),
            Bytes("updates"),
        ],
    ),
    (
        "score_holds",
        &[
            Number("time"),
            Bytes("contract"),
            Bytes("wallet"),
            Number("score"),
            Number("since"),
        ],
    ),
];

fn word(value: &U256) -> Vec<u8> {
    value.to_be_bytes::<32>().to_vec()
}

fn words(values: &[U256]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes::<32>()).collect()
}

/// The table of an event, and the values of its columns behind time and contract.
pub(super) fn values(event: &SkillEvent) -> Result<(&'static str, Vec<Value<'static>>), StoreError> {
    Ok(match event {
        SkillEvent::SkillDefined {
            skill,
            first_level_xp,
            level_step_xp,
            max_level,
            grace_seconds,
            decay_xp_per_day,
        } => (
            "skills",
            vec![
                i64::from(*skill).into(),
                i64::from(*first_level_xp).into(),
                i64::from(*level_step_xp).into(),
                i64::from(*max_level).into(),
                i64::from(*grace_seconds).into(),
                i64::from(*decay_xp_per_day).into(),
            ],
        ),
        SkillEvent::SkillChanged {
            wallet,
            skill,
            validator,
            added,
            taken,
            xp,
        } => (
            "skill_changes",
            vec![
                word(wallet).into(),
                i64::from(*skill).into(),
                validator.to_vec().into(),
                int("skill_changes.added", *added)?.into(),
                int("skill_changes.taken", *taken)?.into(),
                int("skill_changes.xp", *xp)?.into(),
            ],
        ),
        SkillEvent::WalletMoved { wallet, from, to } => (
            "wallet_moves",
            vec![word(wallet).into(), from.to_vec().into(), to.to_vec().into()],
        ),
        SkillEvent::BadgeCreated {
            badge,
            soulbound,
            expires_at,
            skill,
            level,
        } => (
            "badges",
            vec![
                word(badge).into(),
                i64::from(*soulbound).into(),
                int("badges.expires_at", *expires_at)?.into(),
                i64::from(*skill).into(),
                i64::from(*level).into(),
            ],
        ),
        SkillEvent::BadgesMoved {
            from,
            to,
            badges,
            amounts,
            batch,
        } => (
            "badge_moves",
            vec![
                from.to_vec().into(),
                to.to_vec().into(),
                words(badges).into(),
                words(amounts).into(),
                i64::from(*batch).into(),
            ],
        ),
        SkillEvent::BadgeFrozen { wallet, badge, frozen } => (
            "badge_freezes",
            vec![word(wallet).into(), word(badge).into(), i64::from(*frozen).into()],
        ),
        SkillEvent::ScoresReported { observed_at, updates } => (
            "score_reports",
            vec![
                int("score_reports.observed_at", *observed_at)?.into(),
                words(updates).into(),
            ],
        ),
        SkillEvent::ScoreHeld { wallet, score, since } => (
            "score_holds",
            vec![
                word(wallet).into(),
                i64::from(*score).into(),
                since.map(|since| int("score_holds.since", since)).transpose()?.into(),
            ],
        ),
    })
}

fn small<T: TryFrom<i64>>(row: &Row, column: &'static str) -> Result<T, StoreError> {
    let value: i64 = row.try_get(column)?;
    T::try_from(value).map_err(|_| corrupt(column, value))
}

fn number(row: &Row, column: &'static str) -> Result<u64, StoreError> {
    unsigned(column, row.try_get(column)?)
}

fn account(row: &Row, column: &'static str) -> Result<Address, StoreError> {
    address(column, &row.try_get::<Vec<u8>>(column)?)
}

fn large(row: &Row, column: &'static str) -> Result<U256, StoreError> {
    u256(column, &row.try_get::<Vec<u8>>(column)?)
}

fn list(row: &Row, column: &'static str) -> Result<Vec<U256>, StoreError> {
    let bytes: Vec<u8> = row.try_get(column)?;
    bytes.chunks(32).map(|word| u256(column, word)).collect()
}

fn event(table: &str, row: &Row) -> Result<SkillEvent, StoreError> {
    Ok(match table {
        "skills" => SkillEvent::SkillDefined {
            skill: small(row, "skill")?,
            first_level_xp: small(row, "first_level_xp")?,
            level_step_xp: small(row, "level_step_xp")?,
            max_level: small(row, "max_level")?,
            grace_seconds: small(row, "grace_seconds")?,
            decay_xp_per_day: small(row, "decay_xp_per_day")?,
        },
        "skill_changes" => SkillEvent::SkillChanged {
            wallet: large(row, "wallet")?,
            skill: small(row, "skill")?,
            validator: account(row, "validator")?,
            added: number(row, "added")?,
            taken: number(row, "taken")?,
            xp: number(row, "xp")?,
        },
        "wallet_moves" => SkillEvent::WalletMoved {
            wallet: large(row, "wallet")?,
            from: account(row, "from_account")?,
            to: account(row, "to_account")?,
        },
        "badges" => SkillEvent::BadgeCreated {
            badge: large(row, "badge")?,
            soulbound: number(row, "soulbound")? != 0,
            expires_at: number(row, "expires_at")?,
            skill: small(row, "skill")?,
            level: small(row, "level")?,
        },
        "badge_moves" => SkillEvent::BadgesMoved {
            from: account(row, "from_account")?,
            to: account(row, "to_account")?,
            badges: list(row, "badges")?,
            amounts: list(row, "amounts")?,
            batch: number(row, "batch")? != 0,
        },
        "badge_freezes" => SkillEvent::BadgeFrozen {
            wallet: large(row, "wallet")?,
            badge: large(row, "badge")?,
            frozen: number(row, "frozen")? != 0,
        },
        "score_reports" => SkillEvent::ScoresReported {
            observed_at: number(row, "observed_at")?,
            updates: list(row, "updates")?,
        },
        "score_holds" => SkillEvent::ScoreHeld {
            wallet: large(row, "wallet")?,
            score: small(row, "score")?,
            since: row
                .try_get::<Option<i64>>("since")?
                .map(|since| unsigned("score_holds.since", since))
                .transpose()?,
        },
        other => return Err(corrupt("table", other)),
    })
}

async fn rows(
    tx: &mut Tx,
    chain: ChainId,
    table: &'static str,
    contract: Address,
) -> Result<Vec<SkillRow>, StoreError> {
    // The names are the constants above.
    let rows = statement(format!("SELECT * FROM {table} WHERE chain_id = $1 AND contract = $2"))
        .bind(id(chain)?)
        .bind(contract.to_vec())
        .fetch_all(tx)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(SkillRow {
                height: Height(number(row, "height")?),
                log_index: number(row, "log_index")?,
                time: number(row, "time")?,
                event: event(table, row)?,
            })
        })
        .collect()
}

#[async_trait]
impl SkillStore for SqlStore {
    async fn skill_rows(&self, chain: ChainId, contracts: &SkillContracts) -> Result<Vec<SkillRow>, StoreError> {
        let mut tx = self.long.begin_read().await?;
        let mut all = Vec::new();
        for (table, _) in TABLES {
            let contract = match table {
                "skills" | "skill_changes" | "wallet_moves" => contracts.wallets,
                "badges" | "badge_moves" | "badge_freezes" => contracts.badges,
                _ => contracts.reputation,
            };
            all.extend(rows(&mut tx, chain, table, contract).await?);
        }
        all.sort_unstable_by_key(|row| (row.height, row.log_index));
        Ok(all)
    }
}

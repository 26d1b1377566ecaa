//! Pauses and halts.

use async_trait::async_trait;

use super::statement::statement;
use super::{SqlStore, int, unsigned};
use crate::model::ChainId;
use crate::store::{OperatorStore, Pause, PauseSubject, StoreError};

#[async_trait]
impl OperatorStore for SqlStore {
    async fn pauses(&self) -> Result<Vec<Pause>, StoreError> {
        let rows = statement("SELECT subject, who, why, at FROM pauses WHERE ended_at IS NULL ORDER BY subject")
            .fetch_all(&self.read)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Pause {
                    subject: PauseSubject(row.try_get("subject")?),
                    who: row.try_get("who")?,
                    why: row.try_get("why")?,
                    at: unsigned("pauses.at", row.try_get("at")?)?,
                })
            })
            .collect()
    }

    async fn pause(&self, pause: &Pause) -> Result<(), StoreError> {
        let at = int("pauses.at", pause.at)?;
        let mut tx = self.begin_operator().await?;
        statement("UPDATE pauses SET ended_at = $1, ended_who = $2, ended_why = 'replaced' WHERE subject = $3 AND ended_at IS NULL")
            .bind(at)
            .bind(&pause.who)
            .bind(&pause.subject.0)
            .execute(&mut tx)
            .await?;
        statement("INSERT INTO pauses (subject, who, why, at) VALUES ($1, $2, $3, $4)")
            .bind(&pause.subject.0)
            .bind(&pause.who)
            .bind(&pause.why)
            .bind(at)
            .execute(&mut tx)
            .await?;
        tx.commit().await
    }

    async fn resume(&self, subject: &PauseSubject, who: &str, why: &str, at: u64) -> Result<bool, StoreError> {
        let mut tx = self.begin_operator().await?;
        let done = statement(
            "UPDATE pauses SET ended_at = $1, ended_who = $2, ended_why = $3 WHERE subject = $4 AND ended_at IS NULL",
        )
        .bind(int("pauses.ended_at", at)?)
        .bind(who)
        .bind(why)
        .bind(&subject.0)
        .execute(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(done > 0)
    }

    async fn clear_halt(&self, chain: ChainId, who: &str, why: &str, at: u64) -> Result<bool, StoreError> {
        let mut tx = self.begin_operator().await?;
        let done = statement(
            "UPDATE halts SET ended_at = $1, ended_who = $2, ended_why = $3 WHERE chain_id = $4 AND ended_at IS NULL",
        )
        .bind(int("halts.ended_at", at)?)
        .bind(who)
        .bind(why)
        .bind(int("halts.chain_id", chain.0)?)
        .execute(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(done > 0)
    }
}

//! The model's recoveries: who may bring a wallet to whom, and when.

use super::{
    action::Action,
    fixture::guardian_is,
    model::{DAY, Model, Recovery, Refusal, ensure},
};

impl Model {
    pub(super) fn propose(&mut self, id: u64, to: usize, approvals: &[u8], now: u64) -> Result<(), Refusal> {
        let free = self.free(to, "SKILL-8");
        let took_back = self.took_back(id, to, approvals, now);
        // One whose recipient can no longer be given a wallet holds up no other.
        let before = self.wallets.get(&id).and_then(|wallet| wallet.pending(now));
        let held_up = before.is_some_and(|before| self.free(before.to, "SKILL-8").is_ok());
        let wallet = self.living(id, "SKILL-9")?;
        ensure(!held_up, "SKILL-10")?;
        free?;
        ensure(
            wallet.recovered_at == 0 || now >= wallet.recovered_at + 180 * DAY,
            "SKILL-10",
        )?;
        let guardians = wallet.guardians;
        let needed = if wallet.veto_used {
            guardians.members.count_ones()
        } else {
            u32::from(guardians.threshold)
        };
        let approved = guardians.counted(approvals).ok_or("SKILL-10")?;
        ensure(needed > 0 && approved >= needed, "SKILL-10")?;
        ensure(!took_back, "SKILL-12")?;
        let to_guardian = (0..8).any(|number| guardians.has(number) && guardian_is(usize::from(number)) == Some(to));
        ensure(!to_guardian, "SKILL-10")?;
        let is_final = wallet.veto_used;
        (wallet.proposed, wallet.burnable_at) = (None, None);
        wallet.recovery = Some(Recovery {
            to,
            completable_at: now + 7 * DAY,
            is_final,
        });
        wallet.proposals += 1;
        Ok(())
    }

    pub(super) fn complete(&mut self, who: usize, id: u64, now: u64) -> Result<(), Refusal> {
        let free = self.free(who, "SKILL-8");
        let wallet = self.living(id, "SKILL-9")?;
        let recovery = wallet.pending(now).ok_or("SKILL-10")?;
        ensure(recovery.to == who, "SKILL-1")?;
        ensure(now >= recovery.completable_at, "SKILL-10")?;
        free?;
        let from = wallet.owner.replace(who);
        (wallet.recovery, wallet.veto_used) = (None, false);
        wallet.recovered_at = now;
        if let Some(from) = from {
            (self.wallet_of[from], self.barred[from]) = (0, true);
        }
        self.wallet_of[who] = id;
        Ok(())
    }

    /// When the wallet of a completion was last recovered, and when this recovery was proposed.
    pub(crate) fn last_recovery(&self, action: &Action) -> Option<(u64, u64)> {
        let Action::Complete { wallet, .. } = action else {
            return None;
        };
        let wallet = self.wallets.get(wallet)?;
        Some((wallet.recovered_at, wallet.recovery?.completable_at - 7 * DAY))
    }
}

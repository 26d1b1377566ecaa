//! The model's guardians: who may bring a wallet to whom, and when.

use super::{
    action::Action,
    fixture::guardian_is,
    model::{DAY, Guardians, Model, Recovery, Refusal, ensure},
};

impl Model {
    pub(super) fn set_guardians(&mut self, who: usize, members: u8, threshold: u8, now: u64) -> Result<(), Refusal> {
        let wallet = self.wallet_of_caller(who, "SKILL-9")?;
        let count = members.count_ones();
        let own = (0..8).any(|guardian| members >> guardian & 1 != 0 && guardian_is(guardian) == Some(who));
        let majority = u32::from(threshold) * 2 > count && u32::from(threshold) <= count;
        ensure(
            if count == 0 {
                threshold == 0
            } else {
                count >= 2 && majority && !own
            },
            "SKILL-10",
        )?;
        ensure(wallet.pending(now).is_none(), "SKILL-9")?;
        let guardians = Guardians { members, threshold };
        if wallet.guardians.threshold == 0 {
            wallet.guardians = guardians;
        } else {
            wallet.proposed = Some((guardians, now + 14 * DAY));
        }
        Ok(())
    }

    pub(super) fn propose(&mut self, wallet: u64, to: usize, approvals: u8, now: u64) -> Result<(), Refusal> {
        let free = self.free(to, "SKILL-8");
        let wallet = self.living(wallet, "SKILL-9")?;
        ensure(wallet.pending(now).is_none(), "SKILL-10")?;
        free?;
        ensure(
            wallet.recovered_at == 0 || now >= wallet.recovered_at + 180 * DAY,
            "SKILL-10",
        )?;
        let Guardians { members, threshold } = wallet.guardians;
        let needed = if wallet.veto_used {
            members.count_ones()
        } else {
            u32::from(threshold)
        };
        ensure(
            needed > 0 && approvals.count_ones() >= needed && approvals & !members == 0,
            "SKILL-10",
        )?;
        let to_guardian = (0..8).any(|guardian| members >> guardian & 1 != 0 && guardian_is(guardian) == Some(to));
        ensure(!to_guardian, "SKILL-10")?;
        let is_final = wallet.veto_used;
        (wallet.proposed, wallet.burnable_at) = (None, 0);
        wallet.recovery = Some(Recovery {
            to,
            completable_at: now + 7 * DAY,
            is_final,
        });
        wallet.nonce += 1;
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
        (wallet.recovered_at, wallet.burnable_at) = (now, 0);
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

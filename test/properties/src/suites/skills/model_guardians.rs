//! The model's guardians: who they are, and what the holder announced against them.

use super::{
    fixture::{GUARDIANS, guardian_is},
    flaw::{Flaw, Moment},
    message::deadline,
    model::{DAY, Guardians, Model, Refusal, Wallet, Withdrawn, alive, ensure},
};

impl Guardians {
    /// Whether a guardian is one of them.
    pub(super) fn has(self, number: u8) -> bool {
        usize::from(number) < GUARDIANS && self.members >> number & 1 != 0
    }

    /// How many different ones of them are in a list; nothing where it has a stranger, or does not ascend, as it has
    /// to.
    pub(super) fn counted(self, list: &[u8]) -> Option<u32> {
        let ascends = list.windows(2).all(|pair| pair[0] < pair[1]);
        let set = list.iter().filter(|number| self.has(**number));
        let distinct = set.fold(0_u8, |bits, number| bits | 1 << number).count_ones();
        (ascends && list.iter().all(|number| self.has(*number))).then_some(distinct)
    }
}

impl Model {
    /// What guardians of a wallet sign next: the proposals there were, beyond 2^32 for each set that another one took
    /// the place of.
    pub(crate) fn guardians_nonce(&self, wallet: u64) -> u64 {
        let of = |wallet: &Wallet| wallet.replaced * 4_294_967_296 + wallet.proposals;
        self.wallets.get(&wallet).map_or(0, of)
    }

    /// The moment that a cancellation names.
    pub(crate) fn moment(&self, wallet: u64, what: Moment, now: u64) -> u64 {
        let wallet = self.wallets.get(&wallet);
        let named = match what {
            Moment::Burn => wallet.and_then(|wallet| wallet.burnable_at),
            Moment::Change => wallet.and_then(|wallet| Some(wallet.proposed?.1)),
            Moment::Other => Some(now + 1),
        };
        named.unwrap_or(0)
    }

    pub(super) fn set_guardians(&mut self, who: usize, members: &[u8], threshold: u8, now: u64) -> Result<(), Refusal> {
        let wallet = self.wallet_of_caller(who, "SKILL-9")?;
        let count = members.len();
        let own = members
            .iter()
            .any(|guardian| guardian_is(usize::from(*guardian)) == Some(who));
        let known = members.iter().all(|guardian| usize::from(*guardian) < GUARDIANS);
        let ascends = members.windows(2).all(|pair| pair[0] < pair[1]);
        let majority = usize::from(threshold) * 2 > count && usize::from(threshold) <= count;
        ensure(
            if count == 0 {
                threshold == 0
            } else {
                count >= 2 && majority && !own && known && ascends
            },
            "SKILL-10",
        )?;
        ensure(wallet.pending(now).is_none(), "SKILL-9")?;
        let members = members.iter().fold(0, |bits, number| bits | 1 << number);
        let guardians = Guardians { members, threshold };
        if wallet.guardians.threshold == 0 {
            wallet.guardians = guardians;
        } else {
            wallet.proposed = Some((guardians, now + 14 * DAY));
        }
        Ok(())
    }

    /// Anybody lets an announced change count, from its time on and until it lapses.
    pub(super) fn accept_guardians(&mut self, wallet: u64, now: u64) -> Result<(), Refusal> {
        let wallet = self.living(wallet, "SKILL-11")?;
        let (guardians, acceptable_at) = wallet.proposed.ok_or("SKILL-11")?;
        ensure(alive(acceptable_at, now), "SKILL-12")?;
        ensure(now >= acceptable_at, "SKILL-11")?;
        (wallet.guardians, wallet.proposed, wallet.veto_used) = (guardians, None, false);
        wallet.replaced += 1;
        Ok(())
    }

    /// The threshold of guardians ends what is announced for a moment, whatever happened before and whenever.
    pub(super) fn cancel(&mut self, id: u64, what: Moment, approvals: &[u8], now: u64) -> Result<(), Refusal> {
        let ripens_at = self.moment(id, what, now);
        let guardians = self.wallets.get(&id).map(|wallet| wallet.guardians).unwrap_or_default();
        let approved = guardians.counted(approvals).ok_or("SKILL-11")?;
        ensure(
            guardians.threshold > 0 && approved >= u32::from(guardians.threshold),
            "SKILL-11",
        )?;
        self.end_announced(id, ripens_at, now)
    }

    /// Whatever is announced for a moment is off.
    pub(super) fn end_announced(&mut self, wallet: u64, ripens_at: u64, now: u64) -> Result<(), Refusal> {
        let wallet = self.wallets.get_mut(&wallet).ok_or("SKILL-11")?;
        let burn = wallet.burnable_at == Some(ripens_at) && alive(ripens_at, now);
        let change = wallet.proposed.is_some_and(|(_, time)| time == ripens_at) && alive(ripens_at, now);
        if burn {
            wallet.burnable_at = None;
        }
        if change {
            wallet.proposed = None;
        }
        ensure(burn || change, "SKILL-12")
    }

    /// The holder thinks better of it.
    pub(super) fn drop_announced(&mut self, who: usize, burn: bool, now: u64) -> Result<(), Refusal> {
        let wallet = self.wallet_of_caller(who, "SKILL-12")?;
        let ripens_at = if burn {
            wallet.burnable_at.take()
        } else {
            wallet.proposed.take().map(|(_, time)| time)
        };
        ensure(ripens_at.is_some_and(|time| alive(time, now)), "SKILL-12")
    }

    /// A guardian takes back what it would sign now.
    pub(super) fn withdraw(&mut self, guardian: u8, wallet: u64, to: usize, now: u64) {
        self.withdrawn.push(Withdrawn {
            guardian: guardian % GUARDIANS as u8,
            wallet,
            to,
            nonce: self.guardians_nonce(wallet),
            deadline: deadline(Flaw::None, now).to::<u64>(),
        });
    }

    /// Whether one of these guardians took back what it would have to have signed now.
    pub(super) fn took_back(&self, wallet: u64, to: usize, approvals: &[u8], now: u64) -> bool {
        let (nonce, deadline) = (self.guardians_nonce(wallet), deadline(Flaw::None, now).to::<u64>());
        self.withdrawn.iter().any(|one| {
            approvals.contains(&one.guardian)
                && (one.wallet, one.to, one.nonce, one.deadline) == (wallet, to, nonce, deadline)
        })
    }
}

//! SKILL-9 as a story: guardians who notice bring a wallet home, whatever somebody with the holder's key does between their steps.

use super::{
    Skills,
    action::{Action, Flaw},
    fixture::guardian_is,
    model::DAY,
};
use crate::engine::{Verdict, Violation};

/// All guardians propose, are vetoed, propose again at once, and the new account completes. Only where the promise holds: the wallet has
/// guardians, none of them the new account, which is free, no recovery came within 180 days, and no change of guardians is ripe.
pub(super) fn rescue(suite: &mut Skills, wallet: u64, to: usize, thief: u8) -> Result<Verdict, Violation> {
    let now = suite.now();
    let Some(state) = suite.model.wallets.get(&wallet) else {
        return Ok(Verdict::Void);
    };
    let Some(holder) = state.owner else {
        return Ok(Verdict::Void);
    };
    let members = state.guardians.members;
    let is_guardian = (0..8).any(|guardian| members >> guardian & 1 != 0 && guardian_is(guardian) == Some(to));
    let ripe = state.proposed.is_some_and(|(_, acceptable_at)| acceptable_at <= now);
    let too_early = state.recovered_at != 0 && now < state.recovered_at + 180 * DAY;
    let announced = state.burnable_at != 0 && state.burnable_at <= now;
    let taken = suite.model.wallet_of[to] != 0 || suite.model.barred[to];
    let pending = state.pending(now).is_some();
    if members == 0 || is_guardian || ripe || too_early || announced || taken || pending || to == holder {
        return Ok(Verdict::Refused);
    }
    let propose = Action::Propose {
        wallet,
        to,
        approvals: members,
        flaw: Flaw::None,
    };
    let harm = |suite: &mut Skills, bits: u8| -> Result<(), Violation> {
        let others = if members == 0b11 { 0b1100 } else { 0b11 };
        for (bit, action) in [
            (
                0,
                Action::SetGuardians {
                    who: holder,
                    members: others,
                    threshold: 2,
                },
            ),
            (
                1,
                Action::SetGuardians {
                    who: holder,
                    members: 0,
                    threshold: 0,
                },
            ),
            (2, Action::Burn { who: holder }),
            (3, Action::AcceptGuardians { wallet }),
            (4, Action::Mint { who: holder, auth: 0 }),
        ] {
            if bits >> bit & 1 != 0 {
                suite.one(&action)?;
            }
        }
        Ok(())
    };
    harm(suite, thief)?;
    suite.one(&propose)?;
    harm(suite, thief)?;
    suite.one(&Action::Wait { seconds: DAY })?;
    let vetoed = suite.one(&Action::Veto { who: holder })? == Verdict::Accepted;
    harm(suite, thief)?;
    if vetoed {
        suite.one(&propose)?;
        // The second veto is none.
        suite.one(&Action::Veto { who: holder })?;
        harm(suite, thief)?;
    }
    suite.one(&Action::Wait { seconds: 7 * DAY })?;
    suite.one(&Action::Veto { who: holder })?;
    suite.one(&Action::Complete { who: to, wallet })?;
    let owner = suite.model.wallets.get(&wallet).and_then(|state| state.owner);
    if owner != Some(to) {
        return Err(Violation::new(
            "SKILL-9",
            format!("wallet {wallet} was not brought to account {to}: {owner:?} has it"),
        ));
    }
    Ok(Verdict::Accepted)
}

//! SKILL-9 and SKILL-11 as a story: guardians who notice bring a wallet home, whatever state it is in and whatever
//! somebody with the holder's key does between their steps.

use super::{
    Skills,
    action::Action,
    fixture::guardian_is,
    flaw::{Flaw, Moment},
    message::numbers_of,
    model::{DAY, Model, alive},
};
use crate::engine::{Verdict, Violation};

/// Guardians end what is announced, ripe or not, as often as it takes: while another recovery is pending, and while
/// none can be proposed since the last one. Then all of them propose, are vetoed, propose again, and the new account
/// completes. Left out are only wallets without guardians and worlds in which nobody can be given a wallet.
pub(super) fn rescue(suite: &mut Skills, wallet: u64, to: usize, thief: u8) -> Result<Verdict, Violation> {
    let Some(state) = suite.model.wallets.get(&wallet) else {
        return Ok(Verdict::Void);
    };
    let Some(holder) = state.owner else {
        return Ok(Verdict::Void);
    };
    let guardians = state.guardians;
    let fits = |model: &Model, one: usize| {
        model.free(one, "").is_ok() && !(0..8).any(|g| guardians.has(g) && guardian_is(usize::from(g)) == Some(one))
    };
    let people = suite.model.wallet_of.len() - 1;
    let Some(to) = (0..people)
        .map(|offset| (to + offset) % people)
        .find(|one| fits(&suite.model, *one))
    else {
        return Ok(Verdict::Refused);
    };
    if guardians.threshold == 0 {
        return Ok(Verdict::Refused);
    }
    let members = numbers_of(guardians.members);
    let enough = members[..usize::from(guardians.threshold)].to_vec();
    let harm = |suite: &mut Skills, bits: u8| -> Result<(), Violation> {
        let others = if guardians.members == 0b11 {
            vec![2, 3]
        } else {
            vec![0, 1]
        };
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
                    members: Vec::new(),
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
    let cancel = |suite: &mut Skills| -> Result<(), Violation> {
        for what in [Moment::Burn, Moment::Change] {
            let (now, moment) = (suite.now(), suite.model.moment(wallet, what, suite.now()));
            if moment == 0 || !alive(moment, now) {
                continue;
            }
            suite.one(&Action::Cancel {
                wallet,
                what,
                approvals: enough.clone(),
                flaw: Flaw::None,
            })?;
        }
        Ok(())
    };
    cancel(suite)?;
    // As long as nothing can be proposed, nothing may count.
    for _ in 0..40 {
        let now = suite.now();
        let Some(state) = suite.model.wallets.get(&wallet) else {
            return Ok(Verdict::Void);
        };
        let barred = state.recovered_at != 0 && now < state.recovered_at + 180 * DAY;
        if state.pending(now).is_none() && !barred {
            break;
        }
        harm(suite, thief)?;
        suite.one(&Action::Wait { seconds: 13 * DAY })?;
        cancel(suite)?;
    }
    let propose = Action::Propose {
        wallet,
        to,
        approvals: members.clone(),
        flaw: Flaw::None,
    };
    harm(suite, thief)?;
    // Who took an approval back signs another one, with another deadline.
    while suite.model.took_back(wallet, to, &members, suite.now()) {
        suite.one(&Action::Wait { seconds: 1 })?;
    }
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
    let state = suite.model.wallets.get(&wallet);
    let (owner, kept) = (state.and_then(|state| state.owner), state.map(|state| state.guardians));
    if owner != Some(to) || kept != Some(guardians) {
        return Err(Violation::new(
            "SKILL-9",
            format!("wallet {wallet} was not brought to account {to}: {owner:?} has it, guarded by {kept:?}"),
        ));
    }
    Ok(Verdict::Accepted)
}

//! What governance, the guardian and the fee policy change about a pool: pauses, ramps, discounts.

use alloy_primitives::{Address, B256, LogData, U256};
use alloy_sol_types::SolEvent;
use serde::{Deserialize, Serialize};

use super::{
    abi::{IPolicy, IPoolManager},
    fixture::ACTORS,
    model::{Policy, Ramp},
    perform::Pools,
    replay::Writer,
};
use crate::engine::Violation;

const DAY: u64 = 86_400;
const MAX_PAUSE: u64 = 7 * DAY;
const COOLDOWN: u64 = 14 * DAY;
/// Times are kept in 40 bits.
const LAST_TIME: u64 = (1 << 40) - 1;

/// A pause of one thing. Seconds, 0 for never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pause {
    /// First second at which it does not count any more.
    pub until: u64,
    /// When the guardian last began to pause this.
    pub begun: u64,
    /// The guardian's is over, or governance ended or shortened it: not the guardian's to lengthen.
    pub done: bool,
}
/// Bit of the first pause flag in the words with the balances.
const FLAGS_AT: usize = 225;

/// One of these actions. `pool` as in [`super::Action`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Terms {
    /// By the guardian, for so many seconds.
    Pause {
        pool: usize,
        flags: u8,
        seconds: u32,
    },
    /// By governance, until so many seconds from now, or at once over.
    SetPause {
        pool: usize,
        flags: u8,
        seconds: u32,
    },
    ClearPauses {
        pool: usize,
    },
    Ramp {
        pool: usize,
        amplification: u32,
        seconds: u32,
    },
    /// The policy of every pool that has one behaves so from now on.
    Policy {
        mode: u8,
        fee: U256,
        favoured: Option<usize>,
    },
}

impl Terms {
    /// All kinds.
    pub const KINDS: [&'static str; 5] = ["pause", "set pause", "clear pauses", "ramp", "set policy"];

    pub(crate) fn kind(&self) -> &'static str {
        Self::KINDS[match self {
            Self::Pause { .. } => 0,
            Self::SetPause { .. } => 1,
            Self::ClearPauses { .. } => 2,
            Self::Ramp { .. } => 3,
            Self::Policy { .. } => 4,
        }]
    }

    pub(crate) fn pool(&mut self) -> Option<&mut usize> {
        match self {
            Self::Pause { pool, .. }
            | Self::SetPause { pool, .. }
            | Self::ClearPauses { pool }
            | Self::Ramp { pool, .. } => Some(pool),
            Self::Policy { .. } => None,
        }
    }

    pub(crate) fn perform(&self, pools: &mut Pools) -> Result<bool, Violation> {
        match self {
            Self::Pause { pool, flags, seconds } => pools.pause(*pool, *flags, u64::from(*seconds)),
            Self::SetPause { pool, flags, seconds } => pools.set_pause(*pool, *flags, u64::from(*seconds)),
            Self::ClearPauses { pool } => pools.clear_pauses(*pool),
            Self::Ramp {
                pool,
                amplification,
                seconds,
            } => pools.ramp(*pool, *amplification, u64::from(*seconds)),
            Self::Policy { mode, fee, favoured } => pools.set_policy(*mode, *fee, *favoured),
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        if let Self::Pause { pool, .. } | Self::SetPause { pool, .. } | Self::ClearPauses { pool } = self {
            let next = (pool + 1) % writer.pools.len().max(1);
            writer.line(&format!("ids = new bytes32[]({});", 1 + usize::from(next != *pool)));
            writer.line(&format!("ids[0] = idOf(keys[{pool}]);"));
            if next != *pool {
                writer.line(&format!("ids[1] = idOf(keys[{next}]);"));
            }
        }
        writer.line(&match self {
            Self::Pause { flags, seconds, .. } => format!("manager.pause(ids, {flags}, {seconds});"),
            Self::SetPause { flags, seconds, .. } => {
                format!("manager.setPause(ids, {flags}, block.timestamp + {seconds});")
            }
            Self::ClearPauses { .. } => "manager.clearExpiredPauses(ids);".to_owned(),
            Self::Ramp {
                pool,
                amplification,
                seconds,
            } => format!("manager.rampAmplification(keys[{pool}], {amplification}, block.timestamp + {seconds});"),
            Self::Policy { mode, fee, favoured } => {
                let favoured = favoured.map_or("address(0)".to_owned(), |account| format!("actors[{account}]"));
                format!("policy.set(Oracle.Mode({mode}), {fee}); policy.favour({favoured});")
            }
        });
    }
}

impl Pools {
    /// POOL-11: 1 second to 7 days from its beginning, and the same flag again after 14; never shorter than it was.
    /// What cannot be is left out, and the rest is done.
    fn pause(&mut self, pool: usize, flags: u8, seconds: u64) -> Result<bool, Violation> {
        let (now, both) = (self.now(), self.neighbours(pool));
        let call = IPoolManager::pauseCall {
            poolIds: self.ids(&both),
            flags: U256::from(flags),
            duration: U256::from(seconds),
        };
        let done = self.call(ACTORS, &call).returned().is_some();
        let events = self.events();
        let named: Vec<usize> = (0..3).filter(|flag| flags >> flag & 1 != 0).collect();
        let may = (1..=7).contains(&flags) && (1..=MAX_PAUSE).contains(&seconds);
        if done != may {
            let detail = format!("a pause of {flags} for {seconds} s was {done} and should be {may} at {now}");
            return Err(Violation::new("POOL-11", detail));
        }
        let mut expected = Vec::new();
        for pool in both.iter().filter(|_| done) {
            let model = &mut self.model.pools[*pool];
            for flag in &named {
                let before = model.pauses[*flag];
                let after = by_guardian(before, now, seconds);
                let asked_for_less = before.until >= now + seconds;
                model.pauses[*flag] = after;
                expected.push(match after == before && !asked_for_less {
                    true => pause_skipped(model.id, 1 << flag, before.begun + COOLDOWN),
                    false => pause_set(model.id, 1 << flag, after.until),
                });
            }
        }
        Self::check_events(&events, &expected, "a pause")?;
        self.check_pauses(&both)?;
        Ok(done)
    }

    pub(crate) fn set_pause(&mut self, pool: usize, flags: u8, seconds: u64) -> Result<bool, Violation> {
        let (now, both) = (self.now(), self.neighbours(pool));
        let until = now + seconds;
        let call = IPoolManager::setPauseCall {
            poolIds: self.ids(&both),
            flags: U256::from(flags),
            until: U256::from(until),
        };
        let done = self.call(ACTORS, &call).returned().is_some();
        let events = self.events();
        let may = (1..=7).contains(&flags);
        if done != may {
            let detail = format!("governance's pause of {flags} was {done} and should be {may}");
            return Err(Violation::new("POOL-11", detail));
        }
        let until = until.min(LAST_TIME);
        let mut expected = Vec::new();
        for pool in both.iter().filter(|_| done) {
            let model = &mut self.model.pools[*pool];
            for flag in (0..3).filter(|flag| flags >> flag & 1 != 0) {
                let before = model.pauses[flag];
                let is_its_own = !before.done && now < before.until && until >= before.until;
                model.pauses[flag] = Pause { until, done: !is_its_own, ..before };
            }
            expected.push(pause_set(model.id, flags, until));
        }
        Self::check_events(&events, &expected, "a pause by governance")?;
        self.check_pauses(&both)?;
        Ok(done)
    }

    /// POOL-11: what is over stops nothing, cleared or not, and clearing it stops nothing that is not over; afterwards
    /// no entry reads it.
    fn clear_pauses(&mut self, pool: usize) -> Result<bool, Violation> {
        let (now, both) = (self.now(), self.neighbours(pool));
        let call = IPoolManager::clearExpiredPausesCall {
            poolIds: self.ids(&both),
        };
        let outcome = self.call(0, &call);
        if outcome.returned().is_none() {
            return Err(Violation::new("POOL-11", format!("clearing failed: {outcome:?}")));
        }
        for pool in &both {
            let model = &self.model.pools[*pool];
            let word = self.machine.slot(self.fixture.manager, model.pair_slots[0]);
            let over = (0..3).filter(|flag| !model.is_paused_at(*flag, now));
            if over.into_iter().any(|flag| word.bit(FLAGS_AT + flag)) {
                let detail = format!("a pause that is over was not cleared: {:?} at {now}", model.pauses);
                return Err(Violation::new("POOL-11", detail));
            }
        }
        self.check_pauses(&both)?;
        Ok(true)
    }

    /// Pools that are paused together: one, and the next one where there is another.
    fn neighbours(&self, pool: usize) -> Vec<usize> {
        let next = (pool + 1) % self.model.pools.len();
        if next == pool { vec![pool] } else { vec![pool, next] }
    }

    fn ids(&self, pools: &[usize]) -> Vec<B256> {
        pools.iter().map(|pool| self.model.pools[*pool].id).collect()
    }

    fn check_pauses(&mut self, pools: &[usize]) -> Result<(), Violation> {
        let now = self.now();
        for (pool, flag) in pools.iter().flat_map(|pool| (0..3).map(move |flag| (*pool, flag))) {
            let call = IPoolManager::pausedUntilCall {
                poolId: self.model.pools[pool].id,
                flag: U256::from(1 << flag),
            };
            let until = self.model.pools[pool].pauses[flag].until;
            let expected = U256::from(if until > now { until } else { 0 });
            let outcome = self.call(0, &call);
            if outcome.returned().map(|data| U256::from_be_slice(data)) != Some(expected) {
                let detail = format!("flag {flag} is paused until {expected}, not {outcome:?}");
                return Err(Violation::new("POOL-11", detail));
            }
        }
        Ok(())
    }

    /// POOL-16: at most to the double or half, in a day to a year, from where it is; nothing is charged for it.
    fn ramp(&mut self, pool: usize, amplification: u32, seconds: u64) -> Result<bool, Violation> {
        let now = self.now();
        let call = IPoolManager::rampAmplificationCall {
            key: self.model.pools[pool].key.clone(),
            amplification: U256::from(amplification),
            end: U256::from(now + seconds),
        };
        let outcome = self.call(ACTORS, &call);
        let events = self.events();
        let model = &self.model.pools[pool];
        let n = model.size() as u64;
        let last = (u64::from(amplification) * n) << 32;
        let ramp = Ramp::new(model.ann, last, now, now + seconds.max(1));
        let (first, fee) = (ramp.first, u64::from(model.spec.policy.unwrap_or(model.spec.fee)));
        let may = model.is_stable()
            && (1..=50_000).contains(&amplification)
            && last <= 2 * first
            && first <= 2 * last
            && (DAY..=365 * DAY).contains(&seconds)
            && ramp.is_slow(fee);
        if outcome.returned().is_some() != may {
            let detail = format!("a ramp from {first} to {last} in {seconds} s: {outcome:?}, allowed {may}");
            return Err(Violation::new("POOL-16", detail));
        }
        if !may {
            return Ok(false);
        }
        self.model.pools[pool].ramp = Some(ramp);
        let (accrued, state) = self.check_accrual(pool, U256::ZERO, U256::ZERO)?;
        let event = IPoolManager::AmplificationRamped {
            poolId: self.model.pools[pool].id,
            firstX32: U256::from(first),
            lastX32: U256::from(last),
            start: U256::from(now),
            end: U256::from(now + seconds),
        };
        let expected = self.charged(pool, accrued, event.encode_log_data());
        Self::check_events(&events, &expected, "a ramp")?;
        let total = self.model.pools[pool].supply + accrued;
        self.adopt(pool, &state);
        self.check_value(pool, total)?;
        self.check_ann(pool)?;
        Ok(true)
    }

    /// POOL-16: the amplification is where everybody computes it.
    pub(crate) fn check_ann(&mut self, pool: usize) -> Result<(), Violation> {
        let key = self.model.pools[pool].key.clone();
        let outcome = self.call(0, &IPoolManager::amplificationTimesTokensCall { key });
        let ann = self.model.pools[pool].ann;
        if outcome.returned().map(|data| U256::from_be_slice(data)) != Some(U256::from(ann >> 32)) {
            let detail = format!(
                "the amplification is {outcome:?}, not {ann} by {:?}",
                self.model.pools[pool].ramp
            );
            return Err(Violation::new("POOL-16", detail));
        }
        Ok(())
    }

    /// POOL-14: what follows is judged by {fee_for}.
    fn set_policy(&mut self, mode: u8, fee: U256, favoured: Option<usize>) -> Result<bool, Violation> {
        let account = favoured.map_or(Address::ZERO, |account| self.fixture.account(account));
        for data in [
            alloy_sol_types::SolCall::abi_encode(&IPolicy::setCall { mode, value: fee }),
            alloy_sol_types::SolCall::abi_encode(&IPolicy::favourCall { trader: account }),
        ] {
            let outcome = self.machine.call(self.fixture.admin, self.fixture.policy, data);
            if outcome.returned().is_none() {
                return Ok(false);
            }
        }
        self.model.policy = Policy { mode, fee, favoured };
        Ok(true)
    }
}

/// The pause after the guardian asked for one of so many seconds: a new one where none is and 14 days have passed since
/// the last began; else what is left of 7 days since then, unless governance ended or shortened it.
fn by_guardian(pause: Pause, now: u64, seconds: u64) -> Pause {
    let Pause { until, begun, done } = pause;
    let may_begin = begun == 0 || now >= begun + COOLDOWN;
    match (may_begin, now < until && !done) {
        (true, _) if now + seconds > until => Pause {
            until: now + seconds,
            begun: now,
            done: false,
        },
        (false, true) => Pause {
            until: until.max((now + seconds).min(begun + MAX_PAUSE)),
            ..pause
        },
        _ => pause,
    }
}

fn pause_skipped(id: B256, flags: u8, not_before: u64) -> LogData {
    IPoolManager::PauseSkipped {
        poolId: id,
        flag: U256::from(flags),
        notBefore: U256::from(not_before),
    }
    .encode_log_data()
}

fn pause_set(id: B256, flags: u8, until: u64) -> LogData {
    IPoolManager::PauseSet {
        poolId: id,
        flags: U256::from(flags),
        until: U256::from(until),
    }
    .encode_log_data()
}

//! What the manager's storage and the tokens' should be.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256, keccak256};
use num_bigint::{BigInt, BigUint};

use super::{action::Spec, fixture::Fixture, terms::Pause};
use crate::exact::StablePool;

/// Largest balance of a pool.
pub(crate) const MASK: U256 = U256::from_limbs([u64::MAX, (1 << 48) - 1, 0, 0]);
pub(crate) const MILLION: u64 = 1_000_000;
/// Shares that exist in every supply and belong to nobody.
pub(crate) const LOCKED: u64 = 1_000;
pub(crate) const WAD: u64 = 1_000_000_000_000_000_000;

/// Places of the pause flags that stop an entry.
pub(crate) const STOPS_SWAP: &[usize] = &[0];
pub(crate) const STOPS_ADD: &[usize] = &[1];
pub(crate) const STOPS_ADD_OUT_OF_PROPORTION: &[usize] = &[0, 1];
pub(crate) const STOPS_SINGLE_EXIT: &[usize] = &[0, 2];

/// One pool as it should be.
#[derive(Clone, Debug)]
pub struct Pool {
    /// What it was created with.
    pub spec: Spec,
    /// Its key.
    pub key: Vec<U256>,
    /// Its id.
    pub id: B256,
    /// Balances, token units.
    pub balances: Vec<U256>,
    /// All shares.
    pub supply: U256,
    /// Shares owed to the protocol.
    pub owed: U256,
    /// The protocol's share of growth, basis points.
    pub bps: u64,
    /// Invariant per share at the last event that charged, Q96.
    pub checkpoint: U256,
    /// The word of storage with the supply, which no swap changes.
    pub supply_word: U256,
    /// Where the manager keeps the balances, two to a word.
    pub pair_slots: Vec<U256>,
    /// Where it keeps the supply.
    pub supply_slot: U256,
    /// Shares by account number.
    pub holdings: BTreeMap<usize, Holding>,
    /// Rates of all tokens, 18 decimals; none in a pool without providers.
    pub rates: Vec<U256>,
    /// D of Q32, where it was computed for these balances; else one to start from.
    pub root: Option<(BigInt, bool)>,
    /// Amplification times tokens now, in units of 2^-32; 0 in a weighted pool.
    pub ann: u64,
    /// That at which the checkpoint was measured.
    pub measured: u64,
    /// The ramp that was last set.
    pub ramp: Option<Ramp>,
    /// Of what is priced, adds and single-token exits.
    pub pauses: [Pause; 3],
    /// The token of its shares, where it was made.
    pub share_token: Option<Address>,
    /// Who holds how many of them.
    pub wrapped: BTreeMap<usize, U256>,
}

impl Pool {
    /// The pool of a spec, before it exists.
    pub fn new(spec: &Spec, fixture: &Fixture) -> Self {
        let count = U256::from(spec.rated.len()) << 232;
        let mut key = vec![U256::from(spec.fee) | (U256::from(spec.amplification) << 24) | count];
        if let Some(least) = spec.policy {
            key[0] |= (U256::from(least) << 48) | (U256::from_be_slice(fixture.policy.as_slice()) << 72);
        }
        for (index, token) in spec.tokens.iter().enumerate() {
            key.push(
                fixture.key_word(*token, spec.weights.get(index).copied().unwrap_or(0))
                    | (U256::from(spec.rated.contains(&index)) << 200),
            );
        }
        let providers = spec.rated.iter().map(|index| fixture.providers[spec.tokens[*index]]);
        key.extend(providers.map(|provider| U256::from_be_slice(provider.as_slice())));
        let id = id_of(&key);
        Self {
            id,
            pair_slots: (0..spec.tokens.len().div_ceil(2))
                .map(|pair| fixture.pair_slot(id, pair))
                .collect(),
            supply_slot: fixture.supply_slot(id),
            key,
            spec: spec.clone(),
            balances: Vec::new(),
            supply: U256::ZERO,
            owed: U256::ZERO,
            bps: 0,
            checkpoint: U256::ZERO,
            supply_word: U256::ZERO,
            holdings: BTreeMap::new(),
            rates: Vec::new(),
            root: None,
            ann: (u64::from(spec.amplification) * spec.tokens.len() as u64) << 32,
            measured: (u64::from(spec.amplification) * spec.tokens.len() as u64) << 32,
            ramp: None,
            pauses: [Pause::default(); 3],
            share_token: None,
            wrapped: BTreeMap::new(),
        }
    }

    /// Takes over the amplification of a time.
    pub fn set_time(&mut self, now: u64) {
        if let Some(ramp) = &self.ramp {
            let ann = ramp.ann(now);
            if ann != self.ann {
                self.ann = ann;
                self.root = self.root.take().map(|(root, _)| (root, false));
            }
        }
    }

    /// Number of tokens.
    pub fn size(&self) -> usize {
        self.spec.tokens.len()
    }

    /// Whether it is a stable pool.
    pub fn is_stable(&self) -> bool {
        self.spec.amplification != 0
    }

    /// What a token unit is in the common scale of a stable pool: 10^-18, or 10^-36 of it where there are rates.
    pub fn factor(&self, index: usize, fixture: &Fixture) -> U256 {
        let decimals = U256::from(10).pow(U256::from(18 - fixture.decimals[self.spec.tokens[index]]));
        self.rates.get(index).map_or(decimals, |rate| decimals * *rate)
    }

    /// Shares that a unit of the invariant makes at first: 10 for each decimal that the tokens are short of 18, by
    /// weight, 10^9 at most.
    pub fn shares_per_unit(&self, fixture: &Fixture) -> U256 {
        let missing = |(token, weight): (&usize, &u32)| u64::from(*weight) * (18 - u64::from(fixture.decimals[*token]));
        let weighted = self.spec.tokens.iter().zip(&self.spec.weights).map(missing);
        U256::from(10).pow(U256::from((weighted.sum::<u64>() / MILLION).min(9)))
    }

    /// The balances that an add of amounts starts from: in a stable pool out of range, none is below a millionth of the
    /// highest.
    pub fn lifted(&self, fixture: &Fixture) -> Vec<U256> {
        if self.is_measurable(fixture) {
            return self.balances.clone();
        }
        let unit = self.unit();
        let highest = self.scaled(fixture).iter().map(|x| x.div_ceil(unit)).max();
        let least = highest.unwrap_or_default().div_ceil(U256::from(MILLION)) * unit;
        let lift = |(index, balance): (usize, &U256)| (*balance).max(least.div_ceil(self.factor(index, fixture)));
        self.balances.iter().enumerate().map(lift).collect()
    }

    /// Units of the common scale in 10^-18.
    pub fn unit(&self) -> U256 {
        if self.rates.is_empty() {
            U256::ONE
        } else {
            U256::from(WAD)
        }
    }

    /// Takes over the rates that providers say now.
    pub fn set_rates(&mut self, rates: &BTreeMap<usize, U256>) {
        if self.spec.rated.is_empty() {
            return;
        }
        let wad = U256::from(WAD);
        let rate = |index: usize| match self.spec.rated.contains(&index) {
            true => rates.get(&self.spec.tokens[index]).copied().unwrap_or(wad),
            false => wad,
        };
        self.rates = (0..self.size()).map(rate).collect();
        // Another scale: nothing of the old root is near.
        self.root = None;
    }

    /// The balances in the common scale.
    pub fn scaled(&self, fixture: &Fixture) -> Vec<U256> {
        self.balances
            .iter()
            .enumerate()
            .map(|(index, balance)| *balance * self.factor(index, fixture))
            .collect()
    }

    /// The exact stable pool.
    pub fn stable(&self, fixture: &Fixture) -> StablePool {
        self.stable_at(self.ann, &self.balances, fixture)
    }

    /// The exact stable pool of other balances, in token units, and at another amplification.
    pub fn stable_at(&self, ann: u64, balances: &[U256], fixture: &Fixture) -> StablePool {
        let scaled = balances.iter().enumerate().map(|(index, balance)| {
            BigInt::from(BigUint::from_bytes_be(
                &(*balance * self.factor(index, fixture)).to_be_bytes::<32>(),
            ))
        });
        StablePool::with_ann(scaled.collect(), ann)
    }

    /// D of Q32 of the balances as they are.
    pub fn root(&mut self, exact: &StablePool) -> BigInt {
        match &self.root {
            Some((root, true)) => root.clone(),
            other => {
                let root = exact.bracket(other.as_ref().map(|(start, _)| start));
                self.root = Some((root.clone(), true));
                root
            }
        }
    }

    /// Puts a balance in the place of another.
    pub fn set_balance(&mut self, index: usize, balance: U256) {
        self.balances[index] = balance;
        if let Some((_, is_current)) = &mut self.root {
            *is_current = false;
        }
    }

    /// Whether the stable math accepts the balances: sum below 2^104, at most 10^6 apart, rates from 10^-6 to 10^6.
    pub fn is_measurable(&self, fixture: &Fixture) -> bool {
        if !self.is_stable() {
            return true;
        }
        let scaled = self.scaled(fixture);
        if self.rates.is_empty() {
            return in_stable_range(&scaled);
        }
        let unit = self.unit();
        let down: Vec<U256> = scaled.iter().map(|x| *x / unit).collect();
        let up: Vec<U256> = scaled.iter().map(|x| x.div_ceil(unit)).collect();
        self.has_rates() && in_stable_range(&down) && in_stable_range(&up)
    }

    /// Whether every rate is one that is accepted.
    pub fn has_rates(&self) -> bool {
        let (least, most) = (U256::from(WAD / 1_000_000), U256::from(WAD) * U256::from(1_000_000));
        self.rates.iter().all(|rate| (least..=most).contains(rate))
    }

    /// Shares that are wrapped.
    pub fn all_wrapped(&self) -> U256 {
        self.wrapped.values().fold(U256::ZERO, |all, one| all + *one)
    }

    /// Whether one of these flags, see [`STOPS_SWAP`], is set.
    pub fn is_stopped_at(&self, flags: &[usize], now: u64) -> bool {
        flags.iter().any(|flag| self.is_paused_at(*flag, now))
    }

    /// Whether a flag is set.
    pub fn is_paused_at(&self, flag: usize, now: u64) -> bool {
        now < self.pauses[flag].until
    }

    /// What an account holds.
    pub fn holding(&self, account: usize) -> U256 {
        self.holdings
            .get(&account)
            .map(|holding| holding.shares)
            .unwrap_or_default()
    }

    /// Changes what an account holds.
    pub fn set_holding(&mut self, account: usize, shares: U256, fixture: &Fixture) {
        let id = self.id;
        let slot = || fixture.holding_slot(id, fixture.account(account));
        self.holdings
            .entry(account)
            .or_insert_with(|| Holding { slot: slot(), shares })
            .shares = shares;
    }
}

/// Shares of an account, and where the manager keeps them.
#[derive(Clone, Copy, Debug)]
pub struct Holding {
    slot: U256,
    /// How many.
    pub shares: U256,
}

impl Holding {
    /// Where the manager keeps them.
    pub fn slot(&self) -> U256 {
        self.slot
    }
}

/// A ramp of the amplification: `first` and `last` times tokens in units of 2^-32, seconds.
#[derive(Clone, Debug)]
pub struct Ramp {
    /// ann at its start.
    pub first: u64,
    /// ann from its end on.
    pub last: u64,
    /// What it moves by: the least part of ann that 23 bits hold at both ends.
    pub unit: u64,
    /// When it starts.
    pub start: u64,
    /// When it ends.
    pub end: u64,
}

impl Ramp {
    /// The ramp from `ann` to `last`, which is whole.
    pub fn new(ann: u64, last: u64, start: u64, end: u64) -> Self {
        // 2^22 units at least, below 2^23 of them.
        let most = (last >> 32).max((ann >> 32) + u64::from(last <= ann)).max(1);
        let unit = 1 << (10 + most.ilog2());
        Self {
            first: ann / unit * unit,
            last,
            unit,
            start,
            end,
        }
    }

    /// On a straight line, in units that are taken when they are complete.
    pub fn ann(&self, now: u64) -> u64 {
        let whole = u128::from(self.first.abs_diff(self.last) / self.unit);
        let elapsed = u128::from(now.min(self.end) - self.start);
        let steps = (whole * elapsed / u128::from(self.end - self.start)) as u64 * self.unit;
        if self.last > self.first {
            self.first + steps
        } else {
            self.first - steps
        }
    }

    /// Whether none of its steps, of 15 seconds, exceeds this fee in millionths.
    pub fn is_slow(&self, fee: u64) -> bool {
        let whole = u128::from(self.first.abs_diff(self.last) / self.unit);
        let step = (15 * whole).div_ceil(u128::from(self.end - self.start)) + 1;
        step * u128::from(MILLION) <= u128::from(self.first.min(self.last) / self.unit) * u128::from(fee)
    }
}

/// How the fee policy behaves.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// 0 answers; whatever else, it fails.
    pub mode: u8,
    /// Its answer, millionths.
    pub fee: U256,
    /// The only account that it answers so; all where there is none.
    pub favoured: Option<usize>,
}

/// Whether balances of the common scale are within the proven range.
pub(crate) fn in_stable_range(scaled: &[U256]) -> bool {
    let sum = scaled.iter().fold(U256::ZERO, |all, x| all + *x);
    let least = scaled.iter().min().copied().unwrap_or_default();
    let most = scaled.iter().max().copied().unwrap_or_default();
    sum >> 104 == U256::ZERO && !least.is_zero() && most <= least * U256::from(MILLION)
}

/// All pools and what the manager holds.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// In the order of their creation.
    pub pools: Vec<Pool>,
    /// Units of each token that the manager holds: balances and donations.
    pub held: BTreeMap<usize, U256>,
    /// Rates that were set, by token.
    pub rates: BTreeMap<usize, U256>,
    /// What the fee policy does.
    pub policy: Policy,
    /// Fee of flash loans, millionths.
    pub flash_fee: U256,
    /// Numbers of tokens that this sequence uses.
    pub palette: Vec<usize>,
}

/// The id of a key.
pub(crate) fn id_of(key: &[U256]) -> B256 {
    let bytes: Vec<u8> = key.iter().flat_map(|word| word.to_be_bytes::<32>()).collect();
    keccak256(bytes)
}

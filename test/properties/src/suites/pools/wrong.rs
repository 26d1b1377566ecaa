//! Calls that are refused, each by its own error: no such pool, no such token, no right, a part of the manager in its
//! place.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolError};

use super::{
    abi::{IPoolManager, IPoolMath, IShareTokens},
    about::About,
    fixture::ACTORS,
    model::MASK,
    perform::Pools,
    swap::NEVER,
};
use crate::engine::{Random, Violation};

/// A call, and the error by which it is refused; without one whatever refuses it.
pub(crate) struct Wrong {
    pub(crate) from: usize,
    pub(crate) to: Address,
    pub(crate) data: Vec<u8>,
    pub(crate) value: U256,
    pub(crate) error: Option<[u8; 4]>,
    /// What a pause or a rate that cannot be had may be said to be instead.
    pub(crate) later: bool,
}

/// Groups of such calls.
const GROUPS: u64 = 9;

impl Pools {
    /// A number that decides everything: [`Self::wrong`].
    pub(crate) fn some_fault(random: &mut Random) -> u64 {
        random.next() >> 16
    }

    /// POOL-22: it is refused by the error that says so; that nothing changed is compared afterwards.
    pub(crate) fn refused(&mut self, pool: usize, number: u64, who: usize) -> Result<bool, Violation> {
        let wrong = self.wrong(pool, number, who);
        let outcome = self.machine.pay(
            self.fixture.account(wrong.from),
            wrong.to,
            wrong.data.clone(),
            wrong.value,
        );
        let model = &self.model.pools[pool];
        let now = self.now();
        let is_closed = wrong.later && (!model.has_rates() || (0..3).any(|flag| model.is_paused_at(flag, now)));
        let is_right = is_closed || wrong.error.is_none_or(|error| outcome.selector() == error);
        if outcome.returned().is_some() || !is_right {
            let detail = format!(
                "wrong call {number} gave {outcome:?}; it is refused by {:02x?}",
                wrong.error
            );
            return Err(Violation::new("POOL-22", detail));
        }
        Ok(true)
    }

    fn wrong(&self, pool: usize, number: u64, who: usize) -> Wrong {
        let (group, number) = (number % GROUPS, (number / GROUPS) as usize);
        let model = &self.model.pools[pool];
        let size = model.size();
        let i = number % size;
        let mut about = About {
            key: model.key.clone(),
            who,
            i: U256::from(i),
            j: U256::from((i + 1) % size),
            size,
            shares: U256::ZERO,
            recipient: self.fixture.account(who),
        };
        match group {
            0 => self.no_such_token(about, number),
            1 => {
                // The last digit of the fee is another one.
                about.key[0] ^= U256::ONE;
                self.no_such_pool(about, number)
            }
            2 => self.another_count(about, number),
            3 => self.without_right(about, number),
            4 => self.by_a_part(about, number),
            5 => self.out_of_range(about, pool, number),
            6 => self.no_path(about, number),
            7 => self.in_a_batch(about, number),
            _ => self.wrong_pool(about, number),
        }
    }

    pub(crate) fn fault(&self, about: &About, data: Vec<u8>, error: [u8; 4]) -> Wrong {
        Wrong {
            from: about.who,
            to: self.fixture.manager,
            data,
            value: U256::ZERO,
            error: Some(error),
            later: false,
        }
    }

    fn no_such_token(&self, mut about: About, number: usize) -> Wrong {
        let kind = number / 8 % 10;
        let none = U256::from(about.size) + U256::from([0, 1, 8 - about.size as u64 % 8][number % 3]);
        match number / 80 % 3 {
            0 if kind < 6 => about.j = about.i,
            1 if kind < 6 => about.j = none,
            _ => about.i = none,
        }
        about.shares = U256::ONE;
        let data = match kind {
            0 => about.swap_in(),
            1 => about.swap_out(),
            2 => about.quote(0, Vec::new()),
            3 => about.quote(1, Vec::new()),
            4 => about.path_in(vec![about.hop()]),
            5 => about.path_out(vec![about.hop()]),
            kind => about.single(kind - 6),
        };
        let wrong = self.fault(&about, data, IPoolManager::TokenIndexInvalid::SELECTOR);
        Wrong {
            later: kind > 5,
            ..wrong
        }
    }

    fn no_such_pool(&self, mut about: About, number: usize) -> Wrong {
        if self.model.pools.iter().any(|pool| pool.key == about.key) {
            about.key[0] ^= U256::from(6);
        }
        let hops = vec![about.hop()];
        let kind = number / 8 % 25;
        let data = match kind {
            0 => about.swap_in(),
            1 => about.swap_out(),
            2 => about.path_in(hops),
            3 => about.path_out(hops),
            4..=7 => about.quote(kind - 4, hops),
            8..=11 => about.counted(kind - 8, about.size),
            12..=15 => about.single(kind - 12),
            16..=20 => about.plain(kind - 16),
            _ => about.restricted(kind - 21, 1),
        };
        if kind > 20 {
            about.who = ACTORS;
        }
        let mut wrong = self.fault(&about, data, IPoolManager::PoolNotFound::SELECTOR);
        if number.is_multiple_of(8) {
            wrong.to = self.fixture.share_tokens;
            wrong.data = IShareTokens::createCall { key: about.key }.abi_encode();
        }
        wrong
    }

    fn another_count(&self, about: About, number: usize) -> Wrong {
        let kind = number / 2 % 5;
        let count = if number.is_multiple_of(2) {
            about.size + 1
        } else {
            about.size - 1
        };
        let data = if kind == 4 {
            about.loan(1)
        } else {
            about.counted(kind, count)
        };
        let wrong = self.fault(&about, data, IPoolManager::AmountCountInvalid::SELECTOR);
        Wrong { later: true, ..wrong }
    }

    fn without_right(&self, about: About, number: usize) -> Wrong {
        let data = about.restricted(number / 8 % 7, 1);
        self.fault(&about, data, IPoolManager::AccessManagedUnauthorized::SELECTOR)
    }

    /// The module that has the function answers nobody but the manager.
    fn by_a_part(&self, about: About, number: usize) -> Wrong {
        let hops = vec![about.hop()];
        let data = match number / 8 % 30 {
            kind @ 0..=3 => about.single(kind),
            kind @ 4..=5 => about.counted(kind - 2, about.size),
            6 => about.plain(0),
            kind @ 7..=8 => about.plain(kind - 4),
            kind @ 9..=12 => about.quote(kind - 9, hops),
            13 => about.path_out(hops),
            kind @ 14..=20 => about.restricted(kind - 14, 1),
            kind @ 21..=22 => about.plain(kind - 20),
            23 => about.loan(0),
            24 => About::batch(Vec::new()),
            25 => IPoolManager::flashFeeCall {}.abi_encode(),
            26 => IPoolManager::initialProtocolFeeBpsCall {}.abi_encode(),
            27 => IPoolManager::clearExpiredPausesCall { poolIds: Vec::new() }.abi_encode(),
            28 => {
                let call = IPoolManager::pausedUntilCall {
                    poolId: super::model::id_of(&about.key),
                    flag: U256::ONE,
                };
                call.abi_encode()
            }
            _ => {
                let call = IPoolManager::permitTokenCall {
                    token: self.fixture.tokens[0],
                    amount: U256::ZERO,
                    deadline: NEVER,
                    v: 27,
                    r: Default::default(),
                    s: Default::default(),
                };
                call.abi_encode()
            }
        };
        let mut wrong = self.fault(&about, data, IPoolManager::NotTheManager::SELECTOR);
        let selector = wrong.data.first_chunk().copied().unwrap_or_default();
        wrong.to = self.fixture.parts[module_of(selector)];
        wrong
    }

    fn out_of_range(&self, mut about: About, pool: usize, number: usize) -> Wrong {
        let model = &self.model.pools[pool];
        let held = model.holding(about.who);
        let mut later = false;
        let (from, data, error) = match number / 8 % 20 {
            0 => (
                ACTORS,
                about.restricted(0, 5_001),
                IPoolManager::ProtocolFeeTooHigh::SELECTOR,
            ),
            1 => (
                ACTORS,
                about.restricted(4, 5_001),
                IPoolManager::ProtocolFeeTooHigh::SELECTOR,
            ),
            2 => (
                ACTORS,
                about.restricted(5, 10_001),
                IPoolManager::FlashFeeTooHigh::SELECTOR,
            ),
            kind @ 3..=4 => {
                let seconds = [0, 604_801][kind - 3];
                (
                    ACTORS,
                    about.restricted(2, seconds),
                    IPoolMath::PauseDurationInvalid::SELECTOR,
                )
            }
            kind @ 5..=6 => {
                let flags = [0, 8][kind - 5];
                (
                    ACTORS,
                    about.restricted(3, flags),
                    IPoolManager::PauseFlagsInvalid::SELECTOR,
                )
            }
            kind @ 7..=10 => {
                let call = IPoolManager::pausedUntilCall {
                    poolId: model.id,
                    flag: U256::from([0, 3, 6, 8][kind - 7]),
                };
                (about.who, call.abi_encode(), IPoolManager::PauseFlagsInvalid::SELECTOR)
            }
            11 => {
                let error = match model.is_stable() {
                    true => IPoolManager::RampOutOfRange::SELECTOR,
                    false => IPoolManager::NotStable::SELECTOR,
                };
                (ACTORS, about.restricted(1, number as u64 % 2 * 50_001), error)
            }
            kind @ 12..=13 => {
                about.shares = held + U256::ONE;
                later = kind == 13;
                let data = if later {
                    about.single(1)
                } else {
                    about.counted(1, about.size)
                };
                (about.who, data, IPoolMath::ERC6909InsufficientBalance::SELECTOR)
            }
            kind @ 14..=15 => {
                // Whatever is owed, this is more than anybody can hold.
                about.shares = MASK;
                later = kind == 15;
                let data = if later { about.single(3) } else { about.plain(4) };
                (about.who, data, IPoolManager::ShareAmountInvalid::SELECTOR)
            }
            kind => {
                later = true;
                about.shares = if kind < 18 { U256::ZERO } else { MASK };
                let data = if kind % 2 == 0 {
                    about.counted(0, about.size)
                } else {
                    about.single(0)
                };
                (about.who, data, IPoolManager::ShareAmountInvalid::SELECTOR)
            }
        };
        about.who = from;
        let wrong = self.fault(&about, data, error);
        Wrong { later, ..wrong }
    }

    fn no_path(&self, about: About, number: usize) -> Wrong {
        let kind = number / 8 % 4;
        let data = match kind {
            0 => about.path_in(Vec::new()),
            1 => about.path_out(Vec::new()),
            kind => about.quote(kind, Vec::new()),
        };
        self.fault(&about, data, IPoolManager::PathBroken::SELECTOR)
    }

    /// A batch fails as its call does; batches do not nest; coin that nobody asked for is not taken.
    fn in_a_batch(&self, mut about: About, number: usize) -> Wrong {
        let part = number / 8 % 4;
        match number / 32 % 4 {
            0 => {
                let data = About::batch(vec![About::batch(Vec::new())]);
                self.fault(&about, data, IPoolManager::BatchNested::SELECTOR)
            }
            1 => {
                about.j = about.i;
                let data = About::batch(vec![about.swap_in()]);
                self.fault(&about, data, IPoolManager::TokenIndexInvalid::SELECTOR)
            }
            2 => {
                let mut wrong = self.fault(&about, Vec::new(), IPoolManager::NativeNotExpected::SELECTOR);
                wrong.to = self.fixture.parts.get(part).copied().unwrap_or(self.fixture.manager);
                wrong.value = U256::ONE;
                wrong
            }
            // Functions that take no coin.
            _ => {
                let data = [
                    about.plain(1),
                    about.plain(0),
                    about.quote(0, Vec::new()),
                    about.restricted(0, 1),
                ][part]
                    .clone();
                let wrong = self.fault(&about, data, [0; 4]);
                Wrong {
                    value: U256::ONE,
                    error: None,
                    ..wrong
                }
            }
        }
    }
}

/// The module that has a function, by the order of the manager's constructor.
fn module_of(selector: [u8; 4]) -> usize {
    match selector {
        IPoolManager::swapExactOutCall::SELECTOR
        | IPoolManager::swapPathExactOutCall::SELECTOR
        | IPoolManager::flashLoanCall::SELECTOR => 0,
        IPoolManager::addUnbalancedCall::SELECTOR
        | IPoolManager::addSingleCall::SELECTOR
        | IPoolManager::removeSingleCall::SELECTOR
        | IPoolManager::removeProportionalWithClaimsCall::SELECTOR => 1,
        IPoolManager::createPoolCall::SELECTOR
        | IPoolManager::collectProtocolFeeCall::SELECTOR
        | IPoolManager::setProtocolFeeCall::SELECTOR
        | IPoolManager::setInitialProtocolFeeCall::SELECTOR
        | IPoolManager::rampAmplificationCall::SELECTOR
        | IPoolManager::setFlashFeeCall::SELECTOR => 2,
        IPoolManager::quoteExactInCall::SELECTOR
        | IPoolManager::quoteExactOutCall::SELECTOR
        | IPoolManager::quotePathExactInCall::SELECTOR
        | IPoolManager::quotePathExactOutCall::SELECTOR
        | IPoolManager::quoteAddUnbalancedCall::SELECTOR
        | IPoolManager::quoteAddSingleCall::SELECTOR
        | IPoolManager::quoteRemoveSingleCall::SELECTOR => 3,
        IPoolManager::multicallCall::SELECTOR
        | IPoolManager::permitTokenCall::SELECTOR
        | IPoolManager::payByPermit2Call::SELECTOR
        | IPoolManager::claimCall::SELECTOR
        | IPoolManager::permitCall::SELECTOR
        | IPoolManager::pauseCall::SELECTOR
        | IPoolManager::setPauseCall::SELECTOR
        | IPoolManager::clearExpiredPausesCall::SELECTOR => 5,
        _ => 4,
    }
}

//! Pools that cannot be: keys against the rules, first amounts that are none.

use alloy_primitives::U256;
use alloy_sol_types::{SolCall, SolError};

use super::{
    abi::{IPoolManager, IPoolMath},
    about::About,
    fixture::ACTORS,
    model::MASK,
    perform::Pools,
    swap::NEVER,
    wrong::Wrong,
};

/// A fee that no other pool has.
const FEE: u64 = 77_777;

impl Pools {
    /// A pool of two tokens with one thing wrong, refused by the error that names it.
    pub(crate) fn wrong_pool(&self, mut about: About, number: usize) -> Wrong {
        let (kind, is_stable) = (number / 8 % 27, number % 2 == 1);
        let weights = if is_stable { [0, 0] } else { [400_000, 600_000] };
        let first = number / 2 % 4;
        let mut key = vec![
            U256::from(FEE) | (U256::from(u8::from(is_stable)) << 27),
            self.fixture.key_word(first, weights[0]),
            self.fixture.key_word(first + 1, weights[1]),
        ];
        let scale = |index: usize| U256::from(10).pow(U256::from(self.fixture.decimals[first + index]));
        let mut amounts = vec![scale(0) * U256::from(1_000_000), scale(1) * U256::from(1_000_000)];
        let (mut least, mut deadline) = (U256::ZERO, NEVER);
        let invalid = IPoolMath::KeyWordInvalid::SELECTOR;
        let length = IPoolMath::KeyLengthOutOfRange::SELECTOR;
        let provider = U256::from_be_slice(self.fixture.providers[0].as_slice());
        let one = U256::ONE;
        let error = match kind {
            0 => {
                amounts.push(one);
                IPoolManager::AmountCountInvalid::SELECTOR
            }
            1 => {
                amounts.pop();
                IPoolManager::AmountCountInvalid::SELECTOR
            }
            2 => {
                key.pop();
                length
            }
            3 => {
                // Nine tokens; the weights do not matter any more.
                for token in key.len()..10 {
                    key.push(self.fixture.key_word(token + 3, 0));
                }
                length
            }
            4 => {
                key.truncate(number % 2);
                length
            }
            5 => {
                key.swap(1, 2);
                invalid
            }
            6 => {
                key[2] = key[1];
                invalid
            }
            7 => {
                key[1] = (key[1] & !(U256::from(0xff) << 160_usize)) | (U256::from(19) << 160_usize);
                invalid
            }
            8 => {
                let other = u64::from(self.fixture.decimals[first + 1] == 0);
                key[2] = (key[2] & !(U256::from(0xff) << 160_usize)) | (U256::from(other) << 160_usize);
                IPoolManager::DecimalsDiffer::SELECTOR
            }
            9 => {
                key[0] = (key[0] >> 24_usize << 24_usize) | U256::from(100_001);
                invalid
            }
            10 => {
                key[0] = U256::from(FEE) | (U256::from(50_001) << 24_usize);
                invalid
            }
            11 => {
                key[0] |= one << 236_usize;
                invalid
            }
            12 => {
                let policy = U256::from_be_slice(self.fixture.policy.as_slice());
                key[0] |= (U256::from(FEE + 1) << 48_usize) | (policy << 72_usize);
                invalid
            }
            13 => {
                key[0] |= one << 48_usize;
                invalid
            }
            14 if !is_stable => {
                key[1] = self.fixture.key_word(first, 9_999);
                key[2] = self.fixture.key_word(first + 1, 990_001);
                invalid
            }
            14 => {
                key[1] |= one << 168_usize;
                invalid
            }
            15 if !is_stable => {
                key[1] = self.fixture.key_word(first, 399_999);
                IPoolMath::WeightSumInvalid::SELECTOR
            }
            // A bit without meaning.
            15 | 16 => {
                key[2] |= one << if is_stable { 201_usize } else { 200 };
                invalid
            }
            17 => {
                // A provider that no token names.
                key[0] |= one << 232_usize;
                key.push(provider);
                invalid
            }
            18 => {
                // A token that names a provider, where there is none.
                key[1] |= one << 200_usize;
                invalid
            }
            19 if is_stable => {
                key[0] |= one << 232_usize;
                key[1] |= one << 200_usize;
                key.push(U256::ZERO);
                invalid
            }
            20 if is_stable => {
                key[0] |= one << 232_usize;
                key[1] |= one << 200_usize;
                key.push(provider | (one << 160_usize));
                invalid
            }
            // A word for a provider that nobody counts: a token without an address in order.
            19..=21 => {
                key.push(U256::ZERO);
                invalid
            }
            22 => {
                amounts[number % 2] = MASK + one;
                IPoolManager::BalanceTooLarge::SELECTOR
            }
            23 if !is_stable => {
                // The geometric mean is between 1,000 and 1,001; where a unit makes more shares, there are too many.
                let missing = |token: usize| U256::from(18 - self.fixture.decimals[token]);
                let weight = |word: U256| (word >> 168_usize) & U256::from(u32::MAX);
                let weighted = weight(key[1]) * missing(first) + weight(key[2]) * missing(first + 1);
                amounts = if weighted < U256::from(super::model::MILLION) {
                    vec![U256::from(1_000), U256::from(1_001)]
                } else {
                    vec![MASK; 2]
                };
                IPoolManager::ShareAmountInvalid::SELECTOR
            }
            23 | 24 => {
                amounts[number / 64 % 2] = U256::ZERO;
                match is_stable {
                    true => IPoolMath::StableInputOutOfRange::SELECTOR,
                    false => IPoolMath::WeightedInputOutOfRange::SELECTOR,
                }
            }
            25 => {
                least = U256::MAX;
                IPoolManager::SharesBelowMinimum::SELECTOR
            }
            _ => {
                deadline = U256::from(self.now()) - one;
                IPoolManager::DeadlinePassed::SELECTOR
            }
        };
        about.who = ACTORS;
        let call = IPoolManager::createPoolCall {
            key,
            amounts,
            minShares: least,
            recipient: about.recipient,
            deadline,
        };
        self.fault(&about, call.abi_encode(), error)
    }
}

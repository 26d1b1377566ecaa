//! Amounts in wei, written as a decimal string or an integer.

use std::fmt;

use alloy::primitives::U256;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};

/// An amount in wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wei(pub U256);

impl<'de> Deserialize<'de> for Wei {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Amount;

        impl Visitor<'_> for Amount {
            type Value = Wei;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an amount in wei, as a decimal string or a non-negative integer")
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Wei, E> {
                Ok(Wei(U256::from(value)))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Wei, E> {
                u64::try_from(value)
                    .map(|value| Wei(U256::from(value)))
                    .map_err(|_| E::invalid_value(de::Unexpected::Signed(value), &self))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Wei, E> {
                let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
                digits
                    .then(|| U256::from_str_radix(value, 10).ok())
                    .flatten()
                    .map(Wei)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(value), &self))
            }
        }

        deserializer.deserialize_any(Amount)
    }
}

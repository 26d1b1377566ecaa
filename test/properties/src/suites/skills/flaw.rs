//! What can be wrong with a message, and what messages are made of.

use serde::{Deserialize, Serialize};

/// What is wrong with a signature, or with the message under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flaw {
    /// Nothing.
    None,
    /// Signed for another chain.
    OtherChain,
    /// Signed for another contract.
    OtherContract,
    /// Another value was signed than is sent.
    OtherValue,
    /// Signed by somebody else.
    OtherSigner,
    /// The other half of the curve.
    Malleable,
    /// The deadline was a second ago.
    Expired,
    /// A nonce that comes later.
    NonceAhead,
    /// A nonce that is used, or comes later where none is.
    NonceBehind,
    /// Signed in another epoch of the validator's right, or for another set of guardians.
    OtherEpoch,
}

impl Flaw {
    /// Whether it is one of the signature or of its time, which a batch falls with; others are those of entries.
    pub fn spoils_a_batch(self) -> bool {
        !matches!(
            self,
            Self::None | Self::NonceAhead | Self::NonceBehind | Self::OtherEpoch
        )
    }

    /// All there are.
    pub const ALL: [Self; 10] = [
        Self::None,
        Self::OtherChain,
        Self::OtherContract,
        Self::OtherValue,
        Self::OtherSigner,
        Self::Malleable,
        Self::Expired,
        Self::NonceAhead,
        Self::NonceBehind,
        Self::OtherEpoch,
    ];
}

/// An attestation of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Wallet id.
    pub wallet: u64,
    /// Skill id.
    pub skill: u16,
    /// Experience.
    pub xp: u32,
    /// Of one in a batch: another turn or epoch than is next. What is wrong with a single attestation is wrong with its
    /// signature.
    pub slip: Slip,
}

/// In what an entry of a batch, whose signature is right, does not fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Slip {
    /// It fits, if its wallet, skill and experience do.
    #[default]
    None,
    /// A turn that comes later.
    Ahead,
    /// A turn that has passed, or a later one where none has.
    Behind,
    /// Another epoch.
    Epoch,
}

/// What guardians sign besides recoveries: which moment shall not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Moment {
    /// When the announced burn can be done.
    Burn,
    /// When the announced guardians can be accepted.
    Change,
    /// One at which nothing was announced, as it may be.
    Other,
}

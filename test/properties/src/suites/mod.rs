//! One folder a domain: actions on its contracts, a model of them, the promises that are judged. Everything else in
//! this crate takes a suite as it comes; a new one is its folder and a line here.

use eyre::bail;

use crate::engine::Suite;

/// What is done with the suite of a name.
pub trait Visit {
    /// What comes of it.
    type Output;

    /// Does it.
    ///
    /// # Errors
    /// As the visitor says.
    fn visit<S: Suite>(self) -> eyre::Result<Self::Output>;
}

macro_rules! suites {
    ($($folder:ident: $suite:ident,)+) => {
        $(pub mod $folder;)+

        /// Their names, as `--suite` takes them.
        pub const NAMES: &[&str] = &[$($folder::$suite::NAME),+];

        /// Has the suite of this name visited.
        ///
        /// # Errors
        /// When there is none, or the visitor fails.
        pub fn visit<V: Visit>(name: &str, visitor: V) -> eyre::Result<V::Output> {
            match name {
                $($folder::$suite::NAME => visitor.visit::<$folder::$suite>(),)+
                _ => bail!("there is no suite {name}; take --suite {}", NAMES.join(" or --suite ")),
            }
        }
    };
}

suites! {
    oracles: Oracles,
    pools: Pools,
    skills: Skills,
}

//! Every commit and every send of the keeper, by name.
//!
//! The process may be killed at any instruction, but only what is durable or sent outside matters to the restart:
//! between two boundaries a kill is the same as a kill at the first of them. The crash tests kill the real process at
//! each one; they take the list from [`Boundary::all`], so that a boundary nobody reaches fails them.
//!
//! Without the feature `crash-points` reaching a boundary costs nothing.

use strum::{EnumIter, IntoEnumIterator, IntoStaticStr};

/// An action with a durable or outside effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Boundary {
    /// The indexer commits blocks, events and the cursor.
    IndexCommit,
    /// The indexer unwinds blocks that left the chain.
    IndexUnwind,
    /// The finalized block of a chain is raised.
    FinalizedCommit,
    /// A signer commits the digest that it is about to sign for an epoch.
    AttestationCommit,
    /// A signer closes epochs and forgets what it signed for them.
    EpochsClosed,
    /// A signature leaves the process.
    AttestationReply,
    /// A job commits the intents it planned.
    IntentsCommit,
    /// An intent that holds no slot changes its state (simulated, parked, superseded, rejected).
    IntentCommit,
    /// A nonce slot and its first signed attempt are committed together.
    ReserveCommit,
    /// A further signed attempt (bump, fresher payload, cancel) is committed to its slot.
    AttemptCommit,
    /// Signed bytes are written to an endpoint.
    Send,
    /// The outcome of a send is committed.
    OfferedCommit,
    /// An inclusion, or its loss in a reorg, is committed.
    InclusionCommit,
    /// A slot ends by the finalized chain, and with it its intents.
    SlotEndCommit,
}

/// Which side of the action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter)]
pub enum Side {
    /// Nothing of it has happened.
    Before,
    /// It has happened, and nothing after it.
    After,
}

impl Boundary {
    /// Name of one side, e.g. `reserve-commit/before`.
    #[must_use]
    pub fn name(self, side: Side) -> String {
        let action: &'static str = self.into();
        match side {
            Side::Before => format!("{action}/before"),
            Side::After => format!("{action}/after"),
        }
    }

    /// Every boundary with both its sides, in the order of the flow.
    pub fn all() -> impl Iterator<Item = (Self, Side)> {
        Self::iter().flat_map(|b| Side::iter().map(move |s| (b, s)))
    }

    /// Says that the flow stands at this boundary. With `crash-points` the process stops itself here on request.
    #[cfg(not(feature = "crash-points"))]
    #[inline(always)]
    pub fn reach(self, _side: Side) {}

    /// Says that the flow stands at this boundary. With `crash-points` the process stops itself here on request.
    #[cfg(feature = "crash-points")]
    pub fn reach(self, side: Side) {
        stop::reach(&self.name(side));
    }
}

#[cfg(feature = "crash-points")]
mod stop {
    use std::collections::HashMap;
    use std::fs::{File, OpenOptions};
    use std::io::Write as _;
    use std::sync::{Mutex, OnceLock};

    struct Plan {
        log: Option<File>,
        stop_at: Option<(String, u64)>,
        reached: HashMap<String, u64>,
    }

    static PLAN: OnceLock<Option<Mutex<Plan>>> = OnceLock::new();

    /// Reads `FLUXION_BOUNDARY_LOG` (a file to append names to) and `FLUXION_STOP_AT` (`name` or `name#n`).
    fn plan() -> Option<&'static Mutex<Plan>> {
        PLAN.get_or_init(|| {
            let log = std::env::var_os("FLUXION_BOUNDARY_LOG")
                .and_then(|path| OpenOptions::new().create(true).append(true).open(path).ok());
            let stop_at = std::env::var("FLUXION_STOP_AT")
                .ok()
                .map(|spec| match spec.split_once('#') {
                    Some((name, n)) => (name.to_owned(), n.parse().unwrap_or(1)),
                    None => (spec, 1),
                });
            (log.is_some() || stop_at.is_some()).then(|| {
                Mutex::new(Plan {
                    log,
                    stop_at,
                    reached: HashMap::new(),
                })
            })
        })
        .as_ref()
    }

    pub(super) fn reach(name: &str) {
        let Some(Ok(mut plan)) = plan().map(Mutex::lock) else {
            return;
        };
        let count = plan.reached.entry(name.to_owned()).or_default();
        *count = count.saturating_add(1);
        let count = *count;
        let stop = plan.stop_at.as_ref().is_some_and(|(at, n)| at == name && *n == count);
        if let Some(log) = plan.log.as_mut() {
            let prefix = if stop { "stopped " } else { "" };
            // A lost line shows in the parent as a boundary that was never hit.
            let _ = log.write_all(format!("{prefix}{name}\n").as_bytes());
        }
        if stop {
            // The whole process freezes here, the lock held; the parent sees the stop and kills it.
            let _ = nix::sys::signal::raise(nix::sys::signal::Signal::SIGSTOP);
        }
    }
}

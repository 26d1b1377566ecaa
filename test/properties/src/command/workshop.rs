//! Where mutants are compiled, attacked and, when noticed, explained.

use std::{collections::BTreeMap, fs, time::Instant};

use alloy_primitives::Bytes;
use eyre::ensure;
use nix::sys::resource::UsageWho;
use serde::{Deserialize, Serialize};

use super::{bench::cpu, elsewhere::Elsewhere, mutants::MutantsArgs};
use crate::{
    engine::{Failure, Round, Suite, shrink},
    mutation::{Compiled, Compiler, ForgeProject, Mutant, Sources},
    world::{Artifacts, repository},
};

const SEED: u64 = 7;
/// Most processor time of one attack.
const CPU_SECONDS: f64 = 60.0;

/// What became of a mutant.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "fate", rename_all = "kebab-case")]
pub(crate) enum Fate {
    /// A promise broke.
    Noticed { promise: String, seconds: u64 },
    /// Nothing broke.
    Survived,
    /// It does not compile, or compiles to the same code: no mutant.
    Void,
}

/// A compiler, what the unchanged contracts compile to, and forge's artifacts for the rest.
pub(crate) struct Workshop<S: Suite> {
    compiler: Compiler,
    sources: Sources,
    artifacts: Artifacts,
    unchanged: BTreeMap<String, Bytes>,
    actions: u64,
    elsewhere: Elsewhere<S>,
    /// What broke last, on which contracts.
    pub(crate) found: Option<(Artifacts, Failure<S::Action>)>,
}

impl<S: Suite> Workshop<S> {
    pub(crate) fn open(sources: Sources, actions: u64) -> eyre::Result<Self> {
        let mut compiler = Compiler::start()?;
        let Compiled::Code(unchanged) = compiler.compile(S::CONTRACTS, None)? else {
            eyre::bail!("the contracts do not compile");
        };
        let artifacts = Artifacts::of_repository();
        let mut workshop = Self {
            compiler,
            sources,
            artifacts,
            unchanged,
            actions,
            elsewhere: Elsewhere::new(),
            found: None,
        };
        // What the unchanged contracts do must not be taken for a mutant's fault.
        let fate = workshop.attack(&BTreeMap::new())?;
        ensure!(
            matches!(fate, Fate::Survived),
            "the unchanged contracts break a promise: {fate:?}"
        );
        Ok(workshop)
    }

    /// Mutants of arithmetic are judged by the contract that is called most alone first, since compiling is what takes
    /// the time: quotes come from another, so what only they notice counts when all parts are mutants.
    pub(crate) fn judge(&mut self, mutant: &Mutant, whole: bool) -> eyre::Result<Fate> {
        let parts = self.sources.parts_with(S::CONTRACTS, &mutant.file);
        let alone = !whole && parts.len() > 1 && S::ARITHMETIC.is_some_and(|arithmetic| arithmetic.has(&mutant.file));
        let groups = if alone {
            vec![&parts[..1], &parts[1..]]
        } else {
            vec![&parts[..]]
        };
        let mut replaced = BTreeMap::new();
        let mut differs = false;
        for (number, group) in groups.iter().enumerate() {
            match self.compiler.compile(group, Some(mutant))? {
                Compiled::Refused(_) => return Ok(Fate::Void),
                Compiled::Code(code) => {
                    differs |= code.iter().any(|(name, code)| self.unchanged.get(name) != Some(code));
                    replaced.extend(code);
                    match self.attack(&replaced)? {
                        Fate::Noticed { promise, .. } if number + 1 < groups.len() && promise == "POOL-8" => {}
                        noticed @ Fate::Noticed { .. } => return Ok(noticed),
                        _ => {}
                    }
                }
            }
        }
        if !differs {
            return Ok(Fate::Void);
        }
        let begun = Instant::now();
        let noticed = self.elsewhere.notices(&mut self.compiler, &self.artifacts, mutant)?;
        Ok(noticed.map_or(Fate::Survived, |promise| Fate::Noticed {
            promise,
            seconds: begun.elapsed().as_secs(),
        }))
    }

    fn attack(&mut self, replaced: &BTreeMap<String, Bytes>) -> eyre::Result<Fate> {
        let begun = Instant::now();
        let mut artifacts = self.artifacts.clone();
        for (name, code) in self.unchanged.iter().chain(replaced) {
            artifacts.replace(name, code.clone());
        }
        let noticed = |promise: &str| Fate::Noticed {
            promise: promise.to_owned(),
            seconds: begun.elapsed().as_secs(),
        };
        let Ok(mut suite) = S::deploy(&artifacts) else {
            return Ok(noticed("set-up"));
        };
        let round = Round {
            seed: SEED,
            number: 0,
            actions: self.actions,
            guided: true,
        };
        // A mutant may loop for as long as its gas lasts. What counts is time of the processor: on a busy machine a
        // mutant is attacked as much as on an idle one.
        let spent = cpu(UsageWho::RUSAGE_SELF)?;
        let left = || cpu(UsageWho::RUSAGE_SELF).is_ok_and(|now| now - spent < CPU_SECONDS);
        let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| round.run(&mut suite, |_| left())));
        Ok(match run {
            Ok((_, Some(failure))) => {
                let fate = noticed(failure.violation.promise);
                self.found = Some((artifacts, failure));
                fate
            }
            Ok((report, None)) => {
                let never = S::KINDS.iter().find(|kind| !report.accepted.contains_key(*kind));
                never.map_or(Fate::Survived, |kind| noticed(&format!("\"{kind}\" never happened")))
            }
            // The model was given numbers that no pool can hold.
            Err(_) => noticed("model"),
        })
    }
}

impl<S: Suite> Workshop<S> {
    /// Shrinks what was found, saves it, and has forge judge it, as asked for.
    pub(crate) fn keep(
        &self,
        mutant: &Mutant,
        found: &(Artifacts, Failure<S::Action>),
        args: &MutantsArgs,
    ) -> eyre::Result<()> {
        if !args.record && !args.forge {
            return Ok(());
        }
        let mut suite = S::deploy(&found.0)?;
        let (actions, violation) = shrink(&mut suite, &found.1.actions, &found.1.violation);
        if args.record {
            let file = repository()
                .join("test/properties/regressions")
                .join(S::NAME)
                .join(format!("{}.json", slug(&mutant.name)));
            fs::write(file, format!("{}\n", serde_json::to_string_pretty(&actions)?))?;
        }
        if args.forge {
            let test = suite.solidity(&actions, &violation);
            let project = ForgeProject::open(S::NAME)?;
            ensure!(
                project.passes(None, &test)?,
                "{}: the replay fails on the contracts as they are",
                mutant.name
            );
            ensure!(
                !project.passes(Some(mutant), &test)?,
                "{}: the replay passes on the mutant",
                mutant.name
            );
        }
        Ok(())
    }
}

fn slug(name: &str) -> String {
    let words = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}

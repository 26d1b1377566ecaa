//! `skill-mutants`: breaks each promise of the suite of skills once, on purpose, and must notice it as that promise.

use std::{collections::BTreeMap, time::Instant};

use clap::Args;
use eyre::{Context, ensure};
use serde::Deserialize;

use crate::{
    engine::{Round, Suite, Violation},
    mutation::{Compiled, Compiler, Mutant},
    skills::Skills,
    world::{Artifacts, repository},
};

/// Options of `skill-mutants`.
#[derive(Args, Clone, Debug)]
pub struct SkillMutantsArgs {
    /// Actions to notice a mutant within
    #[arg(long, default_value_t = 15_000)]
    pub actions: u64,
    /// Only mutants whose name contains this
    #[arg(long)]
    pub only: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Named {
    promise: String,
    name: String,
    file: String,
    from: String,
    to: String,
}

/// Judges the mutants of test/properties/mutants/skills.json; true when each is noticed as the promise that it breaks.
///
/// # Errors
/// When the compiler cannot run, or a mutant does not fit the contracts any more.
pub fn skill_mutants(args: &SkillMutantsArgs) -> eyre::Result<bool> {
    let root = repository();
    let text = std::fs::read(root.join("test/properties/mutants/skills.json")).context("skills.json")?;
    let mut list: Vec<Named> = serde_json::from_slice(&text)?;
    list.retain(|one| args.only.as_ref().is_none_or(|only| one.name.contains(only)));
    let mut compiler = Compiler::start()?;
    let mut all = true;
    for one in &list {
        let source = std::fs::read_to_string(root.join(&one.file)).with_context(|| one.file.clone())?;
        let places = source.matches(&one.from).count();
        ensure!(
            places == 1,
            "{}: {places} places in {}; there should be one",
            one.name,
            one.file
        );
        let mutant = Mutant {
            name: one.name.clone(),
            file: one.file.clone(),
            line: 0,
            source: source.replacen(&one.from, &one.to, 1),
        };
        let of_badges = one.file.contains("Badge");
        let contract = if of_badges {
            "contracts/skills/Badges.sol:Badges"
        } else {
            "contracts/skills/SkillWallet.sol:SkillWallet"
        };
        let code = match compiler.compile(&[contract], Some(&mutant))? {
            Compiled::Code(code) => code,
            Compiled::Refused(why) => eyre::bail!("{} does not compile: {why}", one.name),
        };
        let begun = Instant::now();
        let noticed = attack(code, args.actions)?;
        let seconds = begun.elapsed().as_secs();
        match noticed {
            Some(broken) if broken.promise == one.promise => {
                println!("noticed by {:<8} in {seconds:>3} s: {}", broken.promise, one.name)
            }
            Some(broken) => {
                all = false;
                println!(
                    "NOTICED by {}, not {}: {} ({})",
                    broken.promise, one.promise, one.name, broken.detail
                );
            }
            None => {
                all = false;
                println!("SURVIVED {} s: {} ({})", seconds, one.name, one.promise);
            }
        }
    }
    println!("{} mutants", list.len());
    Ok(all)
}

/// What a round against the contracts with this code in place of what was built finds.
fn attack(code: BTreeMap<String, alloy_primitives::Bytes>, actions: u64) -> eyre::Result<Option<Violation>> {
    let mut artifacts = Artifacts::of_repository();
    for (name, code) in code {
        artifacts.replace(&name, code);
    }
    let mut suite = Skills::deploy(&artifacts)?;
    let round = Round {
        seed: 1,
        number: 0,
        actions,
        guided: true,
    };
    let (_, failure) = round.run(&mut suite, |_| true);
    Ok(failure.map(|failure| failure.violation))
}

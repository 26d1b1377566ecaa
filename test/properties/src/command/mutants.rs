//! `mutants`: breaks the contracts, one change at a time, and counts which of them the harness notices.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use eyre::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::{Deserialize, Serialize};

use super::{
    fuzz::shard,
    workshop::{Fate, Workshop},
};
use crate::{
    engine::Suite,
    mutation::{Mutant, Sources, generate},
    suites::{self, Visit},
    world::repository,
};

/// Options of `mutants`.
#[derive(Args, Clone, Debug)]
pub struct MutantsArgs {
    /// The suite whose contracts are broken
    #[arg(long, default_value = "pools")]
    pub suite: String,
    /// Only the committed mutants of test/properties/mutants/SUITE/named.json, each of which must be noticed within
    /// 60 s, and as the promise that it names, if it names one
    #[arg(long)]
    pub named: bool,
    /// How many of the generated mutants, spread evenly over the files' places; one in five is none, since it does not
    /// compile
    #[arg(long, default_value_t = 200)]
    pub limit: usize,
    /// Part i of n of them, as i/n
    #[arg(long, default_value = "1/1")]
    pub shard: String,
    /// Actions to notice a mutant within
    #[arg(long, default_value_t = 30_000)]
    pub actions: u64,
    /// Only mutants whose name contains this, or one of these
    #[arg(long)]
    pub only: Vec<String>,
    /// Judge those again that an earlier run judged
    #[arg(long)]
    pub fresh: bool,
    /// Judge those again that survived an earlier run: the harness may know more by now
    #[arg(long)]
    pub survivors: bool,
    /// With --named: save the shortest sequence that noticed each as test/properties/regressions/SUITE/NAME.json
    #[arg(long)]
    pub record: bool,
    /// With --named: run each sequence as a forge test too, which must fail on the mutant and pass on the contracts as
    /// they are
    #[arg(long)]
    pub forge: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

impl MutantsArgs {
    /// Whether what an earlier run found is not enough.
    fn again(&self, fate: &Fate) -> bool {
        self.fresh || self.survivors && matches!(fate, Fate::Survived)
    }
}

/// Seconds within which a named mutant is noticed.
const NAMED_SECONDS: u64 = 60;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Judged {
    name: String,
    file: String,
    line: usize,
    #[serde(flatten)]
    fate: Fate,
    /// The promise that it breaks, where a named one says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    breaks: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explained: Option<String>,
}

impl Judged {
    /// Whether another promise was noticed than the one it breaks.
    fn is_mistaken(&self) -> bool {
        matches!((&self.fate, &self.breaks), (Fate::Noticed { promise, .. }, Some(breaks)) if promise != breaks)
    }
}

#[derive(Debug, Deserialize)]
struct Named {
    /// The promise that must be noticed as broken; any, where none is named.
    promise: Option<String>,
    name: String,
    file: String,
    from: String,
    to: String,
}

/// Judges the mutants that were asked for. True when every named one was noticed in time, or every survivor is
/// explained.
///
/// # Errors
/// When the compiler cannot run or a named mutant does not fit the contracts any more.
pub fn mutants(args: &MutantsArgs) -> eyre::Result<bool> {
    suites::visit(&args.suite, args)
}

impl Visit for &MutantsArgs {
    type Output = bool;

    fn visit<S: Suite>(self) -> eyre::Result<bool> {
        mutants_of::<S>(self)
    }
}

/// A mutant, with the promise that it breaks if that is known.
type Chosen = (Mutant, Option<String>);

fn mutants_of<S: Suite>(args: &MutantsArgs) -> eyre::Result<bool> {
    let sources = Sources::read(S::SOURCES)?;
    let folder = repository().join("test/properties/mutants").join(S::NAME);
    let (part, parts) = shard(&args.shard)?;
    let mut chosen = if args.named {
        named(&sources, &folder)?
    } else {
        let all = spread(generate(&sources), args.limit);
        all.into_iter().map(|mutant| (mutant, None)).collect()
    };
    chosen.retain(|(mutant, _)| args.only.is_empty() || args.only.iter().any(|only| mutant.name.contains(only)));
    let chosen: Vec<Chosen> = chosen
        .into_iter()
        .enumerate()
        .filter(|(index, _)| *index as u64 % parts == part)
        .map(|(_, one)| one)
        .collect();
    let kind = if args.named { "named" } else { "generated" };
    let ledger_file = repository().join(format!("target/properties/mutants-{}-{kind}.json", S::NAME));
    let mut ledger: BTreeMap<String, Judged> = match fs::read(&ledger_file) {
        Ok(text) => serde_json::from_slice(&text).unwrap_or_default(),
        Err(_) => BTreeMap::new(),
    };
    let explained: BTreeMap<String, String> = match fs::read(folder.join("explained.json")) {
        Ok(text) => serde_json::from_slice(&text).context("explained.json")?,
        Err(_) => BTreeMap::new(),
    };

    let bar = ProgressBar::with_draw_target(
        Some(chosen.len() as u64),
        if args.json {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        },
    )
    .with_style(ProgressStyle::with_template(
        "{bar:30} {pos}/{len} mutants, {eta} left  {msg}",
    )?);
    let mut workshop = Workshop::<S>::open(sources, args.actions)?;
    let mut results = Vec::new();
    for (mutant, breaks) in &chosen {
        bar.set_message(mutant.name.clone());
        let key = format!("{:016x}", fingerprint(mutant));
        let mut judged = match ledger.get(&key) {
            Some(known) if !args.again(&known.fate) => known.clone(),
            _ => {
                let fate = workshop.judge(mutant, args.record || args.forge)?;
                if let (Some(found), true) = (workshop.found.take(), args.named) {
                    workshop.keep(mutant, &found, args)?;
                }
                Judged {
                    name: mutant.name.clone(),
                    file: mutant.file.clone(),
                    line: mutant.line,
                    fate,
                    breaks: None,
                    explained: None,
                }
            }
        };
        judged.breaks.clone_from(breaks);
        judged.explained = explained.get(&judged.name).cloned();
        ledger.insert(key, judged.clone());
        store(&ledger_file, &ledger)?;
        results.push(judged);
        bar.inc(1);
    }
    bar.finish_and_clear();
    report(args, &results)
}

fn named(sources: &Sources, folder: &Path) -> eyre::Result<Vec<Chosen>> {
    let file = folder.join("named.json");
    let text = fs::read(&file).with_context(|| file.display().to_string())?;
    let list: Vec<Named> = serde_json::from_slice(&text)?;
    list.iter()
        .map(|one| {
            let mutant = sources.replacement(&one.name, &one.file, &one.from, &one.to)?;
            Ok((mutant, one.promise.clone()))
        })
        .collect()
}

/// So many of them, evenly over the places.
fn spread(all: Vec<Mutant>, limit: usize) -> Vec<Mutant> {
    let count = all.len();
    all.into_iter()
        .enumerate()
        .filter(|(index, _)| limit >= count || (index * limit) / count != ((index + 1) * limit) / count)
        .map(|(_, mutant)| mutant)
        .collect()
}

fn report(args: &MutantsArgs, results: &[Judged]) -> eyre::Result<bool> {
    let count = |of: fn(&Fate) -> bool| results.iter().filter(|one| of(&one.fate)).count();
    let noticed = count(|fate| matches!(fate, Fate::Noticed { .. }));
    let survived = count(|fate| matches!(fate, Fate::Survived));
    let late = results
        .iter()
        .any(|one| matches!(one.fate, Fate::Noticed { seconds, .. } if seconds >= NAMED_SECONDS));
    let open: Vec<&Judged> = results
        .iter()
        .filter(|one| matches!(one.fate, Fate::Survived) && one.explained.is_none())
        .collect();
    let rate = 100 * noticed / (noticed + survived).max(1);
    let mistaken: Vec<&Judged> = results.iter().filter(|one| one.is_mistaken()).collect();
    let held = open.is_empty() && mistaken.is_empty() && !(args.named && late);
    if args.json {
        println!(
            "{}",
            serde_json::json!({
                "mutants": noticed + survived, "noticed": noticed, "survived": survived, "killRatePercent": rate,
                "held": held, "results": results,
            })
        );
        return Ok(held);
    }
    if args.named {
        for one in results {
            println!("  {:<60} {}", one.name, describe(&one.fate));
        }
    }
    for one in &mistaken {
        println!(
            "mistaken  {}: it breaks {}",
            one.name,
            one.breaks.as_deref().unwrap_or_default()
        );
    }
    for one in results.iter().filter(|one| matches!(one.fate, Fate::Survived)) {
        println!("survived  {}:{}  {}", one.file, one.line, one.name);
        println!(
            "          {}",
            one.explained
                .as_deref()
                .unwrap_or("not explained in explained.json beside the named ones")
        );
    }
    let void = results.len() - noticed - survived;
    println!(
        "{} mutants, {noticed} noticed, {survived} survived ({} unexplained), kill rate {rate} %; {void} void",
        noticed + survived,
        open.len()
    );
    Ok(held)
}

fn describe(fate: &Fate) -> String {
    match fate {
        Fate::Noticed { promise, seconds } => format!("noticed by {promise} in {seconds} s"),
        Fate::Survived => "survived".to_owned(),
        Fate::Void => "no mutant".to_owned(),
    }
}

/// By the change and the file as it is: an edited file is judged again.
fn fingerprint(mutant: &Mutant) -> u64 {
    let hash = alloy_primitives::keccak256([mutant.name.as_bytes(), mutant.source.as_bytes()].concat());
    u64::from_be_bytes(hash.0[..8].try_into().unwrap_or_default())
}

fn store(file: &PathBuf, ledger: &BTreeMap<String, Judged>) -> eyre::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = file.with_extension("new");
    fs::write(&beside, serde_json::to_vec_pretty(ledger)?)?;
    Ok(fs::rename(beside, file)?)
}

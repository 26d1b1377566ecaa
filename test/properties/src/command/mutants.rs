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
    mutation::{Mutant, Sources, generate},
    world::repository,
};

/// Options of `mutants`.
#[derive(Args, Clone, Debug)]
pub struct MutantsArgs {
    /// Only the committed mutants of test/properties/mutants/named.json, each of which must be noticed within 60 s
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
    /// With --named: save the shortest sequence that noticed each as test/properties/regressions/NAME.json
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
    #[serde(skip_serializing_if = "Option::is_none")]
    explained: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Named {
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
    let sources = Sources::read()?;
    let folder = repository().join("test/properties/mutants");
    let (part, parts) = shard(&args.shard)?;
    let mut chosen = if args.named {
        named(&sources, &folder)?
    } else {
        spread(generate(&sources), args.limit)
    };
    chosen.retain(|mutant| args.only.is_empty() || args.only.iter().any(|only| mutant.name.contains(only)));
    let chosen: Vec<Mutant> = chosen
        .into_iter()
        .enumerate()
        .filter(|(index, _)| *index as u64 % parts == part)
        .map(|(_, one)| one)
        .collect();
    let ledger_name = if args.named {
        "mutants-named.json"
    } else {
        "mutants.json"
    };
    let ledger_file = repository().join("target/properties").join(ledger_name);
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
    let mut workshop = Workshop::open(sources, args.actions)?;
    let mut results = Vec::new();
    for mutant in &chosen {
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
                    explained: None,
                }
            }
        };
        judged.explained = explained.get(&judged.name).cloned();
        ledger.insert(key, judged.clone());
        store(&ledger_file, &ledger)?;
        results.push(judged);
        bar.inc(1);
    }
    bar.finish_and_clear();
    report(args, &results)
}

fn named(sources: &Sources, folder: &Path) -> eyre::Result<Vec<Mutant>> {
    let file = folder.join("named.json");
    let text = fs::read(&file).with_context(|| file.display().to_string())?;
    let list: Vec<Named> = serde_json::from_slice(&text)?;
    list.iter()
        .map(|one| sources.replacement(&one.name, &one.file, &one.from, &one.to))
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
    let held = open.is_empty() && !(args.named && late);
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
    for one in results.iter().filter(|one| matches!(one.fate, Fate::Survived)) {
        println!("survived  {}:{}  {}", one.file, one.line, one.name);
        println!(
            "          {}",
            one.explained
                .as_deref()
                .unwrap_or("not explained in test/properties/mutants/explained.json")
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

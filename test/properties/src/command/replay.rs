//! `replay`: saved sequences once more.

use std::path::{Path, PathBuf};

use clap::Args;
use eyre::{Context, ensure};

use crate::{
    engine::{Suite, Violation},
    suites::{self, Visit},
    world::Artifacts,
};

/// In place of a promise's number, in the name of a test of a sequence that broke none.
const REPLAYED: &str = "NONE-0";

/// Options of `replay`.
#[derive(Args, Clone, Debug)]
pub struct ReplayArgs {
    /// Files that fuzz saved
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// The suite that saved them
    #[arg(long, default_value = "pools")]
    pub suite: String,
    /// Forge's output folder
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Print the sequence as a forge test and nothing else, whether a promise breaks or not; the verdict goes to the
    /// standard error
    #[arg(long)]
    pub solidity: bool,
}

/// Performs the files' sequences; true when no promise broke. With `--solidity` the standard output is a forge test and
/// nothing else.
///
/// # Errors
/// When contracts are not built, a file does not hold a sequence, or there is no such suite.
pub fn replay(args: &ReplayArgs) -> eyre::Result<bool> {
    suites::visit(&args.suite, args)
}

impl Visit for &ReplayArgs {
    type Output = bool;

    fn visit<S: Suite>(self) -> eyre::Result<bool> {
        replay_suite::<S>(self)
    }
}

fn replay_suite<S: Suite>(args: &ReplayArgs) -> eyre::Result<bool> {
    ensure!(
        args.files.len() == 1 || !args.solidity,
        "--solidity prints one forge test; give one file"
    );
    let artifacts = args
        .out
        .as_deref()
        .map_or_else(Artifacts::of_repository, Artifacts::in_folder);
    let mut suite = S::deploy(&artifacts)?;
    let mut all_held = true;
    for file in &args.files {
        let actions = read::<S>(file)?;
        let broken = perform(&mut suite, &actions);
        all_held &= broken.is_none();
        let verdict = match &broken {
            None => format!("{}: {} actions, no promise broke", file.display(), actions.len()),
            Some((index, violation)) => format!(
                "{}: action {} broke {}: {}",
                file.display(),
                index + 1,
                violation.promise,
                violation.detail
            ),
        };
        if args.solidity {
            eprintln!("{verdict}");
            let violation =
                broken.map_or_else(|| Violation::new(REPLAYED, "nothing broke"), |(_, violation)| violation);
            println!("{}", suite.solidity(&actions, &violation));
        } else {
            println!("{verdict}");
        }
    }
    Ok(all_held)
}

/// Performs every sequence of a folder, by name; what broke, with the name of its file.
///
/// # Errors
/// When a file does not hold a sequence.
pub fn replay_folder<S: Suite>(suite: &mut S, folder: &Path) -> eyre::Result<(usize, Vec<(PathBuf, Violation)>)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| folder.display().to_string())?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    let mut broken = Vec::new();
    for file in &files {
        let actions = read::<S>(file)?;
        broken.extend(perform(suite, &actions).map(|(_, violation)| (file.clone(), violation)));
    }
    Ok((files.len(), broken))
}

fn read<S: Suite>(file: &Path) -> eyre::Result<Vec<S::Action>> {
    let text = std::fs::read(file);
    let text = text.with_context(|| format!("cannot read {}; fuzz names the file that it saves", file.display()))?;
    let suite = S::NAME;
    serde_json::from_slice(&text).with_context(|| {
        format!(
            "{} holds no sequence of the suite {suite}; take the --suite that saved it",
            file.display()
        )
    })
}

/// Performs a sequence from the start and goes back to it; the action that broke a promise.
fn perform<S: Suite>(suite: &mut S, actions: &[S::Action]) -> Option<(usize, Violation)> {
    let start = (suite.machine().snapshot(), suite.model().clone());
    let broken = actions
        .iter()
        .enumerate()
        .find_map(|(index, action)| Some((index, suite.perform(action).err()?)));
    suite.machine().restore(&start.0);
    suite.set_model(start.1);
    broken
}

//! `replay`: saved sequences once more.

use std::path::{Path, PathBuf};

use clap::Args;
use eyre::Context;

use crate::{
    engine::{Suite, Violation},
    pools::Pools,
    world::Artifacts,
};

/// Options of `replay`.
#[derive(Args, Clone, Debug)]
pub struct ReplayArgs {
    /// Files that fuzz saved
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Forge's output folder
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Print the sequence as a forge test, whether a promise breaks or not
    #[arg(long)]
    pub solidity: bool,
}

/// Performs the files' sequences; true when no promise broke.
///
/// # Errors
/// When contracts are not built or a file does not hold a sequence.
pub fn replay(args: &ReplayArgs) -> eyre::Result<bool> {
    let artifacts = args
        .out
        .as_deref()
        .map_or_else(Artifacts::of_repository, Artifacts::in_folder);
    let mut suite = Pools::deploy(&artifacts)?;
    let mut all_held = true;
    for file in &args.files {
        let actions = read::<Pools>(file)?;
        let broken = perform(&mut suite, &actions);
        match &broken {
            None => println!("{}: {} actions, no promise broke", file.display(), actions.len()),
            Some((index, violation)) => {
                all_held = false;
                println!(
                    "{}: action {} broke {}: {}",
                    file.display(),
                    index + 1,
                    violation.promise,
                    violation.detail
                );
            }
        }
        if args.solidity {
            let violation = broken.map_or_else(|| Violation::new("POOL-2", "replayed"), |(_, violation)| violation);
            println!("{}", suite.solidity(&actions, &violation));
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
    let text = std::fs::read(file).with_context(|| file.display().to_string())?;
    serde_json::from_slice(&text).with_context(|| format!("{} holds no sequence of actions", file.display()))
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

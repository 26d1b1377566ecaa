//! A forge project beside the repository with the contracts and some tests, to see what forge says of a mutant.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use eyre::{Context, ensure};

use super::Mutant;
use crate::world::repository;

/// The file of a replay, in the folder of its domain's tests.
const REPLAY: &str = "Replayed.t.sol";
/// What a forge project of ours is made of; of the tests' files those alone that are no tests.
const FOLDERS: [&str; 3] = ["contracts", "script", "test"];

/// A folder of target/properties.
#[derive(Debug)]
pub struct ForgeProject {
    root: PathBuf,
    /// The folder of the domain's tests.
    folder: PathBuf,
    /// The profile of foundry.toml that the contracts are built by.
    profile: &'static str,
}

impl ForgeProject {
    /// Sets it up anew for replays, with forge's settings; what it compiled stays.
    ///
    /// # Errors
    /// When files cannot be copied.
    pub fn open(suite: &str) -> eyre::Result<Self> {
        Self::named(suite, &format!("forge-{suite}"), "default", &[])
    }

    /// One with these of the repository's tests of a suite's domain, on contracts compiled without the optimizer: it
    /// takes half of the time and changes gas alone.
    ///
    /// # Errors
    /// When files cannot be copied.
    pub fn with_tests(suite: &str, name: &str, tests: &[String]) -> eyre::Result<Self> {
        Self::named(suite, name, "quick", tests)
    }

    fn named(suite: &str, name: &str, profile: &'static str, tests: &[String]) -> eyre::Result<Self> {
        let own = Path::new("test").join(suite);
        let (from, root) = (repository(), repository().join("target/properties").join(name));
        fs::create_dir_all(&root)?;
        link_packages(&from.join("node_modules"), &root.join("node_modules"))?;
        for folder in FOLDERS {
            copy_folder(&from.join(folder), &root.join(folder), &|path| {
                is_wanted(path, &own, tests)
            })?;
        }
        fs::copy(from.join("foundry.toml"), root.join("foundry.toml")).context("foundry.toml")?;
        Ok(Self {
            root,
            folder: own,
            profile,
        })
    }

    /// Whether the test passes, on the contracts as they are or on a mutant.
    ///
    /// # Errors
    /// When forge cannot run or the test does not compile.
    pub fn passes(&self, mutant: Option<&Mutant>, test: &str) -> eyre::Result<bool> {
        let file = self.folder.join(REPLAY);
        fs::write(self.root.join(&file), test)?;
        Ok(self.first_failure(mutant, &file.to_string_lossy())?.is_none())
    }

    /// The first of the tests in these files that fails, on the contracts as they are or on a mutant.
    ///
    /// # Errors
    /// When forge cannot run or the contracts or tests do not compile.
    pub fn first_failure(&self, mutant: Option<&Mutant>, files: &str) -> eyre::Result<Option<String>> {
        copy_folder(&repository().join("contracts"), &self.root.join("contracts"), &|_| true)?;
        if let Some(mutant) = mutant {
            fs::write(self.root.join(&mutant.file), &mutant.source)?;
        }
        // Tests take the contracts from out/, where the default profile has them.
        let built = self.forge(self.profile, &["build"])?;
        let text = String::from_utf8_lossy(&built.stdout);
        ensure!(
            built.status.success(),
            "the contracts do not compile:\n{text}{}",
            String::from_utf8_lossy(&built.stderr)
        );
        let output = self.forge("test", &["test", "--match-path", files])?;
        let text = String::from_utf8_lossy(&output.stdout);
        ensure!(
            text.contains("Suite result:"),
            "the tests do not compile:\n{text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let failed = text.lines().find_map(|line| {
            let (_, test) = line.trim().strip_prefix("[FAIL")?.split_once("] ")?;
            test.split('(').next().map(str::to_owned)
        });
        ensure!(output.status.success() == failed.is_none(), "forge failed:\n{text}");
        Ok(failed)
    }

    fn forge(&self, profile: &str, arguments: &[&str]) -> eyre::Result<Output> {
        let mut forge = Command::new(repository().join("node_modules/@foundry-rs/forge-linux-amd64/bin/forge"));
        forge
            .args(arguments)
            .env("FOUNDRY_PROFILE", profile)
            .env("FOUNDRY_DISABLE_NIGHTLY_WARNING", "1")
            // The figures belong to the contracts as they are.
            .env("FORGE_SNAPSHOT_EMIT", "false")
            .current_dir(&self.root);
        if profile == self.profile {
            forge.env("FOUNDRY_OUT", "out").env("FOUNDRY_CACHE_PATH", "cache");
        }
        forge.output().context("forge cannot be started")
    }
}

/// Hard links: forge resolves a symbolic link, and would compile the packages under names that its settings do not
/// skip.
fn link_packages(from: &Path, to: &Path) -> eyre::Result<()> {
    // The hash of the lock file that they were installed from.
    let stamp = |folder: &Path| fs::read(folder.join(".fluxion-lock")).ok();
    if stamp(to).is_some() && stamp(to) == stamp(from) {
        return Ok(());
    }
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    let done = Command::new("cp").arg("-al").args([from, to]).status()?;
    ensure!(done.success(), "the packages cannot be linked to {}", to.display());
    Ok(())
}

/// Whether a file of the repository belongs to a project with these tests of a folder.
fn is_wanted(path: &Path, folder: &Path, tests: &[String]) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if path.starts_with("test") {
        let is_chosen = path.starts_with(folder) && tests.iter().any(|test| *test == name);
        let is_test = (name.ends_with(".t.sol") && name != "Base.t.sol") || name.ends_with(".handler.sol");
        return is_chosen || path.starts_with("test/vectors") || (name.ends_with(".sol") && !is_test);
    }
    name.ends_with(".sol") || name == "solc" || path.starts_with("script/networks")
}

/// Copies what is wanted of a folder; paths are judged from the root of the repository. Files that are there and not
/// wanted go, besides the replay.
fn copy_folder(from: &Path, to: &Path, wanted: &dyn Fn(&Path) -> bool) -> eyre::Result<()> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let path = source.strip_prefix(repository()).unwrap_or(&source).to_path_buf();
        if entry.file_type()?.is_dir() {
            copy_folder(&source, &target, wanted)?;
        } else if wanted(&path) {
            fs::create_dir_all(to)?;
            let text = fs::read(&source)?;
            // Untouched files keep their time, and forge what it compiled of them.
            if fs::read(&target).ok().as_deref() != Some(&text[..]) {
                fs::copy(&source, &target)?;
            }
            names.insert(entry.file_name());
        }
    }
    if !to.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(to)? {
        let entry = entry?;
        let stays = names.contains(&entry.file_name()) || entry.file_name() == REPLAY || entry.file_type()?.is_dir();
        if !stays {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

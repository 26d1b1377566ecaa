//! A forge project beside the repository with the pools and one test, to see what forge says of a replay.

use std::{fs, path::Path, process::Command};

use eyre::{Context, ensure};

use super::Mutant;
use crate::world::repository;

const TEST: &str = "test/pools/PoolReplay.t.sol";
/// Files of test/pools that a replay imports.
const FIXTURE: [&str; 3] = ["PoolContracts.sol", "PoolFixture.sol", "PoolTokens.sol"];

/// A folder of target/properties.
#[derive(Debug)]
pub struct ForgeProject {
    root: std::path::PathBuf,
}

impl ForgeProject {
    /// Sets it up anew for replays, with links to the packages and forge's settings; what it compiled stays.
    ///
    /// # Errors
    /// When files cannot be copied.
    pub fn open() -> eyre::Result<Self> {
        Self::named("forge")
    }

    /// One with these of the repository's tests of the pools, compiled without the optimizer: it takes half of the time and changes
    /// gas alone.
    ///
    /// # Errors
    /// When files cannot be copied.
    pub fn with_tests(name: &str, tests: &[String]) -> eyre::Result<Self> {
        let project = Self::named(name)?;
        copy_folder(&repository().join("test/vectors"), &project.root.join("test/vectors"))?;
        for test in tests {
            let path = format!("test/pools/{test}");
            fs::copy(repository().join(&path), project.root.join(&path)).context(path)?;
        }
        let settings = project.root.join("foundry.toml");
        let text = fs::read_to_string(&settings)?;
        let quick = text
            .replacen("\noptimizer = true\n", "\noptimizer = false\n", 1)
            .replacen(
                "\n[fmt]\n",
                "\n[profile.default.optimizer_details]\nyul = true\n\n[profile.default.optimizer_details.yulDetails]\n\
             stackAllocation = true\noptimizerSteps = \"u\"\n\n[fmt]\n",
                1,
            );
        ensure!(quick.contains("optimizerSteps"), "foundry.toml has no [fmt]");
        fs::write(settings, quick)?;
        Ok(project)
    }

    fn named(name: &str) -> eyre::Result<Self> {
        let (from, root) = (repository(), repository().join("target/properties").join(name));
        fs::create_dir_all(root.join("test/pools"))?;
        fs::create_dir_all(root.join("script"))?;
        for name in ["node_modules"] {
            if !root.join(name).exists() {
                std::os::unix::fs::symlink(from.join(name), root.join(name))?;
            }
        }
        for file in ["foundry.toml", "script/solc"] {
            fs::copy(from.join(file), root.join(file)).context(file)?;
        }
        for file in FIXTURE {
            fs::copy(from.join("test/pools").join(file), root.join("test/pools").join(file)).context(file)?;
        }
        copy_folder(
            &from.join("test/properties/contracts"),
            &root.join("test/properties/contracts"),
        )?;
        Ok(Self { root })
    }

    /// Whether the test passes, on the contracts as they are or on a mutant.
    ///
    /// # Errors
    /// When forge cannot run or the test does not compile.
    pub fn passes(&self, mutant: Option<&Mutant>, test: &str) -> eyre::Result<bool> {
        fs::write(self.root.join(TEST), test)?;
        Ok(self.first_failure(mutant, TEST)?.is_none())
    }

    /// The first of the tests in these files that fails, on the contracts as they are or on a mutant.
    ///
    /// # Errors
    /// When forge cannot run or the tests do not compile.
    pub fn first_failure(&self, mutant: Option<&Mutant>, files: &str) -> eyre::Result<Option<String>> {
        copy_folder(
            &repository().join("contracts/pools"),
            &self.root.join("contracts/pools"),
        )?;
        if let Some(mutant) = mutant {
            fs::write(self.root.join(&mutant.file), &mutant.source)?;
        }
        let forge = repository().join("node_modules/@foundry-rs/forge-linux-amd64/bin/forge");
        let output = Command::new(forge)
            .args(["test", "--match-path", files])
            .env("FOUNDRY_DISABLE_NIGHTLY_WARNING", "1")
            .current_dir(&self.root)
            .output()
            .context("forge cannot be started")?;
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
}

fn copy_folder(from: &Path, to: &Path) -> eyre::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            let target = to.join(entry.file_name());
            let text = fs::read(entry.path())?;
            // Untouched files keep their time, and forge what it compiled of them.
            if fs::read(&target).ok().as_deref() != Some(&text[..]) {
                fs::write(target, text)?;
            }
        }
    }
    Ok(())
}

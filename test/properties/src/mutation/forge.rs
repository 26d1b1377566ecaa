//! A forge project beside the repository with the pools and one test, to see what forge says of a replay.

use std::{fs, path::Path, process::Command};

use eyre::{Context, ensure};

use super::Mutant;
use crate::world::repository;

const TEST: &str = "test/pools/PoolReplay.t.sol";
/// Files of test/pools that a replay imports.
const FIXTURE: [&str; 3] = ["PoolContracts.sol", "PoolFixture.sol", "PoolTokens.sol"];

/// target/properties/forge.
#[derive(Debug)]
pub struct ForgeProject {
    root: std::path::PathBuf,
}

impl ForgeProject {
    /// Sets it up anew, with links to the packages and forge's settings; what it compiled stays.
    ///
    /// # Errors
    /// When files cannot be copied.
    pub fn open() -> eyre::Result<Self> {
        let (from, root) = (repository(), repository().join("target/properties/forge"));
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
        copy_folder(
            &repository().join("contracts/pools"),
            &self.root.join("contracts/pools"),
        )?;
        if let Some(mutant) = mutant {
            fs::write(self.root.join(&mutant.file), &mutant.source)?;
        }
        fs::write(self.root.join(TEST), test)?;
        let forge = repository().join("node_modules/@foundry-rs/forge-linux-amd64/bin/forge");
        let output = Command::new(forge)
            .args(["test", "--match-path", TEST])
            .env("FOUNDRY_DISABLE_NIGHTLY_WARNING", "1")
            .current_dir(&self.root)
            .output()
            .context("forge cannot be started")?;
        let text = String::from_utf8_lossy(&output.stdout);
        ensure!(
            text.contains("Suite result:"),
            "the replay does not compile:\n{text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(output.status.success())
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

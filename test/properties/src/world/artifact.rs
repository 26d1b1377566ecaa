//! Creation code by contract name: what forge built, or the same with some contracts replaced by mutants of them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use alloy_primitives::{Bytes, hex};
use eyre::{Context, OptionExt, ensure};

/// Where creation code comes from.
#[derive(Clone, Debug)]
pub struct Artifacts {
    out: PathBuf,
    replaced: BTreeMap<String, Bytes>,
}

impl Artifacts {
    /// Reads from forge's output folder of this repository.
    pub fn of_repository() -> Self {
        Self::in_folder(&repository().join("out"))
    }

    /// Reads from another output folder of the same layout.
    pub fn in_folder(out: &Path) -> Self {
        Self {
            out: out.to_path_buf(),
            replaced: BTreeMap::new(),
        }
    }

    /// Takes `code` instead of what was built for the contract `name`.
    pub fn replace(&mut self, name: &str, code: Bytes) {
        self.replaced.insert(name.to_owned(), code);
    }

    /// Creation code of the contract `name` in the file `file`, without constructor arguments.
    ///
    /// # Errors
    /// When the contract was not built, or needs a library linked.
    pub fn creation_code(&self, file: &str, name: &str) -> eyre::Result<Bytes> {
        if let Some(code) = self.replaced.get(name) {
            return Ok(code.clone());
        }
        let path = self.out.join(file).join(format!("{name}.json"));
        let text = std::fs::read(&path).with_context(|| {
            format!(
                "{} cannot be read: build the contracts first (make build)",
                path.display()
            )
        })?;
        let json: serde_json::Value = serde_json::from_slice(&text)?;
        let code = json["bytecode"]["object"]
            .as_str()
            .ok_or_eyre("an artifact without bytecode")?;
        ensure!(
            code.len() > 2,
            "{name} in {file} has no code: it is abstract or an interface"
        );
        Ok(hex::decode(code)
            .with_context(|| format!("{name} needs a library linked"))?
            .into())
    }

    /// A number that changes with the code of a contract, `FILE:NAME` from the root of the repository.
    ///
    /// # Errors
    /// As [`Self::creation_code`].
    pub fn fingerprint(&self, contract: &str) -> eyre::Result<u32> {
        let (path, name) = contract.split_once(':').ok_or_eyre("a contract is written FILE:NAME")?;
        let file = path.rsplit('/').next().unwrap_or(path);
        let hash = alloy_primitives::keccak256(self.creation_code(file, name)?);
        Ok(u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]))
    }
}

/// The root of the repository.
pub(crate) fn repository() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.ancestors().nth(2).unwrap_or(crate_folder).to_path_buf()
}

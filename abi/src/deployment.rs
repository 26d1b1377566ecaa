//! The record of one chain's deployment, `deployments/<chainId>.json`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use alloy::primitives::{Address, B256, Bytes};
use serde::{Deserialize, Serialize};

/// What the deploy scripts put on one chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Deployment {
    /// Chain id of the chain (EIP-155).
    pub chain_id: u64,
    /// Name of the network file, `script/networks/<network>.json`.
    pub network: String,
    /// Commit of the sources that were deployed; ends in `-dirty` when the work tree had changes.
    pub commit: String,
    /// Account that sent the deployment.
    pub deployer: Address,
    /// Lowest block that holds a part of the deployment: an indexer needs nothing before it.
    pub block: u64,
    /// The contracts by name; a feed is named `PriceFeed:<pair>`.
    pub contracts: BTreeMap<String, DeployedContract>,
}

/// One deployed contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeployedContract {
    /// Where it is.
    pub address: Address,
    /// Transaction that created it; absent when it was found on the chain by a run that did not create it.
    pub transaction: Option<B256>,
    /// ABI-encoded constructor arguments.
    pub constructor_args: Bytes,
    /// Keccak-256 of the runtime code, as `EXTCODEHASH` returns it.
    pub code_hash: B256,
}

/// Why a record cannot be used. Every variant names the file.
#[derive(Debug, thiserror::Error)]
pub enum DeploymentError {
    /// The file cannot be read.
    #[error("deployment record {path}: {source}; deploy first (`make deploy`), or correct the path")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a deployment record.
    #[error("deployment record {path}: {source}; it is written by `make deploy` and not meant to be edited")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The key or the place that is wrong.
        source: serde_json::Error,
    },
    /// The record has no such contract.
    #[error("deployment record {path}: no key contracts.\"{name}\"; it has: {present}")]
    ContractMissing {
        /// The file.
        path: PathBuf,
        /// The contract looked for.
        name: String,
        /// The contracts that are there.
        present: String,
    },
}

impl Deployment {
    const FEED_PREFIX: &str = "PriceFeed:";

    /// Reads a record.
    ///
    /// # Errors
    /// [`DeploymentError::Unreadable`] and [`DeploymentError::Malformed`], both with the file's name.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, DeploymentError> {
        let path = path.as_ref();
        let text = fs::read_to_string(path).map_err(|source| DeploymentError::Unreadable {
            path: path.into(),
            source,
        })?;
        serde_json::from_str(&text).map_err(|source| DeploymentError::Malformed {
            path: path.into(),
            source,
        })
    }

    /// The contract of that name. `path` is the file the record came from, for the error.
    ///
    /// # Errors
    /// [`DeploymentError::ContractMissing`], which lists what is there.
    pub fn contract(&self, name: &str, path: impl AsRef<Path>) -> Result<&DeployedContract, DeploymentError> {
        self.contracts
            .get(name)
            .ok_or_else(|| DeploymentError::ContractMissing {
                path: path.as_ref().into(),
                name: name.to_owned(),
                present: self.contracts.keys().cloned().collect::<Vec<_>>().join(", "),
            })
    }

    /// The price feeds: pair (`EUR/USD`) and contract, ascending by pair.
    pub fn feeds(&self) -> impl Iterator<Item = (&str, &DeployedContract)> {
        self.contracts
            .iter()
            .filter_map(|(name, contract)| Some((name.strip_prefix(Self::FEED_PREFIX)?, contract)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{
      "chainId": 31337, "network": "local-a", "commit": "abc", "block": 12,
      "deployer": "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
      "contracts": {
        "QuorumVerifier": {
          "address": "0x5FbDB2315678afecb367f032d93F642f64180aa3", "transaction": null, "constructorArgs": "0x01",
          "codeHash": "0x1111111111111111111111111111111111111111111111111111111111111111"
        },
        "PriceFeed:EUR/USD": {
          "address": "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512",
          "transaction": "0x2222222222222222222222222222222222222222222222222222222222222222",
          "constructorArgs": "0x",
          "codeHash": "0x1111111111111111111111111111111111111111111111111111111111111111"
        }
      }
    }"#;

    fn load(text: &str) -> Result<Deployment, DeploymentError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("31337.json");
        fs::write(&file, text).unwrap();
        Deployment::load(file)
    }

    #[test]
    fn reads_a_record_and_its_feeds() {
        let deployment = load(RECORD).unwrap();
        assert_eq!((deployment.chain_id, deployment.block), (31337, 12));
        let feeds: Vec<_> = deployment.feeds().map(|(pair, _)| pair).collect();
        assert_eq!(feeds, ["EUR/USD"]);
        assert_eq!(
            deployment
                .contract("QuorumVerifier", "x")
                .unwrap()
                .constructor_args
                .as_ref(),
            [1]
        );
        assert_eq!(
            serde_json::from_str::<Deployment>(&serde_json::to_string(&deployment).unwrap()).unwrap(),
            deployment
        );
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Deployment::load("/nowhere/31337.json").unwrap_err().to_string();
        assert!(
            error.contains("/nowhere/31337.json") && error.contains("make deploy"),
            "{error}"
        );
    }

    #[test]
    fn a_wrong_key_is_named_with_its_file() {
        let error = load(&RECORD.replace("\"network\"", "\"netwrk\""))
            .unwrap_err()
            .to_string();
        assert!(error.contains("31337.json") && error.contains("netwrk"), "{error}");
        let error = load(&RECORD.replace("\"block\": 12,", "")).unwrap_err().to_string();
        assert!(error.contains("block"), "{error}");
    }

    #[test]
    fn an_absent_contract_is_named_with_those_present() {
        let error = load(RECORD)
            .unwrap()
            .contract("PriceFeed:BTC/USD", "d.json")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("d.json") && error.contains("PriceFeed:BTC/USD") && error.contains("EUR/USD"),
            "{error}"
        );
    }
}

//! What the keepers of the world are told.

use std::path::Path;

use super::{Chain, WorldBuilder};
use crate::{
    keeper::{
        Api, Attestation, ChainEntry, FeedEntry, Fees, Finality, Identity, Jobs, KeeperConfig, Log, PASSPHRASE_ENV,
        UpdatePrices, UpdateReputation,
    },
    proxy::Proxy,
    sources::Sources,
};

impl WorldBuilder {
    /// The configuration of a keeper, or of a signer (`mode`), of this world.
    pub(super) fn config(
        &self,
        name: &str,
        mode: &'static str,
        folder: &Path,
        chains: &[Chain],
        sources: &Sources,
    ) -> eyre::Result<KeeperConfig> {
        let names: Vec<String> = chains.iter().map(|chain| chain.name.to_owned()).collect();
        let direct = self.signers_apart && mode == "signer";
        let first = |chain: &Chain| {
            if direct {
                chain.anvil.url().to_owned()
            } else {
                chain.endpoint()
            }
        };
        let entry = |chain: &Chain| ChainEntry {
            name: chain.name.to_owned(),
            id: chain.anvil.chain_id(),
            local: true,
            endpoints: std::iter::once(first(chain))
                .chain(chain.others.iter().map(Proxy::url))
                .collect(),
            read_quorum: chain.others.len() / 2 + 1,
            deployment: chain.record.clone(),
            finality: Finality::Tag,
            poll_ms: 250,
            fees: Fees::default(),
        };
        let data_dir = folder.join(name).join("data");
        std::fs::create_dir_all(&data_dir)?;
        Ok(KeeperConfig {
            keeper: Identity {
                name: name.to_owned(),
                data_dir,
                mode,
            },
            log: Log {
                format: "json",
                filter: "info".to_owned(),
            },
            store: None,
            api: Api {
                listen: "127.0.0.1:0".to_owned(),
            },
            attestation: Attestation {
                keystores: Vec::new(),
                passphrase_env: PASSPHRASE_ENV,
                listen: "127.0.0.1:0".to_owned(),
                peers: Vec::new(),
                timeout_ms: 1_500,
            },
            job: Jobs {
                update_prices: UpdatePrices { interval_ms: 1_000 },
                update_reputation: self.reputation.then(|| UpdateReputation::new(&names)),
            },
            lane: Vec::new(),
            chain: chains.iter().map(entry).collect(),
            feed: self
                .feeds
                .iter()
                .map(|feed| FeedEntry::new(*feed, &names, sources))
                .collect(),
        })
    }
}

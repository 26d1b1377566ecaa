//! One chain of the world.

use fluxion_abi::{Deployment, IPriceFeed};

use crate::{anvil::Anvil, pools::LocalPools, proxy::Proxy, sources::Feed};

/// A chain of the world.
pub struct Chain {
    /// Name of its network file.
    pub name: &'static str,
    /// The node.
    pub anvil: Anvil,
    /// What the keeper talks to instead of the node, when asked for.
    pub proxy: Option<Proxy>,
    /// Further endpoints of the same node, when asked for.
    pub others: Vec<Proxy>,
    /// What is deployed on it.
    pub deployment: Deployment,
    /// The record that [`Self::deployment`] was read from.
    pub record: std::path::PathBuf,
    /// Its tokens and pools.
    pub pools: LocalPools,
}

impl Chain {
    /// Address that the keeper uses.
    pub fn endpoint(&self) -> String {
        self.proxy
            .as_ref()
            .map_or_else(|| self.anvil.url().to_owned(), Proxy::url)
    }

    /// Every endpoint that the keeper uses.
    pub fn proxies(&self) -> impl Iterator<Item = &Proxy> {
        self.proxy.iter().chain(&self.others)
    }

    /// The contract of a feed, read straight from the node.
    ///
    /// # Errors
    /// When the deployment has no such feed.
    pub fn feed(&self, feed: Feed) -> eyre::Result<IPriceFeed::IPriceFeedInstance<alloy::providers::RootProvider>> {
        let (_, contract) = self
            .deployment
            .feeds()
            .find(|(pair, _)| *pair == feed.id())
            .ok_or_else(|| eyre::eyre!("{} has no feed {}", self.name, feed.id()))?;
        Ok(IPriceFeed::new(contract.address, self.anvil.provider().clone()))
    }
}

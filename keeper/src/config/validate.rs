//! What types cannot say about the configuration.

use std::collections::HashSet;

use alloy::primitives::U256;

use super::{ChainConfig, Config, FeedConfig, Finality, Mode, Section};
use crate::model::{Diagnostic, Lane, shown_url};

/// Everything wrong with a configuration that parses.
pub(super) fn problems(config: &Config, sections: &[&dyn Section]) -> Vec<Diagnostic> {
    let mut found = Found {
        file: config.file.display().to_string(),
        problems: Vec::new(),
    };
    process(config, &mut found);
    for (i, chain) in config.chain.iter().enumerate() {
        chain_problems(config, i, chain, &mut found);
    }
    for (i, feed) in config.feed.iter().enumerate() {
        feed_problems(config, i, feed, &mut found);
    }
    for section in sections {
        section.check(config, &mut found);
    }
    found.problems
}

/// Collects what is wrong with a file.
pub struct Found {
    file: String,
    problems: Vec<Diagnostic>,
}

impl Found {
    /// Something is wrong with this key.
    pub fn add(&mut self, key: impl AsRef<str>, fact: impl Into<String>, mend: impl Into<String>) {
        self.problems.push(Diagnostic::config(
            format!("{}: {}", self.file, key.as_ref()),
            fact,
            mend,
        ));
    }

    /// Something is wrong with this key unless this holds.
    pub fn unless(&mut self, holds: bool, key: impl AsRef<str>, fact: impl Into<String>, mend: impl Into<String>) {
        if !holds {
            self.add(key, fact, mend);
        }
    }
}

fn process(config: &Config, found: &mut Found) {
    found.unless(
        !config.keeper.name.is_empty(),
        "keeper.name",
        "it is empty",
        "give the process a name",
    );
    found.unless(
        !config.chain.is_empty(),
        "chain",
        "there is no chain",
        "add a [[chain]] section",
    );
    found.unless(
        config.store.lease_ms >= 1_000,
        "store.lease_ms",
        format!(
            "{} ms is shorter than a busy database may take to answer",
            config.store.lease_ms
        ),
        "give the lease a second or more; 10000 is usual",
    );
    found.unless(
        config.store.keep_days.is_none_or(|days| days >= 7),
        "store.keep_days",
        "the daily caps and you need the last week",
        "keep 7 days or more; 90 is usual",
    );
    let mut names = HashSet::new();
    let mut ids = HashSet::new();
    for (i, chain) in config.chain.iter().enumerate() {
        found.unless(
            names.insert(&chain.name),
            format!("chain[{i}].name"),
            format!("`{}` is there twice", chain.name),
            "give every chain its own name",
        );
        found.unless(
            ids.insert(chain.id),
            format!("chain[{i}].id"),
            format!("chain id {} is there twice", chain.id),
            "list all endpoints of a chain in one [[chain]] section",
        );
    }
    let mut lanes = HashSet::new();
    for (i, lane) in config.lane.iter().enumerate() {
        found.unless(
            lanes.insert(lane.name),
            format!("lane[{i}].name"),
            format!("lane `{}` is there twice", lane.name),
            "give every lane one key",
        );
    }
    match config.keeper.mode {
        Mode::Signer => {
            found.unless(
                !config.attestation.keystores.is_empty(),
                "attestation.keystores",
                "a signer without a key has nothing to do",
                "name its keystore file",
            );
            found.unless(
                config.attestation.listen.is_some(),
                "attestation.listen",
                "a signer without an address to listen on signs for nobody",
                "write the address that keepers reach, e.g. listen = \"127.0.0.1:9001\"",
            );
            found.unless(
                config.lane.is_empty(),
                "lane",
                "a signer never transmits, so it needs no transaction keys",
                "remove the [[lane]] sections or set keeper.mode = \"keeper\"",
            );
        }
        Mode::Keeper => found.unless(
            config.feed.is_empty() || lanes.contains(&Lane::Prices),
            "lane",
            "feeds are configured, but there is no lane `prices` to send their reports",
            "add [[lane]] with name = \"prices\" and its keystore",
        ),
    }
    for (i, peer) in config.attestation.peers.iter().enumerate() {
        url(found, &format!("attestation.peers[{i}]"), peer);
    }
    found.unless(
        (50..=30_000).contains(&config.attestation.timeout_ms),
        "attestation.timeout_ms",
        format!("found {}", config.attestation.timeout_ms),
        "write 50 to 30000 milliseconds",
    );
}

fn url(found: &mut Found, key: &str, text: &str) {
    let sane = reqwest::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let shown = shown_url(text);
    found.unless(
        sane,
        key,
        format!("what begins with `{shown}` is not an http(s) URL"),
        "write e.g. \"https://host/path\"",
    );
}

fn chain_problems(config: &Config, i: usize, chain: &ChainConfig, found: &mut Found) {
    let at = |key: &str| format!("chain[{i}].{key} ({})", chain.name);
    found.unless(
        chain.id > 0,
        at("id"),
        "chain id 0 does not exist",
        "write the network's EIP-155 chain id",
    );
    found.unless(
        !chain.endpoints.is_empty(),
        at("endpoints"),
        "there is none",
        "add at least one JSON-RPC URL",
    );
    for endpoint in &chain.endpoints {
        url(found, &at("endpoints"), endpoint);
    }
    found.unless(
        (1..=chain.endpoints.len().max(1)).contains(&chain.read_quorum),
        at("read_quorum"),
        format!(
            "{} of {} endpoints cannot agree",
            chain.read_quorum,
            chain.endpoints.len()
        ),
        "write a number from 1 to the number of endpoints",
    );
    found.unless(
        (20..=60_000).contains(&chain.poll_ms),
        at("poll_ms"),
        format!("found {}", chain.poll_ms),
        "write 20 to 60000 milliseconds",
    );
    if let Finality::Depth { blocks } = chain.finality {
        found.unless(
            blocks > 0,
            at("finality.blocks"),
            "the head itself is never final",
            "write at least 1",
        );
    }
    if config.keeper.mode == Mode::Keeper {
        let fees = &chain.fees;
        found.unless(
            fees.max_fee_per_gas.0 > U256::ZERO && fees.max_fee_per_gas.0 <= U256::from(u128::MAX),
            at("fees.max_fee_per_gas"),
            format!("found {}", fees.max_fee_per_gas.0),
            "write the highest fee per gas that you would ever pay, in wei",
        );
        found.unless(
            fees.max_tx_cost.0 <= fees.max_daily_cost.0,
            at("fees.max_tx_cost"),
            format!(
                "{} is above max_daily_cost {}",
                fees.max_tx_cost.0, fees.max_daily_cost.0
            ),
            "a transaction may not cost more than the day's limit",
        );
    }
}

impl Found {
    /// Names of chains that there are none of.
    pub fn unknown_chains(&mut self, config: &Config, place: &str, chains: &[String]) {
        unknown_chains(config, place, chains, self);
    }
}

fn unknown_chains(config: &Config, place: &str, chains: &[String], found: &mut Found) {
    let known: Vec<&str> = config.chain.iter().map(|c| c.name.as_str()).collect();
    for chain in chains {
        found.unless(
            config.chain(chain).is_some(),
            place,
            format!("there is no chain `{chain}`"),
            format!("use one of: {}", known.join(", ")),
        );
    }
}

fn feed_problems(config: &Config, i: usize, feed: &FeedConfig, found: &mut Found) {
    let at = |key: &str| format!("feed[{i}].{key} ({})", feed.id);
    let first = config.feed.iter().position(|other| other.id == feed.id);
    found.unless(
        first == Some(i),
        at("id"),
        "this feed is there twice",
        "write one [[feed]] with all its chains",
    );
    found.unless(
        !feed.id.is_empty() && feed.id.len() <= 32 && feed.id.is_ascii(),
        at("id"),
        "a feed id is 1 to 32 ASCII characters",
        "write the contract's feed id, e.g. \"EUR/USD\"",
    );
    found.unless(
        !feed.chains.is_empty(),
        at("chains"),
        "no chain carries it",
        "name at least one chain",
    );
    unknown_chains(config, &at("chains"), &feed.chains, found);
    found.unless(
        feed.decimals <= 18,
        at("decimals"),
        format!("found {}", feed.decimals),
        "write at most 18",
    );
    found.unless(
        feed.min_sources >= 1,
        at("min_sources"),
        "found 0",
        "write at least 1, better 2",
    );
    found.unless(
        feed.source.len() >= feed.min_sources,
        at("source"),
        format!(
            "{} sources are configured, min_sources is {}",
            feed.source.len(),
            feed.min_sources
        ),
        "add sources, or lower min_sources",
    );
    for (key, value) in [("outlier_bps", feed.outlier_bps), ("tolerance_bps", feed.tolerance_bps)] {
        found.unless(
            (1..=10_000).contains(&value),
            at(key),
            format!("found {value}"),
            "write 1 to 10000",
        );
    }
    found.unless(
        feed.deviation_bps >= 1,
        at("deviation_bps"),
        "found 0",
        "write at least 1",
    );
    found.unless(feed.heartbeat_s >= 1, at("heartbeat_s"), "found 0", "write at least 1");
    found.unless(feed.max_age_s >= 1, at("max_age_s"), "found 0", "write at least 1");
    found.unless(
        feed.valid_for_s >= 2,
        at("valid_for_s"),
        format!("found {}", feed.valid_for_s),
        "write at least 2",
    );
    let mut names = HashSet::new();
    for (j, source) in feed.source.iter().enumerate() {
        let at = |key: &str| format!("feed[{i}].source[{j}].{key} ({}, {})", feed.id, source.name);
        found.unless(
            names.insert(&source.name),
            at("name"),
            "this source is there twice",
            "give each its own name",
        );
        url(found, &at("url"), &source.url);
        for (key, pointer) in [("price", Some(&source.price)), ("time", source.time.as_ref())] {
            let Some(pointer) = pointer else { continue };
            found.unless(
                pointer.starts_with('/'),
                at(key),
                format!("`{pointer}` is not a JSON pointer"),
                "write a path that begins with `/`, e.g. \"/data/price\"",
            );
        }
        found.unless(source.timeout_ms >= 1, at("timeout_ms"), "found 0", "write at least 1");
    }
}

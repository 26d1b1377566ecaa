//! Commands that a viewer can copy: they work while the world runs.

use std::fs;

use eyre::{OptionExt, WrapErr};

use crate::{accounts, project, sources::Feed, world::World};

/// Where the commands are kept, from the root of the checkout.
pub(super) const FILE: &str = "target/demo/try.txt";

/// The commands, a line each.
pub(super) struct Tries {
    pub(super) lines: Vec<String>,
}

impl Tries {
    /// Commands for the first chain of the world, also written to [`FILE`].
    ///
    /// # Errors
    /// When the world has no chain or no pool, or the file cannot be written.
    pub(super) fn of(world: &World) -> eyre::Result<Self> {
        let chain = world.chains.first().ok_or_eyre("the world has no chain")?;
        let pool = chain.pools.pools.first().ok_or_eyre("the chain has no pool")?;
        let visitor = accounts::key(accounts::VISITOR)?.address();
        let secret = accounts::secret(accounts::VISITOR)?;
        let (url, record) = (chain.anvil.url(), chain.record.display());
        let feed = *chain.feed(Feed::ALL[0])?.address();
        let cast = "node_modules/@foundry-rs/cast-linux-amd64/bin/cast";
        let lines = vec![
            format!("Try it ({} is at {url}, its record is {record}):", chain.name),
            format!("  {cast} call --rpc-url {url} {feed} 'latestRoundData()(uint80,int256,uint256,uint256,uint80)'"),
            format!("  curl -s {}", world.keeper.url("/v1/status")?),
            format!(
                "  an account of yours, with coin and tokens: {visitor}, key {secret} (public: for local chains only)"
            ),
            format!(
                "  KEY={secret} node abi/npm/example/dist/quote-and-swap.js {url} {record} {} 1000000",
                pool.id()
            ),
            "    (`make abi` builds the example)".to_owned(),
        ];
        let path = project::target()?.join("demo/try.txt");
        fs::write(&path, lines.join("\n") + "\n").wrap_err_with(|| format!("cannot write {}", path.display()))?;
        Ok(Self { lines })
    }
}

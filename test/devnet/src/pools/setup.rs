//! Puts tokens and pools on a chain that has the contracts.

use std::{fs, path::Path};

use alloy::{
    network::{EthereumWallet, TransactionBuilder},
    primitives::{Address, Bytes, U256, hex},
    providers::{Provider, ProviderBuilder},
    rpc::types::TransactionRequest,
    sol_types::SolValue,
};
use eyre::{OptionExt, WrapErr, ensure};
use fluxion_abi::{Deployment, IERC20Metadata, IPoolManager};
use serde_json::Value;

use super::{LocalPool, LocalPools, MILLION, Token};
use crate::{
    accounts,
    anvil::Anvil,
    project,
    skills::{self, SkillPlaces},
};

/// What the outcome depends on besides the contracts: part of the name of a kept chain.
pub(crate) const SOURCES: [&[u8]; 4] = [
    include_bytes!("setup.rs"),
    include_bytes!("mod.rs"),
    skills::SOURCE,
    include_bytes!("../../../mocks/LocalToken.sol"),
];

/// Symbol, decimals, whether it is a dollar, and the first balance of the weighted and of the stable pool, in whole
/// tokens. A path that moves the price in the weighted pool hardly moves it in the stable one.
const TOKENS: [(&str, u8, bool, u64, u64); 4] = [
    ("COIN", 8, false, 400, 0),
    ("USDA", 6, true, 10_000_000, 30_000_000),
    ("USDB", 18, true, 0, 31_000_000),
    ("USDC", 8, true, 0, 29_000_000),
];
/// What each account of the pools' traffic gets of every token, in whole tokens.
const PURSE: u64 = 1_000_000_000;
/// In millionths: 0.3 % and 0.04 %.
const FEES: [u64; 2] = [3_000, 400];
/// What a discount leaves of the weighted pool's fee at least: 0.1 %.
const LEAST_FEE: u64 = 1_000;
const AMPLIFICATION: u64 = 500;
/// 80 % of the weighted pool is the coin.
const WEIGHTS: [u64; 4] = [800_000, 200_000, 0, 0];

/// Deploys the tokens, gives them to the accounts that use the pools, lets the manager take them, and creates both
/// pools.
///
/// # Errors
/// When the token was not built, or a transaction fails.
pub(crate) async fn set_up(anvil: &Anvil, record: &Path) -> eyre::Result<LocalPools> {
    let deployment = Deployment::load(record)?;
    let manager = deployment.contract("PoolManager", record)?.address;
    let discount = SkillPlaces::of(&deployment)?.discount;
    let mut holders = Vec::new();
    for account in accounts::POOL_USERS {
        holders.push(accounts::key(account)?.address());
    }
    let tokens = deploy_tokens(anvil, &holders).await?;
    for account in accounts::POOL_USERS {
        let wallet = EthereumWallet::from(accounts::key(account)?);
        let provider = ProviderBuilder::new().wallet(wallet).connect_http(anvil.url().parse()?);
        for token in &tokens {
            let contract = IERC20Metadata::new(token.address, &provider);
            let receipt = contract.approve(manager, U256::MAX).send().await?.get_receipt().await?;
            ensure!(receipt.status(), "{} refused an approval", token.symbol);
        }
    }
    let pools = vec![
        pool(&tokens, "COIN/USDA", FEES[0], &[0, 1], 0)?.with_policy(discount, LEAST_FEE),
        pool(&tokens, "USDA/USDB/USDC", FEES[1], &[1, 2, 3], AMPLIFICATION)?,
    ];
    let key = accounts::key(accounts::POOL_CREATOR)?;
    let creator = key.address();
    let provider = ProviderBuilder::new()
        .wallet(EthereumWallet::from(key))
        .connect_http(anvil.url().parse()?);
    for (number, pool) in pools.iter().enumerate() {
        let first = |token: &usize| {
            let (_, decimals, _, weighted, stable) = TOKENS[*token];
            whole(if number == 0 { weighted } else { stable }, decimals)
        };
        let amounts = pool.tokens.iter().map(first).collect();
        let contract = IPoolManager::new(manager, &provider);
        let call = contract.createPool(pool.key.clone(), amounts, U256::ZERO, creator, U256::MAX);
        let sent = call
            .send()
            .await
            .wrap_err_with(|| format!("{} was refused", pool.name))?;
        ensure!(sent.get_receipt().await?.status(), "{} could not be created", pool.name);
    }
    let local = LocalPools { manager, tokens, pools };
    skills::set_up(anvil, record).await?;
    Ok(local)
}

async fn deploy_tokens(anvil: &Anvil, holders: &[Address]) -> eyre::Result<Vec<Token>> {
    let code = token_code()?;
    let wallet = EthereumWallet::from(accounts::key(accounts::POOL_CREATOR)?);
    let provider = ProviderBuilder::new().wallet(wallet).connect_http(anvil.url().parse()?);
    let mut tokens = Vec::new();
    for (symbol, decimals, dollar, _, _) in TOKENS {
        let name = format!("Local {symbol}");
        let arguments = (
            name,
            symbol.to_owned(),
            U256::from(decimals),
            holders.to_vec(),
            purse(decimals),
        );
        let creation = [code.as_ref(), &arguments.abi_encode_params()].concat();
        let request = TransactionRequest::default().with_deploy_code(Bytes::from(creation));
        let receipt = provider.send_transaction(request).await?.get_receipt().await?;
        let address = receipt.contract_address.filter(|_| receipt.status());
        tokens.push(Token {
            symbol: symbol.to_owned(),
            address: address.ok_or_eyre("a token could not be created")?,
            decimals,
            dollar,
        });
    }
    Ok(tokens)
}

/// Creation code of test/mocks/LocalToken.sol, as forge built it.
fn token_code() -> eyre::Result<Bytes> {
    let path = project::root()?.join("out/LocalToken.sol/LocalToken.json");
    let text = fs::read_to_string(&path);
    let text = text.wrap_err_with(|| format!("{} is missing: run `make build`", path.display()))?;
    let artifact: Value = serde_json::from_str(&text)?;
    let code = artifact["bytecode"]["object"]
        .as_str()
        .ok_or_eyre("the token has no bytecode")?;
    Ok(hex::decode(code)?.into())
}

/// A pool of those tokens, by rising address as a key wants them; weighted without an amplification.
fn pool(all: &[Token], name: &str, fee: u64, tokens: &[usize], amplification: u64) -> eyre::Result<LocalPool> {
    let mut tokens = tokens.to_vec();
    tokens.sort_by_key(|token| all[*token].address);
    let mut key = vec![U256::from(fee) | (U256::from(amplification) << 24)];
    let mut sum = 0;
    for token in &tokens {
        let weight = if amplification == 0 { WEIGHTS[*token] } else { 0 };
        sum += weight;
        let word = U256::from_be_slice(all[*token].address.as_slice());
        key.push(word | (U256::from(all[*token].decimals) << 160) | (U256::from(weight) << 168));
    }
    ensure!(
        sum == if amplification == 0 { MILLION } else { 0 },
        "the weights of {name} do not add up"
    );
    Ok(LocalPool {
        name: name.to_owned(),
        key,
        tokens,
    })
}

impl LocalPool {
    /// With a fee policy, and a least fee in millionths.
    fn with_policy(mut self, policy: Address, least_fee: u64) -> Self {
        if let Some(word) = self.key.first_mut() {
            *word |= (U256::from(least_fee) << 48_usize) | (U256::from_be_slice(policy.as_slice()) << 72_usize);
        }
        self
    }
}

/// What an account of the pools' traffic begins with, in units of a token with so many decimals.
pub(super) fn purse(decimals: u8) -> U256 {
    whole(PURSE, decimals)
}

/// Whole tokens in units.
fn whole(amount: u64, decimals: u8) -> U256 {
    U256::from(amount) * U256::from(10).pow(U256::from(decimals))
}

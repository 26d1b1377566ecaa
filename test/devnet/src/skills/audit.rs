//! Checks what was earned: the contracts' views against the logs, and the discount against the pool.

use alloy::{
    primitives::{Address, U256},
    providers::Provider as _,
    rpc::types::Filter,
    sol_types::SolEvent as _,
};
use fluxion_abi::{IPoolManager, ISkillWallet};

use super::{Earned, MODERATION, SkillPlaces, TRADING, earned};
use crate::{accounts, world::Chain};

/// What an audit found.
#[derive(Debug, Clone, Default)]
pub struct SkillAudit {
    /// What each trader earned.
    pub earned: Vec<Earned>,
    /// What does not fit, in words.
    pub differences: Vec<String>,
}

/// Counts the logs of a chain again and compares.
///
/// # Errors
/// When the node does not answer.
pub async fn audit(chain: &Chain) -> eyre::Result<SkillAudit> {
    let mut found = SkillAudit::default();
    for account in accounts::TRADERS {
        let account = accounts::key(account)?.address();
        let state = earned(chain, account).await?;
        for (place, skill) in [TRADING, MODERATION].into_iter().enumerate() {
            let (attested, revoked) = counted(chain, state.wallet, skill).await?;
            // Nothing decays within a month.
            if attested - revoked != state.xp[place] {
                found.differences.push(format!(
                    "{}: wallet {} has {} of skill {skill}, the logs add up to {attested} less {revoked}",
                    chain.name, state.wallet, state.xp[place]
                ));
            }
        }
        if let Some(difference) = discounted(chain, account, &state).await? {
            found.differences.push(difference);
        }
        found.earned.push(state);
    }
    Ok(found)
}

/// Experience attested to and revoked from a wallet.
async fn counted(chain: &Chain, wallet: u64, skill: u16) -> eyre::Result<(u64, u64)> {
    let places = SkillPlaces::of(&chain.deployment)?;
    let filter = Filter::new()
        .address(places.wallets)
        .from_block(0)
        .topic1(U256::from(wallet))
        .topic2(U256::from(skill));
    let (mut attested, mut revoked) = (0, 0);
    for log in chain.anvil.provider().get_logs(&filter).await? {
        match log.topic0() {
            Some(&ISkillWallet::SkillAttested::SIGNATURE_HASH) => {
                attested += u64::try_from(ISkillWallet::SkillAttested::decode_log(&log.inner)?.added)?;
            }
            Some(&ISkillWallet::SkillRevoked::SIGNATURE_HASH) => {
                revoked += u64::try_from(ISkillWallet::SkillRevoked::decode_log(&log.inner)?.taken)?;
            }
            _ => {}
        }
    }
    Ok((attested, revoked))
}

/// Whether the weighted pool gives an account more for the same input exactly when it has a discount.
async fn discounted(chain: &Chain, account: Address, state: &Earned) -> eyre::Result<Option<String>> {
    let Some(pool) = chain.pools.pools.first() else {
        return Ok(None);
    };
    let manager = IPoolManager::new(chain.pools.manager, chain.anvil.provider());
    let block = chain.anvil.provider().get_block_number().await?;
    let quote = async |trader: Address| {
        let amount = U256::from(1_000_000_000_u64);
        let call = manager.quoteExactIn(trader, pool.key.clone(), U256::ZERO, U256::ONE, amount);
        call.block(block.into()).call().await
    };
    let (own, anybodys) = (quote(account).await?, quote(Address::ZERO).await?);
    let expected = state.discount_bps > 0;
    Ok(((own > anybodys) != expected).then(|| {
        format!(
            "{}: {account} has a discount of {} basis points, and gets {own} where others get {anybodys}",
            chain.name, state.discount_bps
        )
    }))
}

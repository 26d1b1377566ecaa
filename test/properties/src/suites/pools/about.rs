//! Calls of every function of the manager about one pool, valid ones but for what they are about.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;

use super::{
    abi::{IPoolManager, IPoolTrade},
    swap::NEVER,
};

/// What a call is about: a pool that exists or not, an actor, two of its tokens, a token that it does not have.
pub(crate) struct About {
    pub(crate) key: Vec<U256>,
    pub(crate) who: usize,
    pub(crate) i: U256,
    pub(crate) j: U256,
    pub(crate) size: usize,
    pub(crate) shares: U256,
    pub(crate) recipient: Address,
}

impl About {
    pub(crate) fn hop(&self) -> IPoolTrade::Hop {
        IPoolTrade::Hop {
            key: self.key.clone(),
            tokenIn: self.i,
            tokenOut: self.j,
        }
    }

    pub(crate) fn swap_in(&self) -> Vec<u8> {
        IPoolManager::swapExactInCall {
            key: self.key.clone(),
            tokenIn: self.i,
            tokenOut: self.j,
            amountIn: U256::ONE,
            minAmountOut: U256::ZERO,
            recipient: self.recipient,
            deadline: NEVER,
        }
        .abi_encode()
    }

    pub(crate) fn swap_out(&self) -> Vec<u8> {
        IPoolManager::swapExactOutCall {
            key: self.key.clone(),
            tokenIn: self.i,
            tokenOut: self.j,
            amountOut: U256::ZERO,
            maxAmountIn: U256::MAX,
            recipient: self.recipient,
            deadline: NEVER,
        }
        .abi_encode()
    }

    pub(crate) fn path_in(&self, hops: Vec<IPoolTrade::Hop>) -> Vec<u8> {
        IPoolManager::swapPathExactInCall {
            hops,
            amountIn: U256::ONE,
            minAmountOut: U256::ZERO,
            recipient: self.recipient,
            deadline: NEVER,
        }
        .abi_encode()
    }

    pub(crate) fn path_out(&self, hops: Vec<IPoolTrade::Hop>) -> Vec<u8> {
        IPoolManager::swapPathExactOutCall {
            hops,
            amountOut: U256::ZERO,
            maxAmountIn: U256::MAX,
            recipient: self.recipient,
            deadline: NEVER,
        }
        .abi_encode()
    }

    pub(crate) fn quote(&self, kind: usize, hops: Vec<IPoolTrade::Hop>) -> Vec<u8> {
        let (trader, key, amount) = (self.recipient, self.key.clone(), U256::ZERO);
        match kind {
            0 => IPoolManager::quoteExactInCall {
                trader,
                key,
                tokenIn: self.i,
                tokenOut: self.j,
                amountIn: amount,
            }
            .abi_encode(),
            1 => IPoolManager::quoteExactOutCall {
                trader,
                key,
                tokenIn: self.i,
                tokenOut: self.j,
                amountOut: amount,
            }
            .abi_encode(),
            2 => IPoolManager::quotePathExactInCall {
                trader,
                hops,
                amountIn: amount,
            }
            .abi_encode(),
            _ => IPoolManager::quotePathExactOutCall {
                trader,
                hops,
                amountOut: amount,
            }
            .abi_encode(),
        }
    }

    /// Adds and exits in proportion, and amounts of tokens, with so many limits.
    pub(crate) fn counted(&self, kind: usize, count: usize) -> Vec<u8> {
        let (key, shares, amounts) = (self.key.clone(), self.shares, vec![U256::ZERO; count]);
        let (recipient, deadline) = (self.recipient, NEVER);
        match kind {
            0 => IPoolManager::addProportionalCall {
                key,
                shares,
                maxAmounts: vec![U256::MAX; count],
                recipient,
                deadline,
            }
            .abi_encode(),
            1 => IPoolManager::removeProportionalCall {
                key,
                shares,
                minAmounts: amounts,
                recipient,
                deadline,
            }
            .abi_encode(),
            2 => IPoolManager::addUnbalancedCall {
                key,
                amounts,
                minShares: U256::ZERO,
                recipient,
                deadline,
            }
            .abi_encode(),
            _ => IPoolManager::quoteAddUnbalancedCall {
                trader: recipient,
                key,
                amounts,
            }
            .abi_encode(),
        }
    }

    /// What names one token.
    pub(crate) fn single(&self, kind: usize) -> Vec<u8> {
        let (key, shares, trader) = (self.key.clone(), self.shares, self.recipient);
        let (recipient, deadline) = (self.recipient, NEVER);
        match kind {
            0 => IPoolManager::addSingleCall {
                key,
                tokenIn: self.i,
                shares,
                maxAmountIn: U256::MAX,
                recipient,
                deadline,
            }
            .abi_encode(),
            1 => IPoolManager::removeSingleCall {
                key,
                tokenOut: self.i,
                shares,
                minAmountOut: U256::ZERO,
                recipient,
                deadline,
            }
            .abi_encode(),
            2 => IPoolManager::quoteAddSingleCall {
                trader,
                key,
                tokenIn: self.i,
                shares,
            }
            .abi_encode(),
            _ => IPoolManager::quoteRemoveSingleCall {
                trader,
                key,
                tokenOut: self.i,
                shares,
            }
            .abi_encode(),
        }
    }

    /// What names a pool and no token.
    pub(crate) fn plain(&self, kind: usize) -> Vec<u8> {
        let (key, shares) = (self.key.clone(), self.shares);
        match kind {
            0 => IPoolManager::poolStateCall { key }.abi_encode(),
            1 => IPoolManager::collectProtocolFeeCall { key }.abi_encode(),
            2 => IPoolManager::amplificationTimesTokensCall { key }.abi_encode(),
            3 => IPoolManager::quoteAddProportionalCall { key, shares }.abi_encode(),
            _ => IPoolManager::quoteRemoveProportionalCall { key, shares }.abi_encode(),
        }
    }

    /// What governance or the guardian does.
    pub(crate) fn restricted(&self, kind: usize, number: u64) -> Vec<u8> {
        let (key, value) = (self.key.clone(), U256::from(number));
        let ids = vec![super::model::id_of(&key)];
        match kind {
            0 => IPoolManager::setProtocolFeeCall {
                key,
                protocolFeeBps: value,
            }
            .abi_encode(),
            1 => IPoolManager::rampAmplificationCall {
                key,
                amplification: value,
                end: U256::MAX,
            }
            .abi_encode(),
            2 => IPoolManager::pauseCall {
                poolIds: ids,
                flags: U256::ONE,
                duration: value,
            }
            .abi_encode(),
            3 => IPoolManager::setPauseCall {
                poolIds: ids,
                flags: value,
                until: U256::ZERO,
            }
            .abi_encode(),
            4 => IPoolManager::setInitialProtocolFeeCall { protocolFeeBps: value }.abi_encode(),
            5 => IPoolManager::setFlashFeeCall { fee: value }.abi_encode(),
            _ => IPoolManager::createPoolCall {
                amounts: vec![U256::from(1_000_000_000_000_u64); self.size],
                key,
                minShares: U256::ZERO,
                recipient: self.recipient,
                deadline: NEVER,
            }
            .abi_encode(),
        }
    }

    pub(crate) fn loan(&self, count: usize) -> Vec<u8> {
        IPoolManager::flashLoanCall {
            tokens: Vec::new(),
            amounts: vec![U256::ZERO; count],
            data: Bytes::new(),
        }
        .abi_encode()
    }

    pub(crate) fn batch(calls: Vec<Vec<u8>>) -> Vec<u8> {
        IPoolManager::multicallCall {
            calls: calls.into_iter().map(Bytes::from).collect(),
            unwrap: false,
        }
        .abi_encode()
    }
}

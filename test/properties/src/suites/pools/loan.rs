//! Flash loans: paid back, not paid back, and with trades in between.

use alloy_primitives::{Address, B256, Bytes, LogData, U256, keccak256};
use alloy_sol_types::{SolCall, SolEvent};
use serde::{Deserialize, Serialize};

use super::{
    abi::{IBorrower, IPoolManager},
    action::Hop,
    fixture::{ACTORS, BORROWER},
    liquidity::TREASURY,
    model::MILLION,
    perform::Pools,
    replay::Writer,
    swap::NEVER,
};
use crate::{engine::Violation, world::Outcome};

/// Ways in which a borrower does not pay.
pub(crate) const EXCUSES: u8 = 5;

/// One of these actions. `pool`, `i` and `j` as in [`super::Action`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Loan {
    /// By a borrower that has every token. `tokens` are numbers of tokens.
    Paid { tokens: Vec<usize>, amounts: Vec<U256> },
    /// Of token `i` by one that has none: it does nothing (0), adds what it got to the pool (1) or swaps it (2). Or by
    /// the other one, that borrows again (3) or answers what it must not (4).
    Unpaid {
        pool: usize,
        i: usize,
        amount: U256,
        excuse: u8,
    },
    /// A swap of `amount` while the manager has lent `loan` of what comes out.
    Trade {
        pool: usize,
        i: usize,
        j: usize,
        amount: U256,
        loan: U256,
    },
    /// Millionths.
    SetFee { fee: u32 },
}

impl Loan {
    /// All kinds.
    pub const KINDS: [&'static str; 4] = [
        "flash loan",
        "flash loan unpaid",
        "flash loan and trade",
        "set flash fee",
    ];

    pub(crate) fn kind(&self) -> &'static str {
        Self::KINDS[match self {
            Self::Paid { .. } => 0,
            Self::Unpaid { .. } => 1,
            Self::Trade { .. } => 2,
            Self::SetFee { .. } => 3,
        }]
    }

    pub(crate) fn pool(&mut self) -> Option<&mut usize> {
        match self {
            Self::Unpaid { pool, .. } | Self::Trade { pool, .. } => Some(pool),
            Self::Paid { .. } | Self::SetFee { .. } => None,
        }
    }

    pub(crate) fn numbers(&mut self) -> Vec<&mut U256> {
        match self {
            Self::Paid { amounts, .. } => amounts.iter_mut().collect(),
            Self::Unpaid { amount, .. } => vec![amount],
            Self::Trade { amount, loan, .. } => vec![amount, loan],
            Self::SetFee { .. } => Vec::new(),
        }
    }

    pub(crate) fn perform(&self, pools: &mut Pools) -> Result<bool, Violation> {
        match self {
            Self::Paid { tokens, amounts } => pools.borrow_and_pay(tokens, amounts),
            Self::Unpaid {
                pool,
                i,
                amount,
                excuse,
            } => pools.borrow_and_keep(*pool, *i, *amount, *excuse),
            Self::Trade {
                pool,
                i,
                j,
                amount,
                loan,
            } => pools.borrow_and_trade((*pool, *i, *j), *amount, *loan),
            Self::SetFee { fee } => pools.set_flash_fee(*fee),
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        match self {
            Self::Paid { tokens, amounts } => {
                writer.amounts(amounts);
                writer.line(&format!("lent = new address[]({});", tokens.len()));
                for (index, token) in tokens.iter().enumerate() {
                    let place = writer.place(*token);
                    writer.line(&format!("lent[{index}] = address(tokens[{place}]);"));
                }
                writer.line("borrower.borrow(lent, amounts);");
            }
            // A loan that fails changes nothing.
            Self::Unpaid { .. } => {}
            Self::Trade {
                pool,
                i,
                j,
                amount,
                loan,
            } => {
                writer.line("calls = new bytes[](1);");
                writer.line(&format!(
                    "calls[0] = abi.encodeCall(manager.swapExactIn, (keys[{pool}], {i}, {j}, {amount}, 0, address(borrower), SOON));"
                ));
                writer.line("borrower.setCalls(calls, true);");
                writer.amounts(&[*loan]);
                writer.line("lent = new address[](1);");
                writer.line(&format!("lent[0] = address(uint160(keys[{pool}][{}]));", j + 1));
                writer.line("borrower.borrow(lent, amounts);");
                writer.line("borrower.setCalls(new bytes[](0), true);");
            }
            Self::SetFee { fee } => writer.line(&format!("manager.setFlashFee({fee});")),
        }
    }
}

impl Pools {
    fn held(&self, token: usize) -> U256 {
        self.model.held.get(&token).copied().unwrap_or_default()
    }

    fn wallet(&self, token: usize, account: usize) -> U256 {
        self.machine
            .slot(self.fixture.tokens[token], self.fixture.wallet_slot(account))
    }

    /// What a loan costs, rounded up.
    fn loan_fee(&self, amount: U256) -> U256 {
        (amount * self.model.flash_fee).div_ceil(U256::from(MILLION))
    }

    fn borrow(&mut self, borrower: Address, tokens: &[usize], amounts: &[U256]) -> Outcome {
        let call = IBorrower::borrowCall {
            tokens: tokens.iter().map(|token| self.fixture.tokens[*token]).collect(),
            amounts: amounts.to_vec(),
        };
        self.machine.call(self.fixture.actors[0], borrower, call.abi_encode())
    }

    /// What a borrower does next time, and which of it must succeed.
    fn instruct(&mut self, borrower: Address, calls: Vec<Vec<u8>>, must_succeed: bool) {
        let call = IBorrower::setCallsCall {
            calls: calls.into_iter().map(Bytes::from).collect(),
            mustSucceed: must_succeed,
        };
        self.machine.call(self.fixture.admin, borrower, call.abi_encode());
    }

    /// POOL-13: whatever is there is lent, comes back, and the fee is the revenue receiver's.
    fn borrow_and_pay(&mut self, tokens: &[usize], amounts: &[U256]) -> Result<bool, Violation> {
        self.instruct(self.fixture.borrower, Vec::new(), true);
        let may = tokens
            .iter()
            .zip(amounts)
            .all(|(token, amount)| *amount <= self.held(*token));
        let wallets: Vec<U256> = tokens.iter().map(|token| self.wallet(*token, TREASURY)).collect();
        let outcome = self.borrow(self.fixture.borrower, tokens, amounts);
        if outcome.returned().is_some() != may {
            let detail = format!("a loan of {amounts:?} of {tokens:?}: {outcome:?}, possible {may}");
            return Err(Violation::new("POOL-13", detail));
        }
        if may {
            let lent = tokens
                .iter()
                .zip(amounts)
                .map(|(token, amount)| self.lent(*token, *amount));
            Self::check_events(&self.events(), &lent.collect::<Vec<_>>(), "a loan")?;
            for ((token, amount), before) in tokens.iter().zip(amounts).zip(wallets) {
                let (got, due) = (self.wallet(*token, TREASURY) - before, self.loan_fee(*amount));
                if got != due {
                    let detail = format!("{got} of token {token} was paid for a loan of {amount}, not {due}");
                    return Err(Violation::new("POOL-13", detail));
                }
            }
        }
        Ok(may)
    }

    /// POOL-13: who cannot pay from outside borrows nothing, whatever it does with the loan.
    fn borrow_and_keep(&mut self, pool: usize, i: usize, amount: U256, excuse: u8) -> Result<bool, Violation> {
        let token = self.model.pools[pool].spec.tokens[i];
        let (rich, poor) = (self.fixture.borrower, self.fixture.poor);
        let key = self.model.pools[pool].key.clone();
        let mut amounts = vec![U256::ZERO; self.model.pools[pool].size()];
        amounts[i] = amount;
        let excuse = excuse % EXCUSES;
        let calls = match excuse {
            1 => vec![
                IPoolManager::addUnbalancedCall {
                    key,
                    amounts,
                    minShares: U256::ZERO,
                    recipient: poor,
                    deadline: NEVER,
                }
                .abi_encode(),
            ],
            2 => vec![
                IPoolManager::swapExactInCall {
                    key,
                    tokenIn: U256::from(i),
                    tokenOut: U256::from((i + 1) % amounts.len()),
                    amountIn: amount,
                    minAmountOut: U256::ZERO,
                    recipient: poor,
                    deadline: NEVER,
                }
                .abi_encode(),
            ],
            3 => vec![
                IPoolManager::flashLoanCall {
                    tokens: vec![self.fixture.tokens[token]],
                    amounts: vec![U256::ZERO],
                    data: Bytes::from_static(b"data"),
                }
                .abi_encode(),
            ],
            _ => Vec::new(),
        };
        let borrower = if excuse > 2 { rich } else { poor };
        self.instruct(borrower, calls, false);
        let magic = |word: B256| IBorrower::setMagicCall { magic: word }.abi_encode();
        if excuse == 4 {
            self.machine.call(self.fixture.admin, borrower, magic(B256::ZERO));
        }
        let before = self.successes(borrower);
        let outcome = self.borrow(borrower, &[token], &[amount]);
        let within = self.successes(borrower) - before;
        if excuse == 4 {
            let word = keccak256("IFlashBorrower.onFlashLoan");
            self.machine.call(self.fixture.admin, borrower, magic(word));
        }
        // Nothing that it was told may have happened; and with nothing done a loan is paid where it costs nothing, or
        // by who can.
        let may = !within.is_zero() || excuse == 4 || (excuse < 3 && !self.loan_fee(amount).is_zero());
        if outcome.returned().is_some() && may {
            let detail = format!("a loan of {amount} of token {token} was had by excuse {excuse}");
            return Err(Violation::new("POOL-13", detail));
        }
        Ok(outcome.returned().is_none() && amount <= self.held(token))
    }

    fn successes(&mut self, borrower: Address) -> U256 {
        let data = IBorrower::successesCall {}.abi_encode();
        let outcome = self.machine.call(self.fixture.admin, borrower, data);
        outcome
            .returned()
            .map(|data| U256::from_be_slice(data))
            .unwrap_or_default()
    }

    /// POOL-13: pools work during a loan as they do without it.
    fn borrow_and_trade(&mut self, (pool, i, j): Hop, amount: U256, loan: U256) -> Result<bool, Violation> {
        let token = self.model.pools[pool].spec.tokens[j];
        let (snapshot, before, lent) = (self.machine.snapshot(), self.model.clone(), self.held(token));
        let traded = self.swap_in(pool, i, j, amount, BORROWER, false)?;
        // The model stays: storage after the loan is compared with it.
        self.machine.restore(&snapshot);
        let swap = IPoolManager::swapExactInCall {
            key: self.model.pools[pool].key.clone(),
            tokenIn: U256::from(i),
            tokenOut: U256::from(j),
            amountIn: amount,
            minAmountOut: U256::ZERO,
            recipient: self.fixture.borrower,
            deadline: NEVER,
        };
        self.instruct(self.fixture.borrower, vec![swap.abi_encode()], true);
        let outcome = self.borrow(self.fixture.borrower, &[token], &[loan]);
        let events = self.events();
        self.instruct(self.fixture.borrower, Vec::new(), true);
        // What is lent cannot come out of the pool meanwhile.
        let may = traded.is_some_and(|out| loan.checked_add(out).is_some_and(|all| all <= lent));
        if outcome.returned().is_some() != may {
            let detail = format!("a loan of {loan} around a swap of {amount} for {traded:?}: {outcome:?}");
            return Err(Violation::new("POOL-13", detail));
        }
        match traded {
            Some(out) if may => {
                let expected = [
                    self.swapped((pool, i, j), BORROWER, amount, out),
                    self.lent(token, loan),
                ];
                Self::check_events(&events, &expected, "a loan around a swap")?;
            }
            _ => self.model = before,
        }
        Ok(may)
    }

    /// The event of a loan.
    fn lent(&self, token: usize, amount: U256) -> LogData {
        IPoolManager::FlashLoan {
            borrower: self.fixture.borrower,
            token: self.fixture.tokens[token],
            amount,
            fee: self.loan_fee(amount),
        }
        .encode_log_data()
    }

    fn set_flash_fee(&mut self, fee: u32) -> Result<bool, Violation> {
        let call = IPoolManager::setFlashFeeCall { fee: U256::from(fee) };
        let done = self.call(ACTORS, &call).returned().is_some();
        if done != (fee <= 10_000) {
            return Err(Violation::new("POOL-13", format!("a fee of {fee} for loans: {done}")));
        }
        if done {
            let event = IPoolManager::FlashFeeSet { fee: U256::from(fee) };
            Self::check_events(&self.events(), &[event.encode_log_data()], "a fee for loans")?;
            self.model.flash_fee = U256::from(fee);
        }
        let told = self.call(0, &IPoolManager::flashFeeCall {});
        if told.returned().map(|data| U256::from_be_slice(data)) != Some(self.model.flash_fee) {
            return Err(Violation::new("POOL-13", format!("the fee of loans is {told:?}")));
        }
        Ok(done)
    }
}

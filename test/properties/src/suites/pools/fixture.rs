//! What is deployed before the first action: the manager under its AccessManager, tokens of many decimals, funded
//! actors.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolValue};
use eyre::{OptionExt, ensure};
use k256::ecdsa::SigningKey;

use super::{
    abi::{IPoolManager, IToken},
    permit::{KEY, account_of},
};
use crate::world::{Artifacts, Machine};

/// Traders and providers.
pub const ACTORS: usize = 4;
/// Number of the borrower that has every token.
pub(crate) const BORROWER: usize = ACTORS + 3;
/// Number of the owner that approves nothing and signs permits.
pub(crate) const OWNER: usize = ACTORS + 4;
/// Decimals of the tokens, before they are sorted by address.
const DECIMALS: [u8; 14] = [0, 1, 2, 4, 6, 6, 8, 9, 12, 15, 17, 18, 18, 18];
/// Which of them is the one with permits, and which the wrapped native coin.
const PERMITS: usize = DECIMALS.len() - 2;
const NATIVE: usize = DECIMALS.len() - 1;
/// Native coin that the manager has all along.
pub(crate) const STRAY: U256 = U256::from_limbs([12_345, 0, 0, 0]);
/// What is deployed, the one that is called most first.
pub(crate) const CONTRACTS: &[&str] = &[
    "contracts/pools/PoolManager.sol:PoolManager",
    "contracts/pools/modules/PoolTrade.sol:PoolTrade",
    "contracts/pools/modules/PoolLiquidity.sol:PoolLiquidity",
    "contracts/pools/modules/PoolQuotes.sol:PoolQuotes",
    "contracts/pools/modules/PoolViews.sol:PoolViews",
    "contracts/pools/modules/PoolLedger.sol:PoolLedger",
    "contracts/pools/modules/PoolAdmin.sol:PoolAdmin",
    "contracts/pools/shares/PoolShareTokenFactory.sol:PoolShareTokenFactory",
    "contracts/pools/shares/PoolShareToken.sol:PoolShareToken",
];
/// The modules of the manager, by the order of its constructor.
pub(crate) const MODULES: [&str; 6] = [
    "PoolTrade",
    "PoolLiquidity",
    "PoolAdmin",
    "PoolQuotes",
    "PoolViews",
    "PoolLedger",
];
/// Contracts of the admin before the tokens: with the number of the tokens it decides their addresses, which committed
/// sequences know.
const BEFORE_TOKENS: u64 = 5;
/// Creates a contract of one byte.
const NOTHING: [u8; 5] = [0x60, 0x01, 0x60, 0x00, 0xf3];
/// The manager's protocol fee for new pools, basis points.
pub(crate) const PROTOCOL_FEE_BPS: u64 = 1_000;
const START: u64 = 1_800_000_000;

/// Addresses and storage places. By number: tokens rise by address, and the last one calls back.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// The pool manager.
    pub manager: Address,
    /// The modules that it delegates to, by the order of its constructor.
    pub parts: [Address; 6],
    /// Admin of the AccessManager, who creates pools and sets protocol fees.
    pub admin: Address,
    /// Gets the protocol's shares.
    pub treasury: Address,
    /// Traders and providers.
    pub actors: [Address; ACTORS],
    /// Tokens by rising address. The last one is the hostile one.
    pub tokens: Vec<Address>,
    /// Number of the one that is wrapped native coin.
    pub native: usize,
    /// Number of the one with permits.
    pub permits: usize,
    /// Signs permits.
    pub owner: Address,
    /// Their decimals.
    pub decimals: Vec<u8>,
    /// A rate provider for each token.
    pub providers: Vec<Address>,
    /// The fee policy of the pools that have one.
    pub policy: Address,
    /// A contract that borrows and has every token.
    pub borrower: Address,
    /// One that has none.
    pub poor: Address,
    /// Makes tokens of shares.
    pub share_tokens: Address,
    /// Where each token keeps what the manager holds.
    pub held_slots: Vec<U256>,
    pools_slot: U256,
    shares_slot: U256,
}

impl Fixture {
    /// Deploys it all.
    ///
    /// # Errors
    /// When an artifact is missing, or the manager keeps its balances in another way than the harness reads them.
    pub fn deploy(artifacts: &Artifacts) -> eyre::Result<(Machine, Self)> {
        let mut machine = Machine::new(START);
        let admin = Address::from_word(B256::with_last_byte(0xad));
        let treasury = Address::from_word(B256::with_last_byte(0xfe));
        let actors = std::array::from_fn(|index| Address::from_word(B256::with_last_byte(0xa0 + index as u8)));

        let code = |file: &str, name: &str, arguments: Vec<u8>| -> eyre::Result<alloy_primitives::Bytes> {
            Ok([artifacts.creation_code(file, name)?.to_vec(), arguments]
                .concat()
                .into())
        };
        let deployer = Address::from_word(B256::with_last_byte(0xde));
        let access = machine.deploy(
            deployer,
            code("AccessManager.sol", "AccessManager", admin.abi_encode())?,
        )?;
        for _ in 0..BEFORE_TOKENS {
            machine.deploy(admin, NOTHING.to_vec().into())?;
        }
        let native = admin.create(BEFORE_TOKENS + NATIVE as u64);
        let arguments = (treasury, native).abi_encode_params();
        let mut modules = [Address::ZERO; MODULES.len()];
        for (module, name) in modules.iter_mut().zip(MODULES) {
            *module = machine.deploy(deployer, code(&format!("{name}.sol"), name, arguments.clone())?)?;
        }
        // A fixed array is encoded as its elements, one by one.
        let arguments = (access, modules, U256::from(PROTOCOL_FEE_BPS)).abi_encode_params();
        let manager = machine.deploy(deployer, code("PoolManager.sol", "PoolManager", arguments)?)?;

        let mut tokens = Vec::new();
        for (number, decimals) in DECIMALS.into_iter().enumerate() {
            let token = match number {
                PERMITS => code("PoolTokens.sol", "PermitToken", Vec::new())?,
                NATIVE => code("WrappedNativeToken.sol", "WrappedNativeToken", Vec::new())?,
                _ => {
                    let arguments = ("TOKEN", U256::from(decimals)).abi_encode_params();
                    code("PoolTokens.sol", "PlainToken", arguments)?
                }
            };
            tokens.push((machine.deploy(admin, token)?, decimals));
        }
        let permits = tokens[PERMITS].0;
        ensure!(
            tokens[NATIVE].0 == native,
            "the manager knows another wrapped native coin"
        );
        machine.fund(native, U256::from(u128::MAX) << 64_usize)?;
        tokens.sort_unstable();
        // The hostile one comes last, as in the test that replays a failure.
        let mut hostile = Address::ZERO;
        while tokens.last().is_some_and(|(last, _)| hostile <= *last) {
            hostile = machine.deploy(admin, code("PoolTokens.sol", "CallbackToken", Vec::new())?)?;
        }
        tokens.push((hostile, 18));

        let fund = |machine: &mut Machine, token: Address, account: Address| -> eyre::Result<()> {
            let mint = IToken::mintCall {
                to: account,
                amount: U256::from(u128::MAX),
            };
            machine.set_up(admin, token, mint.abi_encode())?;
            let approve = IToken::approveCall {
                spender: manager,
                amount: U256::MAX,
            };
            machine.set_up(account, token, approve.abi_encode())?;
            Ok(())
        };
        for (token, _) in &tokens {
            for account in actors.iter().chain([&admin, &hostile]) {
                fund(&mut machine, *token, *account)?;
            }
        }

        // Coin that nobody sent by a call: no batch may hand it out.
        machine.fund(manager, STRAY)?;
        for account in actors {
            machine.fund(account, U256::from(u128::MAX))?;
        }
        let owner = account_of(&SigningKey::from_bytes(&KEY.into())?);
        let mint = IToken::mintCall {
            to: owner,
            amount: U256::from(u128::MAX),
        };
        machine.set_up(admin, permits, mint.abi_encode())?;
        let mut providers = Vec::new();
        for _ in &tokens {
            providers.push(machine.deploy(admin, code("SettableRate.sol", "SettableRate", Vec::new())?)?);
        }
        let policy = machine.deploy(admin, code("PoolContracts.sol", "Oracle", U256::ZERO.abi_encode())?)?;
        let borrower = machine.deploy(admin, code("PoolContracts.sol", "Borrower", manager.abi_encode())?)?;
        let poor = machine.deploy(admin, code("PoolContracts.sol", "Borrower", manager.abi_encode())?)?;
        for (token, _) in &tokens {
            fund(&mut machine, *token, borrower)?;
        }
        let share = machine.deploy(
            admin,
            code("PoolShareToken.sol", "PoolShareToken", manager.abi_encode())?,
        )?;
        let arguments = (manager, share).abi_encode_params();
        let share_tokens = machine.deploy(
            admin,
            code("PoolShareTokenFactory.sol", "PoolShareTokenFactory", arguments)?,
        )?;
        let held = Machine::mapping_slot(manager.into_word(), U256::ZERO);
        let (addresses, decimals): (Vec<_>, Vec<_>) = tokens.into_iter().unzip();
        let number = |token: Address| addresses.iter().position(|other| *other == token).unwrap_or_default();
        let (native, permits) = (number(native), number(permits));
        let mut fixture = Self {
            manager,
            parts: modules,
            admin,
            treasury,
            actors,
            held_slots: vec![held; addresses.len()],
            tokens: addresses,
            native,
            permits,
            owner,
            providers,
            policy,
            borrower,
            poor,
            share_tokens,
            decimals,
            pools_slot: U256::ZERO,
            shares_slot: U256::ZERO,
        };
        fixture.find_slots(&mut machine)?;
        Ok((machine, fixture))
    }

    /// Slot of the word that holds the balances of tokens 2 `pair` and 2 `pair` + 1 of a pool.
    pub fn pair_slot(&self, pool: B256, pair: usize) -> U256 {
        Machine::mapping_slot(pool, self.pools_slot) + U256::from(pair)
    }

    /// Slot of the word that holds a pool's supply and what the protocol is owed.
    pub fn supply_slot(&self, pool: B256) -> U256 {
        Machine::mapping_slot(pool, self.pools_slot) + U256::from(4)
    }

    /// Slot of the shares of a pool that an account holds.
    pub fn holding_slot(&self, pool: B256, account: Address) -> U256 {
        let of_account: U256 = Machine::mapping_slot(account.into_word(), self.shares_slot);
        Machine::mapping_slot(pool, of_account)
    }

    /// Creates a pool, looks where its balances and shares went, and takes it back.
    fn find_slots(&mut self, machine: &mut Machine) -> eyre::Result<()> {
        let before = machine.snapshot();
        let key = vec![U256::from(3_000), self.key_word(0, 400_000), self.key_word(1, 600_000)];
        let amounts = vec![U256::from(123_456_789_012_345_u64), U256::from(987_654_321_098_765_u64)];
        let id = super::model::id_of(&key);
        let create = IPoolManager::createPoolCall {
            key,
            amounts: amounts.clone(),
            minShares: U256::ZERO,
            recipient: self.treasury,
            deadline: U256::MAX,
        };
        let outcome = machine.call(self.admin, self.manager, create.abi_encode());
        ensure!(outcome.returned().is_some(), "the first pool was refused: {outcome:?}");
        let slots = machine.slots(self.manager);
        let place = |of: &dyn Fn(U256) -> U256, holds: &dyn Fn(U256) -> bool| {
            (0..64).map(U256::from).find(|base| {
                let slot = of(*base);
                slots.contains(&slot) && holds(machine.slot(self.manager, slot))
            })
        };
        let pair = amounts[0] | (amounts[1] << 112);
        self.pools_slot = place(&|base| Machine::mapping_slot(id, base), &|word| {
            word << 32 == pair << 32
        })
        .ok_or_eyre("no slot of the manager holds a pool's balances as two uint112")?;
        self.shares_slot = place(
            &|base| Machine::mapping_slot(id, Machine::mapping_slot(self.treasury.into_word(), base)),
            &|word| !word.is_zero(),
        )
        .ok_or_eyre("no slot of the manager holds the shares of an account")?;
        ensure!(
            self.held_slots
                .iter()
                .zip(&self.tokens)
                .take(2)
                .zip(&amounts)
                .all(|((slot, token), amount)| { machine.slot(*token, *slot) == *amount }),
            "the tokens do not keep balances in their first slot"
        );
        machine.restore(&before);
        Ok(())
    }

    /// The word of a key for a token and its weight in millionths.
    pub fn key_word(&self, token: usize, weight: u32) -> U256 {
        U256::from_be_slice(self.tokens[token].as_slice())
            | (U256::from(self.decimals[token]) << 160)
            | (U256::from(weight) << 168)
    }

    /// Slot of what the account of this number has, the same in every token.
    pub fn wallet_slot(&self, account: usize) -> U256 {
        Machine::mapping_slot(self.account(account).into_word(), U256::ZERO)
    }

    /// The account of this number: actors, then the admin, the treasury, the hostile token and the borrower.
    pub fn account(&self, number: usize) -> Address {
        match number {
            number if number < ACTORS => self.actors[number],
            ACTORS => self.admin,
            number if number == ACTORS + 1 => self.treasury,
            BORROWER => self.borrower,
            OWNER => self.owner,
            _ => self.hostile(),
        }
    }

    /// The token that calls back.
    pub fn hostile(&self) -> Address {
        self.tokens[self.tokens.len() - 1]
    }
}

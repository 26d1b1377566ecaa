//! The suite of one handler contract whose functions are called with random arguments: what forge's invariant runner
//! does, and how the two are compared.
//!
//! Forge asks the contract's `check()` after every call. Here the same promises are read from storage after every call,
//! which costs next to nothing, and `check()` is asked now and then to see that both say the same.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{SolCall, sol};
use eyre::{OptionExt, ensure};
use serde::{Deserialize, Serialize};

use crate::{
    engine::{Dictionary, Random, Suite, Verdict, Violation},
    suites::pools::MODULES,
    world::{Artifacts, Machine},
};

sol! {
    interface IPoolBenchHandler {
        function prepare(bytes accessManager, bytes[] modules, bytes poolManager, bytes plainToken) external;
        function swap(uint256 which, uint256 i, uint256 j, uint256 amount) external;
        function buy(uint256 which, uint256 i, uint256 j, uint256 amount) external;
        function add(uint256 which, uint256 shares) external;
        function remove(uint256 which, uint256 shares) external;
        function check() external view returns (bool);
    }

    interface IDecimals {
        function decimals() external view returns (uint8);
    }
}

/// A call of the handler.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Call {
    /// Which function.
    pub function: usize,
    /// Its arguments, as many as it takes.
    pub arguments: [U256; 4],
}

/// The suite.
#[derive(Debug)]
pub struct Handler {
    machine: Machine,
    handler: Address,
    places: Places,
    calls: u64,
}

/// Where the promises are read.
#[derive(Debug)]
struct Places {
    manager: Address,
    /// Tokens by rising address, and where each keeps what the manager holds.
    tokens: Vec<(Address, U256)>,
    pools: Vec<PoolPlaces>,
}

#[derive(Debug)]
struct PoolPlaces {
    /// Words of two balances each.
    pairs: Vec<U256>,
    tokens: usize,
    supply: U256,
    /// Shares of the handler and of the treasury.
    holdings: [U256; 2],
    /// Packed, which keeps the order.
    first_checkpoint: U256,
}

/// One call in so many is followed by `check()` too.
const CROSS_CHECK: u64 = 1_024;
/// Shares that nobody holds.
const LOCKED: U256 = U256::from_limbs([1_000, 0, 0, 0]);
/// Where the handler has protocol fees sent.
fn treasury() -> Address {
    Address::from_word(B256::from(U256::from(0xfee)))
}

/// Selectors and numbers of arguments, in the order of [`Handler::KINDS`].
const FUNCTIONS: [([u8; 4], usize); 4] = [
    (IPoolBenchHandler::swapCall::SELECTOR, 4),
    (IPoolBenchHandler::buyCall::SELECTOR, 4),
    (IPoolBenchHandler::addCall::SELECTOR, 2),
    (IPoolBenchHandler::removeCall::SELECTOR, 2),
];

impl Suite for Handler {
    type Action = Call;
    type Model = ();

    const NAME: &'static str = "handler";
    const KINDS: &'static [&'static str] = &["swap", "buy", "add", "remove"];
    const CONTRACTS: &'static [&'static str] = &[
        "test/properties/contracts/PoolBenchHandler.sol:PoolBenchHandler",
        "contracts/pools/PoolManager.sol:PoolManager",
    ];
    const SOURCES: &'static [&'static str] = &[];
    const TALLIES: &'static [&'static str] = &["calls"];

    fn deploy(artifacts: &Artifacts) -> eyre::Result<Self> {
        let mut machine = Machine::new(1_800_000_000);
        let code = artifacts.creation_code("PoolBenchHandler.sol", "PoolBenchHandler")?;
        let handler = machine.deploy(Address::ZERO, code)?;
        let code = |name: &str| artifacts.creation_code(&format!("{name}.sol"), name);
        let set_up = IPoolBenchHandler::prepareCall {
            accessManager: code("AccessManager")?,
            modules: MODULES.into_iter().map(code).collect::<eyre::Result<_>>()?,
            poolManager: code("PoolManager")?,
            plainToken: artifacts.creation_code("PoolTokens.sol", "PlainToken")?,
        };
        machine.set_up(Address::ZERO, handler, set_up.abi_encode())?;
        let places = Places::find(&mut machine, handler)?;
        Ok(Self {
            machine,
            handler,
            places,
            calls: 0,
        })
    }

    fn machine(&mut self) -> &mut Machine {
        &mut self.machine
    }

    fn model(&self) -> &() {
        &()
    }

    fn set_model(&mut self, (): ()) {}

    fn opening(&mut self, _: &mut Random) -> Vec<Call> {
        Vec::new()
    }

    fn choose(&mut self, random: &mut Random, dictionary: &Dictionary) -> Call {
        let mut argument = || match random.below(8) {
            0 => dictionary.pick(random).unwrap_or(U256::ONE),
            _ => random.word() >> random.below(256) as usize,
        };
        let arguments = [argument(), argument(), argument(), argument()];
        Call {
            function: random.index(FUNCTIONS.len()),
            arguments,
        }
    }

    fn perform(&mut self, call: &Call) -> Result<Verdict, Violation> {
        self.calls += 1;
        let (selector, count) = FUNCTIONS[call.function % FUNCTIONS.len()];
        let mut data = selector.to_vec();
        for argument in &call.arguments[..count] {
            data.extend_from_slice(&argument.to_be_bytes::<32>());
        }
        let happened = self
            .machine
            .call(Address::ZERO, self.handler, data)
            .returned()
            .is_some();
        self.places
            .check(&self.machine)
            .map_err(|what| Violation::new("POOL-6", what))?;
        if self.calls.is_multiple_of(CROSS_CHECK) {
            let check = self.machine.call(
                Address::ZERO,
                self.handler,
                IPoolBenchHandler::checkCall {}.abi_encode(),
            );
            if check
                .returned()
                .is_none_or(|answer| U256::from_be_slice(answer) != U256::ONE)
            {
                return Err(Violation::new("POOL-2", "check() does not hold"));
            }
        }
        Ok(if happened { Verdict::Accepted } else { Verdict::Refused })
    }

    fn features(&mut self, _: &mut Vec<u32>) {}

    fn kind(call: &Call) -> &'static str {
        Self::KINDS[call.function % FUNCTIONS.len()]
    }

    fn simpler(call: &Call) -> Vec<Call> {
        let smaller = |index: usize| {
            let mut other = call.clone();
            other.arguments[index] >>= 1;
            other
        };
        (0..4)
            .filter(|index| !call.arguments[*index].is_zero())
            .map(smaller)
            .collect()
    }

    fn tallies(&self) -> Vec<(&'static str, u64)> {
        vec![("calls", self.calls)]
    }

    fn solidity(&self, actions: &[Call], violation: &Violation) -> String {
        let mut text = format!("// {}: {}\n", violation.promise, violation.detail);
        for call in actions {
            let (_, count) = FUNCTIONS[call.function % FUNCTIONS.len()];
            let arguments: Vec<String> = call.arguments[..count].iter().map(ToString::to_string).collect();
            text.push_str(&format!("_handler.{}({});\n", Self::kind(call), arguments.join(", ")));
        }
        text + "assertTrue(_handler.check());\n"
    }
}

impl Places {
    /// Looks through what the handler created.
    fn find(machine: &mut Machine, handler: Address) -> eyre::Result<Self> {
        let created: Vec<Address> = (1..=12).map(|nonce| handler.create(nonce)).collect();
        let balance = |account: Address| Machine::mapping_slot(account.into_word(), U256::ZERO);
        let mut tokens: Vec<Address> = created
            .iter()
            .copied()
            .filter(|token| !machine.slot(*token, balance(handler)).is_zero())
            .collect();
        tokens.sort_unstable();
        ensure!(tokens.len() == 3, "the handler has {} tokens", tokens.len());
        let manager = created
            .iter()
            .copied()
            .find(|account| !machine.slot(tokens[0], balance(*account)).is_zero())
            .ok_or_eyre("nobody holds the first token for the handler")?;
        let mut words = Vec::new();
        for token in &tokens {
            let decimals = machine.call(handler, *token, IDecimals::decimalsCall {}.abi_encode());
            let decimals = decimals
                .returned()
                .map(|data| U256::from_be_slice(data))
                .ok_or_eyre("no decimals")?;
            words.push(U256::from_be_slice(token.as_slice()) | (decimals << 160_usize));
        }
        let weight = |millionths: u64| U256::from(millionths) << 168_usize;
        let weighted = vec![
            U256::from(3_000),
            words[0] | weight(700_000),
            words[1] | weight(300_000),
        ];
        let stable = vec![
            U256::from(300) | (U256::from(200) << 24_usize),
            words[0],
            words[1],
            words[2],
        ];
        let mut pools = Vec::new();
        for key in [weighted, stable] {
            let bytes: Vec<u8> = key.iter().flat_map(|word| word.to_be_bytes::<32>()).collect();
            let id = keccak256(bytes);
            let first = |of: &dyn Fn(U256) -> U256| {
                (0..64)
                    .map(|base| of(U256::from(base)))
                    .find(|slot| !machine.slot(manager, *slot).is_zero())
            };
            let base = first(&|base| Machine::mapping_slot(id, base)).ok_or_eyre("the pool is nowhere in storage")?;
            let holding =
                |owner: Address, map: U256| Machine::mapping_slot(id, Machine::mapping_slot(owner.into_word(), map));
            let map = (0..64)
                .map(U256::from)
                .find(|map| !machine.slot(manager, holding(handler, *map)).is_zero())
                .ok_or_eyre("the handler's shares are nowhere in storage")?;
            let supply = base + U256::from(4);
            pools.push(PoolPlaces {
                pairs: (0..key.len() / 2).map(|pair| base + U256::from(pair)).collect(),
                tokens: key.len() - 1,
                supply,
                holdings: [holding(handler, map), holding(treasury(), map)],
                first_checkpoint: machine.slot(manager, supply) >> 183_usize,
            });
        }
        let places = Self {
            manager,
            tokens: tokens.iter().map(|token| (*token, balance(manager))).collect(),
            pools,
        };
        places
            .check(machine)
            .map_err(|what| eyre::eyre!("the state is kept elsewhere: {what}"))?;
        Ok(places)
    }

    /// POOL-2: no checkpoint fell. POOL-6: shares add up. POOL-7: tokens held are the balances.
    fn check(&self, machine: &Machine) -> Result<(), String> {
        let mask = (U256::ONE << 112_usize) - U256::ONE;
        let mut sums = [U256::ZERO; 3];
        for pool in &self.pools {
            for (index, sum) in sums.iter_mut().enumerate().take(pool.tokens) {
                let word = machine.slot(self.manager, pool.pairs[index / 2]);
                *sum += (word >> (112 * (index % 2))) & mask;
            }
            let word = machine.slot(self.manager, pool.supply);
            if word >> 183_usize < pool.first_checkpoint {
                return Err("a checkpoint fell".to_owned());
            }
            // 50 bits of mantissa below 7 of exponent.
            let owed = (word >> 126_usize) & ((U256::ONE << 57_usize) - U256::ONE);
            let owed = (owed & ((U256::ONE << 50_usize) - U256::ONE)) << (owed >> 50_usize).to::<usize>();
            let held = pool
                .holdings
                .iter()
                .fold(U256::ZERO, |all, slot| all + machine.slot(self.manager, *slot));
            if held + owed + LOCKED != word & mask {
                return Err(format!(
                    "{held} held, {owed} owed and {LOCKED} locked are not the supply"
                ));
            }
        }
        for ((token, slot), sum) in self.tokens.iter().zip(sums) {
            if machine.slot(*token, *slot) != sum {
                return Err(format!("the manager does not hold {sum} of {token}"));
            }
        }
        Ok(())
    }
}

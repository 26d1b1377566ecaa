//! The suite of one handler contract whose functions are called with random arguments: what forge's invariant runner does, and how the
//! two are compared. The contract's own `check()` is asked after every call.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, sol};
use serde::{Deserialize, Serialize};

use crate::{
    engine::{Dictionary, Random, Suite, Verdict, Violation},
    world::{Artifacts, Machine},
};

sol! {
    interface IPoolBenchHandler {
        function swap(uint256 which, uint256 i, uint256 j, uint256 amount) external;
        function buy(uint256 which, uint256 i, uint256 j, uint256 amount) external;
        function add(uint256 which, uint256 shares) external;
        function remove(uint256 which, uint256 shares) external;
        function check() external view returns (bool);
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
    calls: u64,
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
    const TALLIES: &'static [&'static str] = &["calls"];

    fn deploy(artifacts: &Artifacts) -> eyre::Result<Self> {
        let mut machine = Machine::new(1_800_000_000);
        let code = artifacts.creation_code("PoolBenchHandler.sol", "PoolBenchHandler")?;
        let handler = machine.deploy(Address::ZERO, code)?;
        Ok(Self {
            machine,
            handler,
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

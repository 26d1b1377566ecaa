//! One EVM, reused for every call.

use alloy_primitives::{Address, B256, Bytes, Log, TxKind, U256, keccak256};
use eyre::bail;
use revm::{
    Context, ExecuteCommitEvm, ExecuteEvm, Journal, MainBuilder,
    bytecode::opcode,
    context::{
        BlockEnv, CfgEnv, Evm, JournalInner, TxEnv,
        result::{ExecutionResult, Output},
    },
    database::{CacheDB, EmptyDB},
    handler::{EthFrame, EthPrecompiles, instructions::EthInstructions},
    interpreter::{
        Instruction, InstructionContext, InstructionExecResult,
        instructions::{bitwise, control},
        interpreter::EthInterpreter,
        interpreter_types::Jumps,
    },
    primitives::hardfork::SpecId,
};

use super::Coverage;

type Database = CacheDB<EmptyDB>;
type Host = Context<BlockEnv, TxEnv, CfgEnv, Database, Journal<Database>, Coverage>;
type Inner = Evm<Host, (), EthInstructions<EthInterpreter, Host>, EthPrecompiles, EthFrame<EthInterpreter>>;

const GAS_LIMIT: u64 = 30_000_000;
/// A world may be deployed by one constructor.
const DEPLOYMENT_GAS: u64 = 1 << 32;

/// State between two calls. Cheap while few slots were touched since the set-up.
#[derive(Clone, Debug)]
pub struct Snapshot {
    journal: JournalInner<revm::JournalEntry>,
    time: U256,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It returned this.
    Returned(Bytes),
    /// It reverted with this.
    Reverted(Bytes),
    /// It broke off: out of gas, invalid opcode, stack.
    Halted(String),
}

impl Outcome {
    /// What it returned, if it did.
    pub fn returned(&self) -> Option<&Bytes> {
        match self {
            Self::Returned(data) => Some(data),
            _ => None,
        }
    }

    /// Selector of the error it reverted with; zero where it gave none.
    pub fn selector(&self) -> [u8; 4] {
        match self {
            Self::Reverted(data) => data.first_chunk().copied().unwrap_or_default(),
            _ => [0; 4],
        }
    }
}

/// The EVM with everything that was deployed in it.
pub struct Machine {
    evm: Inner,
    calls: u64,
    logs: Vec<Log>,
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Machine")
            .field("calls", &self.calls)
            .finish_non_exhaustive()
    }
}

impl Machine {
    /// An empty chain at `time`, in seconds.
    pub fn new(time: u64) -> Self {
        let context: Host =
            Context::<BlockEnv, TxEnv, CfgEnv, EmptyDB, Journal<EmptyDB>, ()>::new(EmptyDB::new(), SpecId::CANCUN)
                .with_db(Database::default())
                .with_chain(Coverage::default())
                .modify_cfg_chained(|cfg| {
                    cfg.disable_nonce_check = true;
                    cfg.tx_chain_id_check = false;
                    cfg.disable_balance_check = true;
                    cfg.disable_block_gas_limit = true;
                    cfg.disable_eip3607 = true;
                    cfg.disable_base_fee = true;
                    cfg.disable_fee_charge = true;
                    // Mutants may be compiled larger than what is deployed.
                    cfg.limit_contract_code_size = Some(usize::MAX);
                    cfg.limit_contract_initcode_size = Some(usize::MAX);
                });
        let mut evm = context.build_mainnet();
        evm.ctx.block.timestamp = U256::from(time);
        for (code, instruction) in [
            (opcode::JUMPI, Instruction::new(jumpi)),
            (opcode::LT, Instruction::new(lt)),
            (opcode::GT, Instruction::new(gt)),
        ] {
            let gas = evm.instruction.gas_table()[usize::from(code)];
            evm.instruction.insert_instruction(code, instruction, gas);
        }
        Self {
            evm,
            calls: 0,
            logs: Vec::new(),
        }
    }

    /// Deploys a contract for good: no snapshot is older than it.
    ///
    /// # Errors
    /// When the constructor fails.
    pub fn deploy(&mut self, from: Address, code: Bytes) -> eyre::Result<Address> {
        let result = self.evm.transact_commit(TxEnv {
            kind: TxKind::Create,
            gas_limit: DEPLOYMENT_GAS,
            ..transaction(from, code)
        })?;
        match result {
            ExecutionResult::Success {
                output: Output::Create(_, Some(address)),
                ..
            } => Ok(address),
            other => bail!("a deployment failed: {other:?}"),
        }
    }

    /// Makes a call of the set-up, for good.
    ///
    /// # Errors
    /// When it reverts.
    pub fn set_up(&mut self, from: Address, to: Address, data: Vec<u8>) -> eyre::Result<Bytes> {
        let result = self.evm.transact_commit(TxEnv {
            kind: TxKind::Call(to),
            gas_limit: DEPLOYMENT_GAS,
            ..transaction(from, data.into())
        })?;
        match outcome(result) {
            Outcome::Returned(data) => Ok(data),
            other => bail!("a call of the set-up failed: {other:?}"),
        }
    }

    /// Gives an account native coin, for good.
    ///
    /// # Errors
    /// When the account cannot be loaded.
    pub fn fund(&mut self, account: Address, amount: U256) -> eyre::Result<()> {
        let account = self.evm.ctx.journaled_state.database.load_account(account)?;
        account.info.balance = amount;
        Ok(())
    }

    /// Makes a call; what it changes lasts until a snapshot is restored.
    pub fn call(&mut self, from: Address, to: Address, data: Vec<u8>) -> Outcome {
        self.pay(from, to, data, U256::ZERO)
    }

    /// As [`Self::call`], with native coin.
    pub fn pay(&mut self, from: Address, to: Address, data: Vec<u8>, value: U256) -> Outcome {
        self.calls += 1;
        self.logs.clear();
        match self.evm.transact_one(TxEnv {
            kind: TxKind::Call(to),
            value,
            ..transaction(from, data.into())
        }) {
            Ok(ExecutionResult::Success { output, logs, .. }) => {
                self.logs = logs;
                Outcome::Returned(output.into_data())
            }
            Ok(other) => outcome(other),
            Err(error) => Outcome::Halted(error.to_string()),
        }
    }

    /// What the last call left in the log, in order.
    pub fn logs(&self) -> &[Log] {
        &self.logs
    }

    /// Native coin of an account.
    pub fn coin(&self, account: Address) -> U256 {
        let journal = &self.evm.ctx.journaled_state;
        if let Some(state) = journal.inner.state.get(&account) {
            return state.info.balance;
        }
        let committed = journal.database.cache.accounts.get(&account);
        committed.map(|state| state.info.balance).unwrap_or_default()
    }

    /// Calls made so far, views included.
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// A word of storage as it is now.
    pub fn slot(&self, account: Address, slot: U256) -> U256 {
        let journal = &self.evm.ctx.journaled_state;
        if let Some(word) = journal
            .inner
            .state
            .get(&account)
            .and_then(|state| state.storage.get(&slot))
        {
            return word.present_value();
        }
        let committed = journal.database.cache.accounts.get(&account);
        committed
            .and_then(|state| state.storage.get(&slot))
            .copied()
            .unwrap_or_default()
    }

    /// Slots of an account that were touched since the set-up, or committed by it.
    pub fn slots(&self, account: Address) -> Vec<U256> {
        let journal = &self.evm.ctx.journaled_state;
        let touched = journal
            .inner
            .state
            .get(&account)
            .into_iter()
            .flat_map(|state| state.storage.keys());
        let committed = journal
            .database
            .cache
            .accounts
            .get(&account)
            .into_iter()
            .flat_map(|state| state.storage.keys());
        let mut slots: Vec<U256> = touched.chain(committed).copied().collect();
        slots.sort_unstable();
        slots.dedup();
        slots
    }

    /// The state now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            journal: self.evm.ctx.journaled_state.inner.clone(),
            time: self.evm.ctx.block.timestamp,
        }
    }

    /// Goes back to a state.
    pub fn restore(&mut self, snapshot: &Snapshot) {
        self.evm.ctx.journaled_state.inner.clone_from(&snapshot.journal);
        self.evm.ctx.block.timestamp = snapshot.time;
    }

    /// Lets time pass.
    pub fn advance(&mut self, seconds: u64) {
        self.evm.ctx.block.timestamp += U256::from(seconds);
    }

    /// The time of the next call, in seconds.
    pub fn time(&self) -> U256 {
        self.evm.ctx.block.timestamp
    }

    /// Branches and operands.
    pub fn coverage(&mut self) -> &mut Coverage {
        &mut self.evm.ctx.chain
    }

    /// Slot of `key` in the mapping at `slot`.
    pub fn mapping_slot(key: B256, slot: U256) -> U256 {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(key.as_slice());
        bytes[32..].copy_from_slice(&slot.to_be_bytes::<32>());
        keccak256(bytes).into()
    }
}

fn transaction(caller: Address, data: Bytes) -> TxEnv {
    TxEnv {
        caller,
        data,
        gas_limit: GAS_LIMIT,
        gas_price: 0,
        ..Default::default()
    }
}

fn outcome(result: ExecutionResult) -> Outcome {
    match result {
        ExecutionResult::Success { output, .. } => Outcome::Returned(output.into_data()),
        ExecutionResult::Revert { output, .. } => Outcome::Reverted(output),
        ExecutionResult::Halt { reason, .. } => Outcome::Halted(format!("{reason:?}")),
    }
}

fn jumpi(context: InstructionContext<'_, Host, EthInterpreter>) -> InstructionExecResult {
    let interpreter = &context.interpreter;
    let taken = interpreter.stack.peek(1).is_ok_and(|condition| !condition.is_zero());
    let code = interpreter
        .bytecode
        .hash()
        .map_or(0, |hash| u16::from_le_bytes([hash[0], hash[1]]));
    context.host.chain.branch(code, interpreter.bytecode.pc(), taken);
    control::jumpi(context)
}

fn lt(context: InstructionContext<'_, Host, EthInterpreter>) -> InstructionExecResult {
    sample(context.host, context.interpreter);
    bitwise::lt(context)
}

fn gt(context: InstructionContext<'_, Host, EthInterpreter>) -> InstructionExecResult {
    sample(context.host, context.interpreter);
    bitwise::gt(context)
}

fn sample(host: &mut Host, interpreter: &revm::interpreter::Interpreter<EthInterpreter>) {
    host.chain
        .comparison(|| [0, 1].map(|depth| interpreter.stack.peek(depth).unwrap_or_default().into_limbs()));
}

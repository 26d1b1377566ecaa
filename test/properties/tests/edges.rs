//! Amounts at the edges, chosen and shrunk by proptest: a state machine of one pool, judged by the suite after every
//! transition.

use alloy_primitives::U256;
use fluxion_properties::{
    engine::{Suite, Verdict},
    suites::pools::{Action, Pools, Spec},
    world::Artifacts,
};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

/// What can be known of a pool without its math: which amounts no balance can hold.
#[derive(Clone, Debug)]
struct Edges {
    spec: Spec,
    amounts: Vec<U256>,
}

fn edge() -> impl Strategy<Value = U256> {
    let mask = (U256::ONE << 112_usize) - U256::ONE;
    prop_oneof![
        Just(U256::ZERO),
        Just(U256::ONE),
        Just(U256::from(2)),
        Just(mask - U256::ONE),
        Just(mask),
        Just(mask + U256::ONE),
        Just(U256::MAX),
        (0_usize..112, any::<u128>()).prop_map(|(bits, value)| U256::from(value >> 16 >> bits)),
    ]
}

impl ReferenceStateMachine for Edges {
    type State = Self;
    type Transition = Action;

    fn init_state() -> BoxedStrategy<Self> {
        let balance = prop_oneof![
            Just(1_u128),
            Just(1 << 20),
            Just(10_u128.pow(18)),
            Just(10_u128.pow(30))
        ];
        (
            any::<bool>(),
            proptest::collection::vec(balance, 2..=8),
            1_u32..=99,
            0_u32..=100_000,
        )
            .prop_map(|(is_stable, balances, share, fee)| {
                let n = balances.len() as u32;
                let least = 1_000_000 / 100;
                let first = (share * 10_000).min(1_000_000 - least * (n - 1));
                let mut weights = vec![(1_000_000 - first) / (n - 1); balances.len()];
                weights[0] = 1_000_000 - weights[1..].iter().sum::<u32>();
                let amounts = balances
                    .iter()
                    .map(|balance| U256::from(if is_stable { 10_u128.pow(18) } else { *balance }));
                let amplification = if is_stable {
                    [1, 200, 50_000][share as usize % 3]
                } else {
                    0
                };
                let weights = if is_stable { Vec::new() } else { weights };
                let amounts = amounts.collect();
                let tokens = (3..3 + balances.len()).collect();
                Self {
                    spec: Spec {
                        tokens,
                        weights,
                        amplification,
                        fee,
                        rated: Vec::new(),
                        policy: None,
                    },
                    amounts,
                }
            })
            .boxed()
    }

    fn transitions(state: &Self) -> BoxedStrategy<Action> {
        let n = state.amounts.len();
        let pair = (0..n, 1..n).prop_map(move |(i, step)| (i, (i + step) % n));
        prop_oneof![
            (pair.clone(), edge()).prop_map(|((i, j), amount)| Action::SwapIn {
                pool: 0,
                i,
                j,
                amount,
                who: 0,
                quoted: true
            }),
            (pair, edge()).prop_map(|((i, j), amount)| Action::SwapOut {
                pool: 0,
                i,
                j,
                amount,
                who: 1,
                quoted: true
            }),
            edge().prop_map(|shares| Action::Add {
                pool: 0,
                shares,
                who: 2
            }),
            edge().prop_map(|shares| Action::Remove {
                pool: 0,
                shares,
                who: 0
            }),
            edge().prop_map(|shares| Action::AddRemove {
                pool: 0,
                shares,
                who: 3
            }),
            Just(Action::Collect { pool: 0 }),
        ]
        .boxed()
    }

    fn apply(state: Self, _: &Action) -> Self {
        state
    }
}

struct Judged(Pools);

impl StateMachineTest for Judged {
    type SystemUnderTest = Self;
    type Reference = Edges;

    fn init_test(state: &Edges) -> Self {
        let mut pools = Pools::deploy(&Artifacts::of_repository()).unwrap();
        let create = Action::Create {
            spec: state.spec.clone(),
            amounts: state.amounts.clone(),
            who: 0,
        };
        pools.perform(&create).unwrap();
        Self(pools)
    }

    fn apply(mut state: Self, edges: &Edges, action: Action) -> Self {
        let mask = (U256::ONE << 112_usize) - U256::ONE;
        let verdict = state
            .0
            .perform(&action)
            .unwrap_or_else(|broken| panic!("{broken:?}\n{edges:?}"));
        // What no word can hold is never accepted.
        if let Action::SwapIn { amount, .. } | Action::SwapOut { amount, .. } = action {
            assert!(amount < mask || verdict != Verdict::Accepted, "{amount} was accepted");
        }
        state
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// POOL-1 to POOL-8 at the edges.
    #[test]
    fn no_promise_breaks_at_the_edges(sequential 1..24 => Judged);
}

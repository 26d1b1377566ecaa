//! What is deployed before the first action: wallets and badges under their AccessManager, people and validators with
//! keys, guardians, a validator that is a contract, and a receiver that wants more.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{Eip712Domain, SolCall, SolStruct, SolValue, eip712_domain};
use eyre::ensure;
use k256::ecdsa::SigningKey;

use super::{
    abi::{BadgePolicy, IBadges, IWallets, SkillPolicy},
    flaw::Flaw,
    history::RULES,
    model::DAY,
};
use crate::world::{Artifacts, Lens, Machine, address_of, key, other_half, sign};

/// People with keys.
pub(crate) const PEOPLE: usize = 6;
/// Number of the contract that wants more of what it is given.
pub(crate) const GREEDY: usize = PEOPLE;
/// Everybody who may have a wallet.
pub(crate) const ACCOUNTS: usize = PEOPLE + 1;
/// One with a key of its own, the first person, and a contract.
pub(crate) const VALIDATORS: usize = 3;
/// Skills.
pub(crate) const SKILLS: usize = RULES.len();
/// Badges.
pub(crate) const BADGES: usize = 6;
/// Guardians that a set is made of: some by themselves, and the last two people.
pub(crate) const GUARDIANS: usize = 6;
pub(crate) const START: u64 = 1_800_000_000;

/// The rules of a badge.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BadgeRules {
    /// kind x 256 + tier
    pub id: u64,
    /// Belongs to a wallet.
    pub soulbound: bool,
    /// Can be suspended.
    pub freezable: bool,
    /// Can be claimed.
    pub claimable: bool,
    /// Most there may be.
    pub cap: u64,
    /// From when it does not count; zero: never.
    expires_at: u64,
    /// Place of a skill and a level of it.
    pub needs: Option<(usize, u8)>,
    /// How many of the tier below an upgrade takes.
    pub upgrade_cost: u64,
}

const fn rules(id: u64, soulbound: bool, cap: u64, needs: Option<(usize, u8)>, upgrade_cost: u64) -> BadgeRules {
    BadgeRules {
        id,
        soulbound,
        freezable: true,
        claimable: needs.is_some() && upgrade_cost == 0,
        cap,
        expires_at: 0,
        needs,
        upgrade_cost,
    }
}

const RULES_OF: [BadgeRules; BADGES] = [
    rules(1 << 8, true, 4, Some((0, 1)), 0),
    rules(1 << 8 | 1, true, 4, Some((0, 3)), 1),
    rules(2 << 8, false, 5, Some((0, 1)), 0),
    rules(2 << 8 | 1, false, 3, Some((0, 3)), 2),
    BadgeRules {
        freezable: false,
        ..rules(3 << 8, false, 8, None, 0)
    },
    BadgeRules {
        freezable: false,
        expires_at: START + 400 * DAY,
        ..rules(4 << 8, true, 3, Some((2, 2)), 0)
    },
];

impl BadgeRules {
    /// Of a badge by its number.
    pub(crate) fn of(badge: usize) -> Self {
        RULES_OF[badge]
    }

    /// Whether it counts no more.
    pub(crate) fn expired(&self, now: u64) -> bool {
        self.expires_at != 0 && now >= self.expires_at
    }
}

/// Who a guardian is, where it is one of the people. Guardians are numbered by rising address.
pub(crate) fn guardian_is(guardian: usize) -> Option<usize> {
    signers().guardians.get(guardian).and_then(|(_, person)| *person)
}

/// Keys that sign.
#[derive(Debug)]
pub(crate) struct Signers {
    pub(crate) people: [SigningKey; PEOPLE],
    validator: SigningKey,
    stranger: SigningKey,
    pub(crate) guardians: Vec<(SigningKey, Option<usize>)>,
}

/// The same in every run.
pub(crate) fn signers() -> &'static Signers {
    static SIGNERS: std::sync::OnceLock<Signers> = std::sync::OnceLock::new();
    SIGNERS.get_or_init(|| {
        let people: [SigningKey; PEOPLE] = std::array::from_fn(|number| key("person", number));
        let mut guardians: Vec<(SigningKey, Option<usize>)> = (0..GUARDIANS - 2)
            .map(|number| (key("guardian", number), None))
            .collect();
        guardians.extend([4, 5].map(|person| (people[person].clone(), Some(person))));
        guardians.sort_by_key(|(key, _)| address_of(key));
        Signers {
            people,
            validator: key("validator", 0),
            stranger: key("stranger", 0),
            guardians,
        }
    })
}

/// Addresses, by number.
#[derive(Clone, Debug)]
pub struct Fixture {
    pub(crate) wallets: Address,
    pub(crate) badges: Address,
    pub(crate) admin: Address,
    pub(crate) minter: Address,
    pub(crate) accounts: [Address; ACCOUNTS],
    pub(crate) validators: [Address; VALIDATORS],
    pub(crate) guardians: [Address; GUARDIANS],
    pub(crate) stranger: Address,
    pub(crate) lens: Lens,
}

impl Fixture {
    /// Deploys it all.
    ///
    /// # Errors
    /// When an artifact is missing or a call of the set-up fails.
    pub fn deploy(artifacts: &Artifacts) -> eyre::Result<(Machine, Self)> {
        let mut machine = Machine::new(START);
        let admin = Address::from_word(B256::with_last_byte(0xad));
        let minter = Address::from_word(B256::with_last_byte(0x31));
        let code = |file: &str, name: &str, arguments: Vec<u8>| -> eyre::Result<alloy_primitives::Bytes> {
            Ok([artifacts.creation_code(file, name)?.to_vec(), arguments]
                .concat()
                .into())
        };
        let access = machine.deploy(admin, code("AccessManager.sol", "AccessManager", admin.abi_encode())?)?;
        let renderer = machine.deploy(admin, code("WalletRenderer.sol", "WalletRenderer", Vec::new())?)?;
        let arguments = (access, renderer).abi_encode_params();
        let wallets = machine.deploy(admin, code("SkillWallet.sol", "SkillWallet", arguments)?)?;
        let arguments = (access, wallets, "ipfs://badges/{id}.json").abi_encode_params();
        let badges = machine.deploy(admin, code("Badges.sol", "Badges", arguments)?)?;
        let contract = machine.deploy(admin, code("ContractSigner.sol", "ContractSigner", Vec::new())?)?;
        let arguments = (wallets, badges).abi_encode_params();
        let greedy = machine.deploy(admin, code("GreedyReceiver.sol", "GreedyReceiver", arguments)?)?;

        let lens = Lens::deploy(&mut machine, artifacts, admin)?;
        let signers = signers();
        let people = signers.people.each_ref().map(address_of);
        let fixture = Self {
            wallets,
            badges,
            admin,
            minter,
            accounts: std::array::from_fn(|number| people.get(number).copied().unwrap_or(greedy)),
            validators: [address_of(&signers.validator), people[0], contract],
            guardians: std::array::from_fn(|number| address_of(&signers.guardians[number].0)),
            stranger: address_of(&signers.stranger),
            lens,
        };
        for (number, rules) in RULES.iter().enumerate() {
            let policy = SkillPolicy {
                firstLevelXp: rules.first,
                levelStepXp: rules.step,
                maxLevel: rules.highest,
                graceSeconds: rules.grace,
                decayXpPerDay: rules.decay,
                maxXpPerAttestation: rules.most,
            };
            let call = IWallets::defineSkillCall {
                name: format!("skill {number}"),
                policy,
            };
            machine.set_up(admin, wallets, call.abi_encode())?;
            for validator in fixture.validators {
                let skill = number as u16 + 1;
                let call = IWallets::setValidatorCall {
                    validator,
                    skill,
                    allowed: true,
                };
                machine.set_up(admin, wallets, call.abi_encode())?;
            }
        }
        for rules in RULES_OF {
            let policy = BadgePolicy {
                soulbound: rules.soulbound,
                freezable: rules.freezable,
                claimable: rules.claimable,
                cap: rules.cap,
                expiresAt: alloy_primitives::aliases::U40::from(rules.expires_at),
                skill: rules.needs.map_or(0, |(skill, _)| skill as u16 + 1),
                level: rules.needs.map_or(0, |(_, level)| level),
                upgradeCost: rules.upgrade_cost as u8,
            };
            let call = IBadges::createBadgeCall {
                id: U256::from(rules.id),
                policy,
            };
            machine.set_up(admin, badges, call.abi_encode())?;
            for who in [minter, greedy] {
                let call = IBadges::setMinterCall {
                    minter: who,
                    kind: U256::from(rules.id >> 8),
                    allowed: true,
                };
                machine.set_up(admin, badges, call.abi_encode())?;
            }
        }
        let call = IWallets::walletOfCall { account: greedy };
        let own = machine.set_up(admin, wallets, call.abi_encode())?;
        ensure!(
            U256::from_be_slice(&own) == U256::ONE,
            "the greedy contract has no wallet"
        );
        Ok((machine, fixture))
    }

    fn domain(&self, flaw: Flaw) -> Eip712Domain {
        eip712_domain! {
            name: "Fluxion SkillWallet",
            version: "1",
            chain_id: if flaw == Flaw::OtherChain { 10 } else { 1 },
            verifying_contract: if flaw == Flaw::OtherContract { self.badges } else { self.wallets },
        }
    }

    /// What is to be signed of a message, with its flaw.
    pub(crate) fn digest(&self, message: &impl SolStruct, flaw: Flaw) -> B256 {
        message.eip712_signing_hash(&self.domain(flaw))
    }

    /// A key's signature, with its flaw.
    pub(crate) fn signed(key: &SigningKey, digest: B256, flaw: Flaw) -> Vec<u8> {
        match flaw {
            Flaw::OtherSigner => sign(&signers().stranger, digest),
            Flaw::Malleable => other_half(sign(key, digest)),
            _ => sign(key, digest),
        }
    }

    /// Somebody's who is nothing to anybody.
    pub(crate) fn signed_by_stranger(digest: B256) -> Vec<u8> {
        sign(&signers().stranger, digest)
    }

    /// A validator's signature. The contract's is any bytes that it approves of: the flag says that it has to be told.
    pub(crate) fn signed_by_validator(&self, by: usize, digest: B256, flaw: Flaw) -> (Vec<u8>, bool) {
        match by {
            0 => (Self::signed(&signers().validator, digest, flaw), false),
            1 => (Self::signed(&signers().people[0], digest, flaw), false),
            _ => {
                let mut bytes = keccak256(digest).to_vec();
                // It approved of other bytes than these.
                let approved = !matches!(flaw, Flaw::OtherSigner | Flaw::Malleable);
                bytes.push(u8::from(approved));
                (bytes, approved)
            }
        }
    }
}

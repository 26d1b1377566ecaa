//! Where a mutant is looked at that the attack on the pools did not notice: on the math alone, against exact
//! arithmetic, and by forge's tests of what it is part of.

use std::{collections::BTreeMap, fs};

use eyre::{OptionExt, ensure};

use super::accuracy;
use crate::{
    mutation::{Compiled, Compiler, ForgeProject, Mutant},
    world::{Artifacts, repository},
};

const PROBE: &str = "test/properties/contracts/MathProbe.sol:MathProbe";
/// What the probe has of the pools.
const MATH: [&str; 3] = ["FixedPoint.sol", "WeightedMath.sol", "StableMath.sol"];
/// Inputs of each function of the math.
const INPUTS: u64 = 20_000;
const TESTS: &str = "test/pools/*.t.sol";

/// Forge projects by the group of tests that they have.
#[derive(Default)]
pub(crate) struct Elsewhere(BTreeMap<&'static str, ForgeProject>);

impl Elsewhere {
    /// What notices the mutant, if anything does.
    pub(crate) fn notices(
        &mut self,
        compiler: &mut Compiler,
        artifacts: &Artifacts,
        mutant: &Mutant,
    ) -> eyre::Result<Option<String>> {
        let is_math = MATH.iter().any(|file| mutant.file.ends_with(file));
        if is_math && let Compiled::Code(code) = compiler.compile(&[PROBE], Some(mutant))? {
            let mut broken = artifacts.clone();
            code.into_iter().for_each(|(name, code)| broken.replace(&name, code));
            if let Some(fault) = accuracy::fault(&broken, INPUTS)? {
                return Ok(Some(format!("accuracy: {fault}")));
            }
        }
        let group = if is_math { "math" } else { "pools" };
        let failed = self.project(group)?.first_failure(Some(mutant), TESTS)?;
        Ok(failed.map(|test| format!("forge: {test}")))
    }

    fn project(&mut self, group: &'static str) -> eyre::Result<&ForgeProject> {
        if !self.0.contains_key(group) {
            let project = ForgeProject::with_tests(&format!("forge-{group}"), &tests(group == "math")?)?;
            let failed = project.first_failure(None, TESTS)?;
            ensure!(failed.is_none(), "{failed:?} fails on the contracts as they are");
            self.0.insert(group, project);
        }
        self.0.get(group).ok_or_eyre("no project")
    }
}

/// Forge's tests of the math, or those of everything else; none of gas, which every change changes, and no long ones.
fn tests(of_math: bool) -> eyre::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(repository().join("test/pools"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let is_test = name.ends_with(".t.sol") && !name.ends_with(".gas.t.sol") && !name.ends_with(".invariant.t.sol");
        if is_test && name.starts_with("PoolMath") == of_math {
            names.push(name);
        }
    }
    Ok(names)
}

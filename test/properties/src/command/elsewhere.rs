//! Where a mutant is looked at that the attack of its suite did not notice: on its arithmetic alone, against exact
//! arithmetic, and by forge's tests of the domain.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fs,
    marker::PhantomData,
};

use eyre::ensure;

use super::accuracy;
use crate::{
    engine::{Arithmetic, Suite},
    mutation::{Compiled, Compiler, ForgeProject, Mutant},
    world::{Artifacts, repository},
};

/// Inputs of each function of arithmetic.
const INPUTS: u64 = 20_000;

/// Forge projects by the group of tests that they have: those of the arithmetic, and the others.
pub(crate) struct Elsewhere<S> {
    projects: BTreeMap<bool, ForgeProject>,
    suite: PhantomData<S>,
}

impl<S: Suite> Elsewhere<S> {
    pub(crate) fn new() -> Self {
        Self {
            projects: BTreeMap::new(),
            suite: PhantomData,
        }
    }

    /// What notices the mutant, if anything does.
    pub(crate) fn notices(
        &mut self,
        compiler: &mut Compiler,
        artifacts: &Artifacts,
        mutant: &Mutant,
    ) -> eyre::Result<Option<String>> {
        let arithmetic = S::ARITHMETIC.filter(|arithmetic| arithmetic.has(&mutant.file));
        if let Some(arithmetic) = arithmetic
            && let Compiled::Code(code) = compiler.compile(&[arithmetic.probe], Some(mutant))?
        {
            let mut broken = artifacts.clone();
            code.into_iter().for_each(|(name, code)| broken.replace(&name, code));
            if let Some(fault) = accuracy::fault::<S>(&broken, INPUTS)? {
                return Ok(Some(format!("accuracy: {fault}")));
            }
        }
        let files = format!("test/{}/*.t.sol", S::NAME);
        let failed = self
            .project(arithmetic.is_some(), &files)?
            .first_failure(Some(mutant), &files)?;
        Ok(failed.map(|test| format!("forge: {test}")))
    }

    fn project(&mut self, of_arithmetic: bool, files: &str) -> eyre::Result<&ForgeProject> {
        let entry = match self.projects.entry(of_arithmetic) {
            Entry::Occupied(there) => return Ok(there.into_mut()),
            Entry::Vacant(entry) => entry,
        };
        let group = if of_arithmetic { "arithmetic" } else { "rest" };
        let name = format!("forge-{}-{group}", S::NAME);
        let project = ForgeProject::with_tests(S::NAME, &name, &tests(S::NAME, S::ARITHMETIC, of_arithmetic)?)?;
        let failed = project.first_failure(None, files)?;
        ensure!(failed.is_none(), "{failed:?} fails on the contracts as they are");
        Ok(entry.insert(project))
    }
}

/// Forge's tests of the arithmetic, or those of everything else; none of gas, which every change changes, and no long
/// ones.
fn tests(suite: &str, arithmetic: Option<Arithmetic>, of_arithmetic: bool) -> eyre::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(repository().join("test").join(suite))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let is_test = name.ends_with(".t.sol") && !name.ends_with(".gas.t.sol") && !name.ends_with(".invariant.t.sol");
        let tests_it = arithmetic.is_some_and(|arithmetic| name.starts_with(arithmetic.tests));
        if is_test && tests_it == of_arithmetic {
            names.push(name);
        }
    }
    Ok(names)
}

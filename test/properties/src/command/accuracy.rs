//! `accuracy`: the arithmetic of a suite against exact arithmetic, over as many inputs as asked for.

use clap::Args;
use eyre::ensure;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{
    engine::{Accuracy, Random, Suite},
    suites::{self, Visit},
    world::Artifacts,
};

/// Options of `accuracy`.
#[derive(Args, Clone, Debug)]
pub struct AccuracyArgs {
    /// The suite whose arithmetic is measured
    #[arg(long, default_value = "pools")]
    pub suite: String,
    /// Inputs of each function
    #[arg(long, default_value_t = 1_000_000)]
    pub inputs: u64,
    /// Decides the inputs
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Measures every function; true when no bound was broken and nothing was in the trader's favour.
///
/// # Errors
/// When the probe is not built.
pub fn accuracy(args: &AccuracyArgs) -> eyre::Result<bool> {
    let results = measure(args)?;
    let held = results
        .iter()
        .all(|result| result.above_bound == 0 && result.in_favour == 0);
    print(args, &results, held);
    Ok(held)
}

/// What [`accuracy`] prints.
///
/// # Errors
/// When the probe is not built, or the suite has no arithmetic of its own.
pub fn measure(args: &AccuracyArgs) -> eyre::Result<Vec<Accuracy>> {
    suites::visit(&args.suite, args)
}

impl Visit for &AccuracyArgs {
    type Output = Vec<Accuracy>;

    fn visit<S: Suite>(self) -> eyre::Result<Vec<Accuracy>> {
        measure_suite::<S>(self)
    }
}

fn measure_suite<S: Suite>(args: &AccuracyArgs) -> eyre::Result<Vec<Accuracy>> {
    let functions = S::functions(&Artifacts::of_repository())?;
    ensure!(
        !functions.is_empty(),
        "the suite {} has no arithmetic that is measured by itself",
        S::NAME
    );
    let bar = ProgressBar::with_draw_target(
        Some(args.inputs * functions.len() as u64),
        if args.json {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        },
    )
    .with_style(ProgressStyle::with_template(
        "{bar:30} {human_pos}/{human_len} inputs, {per_sec}, {eta} left",
    )?);
    let mut results = Vec::new();
    for (number, mut function) in functions.into_iter().enumerate() {
        let mut random = Random::new(args.seed, number as u64);
        let mut result = Accuracy::default();
        while result.inputs < args.inputs {
            function(&mut random, &mut result)?;
            if result.inputs.is_multiple_of(4_096) {
                bar.set_position(args.inputs * number as u64 + result.inputs);
            }
            result.answers(args.inputs)?;
        }
        results.push(result);
    }
    bar.finish_and_clear();
    Ok(results)
}

/// The first thing that is wrong with the arithmetic of these artifacts, found with so many inputs of each function.
///
/// # Errors
/// When the probe cannot be deployed.
pub(crate) fn fault<S: Suite>(artifacts: &Artifacts, inputs: u64) -> eyre::Result<Option<String>> {
    for (number, mut function) in S::functions(artifacts)?.into_iter().enumerate() {
        let mut random = Random::new(1, number as u64);
        let mut result = Accuracy::default();
        while result.inputs < inputs {
            let wrong = match function(&mut random, &mut result).and_then(|()| result.answers(inputs)) {
                Err(_) => "refuses",
                Ok(()) if result.in_favour > 0 => "in favour",
                Ok(()) if result.above_bound > 0 => "above its bound",
                Ok(()) => continue,
            };
            return Ok(Some(format!("{} {wrong}", result.function)));
        }
    }
    Ok(None)
}

fn print(args: &AccuracyArgs, results: &[Accuracy], held: bool) {
    if args.json {
        println!(
            "{}",
            serde_json::json!({ "seed": args.seed, "held": held, "functions": results })
        );
    } else {
        for result in results {
            let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2}"));
            println!(
                "{:<34} {:>9} inputs  worst 2^{} relative, {} units, {:.3} of the bound ({})  above it {}, in favour {}",
                result.function,
                result.inputs,
                number(result.worst_relative_log2),
                number(result.worst_units),
                result.worst_part_of_bound,
                result.bound,
                result.above_bound,
                result.in_favour
            );
        }
    }
}

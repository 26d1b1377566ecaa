//! `accuracy`: the pool math against exact arithmetic, over as many inputs as asked for.

use clap::Args;
use eyre::ensure;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::probe::{Probe, RUNS};
use crate::{engine::Random, exact::Wide, world::Artifacts};

/// Options of `accuracy`.
#[derive(Args, Clone, Debug)]
pub struct AccuracyArgs {
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

/// What was measured of one function.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Accuracy {
    /// The function.
    pub function: &'static str,
    /// Inputs that it answered.
    pub inputs: u64,
    /// Inputs outside its range, which it refused.
    pub refused: u64,
    /// Worst error, as log2 of the error relative to the exact value; of results large enough that a unit is no more
    /// than the bound.
    pub worst_relative_log2: Option<f64>,
    /// Worst error beyond a relative one, in units (or parts of a unit of the result's format).
    pub worst_units: Option<f64>,
    /// Largest part of the derived bound that an error took: above 1 the bound is broken.
    pub worst_part_of_bound: f64,
    /// The derived bound, in words of the header.
    pub bound: &'static str,
    /// Results above their bound.
    pub above_bound: u64,
    /// Results in the favour of whoever trades.
    pub in_favour: u64,
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
/// When the probe is not built.
pub fn measure(args: &AccuracyArgs) -> eyre::Result<Vec<Accuracy>> {
    let mut probe = Probe::deploy(&Artifacts::of_repository())?;
    let bar = ProgressBar::with_draw_target(
        Some(args.inputs * 6),
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
    for (number, run) in RUNS.into_iter().enumerate() {
        let mut random = Random::new(args.seed, number as u64);
        let mut result = Accuracy::default();
        while result.inputs < args.inputs {
            run(&mut probe, &mut random, &mut result)?;
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

/// The first thing that is wrong with the math of these artifacts, found with so many inputs of each function.
///
/// # Errors
/// When the probe cannot be deployed.
pub(crate) fn fault(artifacts: &Artifacts, inputs: u64) -> eyre::Result<Option<String>> {
    let mut probe = Probe::deploy(artifacts)?;
    for (number, run) in RUNS.into_iter().enumerate() {
        let mut random = Random::new(1, number as u64);
        let mut result = Accuracy::default();
        while result.inputs < inputs {
            let wrong = match run(&mut probe, &mut random, &mut result).and_then(|()| result.answers(inputs)) {
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

impl Accuracy {
    /// Fails where a function refuses so much that it would never be measured.
    fn answers(&self, inputs: u64) -> eyre::Result<()> {
        ensure!(
            self.refused < 20 * inputs + 1_000,
            "{} refuses nearly everything",
            self.function
        );
        Ok(())
    }

    /// Notes a result of which `error` is what it lacks (beyond the certain part), `bound` what it may lack, of
    /// `exact`, all Q256. `in_favour`: it lies on the wrong side.
    pub(crate) fn note(&mut self, error: Wide, bound: Wide, exact: Wide, measure: Measure, in_favour: bool) {
        self.inputs += 1;
        self.in_favour += u64::from(in_favour);
        self.above_bound += u64::from(error > bound);
        let part = as_float(error) / as_float(bound);
        self.worst_part_of_bound = self.worst_part_of_bound.max(part);
        if error.is_zero() {
            return;
        }
        if measure == Measure::Relative {
            let relative = (as_float(error) / as_float(exact)).log2();
            self.worst_relative_log2 = Some(self.worst_relative_log2.map_or(relative, |worst| worst.max(relative)));
        } else if measure == Measure::Units {
            let units = as_float(error) / 2_f64.powi(256);
            self.worst_units = Some(self.worst_units.map_or(units, |worst| worst.max(units)));
        }
    }
}

/// What an error is counted in; not at all where only its part of the bound says something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    Relative,
    Units,
    Bound,
}

fn as_float(value: Wide) -> f64 {
    let shift = value.bit_len().saturating_sub(63);
    let leading = (value >> shift).to::<u64>();
    leading as f64 * 2_f64.powi(shift as i32)
}

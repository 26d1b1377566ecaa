//! What is measured of a function of arithmetic.

use eyre::ensure;
use serde::Serialize;

use super::Random;
use crate::exact::Wide;

/// A function, measured on one input of the random numbers a call.
pub type Measured = Box<dyn FnMut(&mut Random, &mut Accuracy) -> eyre::Result<()>>;

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

impl Accuracy {
    /// Fails where a function refuses so much that it would never be measured.
    pub(crate) fn answers(&self, inputs: u64) -> eyre::Result<()> {
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

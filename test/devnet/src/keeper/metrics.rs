//! What a keeper says of itself to Prometheus.

use eyre::eyre;

/// The samples of `/metrics` at one time, each with its name and labels as they are written there.
#[derive(Debug)]
pub struct Metrics(Vec<(String, f64)>);

impl Metrics {
    /// Reads Prometheus' text format.
    ///
    /// # Errors
    /// When a line is no sample.
    pub(super) fn read(text: &str) -> eyre::Result<Self> {
        let sample = |line: &str| {
            let (name, value) = line.rsplit_once(' ').ok_or_else(|| eyre!("no sample: {line}"))?;
            Ok((name.to_owned(), value.parse::<f64>()?))
        };
        let samples = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Ok(Self(samples.map(sample).collect::<eyre::Result<_>>()?))
    }

    /// Sum of the samples of a metric that carry all these labels; None when there is no such sample.
    pub fn sum(&self, metric: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let carries = |name: &str| {
            let (plain, list) = name.split_once('{').unwrap_or((name, "}"));
            plain == metric
                && labels
                    .iter()
                    .all(|(key, value)| list.contains(&format!("{key}=\"{value}\"")))
        };
        self.0
            .iter()
            .filter(|(name, _)| carries(name))
            .map(|(_, value)| *value)
            .reduce(|a, b| a + b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_found_by_name_and_labels() {
        let text = "# HELP a help\n# TYPE a counter\na{x=\"1\",y=\"2\"} 3\na{x=\"1\"} 4\n\nab 5\nb 1e3\n";
        let metrics = Metrics::read(text).unwrap();
        assert_eq!(metrics.sum("a", &[]), Some(7.0));
        assert_eq!(metrics.sum("a", &[("x", "1"), ("y", "2")]), Some(3.0));
        assert_eq!(metrics.sum("a", &[("x", "2")]), None);
        assert_eq!(metrics.sum("b", &[]), Some(1000.0));
        assert!(Metrics::read("nothing").is_err());
    }
}

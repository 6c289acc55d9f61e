//! The result: rows of figures, as JSON.

use std::io::{self, Write};

use serde::Serialize;

/// What a command prints: one JSON document.
#[derive(Debug, Serialize)]
pub struct Rows {
    /// One workload and measure each.
    pub rows: Vec<Row>,
}

/// The figures of one workload in one measure.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The workload.
    pub name: String,
    /// What was measured, with its unit.
    pub measure: &'static str,
    /// Which figures are the good ones.
    pub better: Better,
    /// The subject first, then what it is compared with.
    pub series: Vec<Series>,
    /// What the subject shall reach.
    pub limits: Vec<Limit>,
}

/// Which figures are the good ones.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// The low ones.
    Lower,
    /// The high ones.
    Higher,
}

/// The figures of one contestant.
#[derive(Debug, Serialize)]
pub struct Series {
    /// Whose they are.
    pub name: &'static str,
    /// One figure of each round, in the order of the rounds.
    pub values: Vec<f64>,
}

/// A limit for the subject's median.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Limit {
    /// The series whose median is the unit; none: the limit is absolute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<&'static str>,
    /// The most that is allowed.
    pub at_most: f64,
}

impl Rows {
    /// Prints the document on stdout.
    pub fn print(&self) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        serde_json::to_writer(&mut stdout, self)?;
        writeln!(stdout)
    }
}

/// The middle one, or the mean of the two in the middle. There must be one at least.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_in_the_middle() {
        assert_eq!(median(&[3.0]), 3.0);
        assert_eq!(median(&[9.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[9.0, 1.0, 2.0, 4.0]), 3.0);
    }

    #[test]
    fn an_absolute_limit_names_no_series() {
        let json = |against| {
            serde_json::to_string(&Limit {
                against,
                at_most: 2.0,
            })
            .expect("JSON")
        };
        assert_eq!(json(None), r#"{"at_most":2.0}"#);
        assert_eq!(json(Some("x")), r#"{"against":"x","at_most":2.0}"#);
    }
}

//! The command `engine`: all variants on all workloads, in rounds.

use std::io;
use std::time::Duration;

use clap::ValueEnum;

use crate::child::Process;
use crate::meter::Measured;
use crate::payload::{Characters, Workload};
use crate::receive::Variant;
use crate::rows::{Better, Limit, Row, Rows, Series, median};

const COST_LIMITS: [Limit; 2] = [
    Limit {
        against: Some("tokio-tungstenite"),
        at_most: 1.1,
    },
    Limit {
        against: Some("tokio-tungstenite, one channel send per message"),
        at_most: 1.0,
    },
];

/// What to measure.
#[derive(Debug)]
pub struct Rounds {
    /// Runs of each variant.
    pub rounds: usize,
    /// How long each run is measured.
    pub length: Duration,
    /// Bytes of a payload.
    pub sizes: Vec<usize>,
}

/// Runs everything, with a line a workload on stderr.
pub fn run(rounds: &Rounds) -> io::Result<Rows> {
    let mut rows = Vec::new();
    for size in &rounds.sizes {
        for characters in [Characters::Ascii, Characters::Mixed] {
            let workload = Workload {
                characters,
                size: *size,
            };
            let measured = measure(rounds, workload)?;
            eprintln!("{}", summary(workload, &measured));
            rows.extend(rows_of(workload, &measured));
        }
    }
    Ok(Rows { rows })
}

/// What was measured of a variant, round by round.
type OfVariant = (Variant, Vec<Measured>);

fn measure(rounds: &Rounds, workload: Workload) -> io::Result<Vec<OfVariant>> {
    let mut sender = Process::start(&[
        "send".to_owned(),
        value_name(workload.characters),
        workload.size.to_string(),
    ])?;
    let port = sender.line()?;
    let mut measured = Variant::ALL.map(|variant| (variant, Vec::new()));
    for round in 0..rounds.rounds {
        // What changes slowly on the machine shall not favour one of them.
        let mut order: Vec<_> = measured.iter_mut().collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for (variant, runs) in order {
            let line = Process::start(&[
                "receive".to_owned(),
                value_name(*variant),
                port.clone(),
                workload.size.to_string(),
                rounds.length.as_secs_f64().to_string(),
            ])?
            .line()?;
            runs.push(serde_json::from_str(&line)?);
        }
    }
    Ok(measured.into())
}

fn value_name(value: impl ValueEnum) -> String {
    let value = value.to_possible_value().expect("no value is hidden");
    value.get_name().to_owned()
}

/// CPU seconds per million messages.
fn cost(measured: &Measured) -> f64 {
    measured.cpu_seconds * 1e6 / measured.messages
}

/// Million messages per second.
fn rate(measured: &Measured) -> f64 {
    measured.messages / measured.seconds / 1e6
}

fn rows_of(workload: Workload, measured: &[OfVariant]) -> [Row; 2] {
    let row = |measure, better, limits: &[Limit], figure: fn(&Measured) -> f64| Row {
        name: workload.name(),
        measure,
        better,
        series: measured
            .iter()
            .map(|(variant, runs)| Series {
                name: variant.name(),
                values: runs.iter().map(figure).collect(),
            })
            .collect(),
        limits: limits.to_vec(),
    };
    [
        row(
            "CPU-s per million messages",
            Better::Lower,
            &COST_LIMITS,
            cost,
        ),
        row("million messages per second", Better::Higher, &[], rate),
    ]
}

fn summary(workload: Workload, measured: &[OfVariant]) -> String {
    let figures: Vec<_> = measured
        .iter()
        .map(|(variant, runs)| {
            let median = median(&runs.iter().map(cost).collect::<Vec<_>>());
            format!("{} {median:.4}", variant.name())
        })
        .collect();
    format!(
        "{}: CPU-s per million messages: {}",
        workload.name(),
        figures.join(" | ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_name_variants() {
        for limit in COST_LIMITS {
            let against = limit.against.expect("a series");
            assert!(
                Variant::ALL.iter().any(|variant| variant.name() == against),
                "{against}"
            );
        }
    }

    #[test]
    fn figures_are_per_million_messages() {
        let workload = Workload {
            characters: Characters::Ascii,
            size: 64,
        };
        let run = Measured {
            messages: 2e6,
            cpu_seconds: 0.5,
            seconds: 4.0,
        };
        let [costs, rates] = rows_of(workload, &[(Variant::Engine, vec![run])]);
        assert_eq!(costs.series[0].values, [0.25]);
        assert_eq!(rates.series[0].values, [0.5]);
    }
}

//! One line of the table: what was measured, the floor beside it, and what it must be.

use serde::Serialize;

use crate::error::CliError;
use crate::output;

/// What a figure must be, in its own unit.
#[derive(Debug, Clone, Copy)]
pub(super) enum Must {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
    /// Anything: it is told for comparison.
    Anything,
}

/// One measured figure.
#[derive(Debug, Serialize)]
pub(super) struct Figure {
    /// What it is.
    what: String,
    /// How much.
    measured: f64,
    /// Of what.
    unit: &'static str,
    /// What the machine itself needs for the bare core of it, with its unit and name.
    floor: String,
    /// The bound in words.
    must: String,
    /// `ok`, `MISSED`, or empty where there is no bound.
    verdict: &'static str,
    /// Spread and circumstances.
    note: String,
}

impl Figure {
    pub(super) fn new(what: impl Into<String>, measured: f64, unit: &'static str, bound: Must) -> Self {
        let (must, kept) = match bound {
            Must::AtMost(most) => (format!("≤ {}", number(most)), Some(measured <= most)),
            Must::AtLeast(least) => (format!("≥ {}", number(least)), Some(measured >= least)),
            Must::Anything => (String::new(), None),
        };
        let verdict = match kept {
            Some(true) => "ok",
            Some(false) => "MISSED",
            None => "",
        };
        Self { what: what.into(), measured, unit, floor: String::new(), must, verdict, note: String::new() }
    }

    pub(super) fn floor(self, floor: impl Into<String>) -> Self {
        Self { floor: floor.into(), ..self }
    }

    pub(super) fn note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }
}

/// A number with as many digits as say something.
pub(super) fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || size == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

pub(super) fn show(figures: &[Figure], json: bool) -> Result<(), CliError> {
    if json {
        return output::json(&figures);
    }
    let row = |figure: &Figure| {
        vec![
            figure.what.clone(),
            format!("{} {}", number(figure.measured), figure.unit),
            figure.must.clone(),
            figure.verdict.to_owned(),
            figure.floor.clone(),
            figure.note.clone(),
        ]
    };
    output::table(&["FIGURE", "MEASURED", "MUST", "", "RAW FLOOR", "NOTE"], figures.iter().map(row).collect())
}

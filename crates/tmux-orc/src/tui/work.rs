//! Causes, checks and the change, in a line each: what is known, what was tested, what is proposed.

use orc_core::change::{Change, Stage};
use orc_core::check::{CheckRun, Verdict};
use orc_core::incident::fact::Verdict as Judged;
use orc_core::incident::record::Hypothesis;

use super::model::{Board, Model};
use super::stream::words;
use super::text::clean;
use super::theme::Tone;
use crate::duration::short;

/// So many of each are shown, the newest.
const SHOWN: usize = 3;
/// Characters of a commit that tell it from others.
const COMMIT: usize = 8;

/// The lines: what each is about, how it stands, the words.
pub(super) fn lines(model: &Model) -> Vec<Vec<(Tone, String)>> {
    let Some(board) = &model.board else { return Vec::new() };
    let mut lines = Vec::new();
    let mut add = |label: &str, items: Vec<(Tone, String)>| {
        for (at, (tone, words)) in items.into_iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            lines.push(vec![(Tone::Quiet, format!(" {label:<7}")), (tone, words)]);
        }
    };
    let incident = board.incident.as_ref();
    let causes = incident.map(|it| it.hypotheses.as_slice()).unwrap_or_default();
    add("cause", newest(causes).map(cause).collect());
    let running = board.running.iter().rev().take(SHOWN).map(|begun| {
        let of = commit(&begun.tested.commit);
        (
            Tone::Busy,
            format!(
                "● {} {} runs on {of}, {} at most",
                begun.check,
                begun.tier.name(),
                short(begun.budget_ms)
            ),
        )
    });
    add("check", running.chain(newest(&board.checks).map(check)).collect());
    let changes = incident.map(|it| it.changes.as_slice()).unwrap_or_default();
    add("change", changes.last().map(change).into_iter().collect());
    lines
}

fn newest<T>(all: &[T]) -> impl Iterator<Item = &T> {
    all.iter().rev().take(SHOWN)
}

fn commit(id: &str) -> String {
    id.chars().take(COMMIT).collect()
}

fn cause(hypothesis: &Hypothesis) -> (Tone, String) {
    let (tone, mark, verdict) = match hypothesis.verdict() {
        Some(Judged::Confirmed) => (Tone::Fine, "✓", "confirmed"),
        Some(Judged::Supported) => (Tone::Text, "○", "supported"),
        Some(Judged::RuledOut) => (Tone::Quiet, "–", "ruled out"),
        None => (Tone::Text, "?", "not checked"),
    };
    (tone, format!("{mark} {} {verdict}: {}", hypothesis.id, clean(&hypothesis.text)))
}

fn check(run: &CheckRun) -> (Tone, String) {
    let counts = run.counts();
    let (tone, mark) = match run.verdict {
        Verdict::Pass => (Tone::Fine, "✓"),
        Verdict::PassFlaky => (Tone::Waits, "✓"),
        Verdict::Fail | Verdict::Error => (Tone::Broken, "✗"),
        Verdict::NothingSelected | Verdict::Inconclusive => (Tone::Waits, "?"),
    };
    let verdict = words(run.verdict.name());
    let said = if run.verdict == Verdict::Pass {
        format!("{} of {} passed in {}", counts.passed, counts.executed(), short(run.took_ms))
    } else {
        why(run)
    };
    let dirty = if run.tested.dirty { " with changes that no commit has" } else { "" };
    let of = commit(&run.tested.commit);
    (tone, format!("{mark} {} {} {verdict} on {of}{dirty}: {said}", run.check, run.tier.name()))
}

/// What a check that is not green says.
pub(super) fn why(run: &CheckRun) -> String {
    let counts = run.counts();
    let failed: Vec<&str> = run.suites.iter().flat_map(|suite| &suite.failures).map(String::as_str).collect();
    if failed.is_empty() {
        return clean(&run.why);
    }
    let bad = counts.failed + counts.errors;
    clean(&format!("{bad} of {} failed: {}", counts.executed(), failed.join(", ")))
}

fn change(change: &Change) -> (Tone, String) {
    let proposal = &change.proposal;
    let way = format!("{} → {}", clean(&proposal.branch), clean(&proposal.base));
    match &change.stage {
        Stage::UnderWay { step } => {
            let step = step.map_or("is begun", orc_core::change::Step::words);
            (Tone::Busy, format!("● {way}: {step}"))
        }
        Stage::Published(published) => {
            let where_to =
                published.files.first().filter(|_| published.url.is_empty()).unwrap_or(&published.url);
            let draft = if proposal.draft { ", a draft" } else { "" };
            (Tone::Fine, format!("✓ {}{draft}: {way}  {}", clean(&change.name()), clean(where_to)))
        }
        Stage::Failed { reason } => {
            (Tone::Broken, format!("✗ {way} could not be published: {}", clean(reason)))
        }
        Stage::BrokenOff { .. } => (Tone::Broken, format!("✗ {way} broke off: run `pm create-pr` again")),
    }
}

/// What of it is broken now: the last check, and the change.
pub(super) fn broken(board: &Board) -> Option<(&'static str, String, i64)> {
    let changes = board.incident.as_ref().map(|it| it.changes.as_slice()).unwrap_or_default();
    let failed = changes.last().and_then(|change| match &change.stage {
        Stage::Failed { reason } => Some(("change", reason.clone(), change.at.at.0)),
        Stage::BrokenOff { .. } => {
            Some(("change", "broke off: run `pm create-pr` again".to_owned(), change.at.at.0))
        }
        Stage::UnderWay { .. } | Stage::Published(_) => None,
    });
    let last = board.checks.last().filter(|run| run.verdict.refutes() && board.running.is_empty());
    let refuted = last.map(|run| {
        let ended = run.started_at.plus_millis(run.took_ms).0;
        (
            "check",
            format!("{} {} {}: {}", run.check, run.tier.name(), words(run.verdict.name()), why(run)),
            ended,
        )
    });
    failed.or(refuted)
}

//! A change that a team publishes, in a line or two: what it is, where it is, and what its checks say.

use orc_core::change::evidence::Evidence;
use orc_core::change::{Change, Published, Stage};
use orc_core::check::CheckRun;

/// Which branch and commit, and where it can be seen.
pub(super) fn line(change: &Change) -> String {
    let proposal = &change.proposal;
    let commit: String = proposal.head.chars().take(8).collect();
    let what = format!("{} -> {}, commit {commit}", proposal.branch, proposal.base);
    match &change.stage {
        Stage::Published(published) => {
            let number = published.number.map(|number| format!(" {}{number}", proposal.forge.mark()));
            let noun = proposal.forge.noun();
            format!("{noun}{}: {what}  {}", number.unwrap_or_default(), place(published))
        }
        Stage::UnderWay { .. } => format!("{what} is being published"),
        Stage::Failed { reason } => format!("{what} could not be published: {reason}"),
        Stage::BrokenOff { .. } => format!("publishing {what} broke off; the same command goes on with it"),
    }
}

/// Its address, or without a forge the text that a person takes along.
fn place(published: &Published) -> &str {
    let text = || published.files.iter().find(|file| file.ends_with("/PULL_REQUEST.md"));
    if published.url.is_empty() { text().map_or("", String::as_str) } else { &published.url }
}

/// What was checked of the very code that it holds, and whose word stands for the rest.
pub(super) fn proof(change: &Change, checks: &[CheckRun]) -> String {
    let words = Evidence::of(checks.iter(), &change.proposal.tree).words();
    let Some(waived) = &change.proposal.waived else { return words };
    let why = waived.why.as_deref().unwrap_or("no reason was given");
    format!("{words} Published without the whole suite, on the word of {}: {why}", waived.by.label())
}

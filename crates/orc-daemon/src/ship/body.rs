//! What a pull request says: what is broken, why, what is changed, what was tested and what was not, how to take it back, and
//! what a person has to look at. Everything is from the record and from git; words of agents and logs stand in code, where no
//! name calls anybody and no number closes anything.

use std::fmt::Write as _;

use orc_core::change::evidence::Evidence;
use orc_core::change::{Forge, Proposal};
use orc_core::check::CheckRun;
use orc_core::delivery::Sender;
use orc_core::ids::{Seq, TeamName};
use orc_core::incident::fact::Verdict;
use orc_core::incident::{Milestone, Record, Standing};
use orc_core::time::Timestamp;
use orc_forge::Ground;

/// So many commits, and so many files, are named.
const NAMED: usize = 30;

/// What it is made of.
pub(super) struct Facts<'a> {
    pub(super) team: &'a TeamName,
    pub(super) by: &'a Sender,
    pub(super) record: &'a Record,
    /// The end of the log.
    pub(super) head: Option<(Seq, String)>,
    pub(super) proposal: &'a Proposal,
    pub(super) ground: &'a Ground,
    pub(super) evidence: &'a Evidence<'a>,
}

impl Facts<'_> {
    /// All of it.
    pub(super) fn markdown(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.incident(&mut out);
        let _ = self.cause(&mut out);
        let _ = self.change(&mut out);
        let _ = self.tests(&mut out);
        let _ = self.not_run(&mut out);
        let _ = self.rollback(&mut out);
        let _ = self.checklist(&mut out);
        out
    }

    fn incident(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "## Incident\n")?;
        match &self.record.declared {
            Some(it) => writeln!(
                out,
                "**{} · {}** {}  \nDeclared {} by {}; phase: {}.",
                it.incident,
                it.severity.name(),
                code(&it.title),
                utc(it.at.at),
                code(it.by.label()),
                self.record.phase().name()
            )?,
            None => writeln!(out, "No incident is declared; the team is {}.", code(self.team.as_str()))?,
        }
        if self.proposal.emergency {
            writeln!(out, "\n**This is an emergency change.** The labels say so and switch nothing off.")?;
        }
        if let Some((seq, hash)) = &self.head {
            writeln!(out, "\nRecord: {seq} events, head `{hash}` (`tmux-orc log verify` checks it).")?;
        }
        Ok(())
    }

    fn cause(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "\n## Cause\n")?;
        let Some(mark) = self.record.effective(Milestone::RootCause) else {
            writeln!(out, "No cause is on record.")?;
            return self.hypotheses(out);
        };
        let standing = match &mark.standing {
            Standing::Confirmed { by } => format!("confirmed by {}", code(by.label())),
            Standing::Claimed | Standing::Retracted { .. } => "not confirmed by anybody else".to_owned(),
        };
        writeln!(out, "{}  \nClaimed by {}, {standing}.", code(&mark.text), code(mark.by.label()))?;
        for evidence in &mark.evidence {
            writeln!(out, "- evidence: {}", code(evidence))?;
        }
        self.hypotheses(out)
    }

    fn hypotheses(&self, out: &mut String) -> std::fmt::Result {
        for it in &self.record.hypotheses {
            let verdict = it.verdict().map_or("open", Verdict::words);
            writeln!(out, "- {}, {verdict}: {}", it.id, code(&it.text))?;
        }
        Ok(())
    }

    fn change(&self, out: &mut String) -> std::fmt::Result {
        let Self { proposal, ground, .. } = self;
        let (added, removed) = ground
            .files
            .iter()
            .filter_map(|file| file.lines)
            .fold((0, 0), |(added, removed), (plus, minus)| (added + plus, removed + minus));
        writeln!(
            out,
            "\n## Change\n\n{} at `{}` (tree `{}`), for {} at `{}`: {}, {}, +{added} −{removed}.\n",
            code(&proposal.branch),
            proposal.head,
            proposal.tree,
            code(&proposal.base),
            ground.base_commit,
            counted(ground.commits.len(), "commit"),
            counted(ground.files.len(), "file")
        )?;
        for commit in ground.commits.iter().take(NAMED) {
            writeln!(out, "- `{}` {}", short(&commit.id), code(&commit.subject))?;
        }
        more(out, ground.commits.len(), "commit")?;
        for file in ground.files.iter().take(NAMED) {
            let lines = file.lines.map_or("binary".to_owned(), |(plus, minus)| format!("+{plus} −{minus}"));
            writeln!(out, "- {} {lines}", code(&file.path))?;
        }
        more(out, ground.files.len(), "file")?;
        if ground.behind > 0 {
            let commits = counted(usize::try_from(ground.behind).unwrap_or(usize::MAX), "commit");
            writeln!(out, "\n{} has {commits} that this branch does not have.", code(&proposal.base))?;
        }
        for find in &proposal.no_secrets {
            writeln!(out, "\nA person says that this is no secret: {}.", code(find))?;
        }
        Ok(())
    }

    fn tests(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "\n## Tests run\n")?;
        if self.evidence.fresh.is_empty() {
            return writeln!(out, "**None on this tree.**");
        }
        writeln!(out, "| check | suite | verdict | executed | passed | failed | skipped | flaky | took |")?;
        writeln!(out, "|---|---|---|---|---|---|---|---|---|")?;
        for run in &self.evidence.fresh {
            for suite in &run.suites {
                let it = suite.counts;
                let verdict = suite.verdict.map_or("not begun", orc_core::check::Verdict::name);
                writeln!(
                    out,
                    "| {} {} | {} | {verdict} | {} | {} | {} | {} | {} | {} |",
                    run.check,
                    run.tier.name(),
                    cell(&suite.name),
                    it.executed(),
                    it.passed,
                    it.failed + it.errors,
                    it.skipped,
                    it.flaky,
                    seconds(suite.took_ms)
                )?;
            }
            let it = run.counts();
            writeln!(
                out,
                "| **{} {}** | all | **{}** | {} | {} | {} | {} | {} | {} |",
                run.check,
                run.tier.name(),
                run.verdict.name(),
                it.executed(),
                it.passed,
                it.failed + it.errors,
                it.skipped,
                it.flaky,
                seconds(run.took_ms)
            )?;
        }
        for run in &self.evidence.fresh {
            writeln!(out, "\n{} ran on tree `{}`: {}", run.check, run.tested.tree, code(&run.why))?;
            names(out, run)?;
        }
        Ok(())
    }

    fn not_run(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "\n## Tests not run\n")?;
        let mut nothing = true;
        if let Some(waived) = &self.proposal.waived {
            nothing = false;
            let why = waived.why.as_deref().map_or("no reason was given".to_owned(), code);
            writeln!(out, "- **{}** On the word of {}: {why}", waived.what, code(waived.by.label()))?;
        }
        for run in &self.evidence.fresh {
            for suite in &run.suites {
                let left = match (suite.not_run(), suite.counts.skipped) {
                    (Some(0) | None, 0) => continue,
                    (Some(left), skipped) => format!(
                        "{left} of {} tests not executed, {skipped} of them skipped",
                        suite.discovered.unwrap_or(0)
                    ),
                    (None, skipped) => format!("{skipped} tests skipped"),
                };
                nothing = false;
                let chosen = if suite.selection.is_empty() {
                    String::new()
                } else {
                    format!(" ({})", code(&suite.selection))
                };
                writeln!(out, "- {} {}, {}: {left}{chosen}", run.check, run.tier.name(), code(&suite.name))?;
            }
        }
        if let Some(run) = self.evidence.stale {
            nothing = false;
            writeln!(
                out,
                "- {} {} ({}) ran on `{}`, which is something else: it says nothing of this change",
                run.check,
                run.tier.name(),
                run.verdict.name(),
                short(&run.tested.commit)
            )?;
        }
        if nothing {
            writeln!(out, "Nothing that is known of: the whole suite ran on this very tree.")?;
        }
        Ok(())
    }

    fn rollback(&self, out: &mut String) -> std::fmt::Result {
        let Self { proposal, ground, .. } = self;
        let remote = proposal.remote.as_deref().unwrap_or("origin");
        let (base, head) = (&proposal.base, &proposal.head);
        let slug: String =
            proposal.branch.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        writeln!(
            out,
            "\n## Rollback\n\nBefore the merge there is nothing to take back. After it, with a merge commit:\n\n```sh\n\
             git fetch {remote} {base}\n\
             git switch --create revert-{slug} {remote}/{base}\n\
             git revert --no-edit -m 1 \"$(git rev-list --merges --ancestry-path --reverse {head}..{remote}/{base} | head -n 1)\"\n\
             git push {remote} HEAD\n```\n\n\
             Merged as one commit instead: `git revert --no-edit COMMIT`. The last state of {} without the change is `{}`.",
            code(base),
            ground.base_commit
        )
    }

    fn checklist(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "\n## For the person who merges\n")?;
        for item in [
            "I have read the whole change",
            "What was not tested is acceptable, or was tested meanwhile",
            "The rollback works here: migrations, flags and configuration go back with it",
            "Somebody watches the service while it goes out",
            "The whole test suite runs after the merge, and somebody looks at it",
        ] {
            writeln!(out, "- [ ] {item}")?;
        }
        let noun = if self.proposal.forge == Forge::None { "change" } else { self.proposal.forge.noun() };
        writeln!(
            out,
            "\nOpened by tmux-orc {} for team {}, asked for by {}. No {noun} of it merges itself: a person approves.",
            env!("CARGO_PKG_VERSION"),
            code(self.team.as_str()),
            code(self.by.label())
        )
    }
}

fn names(out: &mut String, run: &CheckRun) -> std::fmt::Result {
    for (what, list) in [
        ("failed", run.suites.iter().flat_map(|suite| &suite.failures).collect::<Vec<_>>()),
        ("passed only when tried again", run.suites.iter().flat_map(|suite| &suite.flaky).collect()),
    ] {
        for name in list.iter().take(NAMED) {
            writeln!(out, "- {what}: {}", code(name))?;
        }
        more(out, list.len(), "test")?;
    }
    Ok(())
}

fn more(out: &mut String, count: usize, noun: &str) -> std::fmt::Result {
    match count.saturating_sub(NAMED) {
        0 => Ok(()),
        left => writeln!(out, "- and {} more", counted(left, noun)),
    }
}

fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

fn seconds(millis: u64) -> String {
    format!("{}.{} s", millis / 1000, millis % 1000 / 100)
}

fn utc(at: Timestamp) -> String {
    at.utc()
}

/// Words of others, as code: in one line, and closed by no backtick in them.
fn code(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The same in a cell of a table.
fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_others_call_nobody_and_close_nothing() {
        assert_eq!(code("@team fixes #1\nnow"), "`@team fixes #1 now`");
        assert_eq!(code("a `b` c"), "``a `b` c``");
        assert_eq!(code("`x"), "`` `x ``");
        assert_eq!(cell("a|b"), "`a\\|b`");
    }
}

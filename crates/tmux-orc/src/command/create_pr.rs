//! `tmux-orc pm create-pr`: publishing a team's change.

use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;

use orc_api::request::CreatePr as Wish;
use orc_api::response::Shipped;
use orc_api::{Request, Response};
use orc_core::change::{Action, Forge, Published};

use super::deploy::environment;
use super::unexpected;
use crate::cli::pm::{CreatePr, Forge as Chosen};
use crate::connect::ask;
use crate::error::CliError;
use crate::output;

pub(super) fn run(args: CreatePr, json: bool) -> Result<ExitCode, CliError> {
    // An agent that calls us says who it is by the environment that it was started with.
    let sender = std::env::var("TMUX_ORC_AGENT_ID").ok();
    let open = args.skip_full_tests && args.why.is_none() && sender.is_none();
    let why = if open && !json && std::io::stdin().is_terminal() { reason()? } else { args.why };
    let request = Request::CreatePr(Wish {
        team: args.team,
        branch: args.branch,
        base: args.base,
        title: args.title,
        emergency: args.emergency,
        skip_full_tests: args.skip_full_tests,
        why,
        draft: args.draft,
        dry_run: args.dry_run,
        forge: args.forge.map(|forge| match forge {
            Chosen::Github => Forge::Github,
            Chosen::Gitlab => Forge::Gitlab,
            Chosen::None => Forge::None,
        }),
        no_secrets: args.no_secret,
        sender,
        environment: environment(),
    });
    let Response::Shipped(shipped) = ask(&request)? else { return Err(unexpected()) };
    if json {
        output::json(&*shipped)?;
    } else {
        show(&shipped)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks the person at the terminal; an empty line is no reason.
fn reason() -> Result<Option<String>, CliError> {
    output::talk("Why does it go out without the whole test suite? (one line; empty for none)");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(Some(line.trim().to_owned()).filter(|line| !line.is_empty()))
}

fn show(shipped: &Shipped) -> Result<(), CliError> {
    let talk = |text: &str| output::talk(&output::plain(text));
    for warning in &shipped.warnings {
        talk(&format!("warning: {}", warning.message));
        if !warning.hint.is_empty() {
            talk(&format!("  {}", warning.hint));
        }
    }
    for note in &shipped.notes {
        talk(&format!("note: {note}"));
    }
    let Some(published) = &shipped.published else {
        talk(&format!("title: {}", shipped.proposal.title));
        output::line(&output::plain(&shipped.body))?;
        talk("nothing was done");
        return Ok(());
    };
    for warning in &published.warnings {
        talk(&format!("warning: {warning}"));
    }
    for place in published.files.iter().chain(Some(&published.url).filter(|url| !url.is_empty())) {
        output::line(&output::plain(place))?;
    }
    talk(&summary(shipped, published));
    if let Some(waived) = &shipped.proposal.waived {
        let why = waived.why.as_deref().unwrap_or("no reason was given");
        talk(&format!("{} ({why})", waived.what));
    }
    if !shipped.follow_ups.is_empty() {
        let ids: Vec<String> = shipped.follow_ups.iter().map(ToString::to_string).collect();
        talk(&format!("to be done after it: {}", ids.join(", ")));
    }
    Ok(())
}

fn summary(shipped: &Shipped, published: &Published) -> String {
    let proposal = &shipped.proposal;
    let (noun, mark) = (proposal.forge.noun(), proposal.forge.mark());
    let number = published.number.unwrap_or_default();
    let pushed = proposal.remote.as_ref().map_or("nothing is pushed".to_owned(), |remote| {
        format!("{} is pushed to {remote}", proposal.branch)
    });
    match published.action {
        Action::Created => format!("{noun} {mark}{number} is open: a person approves and merges it"),
        Action::Updated => format!("{noun} {mark}{number} is up to date"),
        Action::Written => format!("{pushed}; the patch, the bundle and the text are written"),
    }
}

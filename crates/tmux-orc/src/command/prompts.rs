//! `agent prompts`

use std::process::ExitCode;

use orc_api::{Request, Response};
use orc_core::prompt::Asked;
use orc_core::view::PromptView;

use super::status::age;
use super::unexpected;
use crate::connect::ask;
use crate::error::CliError;
use crate::output;

/// Lines of a question that are shown; `agent screen` shows all.
const SHOWN: usize = 12;
/// Characters of a request that the dialog shows only in part; `--json` has more.
const LONGEST: usize = 1000;

pub(super) fn run(of: Option<String>, json: bool) -> Result<ExitCode, CliError> {
    let Response::Prompts { prompts } = ask(&Request::Prompts { of })? else {
        return Err(unexpected());
    };
    if json {
        output::json(&prompts)?;
        return Ok(ExitCode::SUCCESS);
    }
    if prompts.is_empty() {
        output::talk("no dialog waits for a person");
    }
    for prompt in &prompts {
        show(prompt)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether the dialog shows less than what is asked for.
fn is_cut(asked: &Asked, text: &str) -> bool {
    let squeeze = |text: &str| -> String { text.split_whitespace().collect() };
    asked.longest().is_some_and(|whole| !squeeze(text).contains(&squeeze(&whole)))
}

fn show(prompt: &PromptView) -> Result<(), CliError> {
    let PromptView { prompt: id, target, name, kind, .. } = prompt;
    let say = |text: String| output::line(&output::plain(&text));
    say(format!("{id} {target} {name} asks ({}), {} ago:", kind.name(), age(prompt.since.0)))?;
    let lines: Vec<&str> = prompt.text.lines().collect();
    for line in lines.iter().take(SHOWN) {
        say(format!("  | {line}"))?;
    }
    if lines.len() > SHOWN {
        say(format!("  | … {} more lines: `tmux-orc agent screen {target}`", lines.len() - SHOWN))?;
    }
    if let Some(asked) = prompt.asked.as_ref().filter(|asked| is_cut(asked, &prompt.text)) {
        let whole = asked.longest().unwrap_or_default();
        let clipped: String = whole.chars().take(LONGEST).collect();
        say(format!("  {} is asked for the whole of: {clipped}", asked.tool))?;
    }
    for (at, option) in prompt.options.iter().enumerate() {
        say(format!("  {}. {option}", at + 1))?;
    }
    match &prompt.answering {
        Some(answer) => {
            output::talk(&format!("  {} answers: {}", answer.by.describe(), answer.choice.describe()));
        }
        None if prompt.options.is_empty() => {
            output::talk(&format!("  answer it in its terminal: tmux-orc agent attach {target}"));
        }
        None => output::talk(&format!("  answer it: tmux-orc agent answer {target} 1 --prompt {id}")),
    }
    Ok(())
}

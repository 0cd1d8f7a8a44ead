//! Decides what a request is answered with.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;

use super::conversation::{Conversation, Role};
use super::directive::{self, Directive};
use super::failure::Failure;
use super::pace::Speech;
use super::rule::{self, Rule};
use super::tools::{self, ToolCall};

#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) side: bool,
    /// What a tool answered, if that is the newest thing in the conversation.
    pub(crate) result: Option<String>,
    pub(crate) last_user: Vec<String>,
    pub(crate) answer: Answer,
}

#[derive(Debug)]
pub(crate) enum Answer {
    Speech(Speech),
    Call(ToolCall),
    Failure(Failure),
}

impl Answer {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Speech(Speech::Now(_)) => "say",
            Self::Speech(Speech::Slow(_)) => "slow",
            Self::Speech(Speech::Hang(_)) => "hang",
            Self::Speech(Speech::Cut) => "cut",
            Self::Call(_) => "call",
            Self::Failure(_) => "fail",
        }
    }
}

/// How often a prompt has failed already.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<HashMap<String, u32>>);

impl Attempts {
    fn count(&self, prompt: &str) -> u32 {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(prompt.to_owned()).or_default();
        *count += 1;
        *count
    }
}

/// Requests that agents make for themselves, by the words of their own prompts.
static SIDE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)(generate|create|write|produce|output|return)[^.\n]{0,60}\b(title|session name|thread name|branch name|topic)\b|title generator|new conversation topic|summari[sz]e this (coding )?conversation|suggestion mode|next speaker|classif(y|ier)|routing";
    Regex::new(pattern).expect("a fixed pattern")
});
static SIDE_START: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*(\[SUGGESTION MODE|Managed memory has|You are now acting as the (Managed )?[Mm]emory)")
        .expect("a fixed pattern")
});

pub(crate) fn plan(conversation: &Conversation, attempts: &Attempts, rules: &[Rule]) -> Plan {
    let last_user = last_user(conversation);
    let typed = typed(&last_user);
    let result = newest_result(conversation);
    let side = is_side(conversation, &typed);
    let answer = if side {
        Answer::Speech(Speech::Now("Stub title".into()))
    } else if let Some(step) = rule::next(rules, conversation, &typed) {
        scripted(conversation, step, attempts)
    } else if let Some(result) = &result {
        let result: Vec<_> = result.split_whitespace().collect();
        let start: String = result.join(" ").chars().take(60).collect();
        Answer::Speech(Speech::Now(format!("TOOL-DONE {start}")))
    } else {
        scripted(conversation, &typed, attempts)
    };
    Plan { side, result, last_user, answer }
}

fn scripted(conversation: &Conversation, typed: &str, attempts: &Attempts) -> Answer {
    let say = |text: &str| Answer::Speech(Speech::Now(text.into()));
    let call = |call: Option<ToolCall>| {
        let offered = || conversation.tools.keys().map(String::as_str).collect::<Vec<_>>().join(",");
        call.map_or_else(|| say(&format!("STUB-NO-TOOL offered: {}", offered())), Answer::Call)
    };
    match directive::parse(typed) {
        None => say("Stub answer."),
        Some(Directive::Reply(text)) => say(&text),
        Some(Directive::Slow(time)) => Answer::Speech(Speech::Slow(time)),
        Some(Directive::Hang(time)) => Answer::Speech(Speech::Hang(time)),
        Some(Directive::Drop) => Answer::Speech(Speech::Cut),
        Some(Directive::Shell { command, sandbox }) => call(tools::shell(conversation, &command, sandbox)),
        Some(Directive::Call { tool, arguments }) => call(tools::named(conversation, &tool, arguments)),
        Some(Directive::TooLong) => Answer::Failure(Failure::TooLong),
        Some(Directive::Fail { status, times, retry_after_s }) => match times {
            Some(times) if attempts.count(typed) > times => say("recovered after error"),
            _ => Answer::Failure(Failure::Status { status, retry_after_s }),
        },
    }
}

/// The blocks of the newest user message that has text.
fn last_user(conversation: &Conversation) -> Vec<String> {
    let mut messages = conversation.messages.iter().rev();
    let message = messages.find(|message| message.role == Role::User && !message.blocks.is_empty());
    message.map_or(Vec::new(), |message| message.blocks.clone())
}

/// The text of the tool's result if that is the newest thing that was said.
fn newest_result(conversation: &Conversation) -> Option<String> {
    let newest = conversation.messages.iter().rev().find(|m| m.role != Role::User || !m.blocks.is_empty())?;
    (newest.role == Role::ToolResult).then(|| newest.blocks.join(" "))
}

/// What was typed: without the blocks that agents add by themselves.
pub(crate) fn typed(blocks: &[String]) -> String {
    const ADDED: [&str; 4] =
        ["<system-reminder>", "<environment_context>", "<user_instructions>", "# AGENTS.md instructions"];
    let is_added = |block: &str| ADDED.iter().any(|start| block.trim_start().starts_with(start));
    let typed: Vec<_> = blocks.iter().map(String::as_str).filter(|block| !is_added(block)).collect();
    typed.join("\n")
}

/// A side request offers no tools and its instructions speak of titles and the like; a bare short prompt is none.
fn is_side(conversation: &Conversation, typed: &str) -> bool {
    if SIDE_START.is_match(typed) {
        return true;
    }
    let long_enough = conversation.system.len() + typed.len() > 80;
    conversation.tools.is_empty()
        && long_enough
        && (SIDE.is_match(&conversation.system) || SIDE.is_match(typed))
}

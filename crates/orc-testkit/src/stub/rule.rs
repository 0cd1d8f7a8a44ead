//! What a model does by itself with prompts that nobody wrote for it.

use super::conversation::{Conversation, Role};

/// What the model of one agent does with a prompt: see [`super::StubModel::play`].
#[derive(Clone, Debug)]
pub struct Rule {
    /// Words in the instructions of the agent that it is for, or in its first message: some get their brief as one.
    pub of: String,
    /// Words in the prompt.
    pub prompt: String,
    /// Directives, one for each answer of the turn: the next one follows when the result of a call is back. After the last
    /// the turn ends.
    pub steps: Vec<String>,
}

/// What the last step is followed by.
const END: &str = "REPLY:Done.";

/// The directive that is next by the first rule for this agent and prompt.
pub(crate) fn next<'a>(rules: &'a [Rule], conversation: &Conversation, typed: &str) -> Option<&'a str> {
    let first = conversation.messages.iter().find(|message| message.role == Role::User);
    let told = |of: &str| first.is_some_and(|first| first.blocks.iter().any(|block| block.contains(of)));
    let is_for = |rule: &Rule| conversation.system.contains(&rule.of) || told(&rule.of);
    let meant = |rule: &&Rule| is_for(rule) && typed.contains(&rule.prompt);
    let rule = rules.iter().find(meant)?;
    let newest = conversation.messages.iter().rev();
    let turn = newest.take_while(|message| message.role != Role::User || message.blocks.is_empty());
    let results = turn.filter(|message| message.role == Role::ToolResult).count();
    Some(rule.steps.get(results).map_or(END, String::as_str))
}

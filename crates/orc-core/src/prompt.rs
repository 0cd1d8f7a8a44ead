//! A pending prompt: a dialog of an agent that waits for an answer, and what becomes of it.

use serde::{Deserialize, Serialize};

use crate::ids::PromptId;
use crate::team::{Evidence, Need};
use crate::time::Timestamp;

/// An open dialog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// Its id.
    pub id: PromptId,
    /// What the person is needed for.
    pub kind: Need,
    /// What it asks, made safe.
    pub text: String,
    /// Its options, in order; empty when it can only be answered in the terminal.
    pub options: Vec<String>,
    /// Since when it is open.
    pub at: Timestamp,
    /// Why we say so.
    pub evidence: Evidence,
    /// The answer that is being typed.
    pub answering: Option<Answering>,
}

/// What an agent's hook says it asks a permission for. Untrusted, made safe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The tool.
    pub tool: String,
    /// What the tool would be given, as JSON.
    pub input: String,
}

impl Asked {
    /// The longest text in what the tool would be given: the command, or the content of the file.
    pub fn longest(&self) -> Option<String> {
        let mut texts = Vec::new();
        collect(&serde_json::from_str(&self.input).ok()?, &mut texts);
        texts.into_iter().max_by_key(String::len)
    }

    /// Whether a dialog with this text asks for it: several requests may be open at once, and only one of them is shown.
    pub fn is_shown_in(&self, text: &str) -> bool {
        const ENOUGH: usize = 24;
        let squeeze = |text: &str| -> String { text.split_whitespace().collect() };
        let longest = self.longest().map(|longest| squeeze(&longest)).unwrap_or_default();
        let head: String = longest.chars().take(ENOUGH).collect();
        head.chars().count() > 2 && squeeze(text).contains(&head)
    }
}

fn collect(value: &serde_json::Value, texts: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => texts.push(text.clone()),
        serde_json::Value::Array(values) => values.iter().for_each(|value| collect(value, texts)),
        serde_json::Value::Object(fields) => fields.values().for_each(|value| collect(value, texts)),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
    }
}

/// An answer on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answering {
    /// What is answered.
    pub choice: Choice,
    /// Who answers.
    pub by: Answerer,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "choice")]
pub enum Choice {
    /// One of the options.
    Option {
        /// Which, from 1 as people count.
        number: usize,
        /// What it says.
        label: String,
    },
    /// None of them: the dialog is closed.
    Cancel {},
}

impl Choice {
    /// In words, for people.
    pub fn describe(&self) -> String {
        match self {
            Self::Option { number, label } => format!("{number}. {label}"),
            Self::Cancel {} => "cancel".to_owned(),
        }
    }
}

/// Who answers. There is no agent among them: an agent answers no dialog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "who")]
pub enum Answerer {
    /// A person at the command line.
    Person {
        /// The user id of the process that asked, as the kernel says.
        uid: u32,
    },
    /// The person's policy for this directory.
    Policy {
        /// The directory that the policy names.
        dir: String,
    },
}

impl Answerer {
    /// In words, for people.
    pub fn describe(&self) -> String {
        match self {
            Self::Person { uid } => format!("the person with user id {uid}"),
            Self::Policy { dir } => format!("the policy for {dir}"),
        }
    }
}

/// How a prompt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    /// By an answer given here.
    AnsweredHere,
    /// A person had just typed in the agent's own terminal when it vanished.
    AnsweredInTerminal,
    /// It is not shown any more; nobody is known to have answered.
    Gone,
    /// The agent ended.
    AgentEnded,
}

/// What became of the last answer or prompt of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fate {
    /// The prompt.
    pub prompt: PromptId,
    /// What became of it.
    pub end: End,
}

/// What became of an answer or a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "end")]
pub enum End {
    /// It is closed.
    Closed {
        /// How.
        how: Closed,
    },
    /// An answer did not get through; the prompt may be open still.
    Failed {
        /// Why.
        reason: String,
    },
}

/// What somebody wants to answer, before it is held against the options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The option of this number, or of this label.
    Option(String),
    /// None of them.
    Cancel,
}

/// The option that a number, a label or the beginning of one label means.
pub fn option_named(options: &[String], name: &str) -> Result<usize, NoSuchOption> {
    let name = name.trim();
    if let Ok(number) = name.parse::<usize>() {
        return number.checked_sub(1).filter(|index| *index < options.len()).ok_or(NoSuchOption::None);
    }
    let lower = name.to_lowercase();
    let matching = |fits: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let fits = |(index, label): (usize, &String)| fits(&label.to_lowercase()).then_some(index);
        options.iter().enumerate().filter_map(fits).collect()
    };
    let whole = matching(&|label| label == lower);
    let found = if whole.is_empty() && !lower.is_empty() {
        matching(&|label| label.starts_with(&lower))
    } else {
        whole
    };
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(NoSuchOption::None),
        _ => Err(NoSuchOption::Several),
    }
}

/// Why a name means no option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSuchOption {
    /// There is none of that name.
    None,
    /// Several begin with it.
    Several,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_belongs_to_the_dialog_that_shows_how_it_begins() {
        let command = format!("touch a-file && {}", "true && ".repeat(40));
        let input = serde_json::json!({"description": "x", "command": command}).to_string();
        let asked = Asked { tool: "Bash".into(), input };
        assert_eq!(asked.longest(), Some(command));
        assert!(asked.is_shown_in("Run this?\n  touch a-file\n && true && true && …"));
        assert!(!asked.is_shown_in("Run this?\n  rm a-file"));
        for input in ["{}", "not JSON", r#"{"n": 1, "s": "ls"}"#] {
            assert!(!Asked { tool: "x".into(), input: input.into() }.is_shown_in("ls"), "{input}");
        }
    }

    #[test]
    fn an_option_is_named_by_its_number_its_label_or_the_beginning_of_one() {
        let options = ["Yes", "Yes, always", "No"].map(str::to_owned);
        assert_eq!(option_named(&options, "3"), Ok(2));
        assert_eq!(option_named(&options, "yes"), Ok(0), "the whole label wins");
        assert_eq!(option_named(&options, "n"), Ok(2));
        assert_eq!(option_named(&options, "ye"), Err(NoSuchOption::Several));
        for none in ["0", "4", "", "maybe"] {
            assert_eq!(option_named(&options, none), Err(NoSuchOption::None), "{none}");
        }
    }
}

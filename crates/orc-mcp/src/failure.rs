//! What a tool answers when it cannot do what it was called for.

use orc_core::error::Refusal;
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::json;

/// A code, a sentence, a hint: as everywhere in the product.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The stable code.
    pub code: String,
    /// One sentence that says what is wrong.
    pub message: String,
    /// What to do next; empty when there is nothing to add.
    pub hint: String,
    /// Further problems, one sentence each.
    pub problems: Vec<String>,
}

impl Failure {
    /// Arguments that make no sense.
    pub(crate) fn bad_request(message: impl Into<String>, hint: impl Into<String>) -> Self {
        let code = "bad_request".to_owned();
        Self { code, message: message.into(), hint: hint.into(), problems: Vec::new() }
    }

    /// The supervisor answered something else than was asked.
    pub(crate) fn unexpected() -> Self {
        Self {
            code: "internal".to_owned(),
            message: "the supervisor answered something else than was asked".to_owned(),
            hint: "tell the person that supervisor and agent may be of two versions".to_owned(),
            problems: Vec::new(),
        }
    }

    /// The result of the tool: an error that the model can read.
    pub(crate) fn into_result(self) -> CallToolResult {
        let Self { code, message, hint, problems } = self;
        let mut lines = vec![format!("{code}: {message}")];
        lines.extend(problems.iter().filter(|_| problems.len() > 1).map(|problem| format!("- {problem}")));
        lines.extend(Some(format!("hint: {hint}")).filter(|_| !hint.is_empty()));
        let error = json!({ "code": code, "message": message, "hint": hint, "problems": problems });
        let mut result = CallToolResult::error(vec![ContentBlock::text(lines.join("\n"))]);
        result.structured_content = Some(json!({ "error": error }));
        result
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let code = serde_json::to_value(refusal.code).ok();
        let code = code.and_then(|code| code.as_str().map(str::to_owned)).unwrap_or_default();
        let Refusal { message, hint, problems, .. } = refusal;
        Self { code, message, hint, problems }
    }
}

//! What differs between the interfaces of the forges: addresses and names of fields.

use serde_json::Value;

use super::Repository;

/// What is to be proposed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draft<'a> {
    pub(crate) title: &'a str,
    pub(crate) body: &'a str,
    pub(crate) branch: &'a str,
    pub(crate) base: &'a str,
    pub(crate) unready: bool,
}

/// A pull request, or a merge request, as the forge has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pull {
    pub(crate) number: u64,
    pub(crate) url: String,
    pub(crate) body: String,
    pub(crate) draft: bool,
    pub(crate) labels: Vec<String>,
}

/// One forge's interface. An endpoint is a path with its query, as the forge's tool takes it.
pub(crate) trait Shape: std::fmt::Debug + Send + Sync {
    /// Headers that every request has.
    fn headers(&self) -> &'static [&'static str];
    /// A repository.
    fn repository(&self, repository: &str) -> String;
    /// What is said of it.
    fn repository_of(&self, value: &Value) -> Repository;
    /// A branch of it.
    fn branch(&self, repository: &str, branch: &str) -> String;
    /// The open pull requests of a branch.
    fn list(&self, repository: &str, branch: &str, base: &str) -> String;
    /// One of them.
    fn pull_of(&self, value: &Value) -> Option<Pull>;
    /// All of them.
    fn pulls(&self, repository: &str) -> String;
    /// A new one.
    fn new_pull(&self, draft: Draft<'_>) -> Value;
    /// One of them, with the method that changes it.
    fn pull(&self, repository: &str, number: u64) -> (&'static str, String);
    /// A new body, and a new title if there is one.
    fn change(&self, body: Option<&str>, title: Option<&str>) -> Value;
    /// The status and words by which it says that there is one already.
    fn is_there_already(&self, status: u16, said: &str) -> bool;
    /// What is asked for to put labels on and take others off: method, endpoint, body, and whether a refusal matters.
    fn labels(&self, repository: &str, number: u64, on: &[String], off: &[String]) -> Vec<LabelCall>;
}

/// One request about labels.
#[derive(Debug, Clone)]
pub(crate) struct LabelCall {
    pub(crate) method: &'static str,
    pub(crate) endpoint: String,
    pub(crate) body: Option<Value>,
    /// These answers are as good as success: it is so already.
    pub(crate) fine: &'static [u16],
}

/// A part of a path or query, with everything escaped that means something in one.
pub(crate) fn escaped(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    let part = |byte: u8| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(part).collect()
}

/// A colour for a label: the same everywhere, louder for what is urgent or not tested.
pub(crate) fn colour(label: &str) -> &'static str {
    match label {
        "emergency" | "sev1" | "tests:failing" => "b60205",
        "sev2" | "tests:none" => "d93f0b",
        "tests:full" => "0e8a16",
        _ => "fbca04",
    }
}

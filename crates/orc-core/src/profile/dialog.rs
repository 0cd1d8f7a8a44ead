//! How a dialog is read from the screen and answered by keys.

use serde::{Deserialize, Serialize};

/// One kind of dialog. They are tried in order at a screen of which a rule says that a person must act; the first whose
/// options are found is it. A dialog of which none is found is the person's to answer in the terminal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialog {
    /// Its name.
    pub name: String,
    /// Pattern of a row of the dialog, whose group 1 is what it says: the last such rows that follow each other are the
    /// dialog. Without it every row is.
    #[serde(default)]
    pub row: Option<String>,
    /// Pattern of the row above the dialog.
    #[serde(default)]
    pub begin: Option<String>,
    /// Pattern of an option that has a row of its own: group `label` is what it says, group `number` its number from 1,
    /// group `here` the sign of the one that is chosen now. What is indented as far as the label goes on with it.
    #[serde(default)]
    pub option: Option<String>,
    /// Pattern of the row that holds all options: each group is one. The one that is chosen now is drawn in reverse or on
    /// another background.
    #[serde(default)]
    pub inline: Option<String>,
    /// Pattern of the rows that may stand under the options. Any other there means that this is no such dialog.
    #[serde(default)]
    pub foot: Option<String>,
    /// Key that goes to the next option.
    #[serde(default = "down")]
    pub next: String,
    /// Key that goes to the option before.
    #[serde(default = "up")]
    pub previous: String,
    /// Key that takes the option that is chosen.
    #[serde(default = "enter")]
    pub confirm: String,
    /// Keys that take an option at once (`{number}`), for dialogs that do not show which one is chosen.
    #[serde(default)]
    pub pick: Option<String>,
    /// Key that closes the dialog without any option, which denies what it asks for.
    #[serde(default)]
    pub cancel: Option<String>,
    /// Pattern of the option that trusts the directory, for directories that the person's policy trusts.
    #[serde(default)]
    pub trust: Option<String>,
}

fn down() -> String {
    "Down".to_owned()
}

fn up() -> String {
    "Up".to_owned()
}

fn enter() -> String {
    "Enter".to_owned()
}

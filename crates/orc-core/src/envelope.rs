//! What is put around a message before an agent gets it, and what is done to its text to make it safe.
//!
//! The first word is plain and the last character is plain: agent CLIs give `!`, `/`, `#` and `@` meanings at
//! the start of a prompt, and a last word with `@` opens a completion that swallows Enter.

use crate::ids::MessageId;

/// A text made safe to type, and what had to be done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeText {
    /// The text: valid UTF-8, LF line ends, no control characters but tab and LF, no bidirectional controls.
    pub text: String,
    /// What was changed, in plain words; empty when nothing was.
    pub notes: Vec<String>,
}

/// Makes a text harmless: CRLF and CR become LF, control characters become visible signs. An escape character
/// could otherwise end a bracketed paste, and the rest of the text would be keys; a bidirectional control makes a
/// reader see other text than there is, and some agents ask a person about it.
pub fn make_safe(raw: &str) -> SafeText {
    let mut text = String::with_capacity(raw.len());
    let (mut line_ends, mut controls, mut bidi) = (0_usize, 0_usize, 0_usize);
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                line_ends += 1;
                if chars.peek() != Some(&'\n') {
                    text.push('\n');
                }
            }
            '\t' | '\n' => text.push(c),
            '\u{0}'..='\u{1f}' => {
                controls += 1;
                text.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{2421}'));
            }
            '\u{7f}' => {
                controls += 1;
                text.push('\u{2421}');
            }
            '\u{80}'..='\u{9f}' => {
                controls += 1;
                text.extend(format!("<{:02X}>", u32::from(c)).chars());
            }
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                bidi += 1;
                text.extend(format!("<U+{:04X}>", u32::from(c)).chars());
            }
            other => text.push(other),
        }
    }
    let mut notes = Vec::new();
    if controls > 0 {
        notes.push(format!("{controls} control characters made visible"));
    }
    if bidi > 0 {
        notes.push(format!("{bidi} bidirectional controls made visible"));
    }
    if line_ends > 0 {
        notes.push(format!("{line_ends} CR line ends turned into LF"));
    }
    SafeText { text, notes }
}

/// Who a message is from and what it is, for its first line.
#[derive(Debug, Clone, Copy)]
pub struct Heading<'a> {
    /// The message.
    pub id: MessageId,
    /// The sender as shown to the agent.
    pub from: &'a str,
    /// A remark such as `broadcast to the team`; empty for none.
    pub remark: &'a str,
}

/// The message as the agent gets it.
pub fn wrap(heading: Heading<'_>, body: &str) -> String {
    let Heading { id, from, remark } = heading;
    let remark = if remark.is_empty() { String::new() } else { format!(" ({remark})") };
    format!("Message {id} from {from}{remark}:\n{}\n{}", body.trim_end_matches('\n'), closing(id))
}

/// The last line of a wrapped message: unique, so it proves that the whole text is there.
pub fn closing(id: MessageId) -> String {
    format!("(end of message {id})")
}

/// Ids of the messages that a prompt holds whole: opening line and closing line both.
pub fn messages_in(prompt: &str) -> Vec<MessageId> {
    let mut found = Vec::new();
    for (at, _) in prompt.match_indices("Message m") {
        let at_line_start = prompt[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
        let word = prompt[at + "Message ".len()..].split_whitespace().next().unwrap_or("");
        let Ok(id) = word.parse::<MessageId>() else {
            continue;
        };
        if at_line_start && !found.contains(&id) && prompt[at..].contains(&closing(id)) {
            found.push(id);
        }
    }
    found
}

/// A text that stands for a long one kept in a file: its first and last lines and where the whole is.
pub fn pointer(path: &str, body: &str, why: &str) -> String {
    const SHOWN: usize = 5;
    let lines: Vec<&str> = body.trim_end_matches('\n').split('\n').collect();
    let clip = |line: &str| -> String {
        if line.chars().count() > 160 {
            format!("{}…", line.chars().take(159).collect::<String>())
        } else {
            line.to_owned()
        }
    };
    let first: Vec<String> = lines.iter().take(SHOWN).map(|line| clip(line)).collect();
    let mut text = format!(
        "The whole text ({} bytes, {} lines) is in a file, because {why}. Read it before you act:\n{path}\nIt begins:\n{}",
        body.len(),
        lines.len(),
        first.join("\n")
    );
    if lines.len() > SHOWN {
        let from = lines.len().saturating_sub(SHOWN).max(SHOWN);
        let last: Vec<String> = lines[from..].iter().map(|line| clip(line)).collect();
        text.push_str("\nIt ends:\n");
        text.push_str(&last.join("\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_paste_cannot_be_ended_from_inside() {
        let safe = make_safe("a\u{1b}[201~rm -rf\r\nb\0\u{9b}c\r");
        assert_eq!(safe.text, "a␛[201~rm -rf\nb␀<9B>c\n");
        assert_eq!(safe.notes.len(), 2);
    }

    #[test]
    fn text_that_would_read_otherwise_than_it_is_shows_why() {
        let safe = make_safe("if \u{202e}nimda\u{2069} {\u{200f}\u{200d}");
        assert_eq!(safe.text, "if <U+202E>nimda<U+2069> {<U+200F>\u{200d}");
        assert_eq!(safe.notes, ["3 bidirectional controls made visible"]);
    }

    #[test]
    fn a_prompt_names_the_messages_it_holds_whole() {
        let whole = wrap(Heading { id: MessageId(7), from: "operator", remark: "" }, "hi");
        assert_eq!(messages_in(&whole), [MessageId(7)]);
        assert!(messages_in(&whole[..whole.len() - 3]).is_empty());
        assert_eq!(messages_in(&format!("<pasted>{whole}</pasted>")), [MessageId(7)]);
    }

    proptest! {
        #[test]
        fn safe_text_holds_no_controls(raw in any::<String>()) {
            let safe = make_safe(&raw);
            prop_assert!(safe.text.chars().all(|c| c == '\t' || c == '\n' || !c.is_control()));
        }

        #[test]
        fn clean_text_is_left_alone(raw in "[a-zäöü🎉 \t\n'\"`$();|!/#@-]*") {
            let safe = make_safe(&raw);
            prop_assert_eq!(safe.text, raw);
            prop_assert!(safe.notes.is_empty());
        }

        #[test]
        fn a_wrapped_message_is_found_again(id in 1_u64.., body in "[^\r]*") {
            let text = wrap(Heading { id: MessageId(id), from: "x", remark: "" }, &body);
            prop_assert!(messages_in(&text).contains(&MessageId(id)));
        }
    }
}

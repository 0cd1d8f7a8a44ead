//! What is put around a message before an agent gets it, and what is done to its text to make it safe.
//!
//! The first word is plain and the last character is plain: agent CLIs give `!`, `/`, `#` and `@` meanings at
//! the start of a prompt, and a last word with `@` opens a completion that swallows Enter.

use std::collections::BTreeMap;

use crate::ids::MessageId;

/// A text made safe to type, and what had to be done to it.
///
/// Only [`make_safe`] makes one: what reaches an agent has been through it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
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

/// What a prompt consists of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// Messages that it holds whole, from the opening line to the closing line.
    pub whole: Vec<MessageId>,
    /// Messages that begin and have no closing line: they were cut.
    pub cut: Vec<MessageId>,
    /// Everything that is part of no message: a person's words.
    pub foreign: Option<String>,
}

/// Takes a prompt apart. A message reaches from its opening to the last closing with its id: what stands between,
/// other messages too, is quoted in it. What follows the opening of a cut message belongs to it until a whole one
/// begins.
pub fn contents(prompt: &str) -> Contents {
    let ends: BTreeMap<MessageId, usize> = prompt
        .match_indices(CLOSING)
        .filter_map(|(at, _)| {
            let (id, _) = prompt[at + CLOSING.len() - 1..].split_once(')')?;
            let id = id.parse().ok()?;
            let closing = closing(id);
            prompt[at..].starts_with(&closing).then_some((id, at + closing.len()))
        })
        .collect();
    let mut read = Contents::default();
    let mut foreign: Vec<&str> = Vec::new();
    let (mut at, mut kept) = (0, 0);
    let mut in_cut = false;
    while let Some((start, id)) = next_opening(prompt, at) {
        let Some(end) = ends.get(&id).copied().filter(|end| *end > start) else {
            if !in_cut {
                foreign.push(before_message(&prompt[kept..start]));
            }
            in_cut = true;
            push_new(&mut read.cut, id);
            at = start + OPENING.len();
            continue;
        };
        if !in_cut {
            foreign.push(before_message(&prompt[kept..start]));
        }
        in_cut = false;
        push_new(&mut read.whole, id);
        (at, kept) = (end, after_message(prompt, end));
    }
    if !in_cut {
        foreign.push(&prompt[kept..]);
    }
    read.cut.retain(|id| !read.whole.contains(id));
    let words: Vec<&str> = foreign.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
    read.foreign = (!words.is_empty()).then(|| words.join("\n"));
    read
}

const OPENING: &str = "Message m";
/// How the last line of every message begins.
pub const CLOSING: &str = "(end of message m";

/// The first opening from here on: `Message m7 from …`.
fn next_opening(prompt: &str, from: usize) -> Option<(usize, MessageId)> {
    prompt[from..].match_indices(OPENING).find_map(|(found, _)| {
        let (word, rest) = prompt[from + found + "Message ".len()..].split_once(' ')?;
        Some((from + found, word.parse().ok().filter(|_| rest.starts_with("from "))?))
    })
}

fn push_new(ids: &mut Vec<MessageId>, id: MessageId) {
    if !ids.contains(&id) {
        ids.push(id);
    }
}

/// Text in front of a message, without the tag that an agent puts around a long paste.
fn before_message(text: &str) -> &str {
    let trimmed = text.trim_end();
    match trimmed.rfind("<pasted_content") {
        Some(tag) if trimmed.ends_with('>') && !trimmed[tag..trimmed.len() - 1].contains('>') => &text[..tag],
        _ => text,
    }
}

/// Where the text after a message begins, behind the end of such a tag.
fn after_message(prompt: &str, end: usize) -> usize {
    // Some versions repeat the tag's attributes at its end.
    let closed = prompt[end..].trim_start().strip_prefix("</pasted_content");
    let rest = closed
        .and_then(|tag| tag.split_once('>'))
        .filter(|(attributes, _)| !attributes.contains(['<', '\n']));
    rest.map_or(end, |(_, rest)| prompt.len() - rest.len())
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

    fn messages_in(prompt: &str) -> Vec<MessageId> {
        contents(prompt).whole
    }

    fn foreign(prompt: &str) -> Option<String> {
        contents(prompt).foreign
    }

    #[test]
    fn a_prompt_names_the_messages_it_holds_whole() {
        let whole = wrap(Heading { id: MessageId(7), from: "operator", remark: "" }, "hi");
        assert_eq!(messages_in(&whole), [MessageId(7)]);
        assert!(messages_in(&whole[..whole.len() - 3]).is_empty());
        assert_eq!(messages_in(&format!("<pasted>{whole}</pasted>")), [MessageId(7)]);
        assert_eq!(messages_in(&format!("half a thought{whole}")), [MessageId(7)]);
    }

    fn message(id: u64, body: &str) -> String {
        wrap(Heading { id: MessageId(id), from: "backend", remark: "" }, body)
    }

    #[test]
    fn what_a_message_quotes_is_not_received() {
        for quote in [message(7, "old"), closing(MessageId(7)), message(9, "old"), closing(MessageId(9))] {
            let prompt = message(9, &format!("see {quote} there"));
            let read = Contents { whole: vec![MessageId(9)], ..Contents::default() };
            assert_eq!(contents(&prompt), read, "{prompt}");
        }
    }

    #[test]
    fn a_message_without_its_end_was_cut_and_nobody_typed_it() {
        let whole = message(7, "a long text");
        let cut = contents(&whole[..whole.len() - 3]);
        assert_eq!(cut, Contents { cut: vec![MessageId(7)], ..Contents::default() });
        let both = contents(&format!("{}\n{}", &whole[..30], message(8, "next")));
        assert_eq!((both.whole, both.cut, both.foreign), (vec![MessageId(8)], vec![MessageId(7)], None));
    }

    #[test]
    fn what_a_person_says_of_a_message_is_theirs() {
        for words in ["Message m7 was lost", "Message me from time to time", "(end of message m7)"] {
            let read = contents(words);
            assert_eq!((read.whole, read.cut), (vec![], vec![]), "{words}");
            assert_eq!(read.foreign.as_deref(), Some(words));
        }
    }

    #[test]
    fn words_around_messages_are_foreign_and_paste_tags_are_not() {
        let (one, two) = (message(1, "a"), message(2, "b"));
        assert_eq!(foreign(&format!("first {one}\n{two}\nthen")).as_deref(), Some("first\nthen"));
        let pasted = |text: &str| format!("<pasted_content id=\"4\">\n{text}\n</pasted_content>");
        assert_eq!(foreign(&pasted(&one)), None);
        assert_eq!(foreign(&format!("{}\n{}", pasted(&one), pasted(&two))), None);
        let named = format!("<pasted_content id=\"4\">\n{one}\n</pasted_content id=\"4\">");
        assert_eq!(foreign(&named), None, "whatever the tag repeats at its end");
        let mixed = format!("{} {}", pasted("own"), pasted(&one));
        assert_eq!(foreign(&mixed).as_deref(), Some(pasted("own").as_str()));
        assert_eq!(messages_in(&mixed), [MessageId(1)]);
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
            let read = Contents { whole: vec![MessageId(id)], ..Contents::default() };
            prop_assert_eq!(contents(&text), read);
        }

        #[test]
        fn messages_among_foreign_words_are_told_apart(
            words in proptest::collection::vec("[a-z é<>()]*", 4),
            bodies in proptest::collection::vec("(?s)(.|Message m[1-9] from x:\n|\\(end of message m[1-9]\\)){0,20}", 3),
        ) {
            let mut prompt = words[0].clone();
            let mut ids = Vec::new();
            for ((id, body), words) in (100_u64..).zip(&bodies).zip(&words[1..]) {
                ids.push(MessageId(id));
                prompt.push_str(&message(id, body));
                prompt.push_str(words);
            }
            let read = contents(&prompt);
            prop_assert_eq!(read.whole, ids);
            prop_assert_eq!(read.cut, vec![]);
            let all: String = words.concat().split_whitespace().collect();
            prop_assert_eq!(read.foreign.unwrap_or_default().split_whitespace().collect::<String>(), all);
        }

        #[test]
        fn any_prompt_can_be_taken_apart(
            prompt in "(.|\n|Message m[1-3] from x:\n|\\(end of message m[1-3]\\)|<pasted_content>|</pasted_content>){0,30}",
        ) {
            let read = contents(&prompt);
            prop_assert!(read.cut.iter().all(|id| !read.whole.contains(id)));
        }
    }
}

//! Quoting of arguments for a control-mode line, exact for every UTF-8 text without NUL.
//!
//! Facts, measured on tmux 3.2a to 3.8: inside double quotes `\`, `"`, `$` and a leading `~` are special;
//! a raw newline would end the command; a raw 0xFF ends the quote and the rest runs as commands, which UTF-8
//! cannot contain.

use std::fmt::Write;

/// Appends `text` as one quoted word that tmux takes as it is.
pub(crate) fn push_quoted(line: &mut String, text: &str) {
    line.push('"');
    for character in text.chars() {
        match character {
            '\\' | '"' | '$' | '~' => {
                line.push('\\');
                line.push(character);
            }
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            '\x1b' => line.push_str("\\e"),
            '\0'..='\x1f' | '\x7f' => {
                write!(line, "\\{:03o}", u32::from(character)).expect("a String takes every write");
            }
            _ => line.push(character),
        }
    }
    line.push('"');
}

/// Appends `text` as one quoted word for an argument that tmux expands as a format: `#(…)` in a window name
/// would run a shell.
pub(crate) fn push_literal_format(line: &mut String, text: &str) {
    push_quoted(line, &text.replace('#', "##"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> String {
        let mut line = String::new();
        push_quoted(&mut line, text);
        line
    }

    #[test]
    fn special_characters_are_escaped() {
        assert_eq!(quoted(""), r#""""#);
        assert_eq!(quoted("plain; 'x' {y} #z"), r#""plain; 'x' {y} #z""#);
        assert_eq!(quoted(r#"~ $HOME "\"#), r#""\~ \$HOME \"\\""#);
        assert_eq!(quoted("a\nb\rc\td\x1be"), r#""a\nb\rc\td\ee""#);
        assert_eq!(quoted("\x01\x7f"), r#""\001\177""#);
        assert_eq!(quoted("naïve 🦀 ÿ"), "\"naïve 🦀 ÿ\"");
    }

    #[test]
    fn a_line_stays_a_line() {
        for code in 1..0x3000_u32 {
            let Some(character) = char::from_u32(code) else {
                continue;
            };
            let word = quoted(&character.to_string());
            assert!(!word.bytes().any(|byte| byte < 0x20 || byte == 0x7f || byte == 0xff), "{code:#x}");
        }
    }

    #[test]
    fn formats_are_defused() {
        let mut line = String::new();
        push_literal_format(&mut line, "#(touch x) #{pid} #");
        assert_eq!(line, r###""##(touch x) ##{pid} ##""###);
    }
}

//! Texts of others as mere words: in Markdown no mark of theirs means anything, and nowhere a control character.

/// Without control characters, but for tab and line end.
pub(crate) fn controlled(text: &str) -> String {
    let harmless = |c: char| match c {
        '\n' | '\t' => c,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => '·',
        c if c.is_control() => '·',
        c => c,
    };
    text.chars().map(harmless).collect()
}

/// As words within a line of Markdown, also within a table.
pub(crate) fn words(text: &str) -> String {
    let text = controlled(text);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut done = String::with_capacity(line.len() + 8);
    let mut before = None;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let means_something = match c {
            '\\' | '`' | '*' | '<' | '|' | '[' | ']' | '~' | '$' => true,
            // Within a word it is a plain character.
            '_' => !(inside(before) && inside(chars.peek().copied())),
            // An entity, as in `&lt;`.
            '&' => chars.peek().is_some_and(|next| next.is_ascii_alphabetic() || *next == '#'),
            // A mention or an issue, for who renders it on a forge.
            '@' => !inside(before) && inside(chars.peek().copied()),
            _ => false,
        };
        // At the beginning of a line these begin a heading, a list or a quotation.
        let begins = before.is_none() && matches!(c, '#' | '-' | '+' | '>' | '=');
        if means_something || begins {
            done.push('\\');
        }
        done.push(c);
        before = Some(c);
    }
    done
}

/// Without the empty lines that templates leave: one at most between two parts, none at the end.
pub(crate) fn tidy(text: &str) -> String {
    let mut done = String::with_capacity(text.len());
    let mut empty = 1;
    for line in text.lines() {
        let line = line.trim_end();
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            done += line;
            done.push('\n');
        }
    }
    done.truncate(done.trim_end().len());
    done + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_is_words() {
        assert_eq!(
            words("a | b\n**c** [x](javascript:1) <img>"),
            r"a \| b \*\*c\*\* \[x\](javascript:1) \<img>"
        );
        assert_eq!(words("auth_handler.py and _emphasis_"), r"auth_handler.py and \_emphasis\_");
        assert_eq!(words("# heading"), r"\# heading");
        assert_eq!(words("ask @ada, not a@b.example"), r"ask \@ada, not a@b.example");
        assert_eq!(controlled("a\u{1b}[31m\u{202e}b\u{7}"), "a·[31m·b·");
    }
}

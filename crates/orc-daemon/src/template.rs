//! Filling the placeholders of a profile. Braces that are no known placeholder are left alone: profiles hold JSON.

/// Names with their values.
pub(crate) struct Values(Vec<(&'static str, String)>);

impl Values {
    /// Values to fill in.
    pub(crate) fn new(values: Vec<(&'static str, String)>) -> Self {
        Self(values)
    }

    /// The text with every known placeholder filled in, in one pass: a value is never searched again.
    pub(crate) fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        'next: while let Some(at) = rest.find('{') {
            filled.push_str(&rest[..at]);
            for (name, value) in &self.0 {
                let after = rest[at + 1..].strip_prefix(name).and_then(|after| after.strip_prefix('}'));
                if let Some(after) = after {
                    filled.push_str(value);
                    rest = after;
                    continue 'next;
                }
            }
            filled.push('{');
            rest = &rest[at + 1..];
        }
        filled.push_str(rest);
        filled
    }
}

/// One word for a shell.
pub(crate) fn shell_word(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// A JSON string.
pub(crate) fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_names_are_filled_and_values_are_not_searched() {
        let values = Values::new(vec![("a", "{b}".into()), ("b", "x".into())]);
        assert_eq!(values.fill(r#"{"k": "{a}", "{c}": {b}}"#), r#"{"k": "{b}", "{c}": x}"#);
    }

    #[test]
    fn a_shell_word_stays_one_word() {
        assert_eq!(shell_word("it's $(x)"), r"'it'\''s $(x)'");
    }
}

//! One control-mode line: a command, or several that run one after the other until one fails. Commands of one
//! line run without anybody else's commands in between.

use crate::quote::{push_literal_format, push_quoted};

/// A line that is complete but for its newline. Never empty: an empty line detaches the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    command: &'static str,
    commands: usize,
    text: String,
}

impl Line {
    /// Begins with this tmux command.
    pub(crate) fn new(command: &'static str) -> Self {
        Self { commands: 1, command, text: command.to_owned() }
    }

    /// Adds another command to the same line.
    pub(crate) fn then(mut self, command: &'static str) -> Self {
        self.commands += 1;
        self.text.push_str(" ; ");
        self.text.push_str(command);
        self
    }

    /// A word of our own that needs no quoting.
    pub(crate) fn word(mut self, word: &'static str) -> Self {
        self.text.push(' ');
        self.text.push_str(word);
        self
    }

    /// An argument that tmux takes as it is.
    pub(crate) fn arg(mut self, text: &str) -> Self {
        self.text.push(' ');
        push_quoted(&mut self.text, text);
        self
    }

    /// An argument that tmux would expand as a format, made literal.
    pub(crate) fn literal(mut self, text: &str) -> Self {
        self.text.push(' ');
        push_literal_format(&mut self.text, text);
        self
    }

    /// A program with its arguments, executed without a shell. tmux hands a single word to a shell, so a
    /// program without arguments is wrapped.
    pub(crate) fn program(mut self, argv: &[String]) -> Self {
        self.text.push_str(" --");
        if let [program] = argv {
            return self.arg("/bin/sh").arg("-c").arg("exec \"$0\"").arg(program);
        }
        for word in argv {
            self = self.arg(word);
        }
        self
    }

    /// The first command, for error messages.
    pub(crate) fn command(&self) -> &'static str {
        self.command
    }

    /// How many commands it has. Each makes a block of its own, up to the first that fails.
    pub(crate) fn commands(&self) -> usize {
        self.commands
    }

    /// The text without a newline.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_of_commands() {
        let line = Line::new("new-window")
            .word("-d")
            .word("-n")
            .literal("#1")
            .program(&["view".into(), "a;".into()])
            .then("set-option")
            .arg("$1:2");
        assert_eq!(line.text(), r###"new-window -d -n "##1" -- "view" "a;" ; set-option "\$1:2""###);
        assert_eq!((line.command(), line.commands()), ("new-window", 2));
    }

    #[test]
    fn a_lone_program_does_not_become_shell_text() {
        let line = Line::new("new-window").program(&["a b".into()]);
        assert_eq!(line.text(), r#"new-window -- "/bin/sh" "-c" "exec \"\$0\"" "a b""#);
    }
}

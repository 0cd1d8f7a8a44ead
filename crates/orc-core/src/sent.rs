//! Messages that were sent under a key of the sender's: who repeats a command that broke off sends nothing twice.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::delivery::{MessageKind, Sender};
use crate::ids::{AgentId, MessageId, SendKey, TeamName};

/// So many keys are known; before the oldest is forgotten so many others have been used.
const KEPT: usize = 1000;

/// The last keys, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentKeys(VecDeque<Sent>);

/// What was sent under a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    team: TeamName,
    from: String,
    /// The sender's own name of the message.
    pub key: SendKey,
    /// The message.
    pub message: MessageId,
    kind: MessageKind,
    to: Vec<AgentId>,
    text: u64,
}

impl Sent {
    /// A message that is accepted.
    pub fn new(
        team: &TeamName,
        from: &Sender,
        key: &SendKey,
        message: MessageId,
        kind: MessageKind,
        to: &[AgentId],
        text: &str,
    ) -> Self {
        let (team, from, key) = (team.clone(), from.label().to_owned(), key.clone());
        Self { team, from, key, message, kind, to: to.to_vec(), text: fingerprint(text) }
    }

    /// Whether this is the same message again. Who belongs to a team may have changed meanwhile.
    pub fn is(&self, kind: MessageKind, to: &[AgentId], text: &str) -> bool {
        let same_recipients = kind != MessageKind::Direct || self.to == to;
        self.kind == kind && same_recipients && self.text == fingerprint(text)
    }
}

impl SentKeys {
    /// What this sender has sent to this team under the key. Others may use the same key.
    pub fn find(&self, team: &TeamName, from: &Sender, key: &SendKey) -> Option<&Sent> {
        self.0.iter().rev().find(|sent| sent.key == *key && sent.team == *team && sent.from == from.label())
    }

    pub(crate) fn remember(&mut self, sent: Sent) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(sent);
    }

    /// A new team of the same name is another one.
    pub(crate) fn forget(&mut self, team: &TeamName) {
        self.0.retain(|sent| sent.team != *team);
    }
}

/// FNV-1a. Nobody gains by two texts with the same one: both are theirs.
pub(crate) fn fingerprint(text: &str) -> u64 {
    let add = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    text.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, add)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(key: &str, message: u64) -> Sent {
        let (team, key) = ("t".parse().unwrap(), key.parse().unwrap());
        let (message, kind) = (MessageId(message), MessageKind::Direct);
        Sent::new(&team, &Sender::Operator, &key, message, kind, &[AgentId(1)], "text")
    }

    #[test]
    fn the_last_thousand_keys_are_known() {
        let mut keys = SentKeys::default();
        for n in 0..=1000 {
            keys.remember(sent(&format!("k{n}"), n));
        }
        let team = "t".parse().unwrap();
        let find = |key: &str| keys.find(&team, &Sender::Operator, &key.parse().unwrap()).map(|s| s.message);
        assert_eq!(
            (find("k0"), find("k1"), find("k1000")),
            (None, Some(MessageId(1)), Some(MessageId(1000)))
        );
        let other = Sender::Agent { id: AgentId(7), label: "t:qa".to_owned() };
        assert_eq!(keys.find(&team, &other, &"k1".parse().unwrap()), None, "another sender's key");
        keys.forget(&team);
        assert_eq!(keys, SentKeys::default());
    }

    #[test]
    fn the_same_message_has_the_same_text_kind_and_recipient() {
        let first = sent("k", 1);
        assert!(first.is(MessageKind::Direct, &[AgentId(1)], "text"));
        assert!(!first.is(MessageKind::Direct, &[AgentId(1)], "text "));
        assert!(!first.is(MessageKind::Direct, &[AgentId(2)], "text"));
        assert!(!first.is(MessageKind::Each, &[AgentId(1)], "text"));
    }
}

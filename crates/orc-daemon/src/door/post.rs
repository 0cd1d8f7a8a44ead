//! Requests to the agent's own port, with the password that only it and its user know.

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use orc_core::profile::door::{Post, Step};
use tokio::net::TcpStream;

use super::{DoorError, clip, environment_of, listener, values};
use crate::deliver::Letter;
use crate::run::Shell;
use crate::template::Values;

/// An agent that has not answered by then may do anything yet: it is on this machine, and has only to note a text.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where an agent takes requests, for one message.
pub(crate) struct Desk<'a> {
    post: &'a Post,
    values: Values,
    authorization: String,
}

impl<'a> Desk<'a> {
    /// Refuses when the agent has ended or was started without the password.
    pub(crate) fn new(shell: &Shell, letter: &Letter, post: &'a Post, text: &str) -> Result<Self, DoorError> {
        let env = letter.child.and_then(environment_of);
        let env = env.ok_or_else(|| DoorError::NotTaken("the agent has ended".to_owned()))?;
        let password = env.into_iter().find(|(name, _)| *name == post.password_env);
        let (_, password) = password.ok_or_else(|| {
            DoorError::NotTaken(format!("the agent was started without {}", post.password_env))
        })?;
        let authorization = format!("Basic {}", base64(format!("{}:{password}", post.user).as_bytes()));
        Ok(Self { post, values: values(shell, letter, text), authorization })
    }

    /// Puts the text into the composer.
    pub(crate) async fn put(&self) -> Result<(), DoorError> {
        self.ask(&self.post.put).await
    }

    /// Enters what stands there.
    pub(crate) async fn enter(&self) -> Result<(), DoorError> {
        self.ask(&self.post.enter).await
    }

    async fn ask(&self, step: &Step) -> Result<(), DoorError> {
        let url = self.values.fill(&step.url);
        let asked = self.exchange(&url, self.values.fill(&step.body));
        let (status, answer) = tokio::time::timeout(PATIENCE, asked)
            .await
            .unwrap_or_else(|_| Err(DoorError::Pending(format!("it did not answer within {PATIENCE:?}"))))?;
        let said = format!("it answered {status}: {}", clip(&answer));
        match status {
            200..300 => Ok(()),
            400..500 => Err(DoorError::NotTaken(said)),
            _ => Err(DoorError::Unclear(said)),
        }
    }

    async fn exchange(&self, url: &str, body: String) -> Result<(u16, String), DoorError> {
        let not_taken = |e: &dyn std::fmt::Display| DoorError::NotTaken(e.to_string());
        let uri: hyper::Uri = url.parse().map_err(|e| not_taken(&e))?;
        let (host, port) = (uri.host().unwrap_or_default().to_owned(), uri.port_u16().unwrap_or(80));
        if host != "127.0.0.1" {
            return Err(DoorError::NotTaken(format!("{host} is not 127.0.0.1")));
        }
        let stream = TcpStream::connect((host.as_str(), port)).await.map_err(|e| not_taken(&e))?;
        if !listener::is_ours(port) {
            return Err(DoorError::NotTaken(format!("another user listens on port {port}")));
        }
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|e| not_taken(&e))?;
        let connection = AbortOnDrop(tokio::spawn(async move { drop(connection.await) }));
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let request = hyper::Request::post(path)
            .header("host", format!("{host}:{port}"))
            .header("content-type", "application/json")
            .header("authorization", &self.authorization)
            .body(Full::new(Bytes::from(body)))
            .map_err(|e| not_taken(&e))?;
        // From here on the agent may have read it.
        let unclear = |e: hyper::Error| DoorError::Unclear(format!("the connection broke off: {e}"));
        let answer = sender.send_request(request).await.map_err(unclear)?;
        let status = answer.status().as_u16();
        // The status is the answer; what else it says is for people.
        let bytes = answer.into_body().collect().await.map(http_body_util::Collected::to_bytes);
        drop(connection);
        Ok((status, String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()))
    }
}

/// The task of a connection ends with the exchange, however that ends.
struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |group: &[u8]| {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        let letter = move |at: usize| LETTERS[(bits >> (18 - 6 * at) & 63) as usize] as char;
        let filled = group.len() + 1;
        (0..4).map(move |at| if at < filled { letter(at) } else { '=' })
    };
    bytes.chunks(3).flat_map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        let coded = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| base64(text.as_bytes()));
        assert_eq!(coded, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
    }
}

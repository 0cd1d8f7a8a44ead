//! A shim of which each test holds the other end.

use orc_shim::protocol::{Decoder, FromShim, ShimHello, ToShim, encode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use super::{Link, LinkError};

struct Peer {
    stream: UnixStream,
    decoder: Decoder,
}

impl Peer {
    async fn hears(&mut self) -> ToShim {
        let mut bytes = vec![0; 64 << 10];
        loop {
            if let Some(message) = self.decoder.next_message().unwrap() {
                return message;
            }
            let read = self.stream.read(&mut bytes).await.unwrap();
            assert!(read > 0, "the connection ended");
            self.decoder.push(&bytes[..read]);
        }
    }

    async fn says(&mut self, message: &FromShim) {
        self.stream.write_all(&encode(message)).await.unwrap();
    }
}

async fn connected() -> (Link, Peer, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let listener = UnixListener::bind(&socket).unwrap();
    let greet = async {
        let mut peer = Peer { stream: listener.accept().await.unwrap().0, decoder: Decoder::default() };
        peer.hears().await;
        let hello: ShimHello = serde_json::from_value(serde_json::json!({
            "protocol": 1, "min_protocol": 1, "agent": "a", "generation": 1,
            "shim_pid": 1, "child_pid": 2, "child_start": 3, "cols": 80, "rows": 24, "started_ms_ago": 0,
        }))
        .unwrap();
        peer.says(&FromShim::Hello(hello)).await;
        peer
    };
    let (link, peer) = tokio::join!(Link::connect(&socket), greet);
    (link.unwrap().0, peer, folder)
}

fn inject(seq: u64, text: &str) -> ToShim {
    let (id, text) = ("m1.1".to_owned(), text.to_owned());
    ToShim::Inject { seq, id, text, if_quiet_ms: None, allow_draft: false, if_output_seq: None }
}

/// More than a socket holds.
const LONG: usize = 4_000_000;

#[tokio::test]
async fn a_shim_that_stands_still_holds_nobody_for_ever_and_keeps_the_order() {
    let (link, mut peer, _folder) = connected().await;
    tokio::time::pause();
    for round in 0..100 {
        // More than a socket holds, then more calls than wait in the queue.
        let text = "x".repeat(if round == 0 { LONG } else { 1 });
        let asked = link.call(|seq| inject(seq, &text)).await;
        assert!(matches!(asked, Err(LinkError::Silent)), "{asked:?}");
    }
    tokio::time::resume();
    // It wakes: the half-sent call comes whole, those that were given up do not come, the next one does.
    let next = link.clone();
    let pong = tokio::spawn(async move { next.call(|seq| ToShim::GetInjections { seq }).await });
    let first = peer.hears().await;
    assert!(matches!(&first, ToShim::Inject { text, .. } if text.len() == LONG));
    let ToShim::GetInjections { seq } = peer.hears().await else { panic!("it was given up") };
    peer.says(&FromShim::Injections { seq, injections: vec![] }).await;
    assert!(pong.await.unwrap().is_ok());
}

#[tokio::test]
async fn answers_are_read_while_a_long_call_is_written() {
    let (link, mut peer, _folder) = connected().await;
    let long = "x".repeat(LONG);
    let writes = link.clone();
    let long = tokio::spawn(async move { writes.call(|seq| inject(seq, &long)).await });
    peer.says(&FromShim::Activity).await;
    let mut news = link.news.clone();
    news.wait_for(|news| news.flowing).await.unwrap();
    assert!(!long.is_finished());
}

#[tokio::test]
async fn what_cannot_be_read_ends_the_connection() {
    let (link, mut peer, _folder) = connected().await;
    peer.stream.write_all(&[0xff; 9]).await.unwrap();
    link.news.clone().wait_for(|news| news.closed).await.unwrap();
    let asked = link.screen().await;
    assert!(matches!(asked, Err(LinkError::Closed)), "{asked:?}");
}

//! Runs the model stub by hand: `stub-model [PORT [LOG]]` (default: a free port, `stub.jsonl`). Ends with Ctrl-C.

use std::io::Write;

use orc_testkit::StubModel;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().map_or(0, |port| port.parse().expect("usage: stub-model [PORT [LOG]]"));
    let stub = StubModel::start_on(arguments.next().unwrap_or("stub.jsonl".into()), port);
    writeln!(std::io::stdout(), "{}", stub.url()).expect("stdout");
    loop {
        std::thread::park();
    }
}

//! A process that cannot be mistaken for a later one with the same number.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

const POLL: Duration = Duration::from_millis(10);

/// A process id together with when that process started, in whatever form the system tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    pid: u32,
    started: String,
}

impl Process {
    /// The process with this id now; none when there is none, or only its unreaped remains.
    pub(crate) fn look(pid: u32) -> Option<Self> {
        started(pid).map(|started| Self { pid, started })
    }

    /// Its number.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether it is still there.
    pub(crate) fn is_running(&self) -> bool {
        Self::look(self.pid).as_ref() == Some(self)
    }

    /// Sends a signal, unless the process is gone or its number belongs to another one now.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid.filter(|_| self.is_running())
            && let Err(error) = kill_process(pid, signal)
        {
            tracing::warn!(pid = self.pid, %error, "cannot signal the tmux server");
        }
    }

    /// Waits until it is gone.
    pub(crate) async fn gone(&self) {
        while self.is_running() {
            tokio::time::sleep(POLL).await;
        }
    }
}

/// Clock ticks between the boot and the start: field 22 of `/proc/PID/stat` (proc(5)).
#[cfg(target_os = "linux")]
fn started(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the name in parentheses and may hold anything.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    fields.nth(18).map(str::to_owned)
}

/// The start time that `ps` prints, to the second.
#[cfg(not(target_os = "linux"))]
fn started(pid: u32) -> Option<String> {
    let output = std::process::Command::new("ps")
        .args(["-o", "state=,lstart=", "-p", &pid.to_string()])
        .env("LC_ALL", "C")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (state, started) = text.trim().split_once(' ')?;
    if state.starts_with('Z') { None } else { Some(started.trim().to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_alone_is_not_a_process() {
        let myself = Process::look(std::process::id()).unwrap();
        assert!(myself.is_running());
        let earlier = Process { started: "0".into(), ..myself };
        assert!(!earlier.is_running());
        // It would end this test if the start time were not compared.
        earlier.signal(Signal::KILL);
    }

    #[tokio::test]
    async fn remains_count_as_gone() {
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let process = Process::look(child.id()).unwrap();
        assert!(process.is_running());
        process.signal(Signal::KILL);
        tokio::time::timeout(Duration::from_secs(10), process.gone())
            .await
            .expect("a killed process is gone");
        child.wait().unwrap();
    }
}

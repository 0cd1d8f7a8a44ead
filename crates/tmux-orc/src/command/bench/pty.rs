//! A bare terminal with a program on it, and us as the reader.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command};

use rustix::pty::OpenptFlags;
use rustix::termios::Winsize;

use super::world::failed;
use crate::error::CliError;

/// A program on a terminal of its own. Ended on drop.
pub(super) struct Terminal {
    master: File,
    child: Child,
}

impl Terminal {
    pub(super) fn run(mut command: Command) -> Result<Self, CliError> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let open = || {
            let master = rustix::pty::openpt(flags)?;
            rustix::pty::grantpt(&master)?;
            rustix::pty::unlockpt(&master)?;
            let slave = rustix::pty::ioctl_tiocgptpeer(&master, flags)?;
            rustix::termios::tcsetwinsize(
                &slave,
                Winsize { ws_row: 50, ws_col: 200, ws_xpixel: 0, ws_ypixel: 0 },
            )?;
            Ok::<_, rustix::io::Errno>((master, slave))
        };
        let (master, slave) = open().map_err(failed)?;
        let slave = File::from(slave);
        command.stdin(slave.try_clone()?).stdout(slave.try_clone()?).stderr(slave);
        Ok(Self { master: File::from(master), child: command.spawn()? })
    }

    /// The program's process.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn keys(&mut self, keys: &[u8]) -> Result<(), CliError> {
        Ok(self.master.write_all(keys)?)
    }

    /// Reads until `wanted` stands in what is read from now on.
    pub(super) fn read_until(&mut self, wanted: &[u8]) -> Result<(), CliError> {
        let mut buffer = [0; 4096];
        let mut tail = Vec::new();
        while !tail.windows(wanted.len()).any(|window| window == wanted) {
            let count = self.master.read(&mut buffer)?;
            tail.extend_from_slice(&buffer[..count]);
            let keep = tail.len().min(buffer.len() + wanted.len());
            tail.drain(..tail.len() - keep);
        }
        Ok(())
    }

    /// Reads and forgets everything from now on, on a thread that ends with the terminal.
    pub(super) fn drain(&self) -> Result<(), CliError> {
        let mut master = self.master.try_clone()?;
        std::thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            while master.read(&mut buffer).is_ok_and(|count| count > 0) {}
        });
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

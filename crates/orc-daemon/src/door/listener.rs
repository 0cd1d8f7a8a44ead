//! Whose port it is. Whoever listens on a loopback port gets what is sent there, and any user of the machine may listen.

/// Whether a process of ours listens on this loopback port.
pub(super) fn is_ours(port: u16) -> bool {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    owner(&table, port) == Some(rustix::process::geteuid().as_raw())
}

/// The user who listens on 127.0.0.1, or on every address, by the kernel's table.
fn owner(table: &str, port: u16) -> Option<u32> {
    const LISTENING: &str = "0A";
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (address, number) = fields.get(1)?.split_once(':')?;
        let here = matches!(address, "0100007F" | "00000000") && u16::from_str_radix(number, 16) == Ok(port);
        (here && fields.get(3) == Some(&LISTENING)).then(|| fields.get(7)?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   1: 0100007F:47DE 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 5200472 1
   2: 0100007F:47DF 0100007F:47DE 01 00000000:00000000 00:00000000 00000000  1001        0 5199120 1
   3: 0200000A:47E0 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1002        0 5199121 1";

    #[test]
    fn only_who_listens_on_the_loopback_address_is_the_owner() {
        assert_eq!(owner(TABLE, 0x47DE), Some(1000));
        assert_eq!(owner(TABLE, 0x47DF), None, "a connection is no listener");
        assert_eq!(owner(TABLE, 0x47E0), None, "another address");
        assert_eq!(owner(TABLE, 1), None);
    }

    #[test]
    fn a_port_that_this_process_listens_on_is_ours_until_it_is_closed() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(is_ours(port));
        drop(listener);
        assert!(!is_ours(port));
    }
}

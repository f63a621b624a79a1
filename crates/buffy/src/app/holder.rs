//! Who listens on a port: found through /proc, where there is one.

use std::fs;
use std::net::{IpAddr, SocketAddr};

/// `nginx (pid 1234)`: the process that listens where nobody else can then, if it can be known.
pub(super) fn of(address: SocketAddr) -> Option<String> {
    let inode = ["/proc/net/tcp", "/proc/net/tcp6"]
        .into_iter()
        .find_map(|table| {
            let table = fs::read_to_string(table).ok()?;
            table
                .lines()
                .skip(1)
                .find_map(|line| listening_inode(line, address))
        })?;
    let socket = format!("socket:[{inode}]");
    let pid = fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        let pid: u32 = process.file_name().to_str()?.parse().ok()?;
        let files = fs::read_dir(process.path().join("fd")).ok()?;
        let has = files
            .flatten()
            .any(|file| fs::read_link(file.path()).is_ok_and(|to| to.as_os_str() == &*socket));
        has.then_some(pid)
    })?;
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    Some(format!("{} (pid {pid})", name.trim()))
}

/// The inode of a row of /proc/net/tcp (proc(5)) that listens in the way of this address.
fn listening_inode(row: &str, address: SocketAddr) -> Option<u64> {
    const LISTEN: &str = "0A";
    let mut columns = row.split_whitespace().skip(1);
    let local = columns.next()?;
    let state = columns.nth(1)?;
    let (ip, port) = local.rsplit_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    if state != LISTEN || port != address.port() || !in_the_way(ip_of(ip)?, address.ip()) {
        return None;
    }
    columns.nth(5)?.parse().ok()
}

fn in_the_way(there: IpAddr, asked: IpAddr) -> bool {
    let (there, asked) = (there.to_canonical(), asked.to_canonical());
    there == asked || there.is_unspecified() || asked.is_unspecified()
}

/// An address as the table has it: words of four bytes, each in the machine's own order.
fn ip_of(hex: &str) -> Option<IpAddr> {
    let words: Option<Vec<[u8; 4]>> = (0..hex.len())
        .step_by(8)
        .map(|at| {
            let word = u32::from_str_radix(hex.get(at..at + 8)?, 16).ok()?;
            Some(word.to_ne_bytes())
        })
        .collect();
    let bytes = words?.concat();
    let v4 = <[u8; 4]>::try_from(bytes.as_slice()).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_listens_names_its_inode() {
        let row = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  \
                   1000        0 12345 1 0000000000000000 100 0 0 10 0";
        let at = |row: &str, address: &str| listening_inode(row, address.parse().unwrap());
        assert_eq!(at(row, "127.0.0.1:8080"), Some(12345));
        assert_eq!(at(row, "0.0.0.0:8080"), Some(12345));
        assert_eq!(at(row, "127.0.0.1:8081"), None);
        let other = "somebody else's listener, which is in nobody's way";
        assert_eq!(at(row, "127.0.0.2:8080"), None, "{other}");
        assert_eq!(
            at(&row.replace(" 0A ", " 01 "), "127.0.0.1:8080"),
            None,
            "not listening"
        );
        let wide = row.replace("0100007F", &"0".repeat(32));
        assert_eq!(at(&wide, "127.0.0.2:8080"), Some(12345));
        let mapped = row.replace("0100007F", "0000000000000000FFFF00000100007F");
        assert_eq!(at(&mapped, "127.0.0.1:8080"), Some(12345));
    }

    #[test]
    fn our_own_port_is_ours() {
        let socket = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = socket.local_addr().unwrap().port();
        let holder = of(([127, 0, 0, 1], port).into()).unwrap();
        assert!(
            holder.ends_with(&format!("(pid {})", std::process::id())),
            "{holder}"
        );
    }
}

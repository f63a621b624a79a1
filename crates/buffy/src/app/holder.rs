//! Who listens on a port: found through /proc, where there is one.

use std::fs;

/// `nginx (pid 1234)`: the process that listens on a TCP port, where it can be known.
pub(super) fn of_port(port: u16) -> Option<String> {
    let inode = ["/proc/net/tcp", "/proc/net/tcp6"]
        .into_iter()
        .find_map(|table| {
            let table = fs::read_to_string(table).ok()?;
            table
                .lines()
                .skip(1)
                .find_map(|line| listening_inode(line, port))
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

/// The inode of a row of /proc/net/tcp (proc(5)) that listens on this port.
fn listening_inode(row: &str, port: u16) -> Option<u64> {
    const LISTEN: &str = "0A";
    let mut columns = row.split_whitespace().skip(1);
    let local = columns.next()?;
    let state = columns.nth(1)?;
    let hex = local.rsplit_once(':')?.1;
    if state != LISTEN || u16::from_str_radix(hex, 16).ok()? != port {
        return None;
    }
    columns.nth(5)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_listens_names_its_inode() {
        let row = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  \
                   1000        0 12345 1 0000000000000000 100 0 0 10 0";
        assert_eq!(listening_inode(row, 8080), Some(12345));
        assert_eq!(listening_inode(row, 8081), None);
        assert_eq!(
            listening_inode(&row.replace(" 0A ", " 01 "), 8080),
            None,
            "not listening"
        );
    }

    #[test]
    fn our_own_port_is_ours() {
        let socket = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = socket.local_addr().unwrap().port();
        let holder = of_port(port).unwrap();
        assert!(
            holder.ends_with(&format!("(pid {})", std::process::id())),
            "{holder}"
        );
    }
}

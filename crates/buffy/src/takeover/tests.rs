use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;

use super::{Ask, NamedSocket, Told, receive, send};

#[test]
fn a_socket_goes_from_one_to_the_other() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let name = NamedSocket {
        listener: Some("public".to_owned()),
        bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: 0,
    };
    let told = Told::Sockets {
        sockets: vec![name],
        all: 1,
    };
    send(&ours, &told, &[listener.as_fd()]).unwrap();
    drop(listener);
    let (told, mut descriptors) = receive::<Told>(&theirs).unwrap();
    assert!(matches!(told, Told::Sockets { all: 1, .. }), "{told:?}");
    let given = TcpListener::from(descriptors.pop().unwrap());
    let mut client = TcpStream::connect(address).unwrap();
    client.write_all(b"x").unwrap();
    let mut byte = [0];
    given.accept().unwrap().0.read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"x", "it listens still");
}

#[test]
fn messages_keep_apart_however_long_they_are() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let long = "x".repeat(1 << 20);
    std::thread::scope(|scope| {
        let sent = long.clone();
        scope.spawn(move || {
            send(&ours, &Ask::Operators(sent), &[]).unwrap();
            send(&ours, &Ask::Left, &[]).unwrap();
        });
        let (first, _) = receive::<Ask>(&theirs).unwrap();
        let (second, _) = receive::<Ask>(&theirs).unwrap();
        assert!(matches!(first, Ask::Operators(text) if text == long));
        assert!(matches!(second, Ask::Left));
        assert!(receive::<Ask>(&theirs).is_err(), "the other end has gone");
    });
}

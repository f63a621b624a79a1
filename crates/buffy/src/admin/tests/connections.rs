use std::time::Duration;

use buffy_test::RawClient;

use super::super::serve::Bounds;
use super::fixture::Setup;

const REQUEST: &str = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";

fn within(bounds: Bounds) -> Setup {
    let mut setup = Setup::new();
    setup.bounds = bounds;
    setup
}

#[test]
fn who_sends_no_whole_head_gives_way() {
    let head = Duration::from_millis(300);
    let admin = within(Bounds {
        connections_max: 3,
        head,
        ..Bounds::USUAL
    })
    .serve();
    let mut silent = RawClient::connect(admin.port);
    let mut slow = RawClient::connect(admin.port);
    slow.send("GET /livez HTTP/1.1\r\nHost: ");
    let mut idle = RawClient::connect(admin.port);
    assert_eq!(idle.send(REQUEST).response().status, 200);

    // The fourth waits until one of the three has ended.
    assert_eq!(
        RawClient::connect(admin.port)
            .send(REQUEST)
            .response()
            .status,
        200
    );

    assert!(silent.is_ended() && slow.is_ended() && idle.is_ended());
}

#[test]
fn a_crowd_that_sends_nothing_does_not_keep_a_health_check_waiting() {
    let admin = within(Bounds {
        connections_max: 8,
        // Longer than the test waits.
        head: Duration::from_mins(10),
        life: Duration::from_mins(10),
        head_crowded: Duration::from_millis(50),
        ..Bounds::USUAL
    })
    .serve();
    let _crowd: Vec<_> = (0..20).map(|_| RawClient::connect(admin.port)).collect();
    let mut check = RawClient::connect(admin.port);
    assert_eq!(check.send(REQUEST).response().status, 200);
}

#[test]
fn a_connection_does_not_live_for_ever() {
    let life = Duration::from_millis(200);
    let admin = within(Bounds {
        life,
        ..Bounds::USUAL
    })
    .serve();
    let mut client = RawClient::connect(admin.port);
    assert_eq!(client.send(REQUEST).response().status, 200);
    assert!(client.is_ended());
}

#[test]
fn a_body_that_does_not_come_is_cut_with_its_connection() {
    let (life, grace) = (Duration::from_millis(200), Duration::from_millis(100));
    let admin = within(Bounds {
        life,
        grace,
        ..Bounds::USUAL
    })
    .serve();
    let mut client = RawClient::connect(admin.port);
    client.send("POST /_admin/gate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{");
    assert!(client.is_ended());
}

#[test]
fn a_head_beyond_bounds_is_refused() {
    let admin = Setup::new().serve();
    let many = vec![("X-Many", "x"); 80];
    assert_eq!(admin.ask("GET", "/livez", &many).status, 431);
    let mut client = RawClient::connect(admin.port);
    client
        .send(REQUEST.trim_end())
        .send("\r\nX-Long: ")
        .send("x".repeat(256 * 1024));
    // The refusal may be overtaken by the reset that what was not read brings about.
    assert!(
        client
            .try_response()
            .map_or(true, |response| response.status == 431)
    );
    assert!(client.is_ended());
}

#[test]
fn requests_one_after_another_share_a_connection() {
    let admin = Setup::new().serve();
    let mut client = RawClient::connect(admin.port);
    for _ in 0..3 {
        assert_eq!(client.send(REQUEST).response().status, 200);
    }
}

#[test]
fn the_end_does_not_wait_for_who_is_idle() {
    let mut admin = Setup::new().serve();
    let mut client = RawClient::connect(admin.port);
    assert_eq!(client.send(REQUEST).response().status, 200);
    admin.end();
    assert!(client.is_ended());
    assert!(RawClient::try_connect(admin.port).is_err());
}

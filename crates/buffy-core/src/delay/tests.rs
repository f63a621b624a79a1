use std::time::Duration;

use super::{Chance, Delay, WAIT_MAX, Wait};
use crate::dice::Dice;

fn delay(text: &str) -> Delay {
    Delay::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Waits of many requests, in milliseconds, in order of length.
fn waits(text: &str) -> Vec<u128> {
    let delay = delay(text);
    let wait = |count| match delay.sample(&mut Dice::new(42, "", "orders", count)) {
        Wait::For(wait) => wait.as_millis(),
        Wait::Forever => panic!("{text} ends"),
    };
    let mut waits: Vec<u128> = (0..10_001).map(wait).collect();
    waits.sort_unstable();
    waits
}

#[test]
fn delays_are_read_and_written() {
    for (text, written) in [
        ("200ms", "200ms"),
        ("0", "0s"),
        ("1.5s", "1500ms"),
        ("1h", "3600s"),
        ("100ms..2s", "100ms..2s"),
        (" 20ms .. 30ms ", "20ms..30ms"),
        ("5s..5s", "5s..5s"),
        ("normal(250ms, 50ms)", "normal(250ms, 50ms)"),
        ("normal( 1s,0 )", "normal(1s, 0s)"),
        ("lognormal(80ms, 0.4)", "lognormal(80ms, 0.4)"),
        ("forever", "forever"),
    ] {
        assert_eq!(delay(text).to_string(), written, "{text}");
        assert_eq!(delay(written), delay(text), "{text}");
    }
}

#[test]
fn what_is_no_delay_is_told_what_to_write() {
    for (text, hint) in [
        ("", "write a delay: `200ms`"),
        ("200", "write a delay: `200ms`"),
        ("-1s", "write a delay"),
        ("soon", "write a delay"),
        ("1s..", "write a delay"),
        ("1s..2s..3s", "write a delay"),
        ("2s..100ms", "the shorter wait comes first"),
        ("2h", "at most an hour"),
        ("1s..61m", "at most an hour"),
        ("normal(250ms)", "mean and standard deviation"),
        ("normal(250ms, 50ms", "mean and standard deviation"),
        ("normal(250ms, 0.4)", "write a delay"),
        ("lognormal(80ms)", "median and sigma"),
        ("lognormal(80ms, 4)", "sigma is a number from 0 to 3"),
        ("lognormal(80ms, NaN)", "sigma is a number"),
        ("uniform(1s, 2s)", "write a delay"),
    ] {
        let error = Delay::parse(text).unwrap_err();
        assert!(error.contains(hint), "{text}: {error}");
    }
}

#[test]
fn fixed_and_endless_delays_throw_no_dice() {
    let mut dice = Dice::new(1, "", "", 1);
    let mut untouched = dice.clone();
    assert_eq!(
        delay("200ms").sample(&mut dice),
        Wait::For(Duration::from_millis(200))
    );
    assert_eq!(delay("forever").sample(&mut dice), Wait::Forever);
    assert_eq!(dice.next_u64(), untouched.next_u64());
}

#[test]
fn ranges_are_even() {
    let waits = waits("100ms..300ms");
    assert!(waits[0] >= 100 && waits[10_000] <= 300);
    assert!((195..=205).contains(&waits[5_000]), "{}", waits[5_000]);
    assert!((145..=155).contains(&waits[2_500]), "{}", waits[2_500]);
}

#[test]
fn normal_delays_lie_around_their_mean() {
    let waits = waits("normal(250ms, 50ms)");
    assert!((247..=253).contains(&waits[5_000]), "{}", waits[5_000]);
    // One deviation below: 15.9 % are shorter.
    assert!((196..=204).contains(&waits[1_587]), "{}", waits[1_587]);
}

#[test]
fn a_normal_delay_is_never_negative() {
    let waits = waits("normal(1ms, 1s)");
    assert_eq!(waits[0], 0);
    assert_eq!(waits[4_000], 0);
}

#[test]
fn lognormal_delays_lie_around_their_median() {
    let waits = waits("lognormal(80ms, 0.4)");
    assert!((78..=82).contains(&waits[5_000]), "{}", waits[5_000]);
    // One deviation above: 80 ms * e^0.4 = 119 ms.
    assert!((115..=123).contains(&waits[8_413]), "{}", waits[8_413]);
}

#[test]
fn nothing_waits_longer_than_an_hour() {
    let waits = waits("lognormal(1h, 3)");
    assert_eq!(waits[10_000], WAIT_MAX.as_millis());
    assert!(waits[1_000] < WAIT_MAX.as_millis());
}

#[test]
fn chances_are_read_and_written() {
    for (text, written) in [
        ("5%", "5%"),
        ("0.1 %", "0.1%"),
        ("0%", "0%"),
        ("100%", "100%"),
        ("33.3%", "33.3%"),
    ] {
        assert_eq!(Chance::parse(text).unwrap().to_string(), written);
    }
    for text in ["", "5", "0.05", "101%", "-1%", "NaN%", "five%", "5%%"] {
        let error = Chance::parse(text).unwrap_err();
        assert!(error.contains("`5%`"), "{text}: {error}");
    }
}

#[test]
fn a_chance_happens_as_often_as_it_says() {
    let happened = |text: &str| {
        let chance = Chance::parse(text).unwrap();
        let happens = |&count: &u64| chance.happens(&mut Dice::new(42, "", "orders", count));
        (0..10_000).filter(happens).count()
    };
    assert_eq!(happened("0%"), 0);
    assert_eq!(happened("100%"), 10_000);
    let five = happened("5%");
    assert!((440..560).contains(&five), "{five}");
}

use std::collections::BTreeSet;

use rand::Rng;

use super::Dice;

fn thrown(mut dice: Dice) -> Vec<u64> {
    (0..8).map(|_| dice.next_u64()).collect()
}

#[test]
fn the_same_request_throws_the_same() {
    let dice = || Dice::new(42, "s", "orders", 7);
    assert_eq!(thrown(dice()), thrown(dice()));
}

#[test]
fn numbers_are_the_same_with_every_version() {
    // A seed in somebody's CI must mean the same tomorrow.
    let mut dice = Dice::new(42, "", "orders", 1);
    assert_eq!(
        [dice.next_u64(), dice.next_u64()],
        [11_686_765_890_470_334_930, 8_004_640_307_202_771_690]
    );
}

#[test]
fn each_part_matters() {
    let all = [
        Dice::new(42, "s", "orders", 7),
        Dice::new(43, "s", "orders", 7),
        Dice::new(42, "t", "orders", 7),
        Dice::new(42, "s", "shop", 7),
        Dice::new(42, "s", "orders", 8),
        Dice::new(42, "so", "rders", 7),
        Dice::new(42, "", "sorders", 7),
        Dice::new(0, "", "", 0),
    ];
    let firsts: BTreeSet<u64> = all.into_iter().map(|mut dice| dice.next_u64()).collect();
    assert_eq!(firsts.len(), 8);
}

#[test]
fn units_and_numbers_below_are_even() {
    let mut dice = Dice::new(1, "", "", 1);
    let mut faces = [0_u32; 6];
    let mut sum = 0.0;
    for _ in 0..60_000 {
        let unit = dice.unit();
        assert!((0.0..1.0).contains(&unit));
        sum += unit;
        faces[usize::try_from(dice.below(6)).unwrap()] += 1;
    }
    assert!((sum / 60_000.0 - 0.5).abs() < 0.01, "{sum}");
    for face in faces {
        assert!((9_500..10_500).contains(&face), "{faces:?}");
    }
    assert_eq!(dice.below(0), 0);
    assert_eq!(dice.below(1), 0);
}

#[test]
fn first_throws_of_neighbours_are_even() {
    // `chance: 5%` is the first throw of each of a run of counts.
    let hits = (0..100_000)
        .filter(|&count| Dice::new(42, "", "orders", count).unit() < 0.05)
        .count();
    assert!((4_700..5_300).contains(&hits), "{hits}");
}

#[test]
fn normal_numbers_have_their_mean_and_deviation() {
    let mut dice = Dice::new(3, "", "", 1);
    let throws: Vec<f64> = (0..50_000).map(|_| dice.normal()).collect();
    let mean = throws.iter().sum::<f64>() / 50_000.0;
    let variance = throws.iter().map(|throw| throw * throw).sum::<f64>() / 50_000.0;
    assert!(mean.abs() < 0.02, "{mean}");
    assert!((variance - 1.0).abs() < 0.03, "{variance}");
}

#[test]
fn bytes_are_filled_whatever_their_number() {
    for length in [0, 1, 7, 8, 9, 16] {
        let mut bytes = vec![0; length];
        Dice::new(9, "", "", 1).fill_bytes(&mut bytes);
        let mut again = vec![0; length];
        Dice::new(9, "", "", 1).fill_bytes(&mut again);
        assert_eq!(bytes, again);
        assert!(length < 7 || bytes.iter().any(|&byte| byte != 0));
    }
}

#[test]
fn uuids_are_random_ones_by_their_form() {
    let mut dice = Dice::new(9, "", "shop", 1);
    let (one, other) = (dice.uuid(), dice.uuid());
    assert_ne!(one, other);
    for uuid in [one, other] {
        let lengths: Vec<usize> = uuid.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{uuid}");
        let marks = (uuid.chars().nth(14), uuid.chars().nth(19));
        assert!(
            matches!(marks, (Some('4'), Some('8' | '9' | 'a' | 'b'))),
            "{uuid}"
        );
    }
}

//! A gate, its line and the slots of its targets under a random script, with what must hold
//! checked after every step.
//!
//! A failure prints its seed and its last steps; the seed plays the same again.

mod check;
mod script;
mod world;

use std::collections::VecDeque;
use std::io::Write as _;

use script::Step;
use world::World;

use crate::moment::Moment;

const SEEDS: u64 = 200;
const STEPS_PER_SEED: u64 = 5_000;
/// Steps printed where something is wrong.
const STEPS_SHOWN: usize = 40;

#[test]
fn nothing_is_lost_forgotten_or_let_through() {
    let mut ramps = 0;
    let mut canaries = 0;
    let mut full = 0;
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        let mut steps: VecDeque<(Moment, Step)> = VecDeque::new();
        let mut wrong = Ok(());
        for _ in 0..STEPS_PER_SEED {
            let step = world.choose();
            if steps.len() == STEPS_SHOWN {
                steps.pop_front();
            }
            steps.push_back((world.now, step.clone()));
            wrong = world.play(step);
            if wrong.is_err() {
                break;
            }
        }
        if let Err(wrong) = wrong.and_then(|()| world.end()) {
            let last = steps
                .iter()
                .map(|(at, step)| format!("{:>12} {step:?}", at.nanos()));
            let last: Vec<String> = last.collect();
            panic!(
                "seed {seed}, {:?}: {wrong}\n{}",
                world.release,
                last.join("\n")
            );
        }
        assert!(world.seen.sent > 0, "seed {seed} shows nothing");
        ramps += world.seen.steps_of_ramps;
        canaries += world.seen.canaries;
        full += world.seen.full;
    }
    assert!(
        ramps > 0 && canaries > 0 && full > 0,
        "some of it is not shown"
    );
    // Past the capture of the test harness: what was played is seen in every run.
    writeln!(
        std::io::stderr(),
        "simulation: seeds 0..{SEEDS}, {} steps: {ramps} of ramps, {canaries} canaries failed, {full} times full",
        SEEDS * STEPS_PER_SEED
    )
    .unwrap();
}

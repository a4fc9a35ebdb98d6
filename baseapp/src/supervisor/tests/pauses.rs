//! How long a worker waits for its next life.

use std::time::Duration;

use super::{
    super::GroupId,
    world::{SECOND, World, deaths, id, policy},
};
use crate::supervision::Restart::Permanent;

fn patient() -> crate::supervision::Policy {
    let mut patient = policy(Permanent);
    patient.intensity = deaths(100);
    patient
}

/// The pause after its death; it is up again then.
fn pause(world: &mut World, letter: char) -> Duration {
    let died = world.now;
    let mut told = world.dies(letter);
    if told.is_empty() {
        assert!(world.supervisor.next_alarm() > Some(died));
        told = world.rings();
    }
    assert_eq!(told, format!("start {letter}"));
    world.started(letter);
    world.now - died
}

#[test]
fn the_first_is_none_and_then_each_is_twice_as_long() {
    let mut world = World::new();
    world.add_as(GroupId::ROOT, 'a', patient());
    for whole in [0, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000] {
        let pause = pause(&mut world, 'a').as_millis();
        assert!(pause >= whole / 2 && pause <= whole, "{pause} of {whole}");
    }
}

#[test]
fn those_who_die_together_do_not_return_together() {
    let mut world = World::new();
    let pauses: Vec<Duration> = ('a'..='h')
        .map(|letter| {
            world.add_as(GroupId::ROOT, letter, patient());
            pause(&mut world, letter);
            pause(&mut world, letter)
        })
        .collect();
    let different: std::collections::BTreeSet<_> = pauses.iter().collect();
    assert_eq!(different.len(), pauses.len());
}

#[test]
fn who_has_lived_for_long_begins_anew() {
    let long = 10 * SECOND;
    for (lived, is_new) in [(long, true), (long - SECOND, false)] {
        let mut world = World::new();
        world.add_as(GroupId::ROOT, 'a', patient());
        for _ in 0..3 {
            pause(&mut world, 'a');
        }
        world.passes(lived);
        assert_eq!(pause(&mut world, 'a').is_zero(), is_new, "{lived:?}");
    }
}

#[test]
fn a_long_start_is_no_long_life() {
    let mut world = World::new();
    world.add_as(GroupId::ROOT, 'a', patient());
    assert_eq!(world.dies('a'), "start a");
    world.passes(20 * SECOND);
    world.started('a');
    assert_eq!(world.dies('a'), ""); // a pause
}

#[test]
fn a_long_life_that_others_ended_is_one_too() {
    let mut world = World::new();
    world.add_as(GroupId::ROOT, 'a', patient());
    for _ in 0..3 {
        pause(&mut world, 'a');
    }
    world.passes(11 * SECOND);
    assert_eq!(world.restart('a'), "stop a");
    assert_eq!(world.obeys('a'), "start a");
    world.started('a');
    assert!(pause(&mut world, 'a').is_zero());
}

#[test]
fn somebody_who_asks_for_a_worker_ends_its_pause() {
    let mut world = World::of("a");
    world.dies_and_returns('a', 2);
    assert_eq!(world.dies('a'), "");
    assert_eq!(world.restart('a'), "start a");
    assert_eq!(world.supervisor.restarts(id('a')), 3);
}

#[test]
fn no_pause_is_too_long() {
    let mut endless = patient();
    endless.backoff.first = Duration::MAX;
    endless.backoff.longest = Duration::MAX;
    endless.intensity.within = Duration::MAX;
    let mut world = World::new();
    world.add_as(GroupId::ROOT, 'a', endless);
    world.dies_and_returns('a', 1);
    assert_eq!(world.dies('a'), "");
    assert!(world.supervisor.next_alarm() > Some(world.now + 3600 * SECOND));
}

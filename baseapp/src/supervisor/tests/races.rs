//! Several things at once: deaths while others are stopped and started.

use super::{
    super::{End, GroupId},
    world::{World, policy},
};
use crate::supervision::{
    Restart::Permanent,
    Strategy::{OneForAll, OneForOne, RestForOne},
};

#[test]
fn one_that_is_to_stop_dies_by_itself() {
    // `b` was told to; `a` was not yet.
    for dead in ['b', 'a'] {
        let mut world = World::group_of(OneForAll, "abc");
        assert_eq!(world.dies('c'), "stop b");
        let then = world.dies(dead);
        if dead == 'b' {
            assert_eq!(then, "stop a");
            assert_eq!(world.obeys('a'), "start a");
        } else {
            assert_eq!(then, "");
            assert_eq!(world.obeys('b'), "start a");
        }
        assert_eq!(world.started('a'), "start b");
        assert_eq!(world.started('b'), "start c");
    }
}

#[test]
fn a_death_while_stopping_counts() {
    let mut world = World::new();
    let group = world.group(GroupId::ROOT, "g", OneForAll);
    world.add(group, "a");
    let mut strict = policy(Permanent);
    strict.intensity.deaths = 0;
    world.add_as(group, 'b', strict);
    assert_eq!(world.dies('a'), "stop b");
    // The group fails by that: its first failure.
    let told = world.dies('b');
    assert_eq!(world.follows(&told), "start a, start b");
    assert_eq!(world.dies('b'), "fail b in g");
}

#[test]
fn all_die_at_once() {
    for strategy in [OneForAll, RestForOne] {
        for order in ["abc", "acb", "bac", "bca", "cab", "cba"] {
            let mut world = World::group_of(strategy, "abc");
            let mut told = String::new();
            for letter in order.chars() {
                let more = world.dies(letter);
                told = if more.is_empty() { told } else { more };
            }
            // In some orders one is being started before all have died.
            let told = world.follows(&told);
            let at = told.find("start a").unwrap_or_default();
            assert_eq!(&told[at..], "start a, start b, start c", "{order}");
        }
    }
}

#[test]
fn a_start_that_fails_is_tried_again_from_there() {
    let mut world = World::group_of(OneForAll, "abc");
    assert_eq!(world.dies('c'), "stop b");
    assert_eq!(world.obeys('b'), "stop a");
    assert_eq!(world.obeys('a'), "start a");
    assert_eq!(world.started('a'), "start b");
    // Nobody has built on `b` yet: `a` stays, and `c` waits.
    assert_eq!(world.ends('b', End::NotStarted), "start b");
    assert_eq!(world.ends('b', End::NotStarted), "");
    assert_eq!(world.rings(), "start b");
    // A death before `started` is one, whatever it is called.
    assert_eq!(world.ends('b', End::Abnormal), "");
    assert_eq!(world.rings(), "start b");
    assert_eq!(world.started('b'), "start c");
    assert_eq!(world.started('c'), "");
}

#[test]
fn one_that_is_up_again_dies_while_the_next_one_starts() {
    let mut world = World::group_of(OneForAll, "abc");
    assert_eq!(world.dies('a'), "stop c");
    assert_eq!(world.obeys('c'), "stop b");
    assert_eq!(world.obeys('b'), "start a");
    assert_eq!(world.started('a'), "start b");
    // `b` may wait for `a` with its start.
    assert_eq!(world.dies('a'), "stop b");
    assert_eq!(world.started('b'), ""); // too late
    assert_eq!(world.obeys('b'), "");
    assert_eq!(world.rings(), "start a");
    assert_eq!(world.started('a'), "start b");
    assert_eq!(world.started('b'), "start c");
}

#[test]
fn a_group_fails_while_it_is_restarted() {
    let mut world = World::group_of(RestForOne, "abc");
    for _ in 0..5 {
        let told = world.dies('c');
        assert_eq!(world.follows(&told), "start c");
    }
    assert_eq!(world.dies('b'), "stop c");
    // One too many of `c`: now `a` has to go as well.
    assert_eq!(world.dies('c'), "stop a");
    let told = world.obeys('a');
    assert_eq!(world.follows(&told), "start a, start b, start c");
}

#[test]
fn a_group_is_restarted_while_one_of_it_is_started_alone() {
    let mut world = World::group_of(OneForOne, "abc");
    world.dies_and_returns('a', 5);
    assert_eq!(world.dies('b'), "start b");
    assert_eq!(world.dies('a'), "stop c");
    assert_eq!(world.obeys('c'), "stop b");
    let told = world.obeys('b');
    assert_eq!(world.follows(&told), "start a, start b, start c");
}

#[test]
fn somebody_asks_while_a_group_is_restarted() {
    let mut world = World::group_of(OneForAll, "abc");
    assert_eq!(world.dies('c'), "stop b");
    assert_eq!(world.restart('a'), "");
    assert_eq!(world.obeys('b'), "stop a");
    assert_eq!(world.obeys('a'), "start a");
    assert_eq!(world.started('a'), "start b");
    // `a` is up again, and asked for again: before `c` is started.
    assert_eq!(world.restart('a'), "stop a");
    assert_eq!(world.started('b'), "");
    assert_eq!(world.obeys('a'), "start a");
    assert_eq!(world.started('a'), "start c");
}

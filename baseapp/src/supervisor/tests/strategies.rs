//! Who is restarted with whom, and in which order.

use super::{
    super::GroupId,
    world::{World, policy},
};
use crate::supervision::{
    Restart::Permanent,
    Strategy::{OneForAll, OneForOne, RestForOne},
};

#[test]
fn a_strategy_says_who_is_restarted_too() {
    let table = [
        (OneForOne, 'a', "start a"),
        (OneForOne, 'c', "start c"),
        (
            OneForAll,
            'a',
            "stop d, stop c, stop b, start a, start b, start c, start d",
        ),
        (
            OneForAll,
            'c',
            "stop d, stop b, stop a, start a, start b, start c, start d",
        ),
        (
            RestForOne,
            'a',
            "stop d, stop c, stop b, start a, start b, start c, start d",
        ),
        (RestForOne, 'c', "stop d, start c, start d"),
        (RestForOne, 'd', "start d"),
    ];
    for (strategy, dead, told) in table {
        let mut world = World::group_of(strategy, "abcd");
        world.add(GroupId::ROOT, "e");
        let first = world.dies(dead);
        assert_eq!(world.follows(&first), told, "{strategy:?} {dead}");
    }
}

#[test]
fn one_at_a_time_is_stopped_and_started() {
    let mut world = World::group_of(OneForAll, "abc");
    assert_eq!(world.dies('b'), "stop c");
    assert_eq!(world.passes(super::world::SECOND), "");
    assert_eq!(world.obeys('c'), "stop a");
    assert_eq!(world.passes(super::world::SECOND), "");
    assert_eq!(world.obeys('a'), "start a");
    assert_eq!(world.passes(super::world::SECOND), "");
    assert_eq!(world.started('a'), "start b");
    assert_eq!(world.started('b'), "start c");
    assert!(!world.supervisor.is_settled());
    assert_eq!(world.started('c'), "");
    assert!(world.supervisor.is_settled());
}

#[test]
fn one_for_one_waits_for_nobody() {
    let mut world = World::of("abc");
    world.dies_and_returns('a', 1);
    assert_eq!(world.dies('a'), ""); // a pause
    assert_eq!(world.dies('b'), "start b");
    assert_eq!(world.dies('c'), "start c");
    assert_eq!(world.rings(), "start a");
}

#[test]
fn stopping_for_a_sibling_counts_for_nobody() {
    let mut world = World::new();
    let group = world.group(GroupId::ROOT, "g", OneForAll);
    world.add(group, "a");
    let mut strict = policy(Permanent);
    strict.intensity.deaths = 1;
    world.add_as(group, 'b', strict);
    // `b` is stopped five times for `a`, and may die once.
    for _ in 0..5 {
        let mut told = world.dies('a');
        told = world.follows(&told);
        assert_eq!(told, "stop b, start a, start b");
    }
    assert_eq!(world.dies('b'), "stop a");
    // Its first death has no pause, though `a` would have had a long one.
    let told = world.obeys('a');
    assert_eq!(world.follows(&told), "start a, start b");
}

#[test]
fn a_group_waits_for_the_pause_of_the_one_that_died() {
    let mut world = World::group_of(OneForAll, "ab");
    let told = world.dies('b');
    world.follows(&told);
    assert_eq!(world.dies('b'), "stop a");
    assert_eq!(world.obeys('a'), "");
    let early = std::time::Duration::from_millis(49);
    assert_eq!(world.passes(early), "");
    assert_eq!(world.rings(), "start a");
    assert_eq!(world.started('a'), "start b");
}

#[test]
fn rest_for_one_in_one_for_one_leaves_other_groups_alone() {
    let mut world = World::new();
    let left = world.group(GroupId::ROOT, "left", RestForOne);
    let right = world.group(GroupId::ROOT, "right", RestForOne);
    world.add(left, "ab");
    world.add(right, "cd");
    // Both at once, each in its order.
    assert_eq!(world.dies('a'), "stop b");
    assert_eq!(world.dies('c'), "stop d");
    assert_eq!(world.obeys('d'), "start c");
    assert_eq!(world.obeys('b'), "start a");
    assert_eq!(world.started('a'), "start b");
    assert_eq!(world.started('c'), "start d");
}

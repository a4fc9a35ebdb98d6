//! A group is one child of the group around it.

use super::{super::GroupId, world::World};
use crate::supervision::Strategy::{OneForAll, OneForOne, RestForOne};

/// a, (b, c), d
fn sandwich(outer: crate::supervision::Strategy, inner: crate::supervision::Strategy) -> World {
    let mut world = World::new();
    let outer = world.group(GroupId::ROOT, "outer", outer);
    world.add(outer, "a");
    let inner = world.group(outer, "inner", inner);
    world.add(inner, "bc");
    world.add(outer, "d");
    world
}

#[test]
fn a_group_is_restarted_as_one_child() {
    let all = "stop d, stop c, stop b, start a, start b, start c, start d";
    let table = [
        (OneForAll, OneForOne, 'a', all),
        (
            OneForAll,
            OneForOne,
            'd',
            "stop c, stop b, stop a, start a, start b, start c, start d",
        ),
        (OneForAll, OneForAll, 'a', all),
        (RestForOne, OneForOne, 'a', all),
        (RestForOne, OneForOne, 'd', "start d"),
        (OneForOne, OneForAll, 'a', "start a"),
    ];
    for (outer, inner, dead, told) in table {
        let mut world = sandwich(outer, inner);
        let first = world.dies(dead);
        assert_eq!(world.follows(&first), told, "{outer:?} {inner:?} {dead}");
    }
}

#[test]
fn a_death_within_a_group_is_the_business_of_that_group() {
    let table = [
        (OneForOne, 'b', "start b"),
        (OneForAll, 'c', "stop b, start b, start c"),
        (RestForOne, 'b', "stop c, start b, start c"),
    ];
    for (inner, dead, told) in table {
        let mut world = sandwich(OneForAll, inner);
        let first = world.dies(dead);
        assert_eq!(world.follows(&first), told, "{inner:?} {dead}");
    }
}

#[test]
fn one_for_one_within_an_order_waits_for_nobody() {
    let mut world = sandwich(OneForAll, OneForOne);
    world.dies_and_returns('b', 1);
    assert_eq!(world.dies('b'), ""); // a pause
    assert_eq!(world.dies('c'), "start c");
}

#[test]
fn an_outer_restart_takes_an_inner_one_in() {
    let mut world = sandwich(OneForAll, OneForAll);
    assert_eq!(world.dies('c'), "stop b");
    // `d` is later than `b`, which has been told already.
    assert_eq!(world.dies('a'), "");
    assert_eq!(world.obeys('b'), "stop d");
    let told = world.obeys('d');
    assert_eq!(world.follows(&told), "start a, start b, start c, start d");
}

#[test]
fn a_death_during_an_outer_restart_waits_for_its_turn() {
    let mut world = sandwich(OneForAll, OneForOne);
    let told = world.dies('a');
    assert_eq!(told, "stop d");
    assert_eq!(world.obeys('d'), "stop c");
    assert_eq!(world.obeys('c'), "stop b");
    assert_eq!(world.obeys('b'), "start a");
    assert_eq!(world.started('a'), "start b");
    assert_eq!(world.started('b'), "start c");
    // Its group would start it at once, but `c` is being started.
    assert_eq!(world.dies('b'), "");
    assert_eq!(world.started('c'), "start b");
    assert_eq!(world.started('b'), "start d");
}

#[test]
fn a_member_waits_for_those_before_it_that_are_restarted_by_an_inner_group() {
    let mut world = sandwich(RestForOne, OneForOne);
    world.dies_and_returns('b', 1);
    assert_eq!(world.dies('b'), ""); // a pause
    assert_eq!(world.dies('d'), ""); // it may need `b` to start
    assert_eq!(world.rings(), "start b");
    assert_eq!(world.started('b'), "start d");
}

//! Too many deaths: a group fails, and the one around it, and the app.

use super::{
    super::{End, GroupId},
    world::{SECOND, World, deaths, id},
};
use crate::supervision::Strategy::{OneForAll, OneForOne, RestForOne};

#[test]
fn at_the_root_one_death_too_many_fails_the_app() {
    let mut world = World::of("ab");
    world.dies_and_returns('a', 5);
    assert_eq!(world.dies('a'), "fail a");
    // And nothing is done any more.
    assert_eq!(world.dies('b'), "");
    assert_eq!(world.supervisor.next_alarm(), None);
    assert!(!world.supervisor.returns(id('a')));
}

#[test]
fn deaths_count_for_one_worker_and_for_a_time() {
    let mut world = World::of("abc");
    for letter in "abc".chars() {
        world.dies_and_returns(letter, 5);
    }
    assert_eq!(world.passes(10 * SECOND), "");
    world.passes(SECOND);
    world.dies_and_returns('a', 5);
    assert_eq!(world.dies('a'), "fail a");
}

#[test]
fn a_start_that_fails_counts_as_a_death() {
    let mut world = World::of("a");
    let mut told = world.dies('a');
    for _ in 0..4 {
        assert_eq!(told, "start a");
        assert_eq!(world.ends('a', End::NotStarted), "");
        told = world.rings();
    }
    assert_eq!(world.ends('a', End::NotStarted), "fail a");
}

#[test]
fn a_group_that_fails_is_restarted_as_a_whole() {
    for strategy in [OneForOne, RestForOne, OneForAll] {
        let mut world = World::group_of(strategy, "abc");
        world.add(GroupId::ROOT, "d");
        for _ in 0..5 {
            let told = world.dies('c');
            world.follows(&told);
        }
        let told = world.dies('c');
        assert_eq!(
            world.follows(&told),
            "stop b, stop a, start a, start b, start c",
            "{strategy:?}"
        );
    }
}

#[test]
fn a_group_begins_anew_after_it_was_restarted() {
    let mut world = World::group_of(OneForOne, "ab");
    world.dies_and_returns('a', 5);
    world.dies_and_returns('b', 5);
    let told = world.dies('a');
    assert_eq!(world.follows(&told), "stop b, start a, start b");
    world.dies_and_returns('a', 1);
    world.dies_and_returns('b', 5);
    // The group may fail once within its 10 s.
    assert_eq!(world.dies('b'), "fail b in g");
}

#[test]
fn a_failed_group_waits_for_the_pause_of_its_worker() {
    let mut world = World::group_of(OneForOne, "ab");
    world.dies_and_returns('a', 5);
    assert_eq!(world.dies('a'), "stop b");
    assert_eq!(world.obeys('b'), "");
    let died = world.now;
    assert_eq!(world.rings(), "start a");
    // 100 ms, doubled four times, of that at least half.
    assert!(world.now - died >= SECOND * 4 / 5);
}

#[test]
fn a_failed_group_counts_as_one_child_of_the_next() {
    // (a, (b, c), d), and e in the root.
    let table = [
        (OneForOne, "stop c, start b, start c"),
        (
            OneForAll,
            "stop d, stop c, stop a, start a, start b, start c, start d",
        ),
        (RestForOne, "stop d, stop c, start b, start c, start d"),
    ];
    for (strategy, expected) in table {
        let mut world = World::new();
        let outer = world.group(GroupId::ROOT, "outer", strategy);
        world.add(outer, "a");
        let inner = world.group(outer, "inner", OneForOne);
        world.add(inner, "bc");
        world.add(outer, "d");
        world.add(GroupId::ROOT, "e");
        world.dies_and_returns('b', 5);
        let told = world.dies('b');
        assert_eq!(world.follows(&told), expected, "{strategy:?}");
        // The second failure of `inner` is too many: `outer` has failed.
        world.dies_and_returns('b', 5);
        let told = world.dies('b');
        let all = "stop d, stop c, stop a, start a, start b, start c, start d";
        assert_eq!(world.follows(&told), all, "{strategy:?}");
        // That was its first; and `inner` has begun anew.
        world.dies_and_returns('b', 5);
        let told = world.dies('b');
        assert_eq!(world.follows(&told), expected, "{strategy:?}");
        world.dies_and_returns('b', 5);
        assert_eq!(world.dies('b'), "fail b in outer");
    }
}

#[test]
fn failures_of_a_group_count_for_a_time() {
    let mut world = World::group_of(OneForOne, "ab");
    for _ in 0..5 {
        world.dies_and_returns('a', 5);
        let told = world.dies('a');
        assert_eq!(world.follows(&told), "stop b, start a, start b");
        world.passes(11 * SECOND);
    }
}

#[test]
fn a_restart_of_siblings_forgets_deaths_within_groups_alone() {
    let mut world = World::new();
    let outer = world.group(GroupId::ROOT, "outer", OneForAll);
    world.add(outer, "a");
    let name = std::sync::Arc::from("inner");
    let inner = world
        .supervisor
        .add_group(outer, name, OneForOne, deaths(0));
    world.add(inner, "b");
    world.add(outer, "c");
    world.dies_and_returns('b', 5);
    for _ in 0..5 {
        let told = world.dies('a');
        world.follows(&told);
    }
    // `inner` is new.
    world.dies_and_returns('b', 5);
    // `c` is not, nor is `a`.
    assert_eq!(world.dies('a'), "stop c");
    let told = world.obeys('c');
    assert_eq!(world.follows(&told), "stop b, start a, start b, start c");
    world.dies_and_returns('b', 5);
    assert_eq!(world.dies('b'), "fail b in outer");
}

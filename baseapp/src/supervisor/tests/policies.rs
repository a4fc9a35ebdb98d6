//! Who is started again at all, and what everybody else is told.

use super::{
    super::{End, GroupId},
    world::{World, id, policy},
};
use crate::supervision::{
    Restart::{Permanent, Temporary, Transient},
    Strategy::{OneForAll, RestForOne},
};

#[test]
fn a_policy_says_which_ends_are_the_last() {
    let table = [
        (Permanent, End::Normal, "start a"),
        (Permanent, End::Abnormal, "start a"),
        (Permanent, End::NotStarted, "start a"),
        (Permanent, End::Asked, "start a"), // by nobody here
        (Transient, End::Normal, "give up a"),
        (Transient, End::Abnormal, "start a"),
        (Transient, End::NotStarted, "start a"),
        (Transient, End::Asked, "start a"),
        (Temporary, End::Normal, "give up a"),
        (Temporary, End::Abnormal, "give up a"),
        (Temporary, End::NotStarted, "give up a"),
        (Temporary, End::Asked, "give up a"),
    ];
    for (restart, end, told) in table {
        let mut world = World::new();
        world.add_as(GroupId::ROOT, 'a', policy(restart));
        assert_eq!(world.ends('a', end), told, "{restart:?} {end:?}");
        let returns = told == "start a";
        assert_eq!(world.supervisor.is_settled(), !returns);
        assert_eq!(world.supervisor.restarts(id('a')), u64::from(returns));
    }
}

#[test]
fn what_a_supervisor_says_of_a_worker_follows_its_life() {
    let mut world = World::of("a");
    let returns = |world: &World| world.supervisor.returns(id('a'));
    assert!(!returns(&world));
    world.dies_and_returns('a', 1);
    assert!(!returns(&world));
    assert_eq!(world.dies('a'), ""); // a pause
    assert!(returns(&world) && !world.supervisor.is_settled());
    assert_eq!(world.rings(), "start a");
    assert!(!returns(&world) && !world.supervisor.is_settled());
    world.started('a');
    assert!(world.supervisor.is_settled());
    assert_eq!(world.restart('a'), "stop a");
    assert!(returns(&world));
    assert_eq!(world.obeys('a'), "start a");
    assert_eq!(world.supervisor.restarts(id('a')), 3);
}

#[test]
fn one_that_is_given_up_harms_nobody_and_stays_so() {
    for strategy in [OneForAll, RestForOne] {
        let mut world = World::new();
        let group = world.group(GroupId::ROOT, "g", strategy);
        world.add(group, "a");
        world.add_as(group, 'b', policy(Transient));
        world.add_as(group, 'c', policy(Temporary));
        world.add(group, "d");
        assert_eq!(world.ends('b', End::Normal), "give up b");
        assert_eq!(world.ends('c', End::Abnormal), "give up c");
        assert!(world.supervisor.is_settled());
        let told = world.dies('a');
        assert_eq!(world.follows(&told), "stop d, start a, start d");
        assert_eq!(world.restart('b'), "");
        assert!(!world.supervisor.returns(id('b')));
    }
}

#[test]
fn a_temporary_one_is_not_brought_back_by_its_group() {
    let mut world = World::new();
    let group = world.group(GroupId::ROOT, "g", OneForAll);
    world.add_as(group, 'a', policy(Temporary));
    world.add(group, "b");
    assert_eq!(world.dies('b'), "stop a");
    assert!(!world.supervisor.returns(id('a')));
    assert_eq!(world.obeys('a'), "give up a, start b");
}

#[test]
fn a_transient_one_that_was_told_to_stop_has_not_done_its_work() {
    let mut world = World::new();
    let group = world.group(GroupId::ROOT, "g", OneForAll);
    world.add_as(group, 'a', policy(Transient));
    world.add_as(group, 'b', policy(Transient));
    world.add(group, "c");
    assert_eq!(world.dies('c'), "stop b");
    // `a` ends before it is told.
    assert_eq!(world.ends('a', End::Normal), "give up a");
    let told = world.ends('b', End::Normal);
    assert_eq!(world.follows(&told), "start b, start c");
}

#[test]
fn somebody_may_ask_for_another_life() {
    let mut world = World::of("b");
    world.add_as(GroupId::ROOT, 'a', policy(Temporary));
    for _ in 0..20 {
        // Any number of times, with no pause, also a temporary one.
        assert_eq!(world.restart('a'), "stop a");
        assert_eq!(world.restart('a'), "");
        assert_eq!(world.obeys('a'), "start a");
        assert_eq!(world.started('a'), "");
    }
    assert_eq!(world.dies('a'), "give up a");
    // It is not for the siblings, whatever the strategy.
    let mut world = World::group_of(OneForAll, "abc");
    let told = world.restart('b');
    assert_eq!(world.follows(&told), "stop b, start b");
    // One that is only just starting may be stuck.
    assert_eq!(world.restart('b'), "stop b");
    assert_eq!(world.obeys('b'), "start b");
    assert_eq!(world.restart('b'), "stop b");
    let told = world.obeys('b');
    assert_eq!(world.follows(&told), "start b");
}

#[test]
fn a_worker_that_is_removed_is_awaited_by_nobody() {
    let mut world = World::group_of(OneForAll, "abc");
    let mut world_of_removed = |letter| world.supervisor.remove(id(letter));
    world_of_removed('c');
    assert_eq!(world.obeys('c'), "");
    assert_eq!(world.dies('a'), "stop b");
    world.supervisor.remove(id('a')); // it was down, and is the first
    assert_eq!(world.obeys('b'), "start b");
    world.supervisor.remove(id('b'));
    assert_eq!(world.started('b'), "");
    assert!(world.supervisor.is_settled());

    let mut world = World::group_of(OneForAll, "ab");
    world.dies_and_returns_all("ab");
    assert_eq!(world.dies('a'), "stop b");
    assert_eq!(world.obeys('b'), ""); // `a` has a pause
    let before = world.supervisor.next_alarm();
    world.supervisor.remove(id('a'));
    assert!(world.supervisor.next_alarm() <= before);
    assert_eq!(world.rings(), "start b");
}

#[test]
fn nothing_is_done_once_the_app_stops() {
    let mut world = World::group_of(OneForAll, "abc");
    assert_eq!(world.dies('b'), "stop c");
    world.supervisor.close();
    assert_eq!(world.obeys('c'), "");
    assert_eq!(world.dies('a'), "");
    assert_eq!(world.restart('a'), "");
    assert_eq!(world.started('a'), "");
    assert_eq!(world.passes(world_end()), "");
    assert_eq!(world.supervisor.next_alarm(), None);
    assert!(!world.supervisor.returns(id('b')));
    assert!(world.supervisor.is_settled());
}

fn world_end() -> std::time::Duration {
    std::time::Duration::from_secs(3600)
}

impl World {
    /// The first of them dies, and all are restarted.
    fn dies_and_returns_all(&mut self, letters: &str) {
        let first = letters.chars().next().unwrap_or('?');
        let told = self.dies(first);
        self.follows(&told);
    }
}

#[test]
fn what_nobody_knows_of_is_no_event() {
    let mut world = World::of("a");
    assert_eq!(world.dies('z'), "");
    assert_eq!(world.started('z'), "");
    assert_eq!(world.restart('z'), "");
    assert_eq!(world.supervisor.restarts(id('z')), 0);
    assert!(!world.supervisor.returns(id('z')));
    world.dies_and_returns('a', 1);
    assert_eq!(world.dies('a'), "");
    for _ in 0..20 {
        assert_eq!(world.dies('a'), ""); // it is down
    }
    assert_eq!(world.started('a'), "");
    assert_eq!(world.rings(), "start a");
}

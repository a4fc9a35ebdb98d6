//! Workers whose state is worth keeping.

use baseapp::prelude::*;

use crate::{
    common::Pid,
    crash::{CrashAsked, pass_and_panic},
};

/// Add this, and say what there is then.
#[message(reply = u64)]
pub(crate) struct Add(pub u64);

/// The same, and keep it.
#[message(reply = u64)]
pub(crate) struct Deposit(pub u64);

/// The same, with nobody who waits for it.
#[message]
pub(crate) struct Transfer(pub u64);

/// What is there, and how often was that asked?
#[message(reply = (u64, u64))]
pub(crate) struct Balance;

/// Take so many bytes along, and keep them.
#[message(reply = ())]
pub(crate) struct Burden(pub usize);

/// Do not start from now on, and keep that.
#[message(reply = ())]
pub(crate) struct Poison;

/// Keeps what it is told to keep.
#[worker]
#[derive(Default)]
pub(crate) struct Account {
    balance: u64,
    burden: String,
    poisoned: bool,
    #[local]
    asked: u64,
}

impl Account {
    pub(crate) fn of(balance: u64) -> Account {
        Account {
            balance,
            ..Account::default()
        }
    }
}

#[worker]
impl Account {
    #[start]
    fn start(&self) {
        assert!(!self.poisoned, "poisoned");
    }

    #[handler(Add)]
    fn add(&mut self, Add(amount): Add) -> u64 {
        self.balance += amount;
        self.balance
    }

    #[handler(Deposit)]
    fn deposit(&mut self, Deposit(amount): Deposit, cx: &Context<Self>) -> u64 {
        cx.checkpoint(); // of what there is when this returns
        self.balance += amount;
        self.balance
    }

    #[handler(Transfer)]
    async fn transfer(&mut self, Transfer(amount): Transfer, cx: &Context<Self>) {
        self.balance += amount;
        cx.checkpoint();
    }

    #[handler(Balance)]
    fn balance(&mut self, _: Balance) -> (u64, u64) {
        self.asked += 1;
        (self.balance, self.asked)
    }

    #[handler(Burden)]
    fn burden(&mut self, Burden(bytes): Burden, cx: &Context<Self>) {
        self.burden = "x".repeat(bytes);
        cx.checkpoint();
    }

    #[handler(Poison)]
    fn poison(&mut self, _: Poison, cx: &Context<Self>) {
        self.poisoned = true;
        cx.checkpoint();
    }

    #[handler(Pid)]
    fn pid(&self, _: Pid) -> u32 {
        std::process::id()
    }

    #[handler(CrashAsked)]
    fn crash(&self, CrashAsked(gate): CrashAsked) {
        pass_and_panic(&gate);
    }
}

/// Keeps what it did some milliseconds ago.
#[worker(checkpoint = "10ms")]
#[derive(Default)]
pub(crate) struct Clock {
    pub balance: u64,
}

#[worker]
impl Clock {
    #[handler(Add)]
    fn add(&mut self, Add(amount): Add) -> u64 {
        self.balance += amount;
        self.balance
    }

    #[handler(CrashAsked)]
    fn crash(&self, CrashAsked(gate): CrashAsked) {
        pass_and_panic(&gate);
    }
}

/// Keeps what it has when it is stopped.
#[worker(checkpoint = "1h")]
#[derive(Default)]
pub(crate) struct Savings {
    pub balance: u64,
}

#[worker]
impl Savings {
    #[handler(Add)]
    fn add(&mut self, Add(amount): Add) -> u64 {
        self.balance += amount;
        self.balance
    }

    #[handler(CrashAsked)]
    fn crash(&self, CrashAsked(gate): CrashAsked) {
        pass_and_panic(&gate);
    }

    #[stop]
    fn stop(&mut self) {
        self.balance += 1000;
    }
}

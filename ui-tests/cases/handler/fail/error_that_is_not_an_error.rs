use baseapp::prelude::*;

#[message(reply = u64)]
struct Count;

#[worker]
struct Printer {
    printed: u64,
}

#[worker]
impl Printer {
    #[handler(Count)]
    fn count(&mut self, _: Count) -> Result<u64, u32> {
        if self.printed == 0 {
            Err(1)
        } else {
            Ok(self.printed)
        }
    }
}

fn main() {}

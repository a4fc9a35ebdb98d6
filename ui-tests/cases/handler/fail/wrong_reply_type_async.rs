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
    async fn count(&mut self, _: Count) -> Result<String, std::io::Error> {
        Ok(self.printed.to_string())
    }
}

fn main() {}

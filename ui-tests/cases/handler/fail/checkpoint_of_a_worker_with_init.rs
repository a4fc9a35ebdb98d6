use std::fs::File;

use baseapp::prelude::*;

#[message]
struct Sync;

#[worker(init = String)]
struct Journal {
    file: File,
}

#[worker]
impl Journal {
    #[init]
    fn init(path: String) -> std::io::Result<Self> {
        Ok(Journal { file: File::create(path)? })
    }

    #[handler(Sync)]
    fn sync(&mut self, _: Sync, cx: &Context<Self>) -> std::io::Result<()> {
        cx.checkpoint();
        self.file.sync_all()
    }
}

fn main() {}

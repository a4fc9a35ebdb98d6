use std::fs::File;

use baseapp::prelude::*;

#[worker(init = String, checkpoint = "1s")]
struct Journal {
    file: File,
}

#[worker]
impl Journal {
    #[init]
    fn init(path: String) -> std::io::Result<Self> {
        Ok(Journal { file: File::create(path)? })
    }

    #[stop]
    fn stop(&mut self) -> std::io::Result<()> {
        self.file.sync_all()
    }
}

fn main() {}

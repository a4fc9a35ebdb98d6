//! Names that are keywords.

#![deny(warnings)]

use baseapp::prelude::*;

#[message(reply = r#final)]
#[allow(non_camel_case_types)]
struct r#type {
    r#struct: u32,
}

#[data]
#[allow(non_camel_case_types)]
struct r#final(u32);

#[worker]
#[allow(non_camel_case_types)]
struct r#virtual {
    r#enum: u32,
    #[local]
    r#fn: u32,
}

#[worker]
impl r#virtual {
    #[handler(r#type)]
    fn r#match(&mut self, r#type { r#struct }: r#type) -> r#final {
        self.r#fn += r#struct;
        r#final(self.r#enum + self.r#fn)
    }

    #[every("1s")]
    fn r#loop(&self) {}

    #[stop]
    async fn r#break(&self) {}
}

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    Ok(())
}

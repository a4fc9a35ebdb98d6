//! A worker that runs in the main process.

use baseapp::prelude::*;

use crate::messages::{Line, Opened};

/// Ends the app when the journal is open.
#[worker]
pub struct Supervisor {
    pub reports: u32,
}

#[worker]
impl Supervisor {
    #[handler(Opened)]
    async fn opened(&mut self, _: Opened, cx: &Context<Self>) -> baseapp::Result<()> {
        self.reports += 1;
        cx.send::<Line>("journal", Line("hello".into())).await?;
        cx.exit();
        Ok(())
    }

    #[stop]
    fn stop(&mut self) -> baseapp::Result<()> {
        crate::check::same("reports to main", self.reports, 1)
    }
}

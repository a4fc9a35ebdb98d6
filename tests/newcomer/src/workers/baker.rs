//! A pool of bakers.

use std::time::Duration;

use baseapp::prelude::*;

use crate::messages::{Bake, Burn, Deliver};

/// Bakes, as one of several.
#[worker]
pub struct Baker {
    pub slices: u32,
}

#[worker]
impl Baker {
    #[handler(Bake)]
    fn bake(&mut self, bake: Bake, cx: &Context<Self>) -> baseapp::Result<String> {
        let task = cx.task();
        if bake.what.is_empty() {
            return Err(Task::reject("nothing to bake"));
        }
        if task.id().is_some() && task.attempt() == 1 && bake.what == "dough" {
            return Err(Task::snooze(Duration::from_millis(1)));
        }
        for slice in 0..self.slices {
            task.progress(slice);
        }
        Ok(format!("{} in {} slices", bake.what, self.slices))
    }

    #[handler(Burn)]
    fn burn(&mut self, _: Burn) {
        std::process::abort();
    }

    #[handler(Deliver)]
    async fn deliver(
        &mut self,
        Deliver(what): Deliver,
        cx: &Context<Self>,
    ) -> baseapp::Result<String> {
        // A handler may submit, to its own pool, too.
        let task = cx.submit::<Bake>("bakers", Bake { what }).await?;
        Ok(task.id().to_string())
    }
}

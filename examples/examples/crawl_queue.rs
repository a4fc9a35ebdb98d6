//! Tasks that submit tasks: a pool crawls a small web, from its first page on.
//! Whoever fetches a page submits a task for each link on it. Many pages link
//! to the same one, but tasks are unique by page: each is fetched once.
//!
//! Run it with `cargo run -p examples --example crawl_queue`; with
//! `-- --pages 20000` the web is larger. It is made up: there is no network.

use std::{
    collections::{BTreeMap, HashSet},
    num::NonZeroU64,
    time::Duration,
};

use baseapp::prelude::*;

/// For how long a page that was fetched is not fetched again: for longer than
/// the crawl takes.
const FRESH: Duration = Duration::from_secs(24 * 3600);

/// Fetch a page, and have its links fetched. By itself, `unique` says that no
/// two of these wait or run at the same time; `unique_for`, below, also that
/// none follows.
#[message(unique = page)]
struct Fetch {
    page: u64,
}

/// What was found on a page.
#[message]
struct Fetched {
    page: u64,
    links: Vec<u64>,
    by: String,
}

/// Fetches pages: one of several.
#[worker]
struct Crawler {
    main: Address<Main>,
    web: Web,
}

#[worker]
impl Crawler {
    /// If this process dies on the way, another one does all of it again: links
    /// that were submitted are known then, and main does not mind hearing of a
    /// page twice.
    #[handler(Fetch)]
    async fn fetch(&mut self, Fetch { page }: Fetch, cx: &Context<Self>) -> baseapp::Result<()> {
        let links = self.web.links(page);
        let Some(crawlers) = cx.pool() else {
            return Err(Task::reject("this crawler is of no pool"));
        };
        cx.submit_all::<Fetch>(&crawlers, links.iter().map(|page| Fetch { page: *page }))
            .unique_for(FRESH)
            .await?;
        let by = cx.name().to_owned();
        let fetched = Fetched { page, links, by };
        Ok(cx.send::<Fetched>(&self.main, fetched).await?)
    }
}

/// Gathers what was found, in the main process.
#[worker]
struct Main {
    crawlers: Pool<Crawler>,
    /// Pages that are known to be, fetched or not.
    #[local]
    known: HashSet<u64>,
    #[local]
    fetched: HashSet<u64>,
    #[local]
    links: u64,
    #[local]
    fetches: BTreeMap<String, u64>,
}

#[worker]
impl Main {
    #[start]
    async fn start(&mut self, cx: &Context<Self>) -> baseapp::Result<()> {
        let first = Fetch { page: 0 };
        self.known.insert(first.page);
        cx.submit::<Fetch>(&self.crawlers, first)
            .unique_for(FRESH)
            .await?;
        Ok(())
    }

    /// All is done when every page that is known was fetched: whatever is still
    /// on its way is known from the page that links to it.
    #[handler(Fetched)]
    fn fetched(&mut self, Fetched { page, links, by }: Fetched, cx: &Context<Self>) {
        *self.fetches.entry(by).or_default() += 1;
        if self.fetched.insert(page) {
            self.known.insert(page);
            self.links += links.len() as u64;
            self.known.extend(links);
        }
        if self.fetched.len() == self.known.len() {
            cx.exit();
        }
    }

    #[stop]
    fn stop(&mut self) {
        let fetches: u64 = self.fetches.values().sum();
        for (by, pages) in &self.fetches {
            println!("{by}: {pages} pages");
        }
        let (pages, links) = (self.fetched.len(), self.links);
        println!("{pages} pages with {links} links, fetched {fetches} times");
    }
}

/// Pages with numbers, which link to each other in always the same way.
#[data]
struct Web {
    pages: NonZeroU64,
}

impl Web {
    /// Two pages further down, by which all are reached, and two anywhere.
    fn links(&self, page: u64) -> Vec<u64> {
        let down = [2 * page + 1, 2 * page + 2];
        let down = down.into_iter().filter(|page| *page < self.pages.get());
        let anywhere = [page.wrapping_mul(7) + 3, page.wrapping_mul(page) + 1];
        down.chain(anywhere.map(|page| page % self.pages)).collect()
    }
}

/// What follows `--pages`, or 1000.
fn pages() -> baseapp::Result<NonZeroU64> {
    let mut words = std::env::args().skip_while(|word| word != "--pages");
    Ok(words.nth(1).as_deref().unwrap_or("1000").parse()?)
}

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let web = Web { pages: pages()? };
    let mut app = App::new("crawl");
    let main = app.main::<Main>()?;
    let crawlers = app.pool(
        "crawlers",
        Crawler { main, web },
        PoolOptions::new(4).prefetch(8),
    )?;
    app.run(Main {
        crawlers,
        known: HashSet::new(),
        fetched: HashSet::new(),
        links: 0,
        fetches: BTreeMap::new(),
    })
    .await
}

//! The routing table as text, Graphviz, Mermaid or JSON.

use std::{
    collections::BTreeMap,
    fmt::{self, Write},
    str::FromStr,
};

use super::Route;

/// How `BASEAPP_ROUTES` prints the routing table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RouteFormat {
    /// Aligned columns.
    Text,
    /// Graphviz: `BASEAPP_ROUTES=dot prog | dot -Tsvg`.
    Dot,
    /// A Mermaid flowchart.
    Mermaid,
    /// An array of objects.
    Json,
}

/// `BASEAPP_ROUTES` names no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no format of the routing table: use text, dot, mermaid or json")]
pub struct UnknownFormat(String);

impl FromStr for RouteFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Ok(match text {
            "text" | "1" => RouteFormat::Text,
            "dot" => RouteFormat::Dot,
            "mermaid" => RouteFormat::Mermaid,
            "json" => RouteFormat::Json,
            other => return Err(UnknownFormat(other.to_owned())),
        })
    }
}

impl RouteFormat {
    /// The table in this format. Workers without handlers are listed too.
    #[must_use]
    pub fn render(self, workers: &[&str], routes: &[Route]) -> String {
        let mut out = String::new();
        let written = match self {
            RouteFormat::Text => text(&mut out, workers, routes),
            RouteFormat::Dot => dot(&mut out, workers, routes),
            RouteFormat::Mermaid => mermaid(&mut out, workers, routes),
            RouteFormat::Json => json(&mut out, routes),
        };
        debug_assert!(written.is_ok(), "writing to a string cannot fail");
        out
    }
}

/// The last segment of each path in a type's name: what a reader wants.
fn short(name: &str) -> String {
    let mut out = String::new();
    let mut segment = String::new();
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        if c == ':' && chars.peek() == Some(&':') {
            chars.next();
            segment.clear();
        } else if c.is_alphanumeric() || c == '_' {
            segment.push(c);
        } else {
            out.push_str(&segment);
            out.push(c);
            segment.clear();
        }
    }
    out + &segment
}

fn text(out: &mut String, workers: &[&str], routes: &[Route]) -> fmt::Result {
    let mut rows = vec![["WORKER", "MESSAGE", "REPLY", "HANDLER", "SOURCE"].map(String::from)];
    for worker in workers {
        let mut own = routes
            .iter()
            .filter(|route| route.worker == *worker)
            .peekable();
        if own.peek().is_none() {
            rows.push([
                worker.to_string(),
                "-".into(),
                "-".into(),
                "-".into(),
                String::new(),
            ]);
        }
        for route in own {
            rows.push([
                route.worker.to_owned(),
                message(route),
                short(route.reply),
                handler(route),
                route.location.to_string(),
            ]);
        }
    }
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    for row in &rows {
        let line: String = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}  "))
            .collect();
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// The message, and how it comes to the worker.
fn message(route: &Route) -> String {
    let how = match (route.subscribe, route.idempotent) {
        (false, false) => "",
        (true, false) => " (subscribed)",
        (false, true) => " (idempotent)",
        (true, true) => " (subscribed, idempotent)",
    };
    format!("{}{how}", route.message)
}

/// The method, and how long it may take.
fn handler(route: &Route) -> String {
    match route.timeout {
        None => route.method.to_owned(),
        Some(timeout) => format!("{} (within {timeout:?})", route.method),
    }
}

/// Names for nodes: types share short names, numbers do not.
fn numbers<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut numbers = BTreeMap::new();
    for name in names {
        let next = numbers.len();
        numbers.entry(name).or_insert(next);
    }
    numbers
}

fn label(route: &Route) -> String {
    match route.reply {
        "()" => short(route.message),
        reply => format!("{} -> {}", short(route.message), short(reply)),
    }
}

fn dot(out: &mut String, workers: &[&str], routes: &[Route]) -> fmt::Result {
    let messages = numbers(routes.iter().map(|route| route.message));
    let workers = numbers(workers.iter().copied());
    writeln!(out, "digraph routes {{\n  rankdir=LR;")?;
    for (name, number) in &workers {
        writeln!(out, "  w{number} [shape=box, label={:?}];", short(name))?;
    }
    for (name, number) in &messages {
        writeln!(out, "  m{number} [shape=plain, label={:?}];", short(name))?;
    }
    for route in routes {
        let (message, worker) = (messages[route.message], workers[route.worker]);
        let style = if route.subscribe {
            "style=dashed, "
        } else {
            ""
        };
        writeln!(
            out,
            "  m{message} -> w{worker} [{style}label={:?}];",
            short(route.reply)
        )?;
    }
    writeln!(out, "}}")
}

fn mermaid(out: &mut String, workers: &[&str], routes: &[Route]) -> fmt::Result {
    let messages = numbers(routes.iter().map(|route| route.message));
    let workers = numbers(workers.iter().copied());
    writeln!(out, "flowchart LR")?;
    for (name, number) in &workers {
        writeln!(out, "  w{number}[\"{}\"]", short(name))?;
    }
    for route in routes {
        let (message, worker) = (messages[route.message], workers[route.worker]);
        let arrow = if route.subscribe { "-.->" } else { "-->" };
        writeln!(
            out,
            "  m{message}([\"{}\"]) {arrow} w{worker}",
            label(route)
        )?;
    }
    Ok(())
}

fn json(out: &mut String, routes: &[Route]) -> fmt::Result {
    writeln!(out, "[")?;
    for (at, route) in routes.iter().enumerate() {
        let comma = if at + 1 < routes.len() { "," } else { "" };
        let Route {
            worker,
            message,
            reply,
            method,
            subscribe,
            timeout,
            idempotent,
            location,
        } = route;
        let timeout = timeout.map_or_else(String::new, |timeout| {
            format!("\"timeout_secs\": {}, ", timeout.as_secs_f64())
        });
        writeln!(
            out,
            "  {{\"worker\": {}, \"message\": {}, \"reply\": {}, \"handler\": {}, \"subscribe\": {subscribe}, \"idempotent\": {idempotent}, {timeout}\"file\": {}, \"line\": {}}}{comma}",
            quoted(worker),
            quoted(message),
            quoted(reply),
            quoted(method),
            quoted(location.file),
            location.line,
        )?;
    }
    writeln!(out, "]")
}

/// A JSON string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{super::Location, *};

    fn routes() -> Vec<Route> {
        let location = Location::new("src\\main.rs", 7, 1);
        vec![
            Route {
                worker: "app::Printer",
                message: "app::Count",
                reply: "alloc::vec::Vec<core::option::Option<app::N>>",
                method: "count",
                subscribe: false,
                timeout: Some(Duration::from_millis(1_500)),
                idempotent: true,
                location,
            },
            Route {
                worker: "app::Printer",
                message: "app::Tick",
                reply: "()",
                method: "tick",
                subscribe: true,
                timeout: None,
                idempotent: false,
                location,
            },
        ]
    }

    const WORKERS: &[&str] = &["app::Idle", "app::Printer"];

    #[test]
    fn names_are_shortened_within_generics() {
        assert_eq!(
            short("alloc::vec::Vec<core::option::Option<app::N>>"),
            "Vec<Option<N>>"
        );
        assert_eq!(short("(a::B, &c::D)"), "(B, &D)");
    }

    #[test]
    fn text_has_a_line_per_route_and_for_who_has_none() {
        let text = RouteFormat::Text.render(WORKERS, &routes());
        assert_eq!(text.lines().count(), 4);
        assert!(text.contains("app::Tick (subscribed)"), "{text}");
        assert!(text.contains("app::Count (idempotent)"), "{text}");
        assert!(text.contains("Vec<Option<N>>"), "{text}");
        assert!(text.contains("count (within 1.5s)"), "{text}");
    }

    #[test]
    fn graphs_name_workers_and_messages() {
        let dot = RouteFormat::Dot.render(WORKERS, &routes());
        assert!(dot.contains("w1 [shape=box, label=\"Printer\"];"), "{dot}");
        assert!(
            dot.contains("m1 -> w1 [style=dashed, label=\"()\"];"),
            "{dot}"
        );
        let mermaid = RouteFormat::Mermaid.render(WORKERS, &routes());
        assert!(
            mermaid.contains("m0([\"Count -> Vec<Option<N>>\"]) --> w1"),
            "{mermaid}"
        );
    }

    #[test]
    fn json_has_a_timeout_where_there_is_one() {
        let json = RouteFormat::Json.render(WORKERS, &routes());
        let lines: Vec<_> = json.lines().collect();
        let with = "\"subscribe\": false, \"idempotent\": true, \"timeout_secs\": 1.5, \"file\"";
        let without = "\"subscribe\": true, \"idempotent\": false, \"file\"";
        assert!(
            lines[1].contains(with) && lines[2].contains(without),
            "{json}"
        );
    }

    #[test]
    fn json_is_escaped() {
        let json = RouteFormat::Json.render(WORKERS, &routes());
        assert!(
            json.contains("\"file\": \"src\\\\main.rs\", \"line\": 7"),
            "{json}"
        );
        assert!("yaml".parse::<RouteFormat>().is_err());
    }
}

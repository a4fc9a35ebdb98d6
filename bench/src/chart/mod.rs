//! The outcome as pictures, in plain SVG that reads on a light ground and on a
//! dark one.

pub(crate) mod bars;
pub(crate) mod lines;

use std::fmt::Write as _;

/// What every picture begins with: the size, and colours for both grounds.
fn head(svg: &mut String, width: f64, height: f64, label: &str) {
    // Writing into a string does not fail.
    let _ = writeln!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{label}">
<style>
text {{ font: 13px system-ui, sans-serif; fill: #57606a; }}
.title, .ours {{ font-weight: 600; fill: #24292f; }}
rect, circle {{ fill: #8c959f; }}
line {{ stroke: #8c959f; stroke-opacity: 0.4; }}
polyline {{ stroke: #8c959f; stroke-width: 2; fill: none; }}
rect.ours, circle.ours {{ fill: #0969da; }}
polyline.ours {{ stroke: #0969da; }}
@media (prefers-color-scheme: dark) {{
text {{ fill: #9198a1; }}
.title, .ours {{ fill: #f0f6fc; }}
rect.ours, circle.ours {{ fill: #4493f8; }}
polyline.ours {{ stroke: #4493f8; fill: none; }}
}}
polyline.ours {{ fill: none; }}
</style>"##
    );
}

/// A text at a place.
fn text(svg: &mut String, class: &str, anchor: &str, x: f64, y: f64, text: &str) {
    let _ = writeln!(
        svg,
        r#"<text class="{class}" text-anchor="{anchor}" x="{x:.1}" y="{y:.1}">{text}</text>"#
    );
}

//! The bills as a picture: one group of bars per trace, in percent of the fixed provider's bill.

use std::fmt::Write;

use crate::report::Report;

const COLOURS: [&str; 4] = ["#9aa5b1", "#d08c60", "#2a7f62", "#3d5a80"];
const GROUP: usize = 150;
const LEFT: usize = 50;
/// Pixels that stand for 100 percent.
const FULL: f64 = 200.0;
const BASE: f64 = 250.0;

/// Draws the reports, as SVG.
pub fn plot(reports: &[Report]) -> String {
    let width = LEFT + GROUP * reports.len().max(2) + 20;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} 320\" font-family=\"sans-serif\" font-size=\"11\">\n"
    );
    svg.push_str("<title>What each policy pays, in percent of the fixed provider's bill</title>\n");
    svg.push_str("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
    svg.push_str("<text x=\"10\" y=\"18\">Bill, percent of the fixed provider's</text>\n");
    // Writing into a string can't fail.
    let mut write = |text: std::fmt::Arguments<'_>| {
        let _ = svg.write_fmt(text);
    };
    for percent in [0, 50, 100] {
        let y = height_of(f64::from(percent));
        write(format_args!("<text x=\"{}\" y=\"{y:.1}\" text-anchor=\"end\">{percent}</text>\n", LEFT - 6));
        write(format_args!(
            "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{width}\" y2=\"{y:.1}\" stroke=\"#dddddd\"/>\n"
        ));
    }
    for (group, report) in reports.iter().enumerate() {
        let left = LEFT + GROUP * group + 15;
        let fixed = report.bill("fixed provider").usd;
        for (position, (bill, colour)) in report.bills.iter().zip(COLOURS).enumerate() {
            let percent = if fixed > 0.0 { bill.usd / fixed * 100.0 } else { 100.0 };
            let (x, y) = (left + position * 30, height_of(percent));
            let height = BASE - y;
            write(format_args!(
                "<rect x=\"{x}\" y=\"{y:.1}\" width=\"26\" height=\"{height:.1}\" fill=\"{colour}\"><title>{}: ${:.4}</title></rect>\n",
                bill.policy, bill.usd
            ));
            let (x, y) = (x + 13, y - 4.0);
            write(format_args!("<text x=\"{x}\" y=\"{y:.1}\" text-anchor=\"middle\">{percent:.0}</text>\n"));
        }
        let (x, name) = (left + 58, escaped(&report.trace));
        write(format_args!("<text x=\"{x}\" y=\"268\" text-anchor=\"middle\">{name}</text>\n"));
    }
    let policies = reports.first().map_or(&[][..], |report| &report.bills);
    for (position, (bill, colour)) in policies.iter().zip(COLOURS).enumerate() {
        let x = 10 + position * (width - 20) / 4;
        write(format_args!("<rect x=\"{x}\" y=\"292\" width=\"10\" height=\"10\" fill=\"{colour}\"/>\n"));
        write(format_args!("<text x=\"{}\" y=\"301\">{}</text>\n", x + 14, bill.policy));
    }
    svg.push_str("</svg>\n");
    svg
}

fn height_of(percent: f64) -> f64 {
    // Whoever costs more than this leaves the picture; its number is still there.
    BASE - percent.clamp(0.0, 110.0) * FULL / 100.0
}

/// A trace is named after its file.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

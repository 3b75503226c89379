//! The picture of a comparison: processor time and slow calls of each client, on logarithmic axes.

use std::fmt::Write;

use crate::compare::{CLIENTS, Comparison, THREADS};
use crate::figures::shown;

const WIDTH: f64 = 1120.0;
const HEIGHT: f64 = 560.0;
const TOP: f64 = 96.0;
const BOTTOM: f64 = 496.0;
/// Each panel: its member, its title and its left edge.
const PANELS: [(&str, &str, f64); 2] = [
    ("cpu_us", "Processor time of a call, µs", 120.0),
    ("p99_us", "99 of 100 calls are faster than, µs", 650.0),
];
const PANEL: f64 = 400.0;
/// Of 1, 16 and 64 threads: one hue, told apart by lightness too.
const COLOURS: [&str; 3] = ["#9ecae1", "#4292c6", "#084594"];

pub fn svg(comparison: &Comparison, machine: &str) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         width=\"{WIDTH}\" height=\"{HEIGHT}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"24\" y=\"34\" font-size=\"19\" font-weight=\"bold\">One POST over TLS 1.3: \
         the whole create_meeting of Meetbridge beside bare HTTP clients</text>\n"
    );
    for ((threads, colour), x) in THREADS.iter().zip(COLOURS).zip([120.0, 210.0, 310.0]) {
        let what = if *threads == 1 { "thread" } else { "threads" };
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"46\" width=\"14\" height=\"14\" fill=\"{colour}\"/>\
             <text x=\"{}\" y=\"58\">{threads} {what}</text>",
            x + 20.0,
        );
    }
    for (member, title, left) in PANELS {
        let powers = powers(comparison, member);
        axis(&mut svg, title, left, powers);
        bars(&mut svg, comparison, member, left, powers);
    }
    let _ = writeln!(
        svg,
        "<text x=\"24\" y=\"{}\" fill=\"#555555\">{machine}. Medians of interleaved rounds; the \
         axes are logarithmic.</text>\n</svg>",
        HEIGHT - 16.0,
    );
    svg
}

/// The powers of ten between which all values of a panel lie.
fn powers(comparison: &Comparison, member: &str) -> [i32; 2] {
    let tens = comparison.0.iter().map(|series| series.median(member).log10());
    let (least, most) =
        tens.fold((f64::MAX, f64::MIN), |(least, most), ten| (least.min(ten), most.max(ten)));
    [least.floor() as i32, most.ceil() as i32]
}

/// Where a value lies between the axis's powers of ten.
fn place(value: f64, [first, last]: [i32; 2]) -> f64 {
    let part = (value.log10() - f64::from(first)) / f64::from(last - first);
    PANEL * part.clamp(0.0, 1.0)
}

fn axis(svg: &mut String, title: &str, left: f64, powers: [i32; 2]) {
    let _ = writeln!(
        svg,
        "<text x=\"{left}\" y=\"{}\" font-weight=\"bold\">{title}</text>",
        TOP - 14.0,
    );
    for power in powers[0]..=powers[1] {
        let value = 10f64.powi(power);
        let x = left + place(value, powers);
        let _ = writeln!(
            svg,
            "<line x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{BOTTOM}\" stroke=\"#cccccc\"/>\
             <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"#555555\">{value}</text>",
            BOTTOM + 18.0,
        );
    }
}

fn bars(svg: &mut String, comparison: &Comparison, member: &str, left: f64, powers: [i32; 2]) {
    let group = (BOTTOM - TOP) / CLIENTS.len() as f64;
    let bar = (group - 14.0) / THREADS.len() as f64;
    for (number, (client, _)) in CLIENTS.iter().enumerate() {
        let top = TOP + group * number as f64 + 7.0;
        if *client == "meetbridge" {
            let _ = writeln!(
                svg,
                "<rect x=\"{}\" y=\"{:.1}\" width=\"{}\" height=\"{group:.1}\" \
                 fill=\"#ffb74d\" fill-opacity=\"0.3\"/>",
                left - 100.0,
                top - 7.0,
                PANEL + 130.0,
            );
        }
        let weight = if *client == "meetbridge" { "bold" } else { "normal" };
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\" \
             font-weight=\"{weight}\">{client}</text>",
            left - 10.0,
            top + group / 2.0 - 3.0,
        );
        for (row, (threads, colour)) in THREADS.iter().zip(COLOURS).enumerate() {
            let value = comparison.of(client, *threads).median(member);
            let (width, y) = (place(value, powers), top + bar * row as f64);
            let _ = writeln!(
                svg,
                "<rect x=\"{left}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{:.1}\" \
                 fill=\"{colour}\"/><text x=\"{:.1}\" y=\"{:.1}\" font-size=\"11\">{}</text>",
                bar - 1.5,
                left + width + 5.0,
                y + bar - 4.5,
                shown(value),
            );
        }
    }
}

//! The picture of a soak: memory, descriptors and threads over time.

use std::fmt::Write;

use crate::watch::Sample;

const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 734.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 980.0;
const TOP: f64 = 84.0;
/// The height of a panel, and of what is below it.
const PANEL: f64 = 170.0;
const GAP: f64 = 40.0;
const COLOURS: [&str; 2] = ["#084594", "#e6550d"];

type Panel = (&'static str, fn(&Sample) -> f64);

const PANELS: [Panel; 3] = [
    ("memory (RssAnon), MiB", |sample| sample.memory),
    ("open descriptors", |sample| sample.descriptors),
    ("threads", |sample| sample.threads),
];

/// Of processes by their names.
pub fn svg(processes: &[(&str, Vec<Sample>)], title: &str) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         width=\"{WIDTH}\" height=\"{HEIGHT}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"{LEFT}\" y=\"28\" font-size=\"16\" font-weight=\"bold\">{title}</text>\n"
    );
    for (number, (name, _)) in processes.iter().enumerate() {
        let x = LEFT + 200.0 * number as f64;
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"38\" width=\"14\" height=\"14\" fill=\"{}\"/>\
             <text x=\"{}\" y=\"50\">{name}</text>",
            COLOURS[number % 2],
            x + 20.0,
        );
    }
    let all = || processes.iter().flat_map(|(_, samples)| samples);
    let end = all().map(|sample| sample.at).fold(1.0, f64::max);
    for (number, (what, value)) in PANELS.iter().enumerate() {
        let top = TOP + (PANEL + GAP) * number as f64;
        let most = round_up(all().map(value).fold(1.0, f64::max));
        axes(&mut svg, what, top, most, end);
        for ((_, samples), colour) in processes.iter().zip(COLOURS) {
            let points = samples.iter().map(|sample| {
                let x = LEFT + (RIGHT - LEFT) * sample.at / end;
                format!("{x:.1},{:.1}", top + PANEL * (1.0 - value(sample) / most))
            });
            let points = points.collect::<Vec<_>>().join(" ");
            let _ = writeln!(
                svg,
                "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" \
                 stroke-width=\"1.5\"/>"
            );
        }
    }
    svg + "</svg>\n"
}

fn axes(svg: &mut String, what: &str, top: f64, most: f64, end: f64) {
    let bottom = top + PANEL;
    let _ =
        writeln!(svg, "<text x=\"{LEFT}\" y=\"{}\" font-weight=\"bold\">{what}</text>", top - 6.0);
    for quarter in 0..=4 {
        let part = f64::from(quarter) / 4.0;
        let (x, y) = (LEFT + (RIGHT - LEFT) * part, bottom - PANEL * part);
        let _ = writeln!(
            svg,
            "<line x1=\"{LEFT}\" y1=\"{y}\" x2=\"{RIGHT}\" y2=\"{y}\" stroke=\"#dddddd\"/>\
             <text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#555555\">{:.0}</text>\
             <text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" fill=\"#555555\">{:.0} s</text>",
            LEFT - 8.0,
            y + 4.0,
            most * part,
            bottom + 16.0,
            end * part,
        );
    }
}

/// To a multiple of four that reads well.
fn round_up(value: f64) -> f64 {
    let step = [4.0, 8.0, 20.0, 40.0, 80.0, 200.0, 400.0, 800.0];
    let step = step.into_iter().find(|step| value / step <= 5.0).unwrap_or(2000.0);
    (value / step).ceil() * step
}

//! A deploy, as a chart for each proxy: a dot for each request, where it was sent and how long it
//! took; a cross for one that was lost.

use std::time::Duration;

use super::outage::{END, Outage, Sample};
use super::svg::{self, SANS};

const WIDTH: u32 = 860;
const PANEL_HEIGHT: f64 = 230.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 836.0;
/// Of a chart within its panel.
const TOP: f64 = 44.0;
const BOTTOM: f64 = 186.0;
/// What the axis of waiting goes up to, in seconds.
const TOOK_MAX: f64 = 2.5;

pub(super) fn picture(outage: &Outage) -> String {
    let nginx = panel(0.0, "nginx", &outage.nginx, outage.away);
    let buffy = panel(PANEL_HEIGHT, "Buffy", &outage.buffy, outage.away);
    let caption = 2.0 * PANEL_HEIGHT + 8.0;
    let content = format!(
        "<style>text {{ font: 13px {SANS}; fill: #24292f; }} .title {{ font-weight: 600; \
         font-size: 15px; }} .axis {{ fill: #6e7781; font-size: 11px; }}</style>\n\
         {nginx}{buffy}\
         <text x=\"{LEFT}\" y=\"{caption}\" class=\"axis\">One run, the same backend: a dot for each \
         request, where it was sent and how long it took; a cross for one that was lost.</text>\n"
    );
    let title = format!(
        "A backend is replaced: {}; {}",
        told("nginx", &outage.nginx),
        told("Buffy", &outage.buffy)
    );
    svg::picture((WIDTH, 484), "#ffffff", &title, &content)
}

/// What a chart shows, in words.
fn told(proxy: &str, samples: &[Sample]) -> String {
    let lost = samples.iter().filter(|sample| !sample.answered).count();
    let longest = samples.iter().map(|sample| sample.took).max();
    let longest = longest.unwrap_or_default().as_secs_f64();
    let all = samples.len();
    if lost == 0 {
        format!("{proxy} lost none of {all} requests; the longest took {longest:.1} s")
    } else {
        format!("{proxy} lost {lost} of {all} requests")
    }
}

fn panel(top: f64, proxy: &str, samples: &[Sample], away: (Duration, Duration)) -> String {
    let (chart_top, chart_bottom) = (top + TOP, top + BOTTOM);
    let (gone, back) = (x(away.0), x(away.1));
    let marks = |answered: bool| -> String {
        let such = samples.iter().filter(|sample| sample.answered == answered);
        such.map(|sample| mark(sample, chart_bottom)).collect()
    };
    format!(
        "<text x=\"{LEFT}\" y=\"{}\" class=\"title\">{}</text>\n\
         <rect x=\"{gone:.1}\" y=\"{chart_top}\" width=\"{:.1}\" height=\"{}\" fill=\"#f3e3d3\"/>\n\
         <text x=\"{:.1}\" y=\"{}\" class=\"axis\">the backend is away</text>\n\
         {}\
         <path d=\"{}\" stroke=\"#1a7f37\" stroke-width=\"4.5\" stroke-linecap=\"round\"/>\n\
         <path d=\"{}\" stroke=\"#cf222e\" stroke-width=\"1.6\" fill=\"none\"/>\n",
        top + 28.0,
        told(proxy, samples),
        back - gone,
        BOTTOM - TOP,
        gone + 6.0,
        chart_top + 15.0,
        axes(chart_top, chart_bottom),
        marks(true),
        marks(false),
    )
}

/// A dot is a line without a length, whose ends are round.
fn mark(sample: &Sample, bottom: f64) -> String {
    let (x, y) = (x(sample.sent), bottom - height(sample.took));
    if sample.answered {
        format!("M{x:.1} {y:.1}h0")
    } else {
        format!("M{:.1} {:.1}l6 6m-6 0l6-6", x - 3.0, y - 3.0)
    }
}

fn axes(top: f64, bottom: f64) -> String {
    let label = |x: f64, y: f64, anchor: &str, seconds: u64| {
        format!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"axis\" text-anchor=\"{anchor}\">{seconds} s</text>\n"
        )
    };
    let sent = (0..=END.as_secs()).map(|second| {
        label(
            x(Duration::from_secs(second)),
            bottom + 17.0,
            "middle",
            second,
        )
    });
    let took = [0, 1, 2].map(|second| {
        let y = bottom - height(Duration::from_secs(second)) + 4.0;
        label(LEFT - 8.0, y, "end", second)
    });
    let labels: String = sent.chain(took).collect();
    let (x, y) = (LEFT - 42.0, f64::midpoint(top, bottom));
    format!(
        "<path d=\"M{LEFT} {top}V{bottom}H{RIGHT}\" stroke=\"#8c959f\" fill=\"none\"/>\n{labels}\
         <text transform=\"rotate(-90 {x} {y})\" x=\"{x}\" y=\"{y}\" class=\"axis\" \
         text-anchor=\"middle\">time to the answer</text>\n"
    )
}

fn x(moment: Duration) -> f64 {
    LEFT + moment.as_secs_f64() / END.as_secs_f64() * (RIGHT - LEFT)
}

fn height(took: Duration) -> f64 {
    took.as_secs_f64().min(TOOK_MAX) / TOOK_MAX * (BOTTOM - TOP)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(sent: u64, took: u64, answered: bool) -> Sample {
        Sample {
            sent: Duration::from_millis(sent),
            took: Duration::from_millis(took),
            answered,
        }
    }

    #[test]
    fn there_is_a_dot_for_each_answer_and_a_cross_for_each_loss() {
        let outage = Outage {
            away: (Duration::from_secs(2), Duration::from_secs(4)),
            nginx: vec![
                sample(0, 10, true),
                sample(2500, 1, false),
                sample(3000, 1, false),
            ],
            buffy: vec![sample(0, 10, true), sample(2500, 1500, true)],
        };
        let picture = picture(&outage);
        assert!(picture.contains("nginx lost 2 of 3 requests"), "{picture}");
        let longest = "Buffy lost none of 2 requests; the longest took 1.5 s";
        assert!(picture.contains(longest), "{picture}");
        assert_eq!(picture.matches("h0").count(), 3);
        assert_eq!(picture.matches("l6 6").count(), 2);
    }

    #[test]
    fn later_is_further_right_and_longer_is_higher() {
        assert!(x(Duration::from_secs(3)) > x(Duration::from_secs(2)));
        assert!(height(Duration::from_secs(2)) > height(Duration::from_secs(1)));
        assert!(height(Duration::from_secs(9)) <= BOTTOM - TOP);
    }
}

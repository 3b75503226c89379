//! What the kernel tells of a process, again and again, and whether it grows.

use std::fs;
use std::time::Instant;

/// A moment of a process.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Seconds since the soak began.
    pub at: f64,
    /// Its own memory, in MiB: what is of no file. A forked child would halve its share.
    pub memory: f64,
    pub descriptors: f64,
    pub threads: f64,
}

/// None of a process that has ended.
pub fn sample(pid: u32, began: Instant) -> Option<Sample> {
    let member = |file: &str, name: &str| -> Option<f64> {
        let text = fs::read_to_string(format!("/proc/{pid}/{file}")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    Some(Sample {
        at: began.elapsed().as_secs_f64(),
        memory: member("status", "RssAnon:")? / 1024.0,
        descriptors: fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count() as f64,
        threads: member("status", "Threads:")?,
    })
}

/// By how much a value grows in the later half: the straight line that fits it best.
pub fn growth(samples: &[Sample], value: impl Fn(&Sample) -> f64) -> f64 {
    let later = &samples[samples.len() / 2..];
    let count = later.len() as f64;
    let mean = |of: &dyn Fn(&Sample) -> f64| later.iter().map(of).sum::<f64>() / count;
    let (mean_at, mean_value) = (mean(&|sample| sample.at), mean(&value));
    let (mut covariance, mut variance) = (0.0, 0.0);
    for sample in later {
        covariance += (sample.at - mean_at) * (value(sample) - mean_value);
        variance += (sample.at - mean_at).powi(2);
    }
    covariance / variance * (later[later.len() - 1].at - later[0].at)
}

#[test]
fn growth_is_that_of_the_later_half() {
    let line = |at: u32| Sample {
        at: f64::from(at),
        memory: 100.0 - f64::from(at.min(50)) + f64::from(at.max(50)) / 10.0,
        descriptors: 7.0,
        threads: f64::from(at % 2),
    };
    let samples: Vec<Sample> = (0..=100).map(line).collect();
    assert!((growth(&samples, |sample| sample.memory) - 5.0).abs() < 1e-9);
    assert_eq!(growth(&samples, |sample| sample.descriptors), 0.0);
    assert!(growth(&samples, |sample| sample.threads).abs() < 0.1);
}

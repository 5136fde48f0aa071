//! Small plots as SVG paths: they need no script, and their colours come from the style sheet.

/// Bars over a width and a height, in the units of the SVG's `viewBox`; the highest fills the height.
/// One path, so that a plot of sixty bars is one element.
pub(crate) fn bars(counts: &[u64], width: f64, height: f64) -> String {
    let highest = counts.iter().copied().max().unwrap_or(0);
    if highest == 0 || counts.is_empty() {
        return String::new();
    }
    let slot = width / counts.len() as f64;
    let thick = (slot * 0.72).max(0.5);
    let mut path = String::with_capacity(counts.len() * 32);
    for (i, count) in counts.iter().enumerate().filter(|(_, n)| **n > 0) {
        let x = i as f64 * slot;
        // Something is never drawn as nothing.
        let tall = (*count as f64 / highest as f64 * height).max(0.6);
        path.push_str(&format!("M{x:.1} {height:.1}v-{tall:.1}h{thick:.1}v{tall:.1}z"));
    }
    path
}

/// A curve that holds its value until the next point: times in µs, values 0–100.
pub(crate) fn steps(points: &[(i64, f64)], from: i64, to: i64, width: f64, height: f64) -> String {
    let span = (to - from).max(1) as f64;
    let x = |at: i64| ((at - from) as f64 / span * width).clamp(0.0, width);
    let y = |value: f64| height - value.clamp(0.0, 100.0) / 100.0 * height;
    let mut path = String::new();
    for (i, (at, value)) in points.iter().enumerate() {
        if i == 0 {
            path.push_str(&format!("M{:.1} {:.1}", x(*at), y(*value)));
        } else {
            path.push_str(&format!("H{:.1}V{:.1}", x(*at), y(*value)));
        }
    }
    if !points.is_empty() {
        path.push_str(&format!("H{width:.1}"));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_fill_the_height_and_nothing_is_drawn_for_nothing() {
        assert_eq!(bars(&[0, 0], 10.0, 10.0), "");
        assert_eq!(bars(&[2, 0, 1], 30.0, 10.0), "M0.0 10.0v-10.0h7.2v10.0zM20.0 10.0v-5.0h7.2v5.0z");
    }

    #[test]
    fn steps_hold_their_value() {
        assert_eq!(steps(&[(0, 50.0), (5, 100.0)], 0, 10, 100.0, 10.0), "M0.0 5.0H50.0V0.0H100.0");
        assert_eq!(steps(&[], 0, 10, 100.0, 10.0), "");
    }
}

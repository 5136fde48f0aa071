//! The simulator's own random numbers: small, fast, and the same for ever, so that a seed means the
//! same traffic in every version. Never for secrets.

/// SplitMix64 (Steele, Lea, Flood 2014): a counter and a mixer, so that a generator can be made from
/// any key at the cost of one number.
#[derive(Debug, Clone)]
pub struct Rng(u64);

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Above this mean a Poisson number is drawn as a rounded normal one: the error is below a percent
/// and the cost no longer grows with the mean.
const POISSON_NORMAL_ABOVE: f64 = 30.0;

const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Rng {
    /// A stream of its own for each key: what a unit does in a slot does not depend on which slots
    /// were generated before.
    pub fn keyed(seed: u64, keys: &[u64]) -> Self {
        let mut state = mix(seed.wrapping_add(GOLDEN));
        for key in keys {
            state = mix(state ^ key.wrapping_mul(GOLDEN).rotate_left(17)).wrapping_add(GOLDEN);
        }
        Self(state)
    }

    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// In `0..n`; 0 for an empty range.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next_u64()) * n as u128) >> 64) as usize
    }

    /// In `low..=high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1).max(1) as usize) as i64
    }

    /// In `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of a slice that is not empty.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// Mean 0, deviation 1 (sum of twelve uniforms: no tail beyond six, which traffic does not miss).
    pub fn normal(&mut self) -> f64 {
        let mut sum = 0.0;
        for _ in 0..3 {
            let bits = self.next_u64();
            for part in 0..4 {
                sum += f64::from((bits >> (16 * part)) as u16) / 65_536.0;
            }
        }
        sum - 6.0
    }

    /// Around `median`, heavier above it: sizes, durations, row counts.
    pub fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        median * (self.normal() * sigma).exp()
    }

    /// How many of something that comes `mean` times on average.
    pub fn poisson(&mut self, mean: f64) -> usize {
        if mean <= 0.0 {
            return 0;
        }
        if mean > POISSON_NORMAL_ABOVE {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as usize;
        }
        let limit = (-mean).exp();
        let mut product = self.unit();
        let mut count = 0;
        while product > limit {
            product *= self.unit();
            count += 1;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_give_streams_of_their_own_that_repeat() {
        let first = |keys: &[u64]| Rng::keyed(7, keys).next_u64();
        assert_eq!(first(&[1, 2]), first(&[1, 2]));
        assert_ne!(first(&[1, 2]), first(&[2, 1]));
        assert_ne!(first(&[1]), first(&[1, 0]));
        assert_ne!(Rng::keyed(7, &[1]).next_u64(), Rng::keyed(8, &[1]).next_u64());
    }

    #[test]
    fn means_are_what_they_say() {
        let mut rng = Rng::keyed(1, &[]);
        for mean in [0.01, 0.8, 12.0, 90.0] {
            let n = 20_000;
            let sum: usize = (0..n).map(|_| rng.poisson(mean)).sum();
            let got = sum as f64 / f64::from(n);
            assert!((got - mean).abs() < 5.0 * (mean / f64::from(n)).sqrt() + 0.01, "{got} for {mean}");
        }
        let mean = (0..20_000).map(|_| rng.normal()).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.05, "{mean}");
        assert!((0..1_000).all(|_| rng.below(7) < 7 && (3..=5).contains(&rng.between(3, 5))));
        assert_eq!(rng.below(0), 0);
    }
}

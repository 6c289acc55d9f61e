//! Trades of a lively market that exists nowhere else.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

/// Symbol, first price and how far a price moves with a trade, as a share of it.
const INSTRUMENTS: [(&str, f64, f64); 6] = [
    ("BTC-USD", 64_250.0, 0.0004),
    ("ETH-USD", 3_180.0, 0.0006),
    ("SOL-USD", 152.0, 0.0009),
    ("XRP-USD", 0.58, 0.0008),
    ("ADA-USD", 0.46, 0.0008),
    ("DOGE-USD", 0.13, 0.0012),
];

/// A random walk for each symbol.
pub(crate) struct Market {
    prices: [f64; INSTRUMENTS.len()],
    sequence: u64,
}

impl Market {
    pub fn new() -> Self {
        Self {
            prices: INSTRUMENTS.map(|(_, price, _)| price),
            sequence: 0,
        }
    }

    /// The next trade as JSON; `time` is in milliseconds since the epoch.
    pub fn trade(&mut self) -> String {
        // The first symbols trade the most.
        let index = fastrand::usize(..INSTRUMENTS.len()).min(fastrand::usize(..INSTRUMENTS.len()));
        let (symbol, start, step) = INSTRUMENTS[index];
        let change = (fastrand::f64() - 0.5) * 2.0 * step;
        // A pull back to the first price keeps the walk in sight of it for days.
        let pull = (start / self.prices[index] - 1.0) * 0.001;
        self.prices[index] *= 1.0 + change + pull;
        self.sequence += 1;
        let time = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_millis() as u64;
        json!({
            "type": "trade",
            "symbol": symbol,
            "sequence": self.sequence,
            "price": rounded(self.prices[index], if start < 10.0 { 5 } else { 2 }),
            "quantity": rounded(fastrand::f64() * 1000.0 / start.max(1.0), 6),
            "side": if change < 0.0 { "sell" } else { "buy" },
            "time": time,
        })
        .to_string()
    }
}

fn rounded(value: f64, decimals: i32) -> f64 {
    let factor = 10_f64.powi(decimals);
    (value * factor).round() / factor
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn prices_move_and_stay_in_sight() {
        let mut market = Market::new();
        for sequence in 1..=20_000_u64 {
            let trade: Value = serde_json::from_str(&market.trade()).expect("JSON");
            assert_eq!(trade["sequence"], sequence);
        }
        for ((symbol, start, _), price) in INSTRUMENTS.iter().zip(market.prices) {
            assert_ne!(price, *start, "{symbol}");
            assert!(
                price > start / 2.0 && price < start * 2.0,
                "{symbol}: {price}"
            );
        }
    }
}

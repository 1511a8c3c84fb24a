//! How often one address may try.

use super::problem::Problem;
use axum::http::StatusCode;
use governor::{DefaultKeyedRateLimiter, Quota};
use std::net::IpAddr;
use std::num::NonZeroU32;

/// Redemptions that one address may make at once beyond a minute's worth.
const REDEEM_BEYOND: u32 = 10;
/// Addresses that are remembered before those at rest are forgotten.
const ADDRESSES_MAX: usize = 10_000;

/// Rate limits by address.
pub struct Limits {
    redeem: DefaultKeyedRateLimiter<IpAddr>,
}

impl Limits {
    /// With how many links one address may open in a minute. Guessing a 128-bit secret is hopeless at any rate; this
    /// keeps a scan from costing us.
    pub fn new(redeem_per_minute: NonZeroU32) -> Self {
        let burst = redeem_per_minute.saturating_add(REDEEM_BEYOND);
        Self {
            redeem: DefaultKeyedRateLimiter::keyed(Quota::per_minute(redeem_per_minute).allow_burst(burst)),
        }
    }

    /// One more redemption from this address, or a refusal.
    pub fn redeem(&self, from: IpAddr) -> Result<(), Problem> {
        if self.redeem.len() > ADDRESSES_MAX {
            self.redeem.retain_recent();
        }
        self.redeem.check_key(&from).map_err(|_| {
            Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "Too many attempts",
                "Too many links were opened from this address. Wait a minute and try again.",
            )
            .retry_after(60)
        })
    }
}

//! Counters of the workers: written by one thread each, read by anyone.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// What the engine has done since its start.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct EngineStats {
            $($(#[$doc])* pub $name: u64,)*
            /// Messages that did not fit a bounded queue, one entry a worker: room events, taps and outgoing packets.
            pub dropped_by_worker: Vec<u64>,
        }

        #[derive(Debug, Default)]
        pub(super) struct Counters {
            $(pub(super) $name: Counter,)*
            pub(super) dropped: Counter,
        }

        impl Counters {
            pub(super) fn add_to(&self, stats: &mut EngineStats) {
                $(stats.$name += self.$name.get();)*
                stats.dropped_by_worker.push(self.dropped.get());
            }
        }
    };
}

counters! {
    /// Datagrams received.
    datagrams_in,
    /// Datagrams sent.
    datagrams_out,
    /// Datagrams that belong to no session.
    datagrams_unknown,
    /// Bytes received.
    bytes_in,
    /// Bytes sent.
    bytes_out,
    /// RTP packets taken from publishers, duplicates left out.
    packets_in,
    /// RTP packets handed to subscribers.
    packets_out,
    /// Gaps seen in the publishers' sequence numbers that were not filled (estimate).
    packets_lost,
    /// Duplicate RTP packets left out.
    packets_duplicate,
    /// Sequence numbers that subscribers asked for again.
    nacked,
    /// Picture loss indications sent to publishers.
    plis,
    /// Sessions opened.
    sessions_opened,
    /// Sessions ended.
    sessions_ended,
    /// Sessions ended because the WebRTC stack failed or panicked.
    sessions_failed,
    /// TCP connections that became a session's.
    connections_opened,
    /// TCP connections of sessions that ended, by whosever doing.
    connections_ended,
    /// Those of them that were ended here: they sent what is no packet, or took nothing of what was sent.
    connections_cut,
    /// TCP connections that became nobody's: beyond the bounds, silent, or without a check of one of our sessions.
    connections_refused,
    /// Times a seat or tap began to show another source or layer.
    switches,
}

/// A counter. Nearly always one thread writes it.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

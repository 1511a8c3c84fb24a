//! Recording: tap -> timeline -> FFmpeg mux -> append-only hashed file. Knows no judge.
//!
//! One [`Recorder`] writes one recording and owns one thread. Each track of a segment becomes one file on the
//! segment's timeline; a second on record is either in a track file or in the gap ledger. Deliberately absent:
//! seeking, rewriting, truncating, transcoding, and any knowledge of who may be recorded.

mod append;
mod audio;
mod claim;
mod command;
mod gap;
mod handle;
mod journal;
mod ledger;
mod mux;
mod probe;
mod recover;
mod segment;
mod stream;
mod summary;
pub mod tap;
mod track;
mod track_file;
mod worker;

pub use claim::Claim;
pub use command::{Cutoff, Progress, RecorderConfig, RecorderError, RecorderEvent, TrackSpec};
pub use gap::{Cause, Gap};
pub use handle::Recorder;
pub use recover::{recover, recover_unbegun};
pub use summary::{Ended, FragmentsSummary, RecordingSummary, SegmentSummary, TrackSummary};

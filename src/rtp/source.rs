//! What a track shows or lets hear.

use serde::{Deserialize, Serialize};

/// The origin of a track in a participant's publication.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ts_rs::TS,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Source {
    /// The first audio line of a publication.
    Microphone,
    /// The first video line.
    Camera,
    /// The second video line.
    Screen,
}

impl Source {
    /// The name used on the wire, in file names and in seal documents.
    pub fn name(self) -> &'static str {
        match self {
            Source::Microphone => "microphone",
            Source::Camera => "camera",
            Source::Screen => "screen",
        }
    }

    /// True for sound, false for pictures.
    pub fn is_audio(self) -> bool {
        matches!(self, Source::Microphone)
    }
}

//! Words for the condition of evidence: whether it is sealed, what hinders that, and how its copy stands.

use serde::{Deserialize, Serialize};

/// How far a recording has come on its way into the case file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum SealStage {
    /// It is being recorded.
    Recording,
    /// It has ended and is being sealed.
    Sealing,
    /// It could not be sealed, and is tried again.
    Waiting,
    /// It is sealed and in the case file.
    Sealed,
    /// It was disposed of.
    Disposed,
}

/// Why a recording could not be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum SealFault {
    /// There is no room on the disk.
    DiskFull,
    /// A file cannot be read or written.
    Disk,
    /// The seal key cannot sign: its token is away, or its certificate is not usable.
    Key,
    /// The database does not answer, or refuses.
    Database,
    /// The files of the recording are not there.
    FilesMissing,
    /// A file is not what it was when it was written.
    FilesChanged,
    /// Something else: the server's log says what.
    Other,
}

/// How the copy of a recording in the second store stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum CopyStage {
    /// No second store is configured.
    None,
    /// Something of it is not copied yet.
    Waiting,
    /// All of it was written there, read back and found the same.
    Kept,
    /// Something of it there is not as it was sealed, and could not be mended.
    Differs,
}

/// Why something cannot be copied to the second store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum CopyFault {
    /// The store cannot be reached, or does not answer in time.
    Unreachable,
    /// What is there is not the store that was begun.
    AnotherStore,
    /// The store refuses.
    Refused,
    /// There is no room in the store.
    Full,
    /// A file there cannot be read or written, or reads differently from what was written.
    Disk,
    /// A file here cannot be read.
    Here,
    /// The recording is to be encrypted first, and is not yet.
    NotEncrypted,
    /// Something else: the server's log says what.
    Other,
}

/// Why a recording cannot be encrypted where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum EncryptFault {
    /// A key cannot be made, read or unwrapped: the folder of recording keys has to be looked at.
    Key,
    /// There is no room on the disk.
    DiskFull,
    /// A file cannot be read or written.
    Disk,
    /// A file is not as it was sealed.
    FilesChanged,
    /// The database does not answer, or refuses.
    Database,
    /// Something else: the server's log says what.
    Other,
}

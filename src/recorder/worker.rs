//! The recorder's thread.

use super::command::{Command, RecorderConfig, RecorderError, RecorderEvent};
use tokio::sync::mpsc;

pub(super) struct Worker {
    _inbox: mpsc::Receiver<Command>,
}

impl Worker {
    pub(super) fn new(
        config: RecorderConfig,
        inbox: mpsc::Receiver<Command>,
        _events: mpsc::Sender<RecorderEvent>,
    ) -> Result<Worker, RecorderError> {
        if config.first_segment == 0 {
            return Err(RecorderError::SegmentNumber);
        }
        std::fs::create_dir_all(&config.dir).map_err(|e| RecorderError::io(&config.dir, e))?;
        Ok(Worker { _inbox: inbox })
    }

    pub(super) fn run(self) {}
}

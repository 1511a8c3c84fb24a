//! Where the data is, as flags.

use super::ConfigError;
use std::path::PathBuf;

/// Where the data is: for every command that works on it, before or after the command's name.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Where the data is")]
pub struct Place {
    /// Configuration file (TOML). Environment variables OYER_… and flags win over it.
    #[arg(long, value_name = "FILE", env = "OYER_CONFIG", global = true)]
    pub(super) config: Option<PathBuf>,
    /// Folder for the database, the recordings and the keys.
    #[arg(long, value_name = "DIR", global = true)]
    pub(super) data: Option<PathBuf>,
    /// Database URL (sqlite:… or postgres:…); by default SQLite in the data folder.
    #[arg(long, value_name = "URL", global = true)]
    pub(super) database: Option<String>,
}

impl Place {
    /// For a command that works on no data folder: a flag that would be ignored is refused.
    pub fn is_none_of(&self, command: &'static str) -> Result<(), ConfigError> {
        if self.data.is_some() || self.database.is_some() {
            return Err(ConfigError::NoPlace(command));
        }
        Ok(())
    }
}

/// The flags of [`Place`] in a command that works on no data folder: its help does not offer them. They are still known
/// there, so that whoever writes one is told why it is refused ([`Place::is_none_of`] has what was written).
#[derive(Debug, Clone, Default, clap::Args)]
pub struct NoPlace {
    #[arg(long, hide = true)]
    config: Option<PathBuf>,
    #[arg(long, hide = true)]
    data: Option<PathBuf>,
    #[arg(long, hide = true)]
    database: Option<String>,
}

//! Why the store cannot be used.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

/// The store cannot be used. Nothing that is built depends on it: a build goes on without.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nobody says where it is.
    #[error(
        "there is no place for the store: neither `OAST_HOME` nor `{variable}` is set to an absolute path"
    )]
    NoHome {
        /// The variable from which the default place follows.
        variable: &'static str,
    },
    /// It would be somewhere else with each directory where somebody builds.
    #[error("`OAST_HOME` must be an absolute path, and `{asked}` is none")]
    RelativeHome {
        /// What `OAST_HOME` says.
        asked: String,
    },
    /// It is no text.
    #[error("`OAST_HOME` must be UTF-8, and `{asked}` is not")]
    UnreadableHome {
        /// What `OAST_HOME` says, as far as it can be read.
        asked: String,
    },
    /// A file cannot be read, written or removed.
    #[error("cannot {what} `{path}`: {error}")]
    Io {
        /// What was tried: a verb.
        what: &'static str,
        /// The file or directory.
        path: Utf8PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The database refuses.
    #[error("the store's database `{path}` does not answer: {text}")]
    Database {
        /// The database.
        path: Utf8PathBuf,
        /// What SQLite says.
        text: String,
        /// Whether what it says is that the file is damaged.
        is_damage: bool,
    },
    /// The database is damaged and cannot be replaced now.
    #[error("the store's database `{path}` is damaged, and another process is using it")]
    DamagedAndInUse {
        /// The database.
        path: Utf8PathBuf,
    },
    /// A later Oast made it.
    #[error(
        "the store at `{home}` was made by a later version of Oast (format {found}, this one knows {known})"
    )]
    Newer {
        /// The store.
        home: Utf8PathBuf,
        /// Its format.
        found: i32,
        /// The last format that is known.
        known: i32,
    },
    /// The user's settings cannot be understood.
    #[error("cannot understand `{path}`: {text}")]
    Settings {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong with it.
        text: String,
    },
}

impl StoreError {
    pub(super) fn during(
        what: &'static str,
        path: &Utf8Path,
    ) -> impl FnOnce(io::Error) -> StoreError {
        let path = path.to_owned();
        move |error| StoreError::Io { what, path, error }
    }

    pub(super) fn database(path: &Utf8Path, error: &rusqlite::Error) -> StoreError {
        let is_damage = shows_damage(error);
        StoreError::Database { path: path.to_owned(), text: error.to_string(), is_damage }
    }

    /// Whether the database says that it is damaged.
    pub(super) fn is_damage(&self) -> bool {
        matches!(self, StoreError::Database { is_damage: true, .. })
    }
}

/// Whether only a damaged database can be to blame. What is asked of it is always the same, so a table that is not there, a value of another
/// type and a broken constraint are damage as well as what SQLite calls so.
fn shows_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::{Error, ErrorCode};
    match error {
        Error::SqliteFailure(failure, _) | Error::SqlInputError { error: failure, .. } => matches!(
            failure.code,
            ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::Unknown
                | ErrorCode::ConstraintViolation
                | ErrorCode::TypeMismatch
                | ErrorCode::TooBig
        ),
        Error::QueryReturnedNoRows
        | Error::FromSqlConversionFailure(..)
        | Error::IntegralValueOutOfRange(..)
        | Error::InvalidColumnType(..)
        | Error::InvalidColumnName(..)
        | Error::InvalidColumnIndex(..)
        | Error::Utf8Error(..) => true,
        _ => false,
    }
}

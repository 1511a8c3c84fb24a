//! Words of custody: in which form a recording is released, where a request stands.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[ts(export_to = "wire.ts")]
        pub enum $name { $($(#[$word_doc])* $word),* }

        impl $name {
            /// Every one of them.
            pub const ALL: &[$name] = &[$($name::$word),*];

            /// The name on the wire, in the store and in the chain of custody.
            pub fn name(self) -> &'static str {
                match self { $($name::$word => $text),* }
            }

            /// The one of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.name() == name)
            }
        }
    };
}

words!(
    /// In which form a recording is asked for and released.
    ReleaseForm {
        /// A copy for watching, with a visible mark of whom it was made for.
        AccessCopy = "access_copy",
        /// The sealed bundle.
        Bundle = "bundle",
    }
);

words!(
    /// Where a request for a recording stands. A release whose time is over stays granted; it opens nothing.
    RequestState {
        /// Nobody has decided.
        Pending = "pending",
        /// Released until a time.
        Granted = "granted",
        /// Refused.
        Refused = "refused",
        /// The release was taken back.
        Withdrawn = "withdrawn",
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_wire() {
        for form in ReleaseForm::ALL {
            assert_eq!(serde_json::to_value(form).unwrap(), form.name());
            assert_eq!(ReleaseForm::from_name(form.name()), Some(*form));
        }
        for state in RequestState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.name());
        }
    }
}

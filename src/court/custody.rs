//! Words and rules of custody: in which form a recording is released, where a request stands, how long a recording is kept.

use serde::{Deserialize, Serialize};
use time::{Date, Month};

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

words!(
    /// How a case was decided, as far as it says how long its recordings are kept.
    RetentionClass {
        /// The accused was acquitted.
        Acquittal = "acquittal",
        /// A sentence without custody, or a case without a sentence.
        NonCustodial = "non_custodial",
        /// A sentence of custody for a time.
        Custodial = "custodial",
        /// A sentence for life.
        Life = "life",
    }
);

words!(
    /// Where the disposal of a recording stands.
    DisposalState {
        /// Somebody proposed it.
        Proposed = "proposed",
        /// It was turned down, or taken back.
        Rejected = "rejected",
        /// A second person approved it; nothing is destroyed yet.
        Approved = "approved",
        /// It is being destroyed.
        CarryingOut = "carrying_out",
        /// It is destroyed.
        Done = "done",
    }
);

/// Longest sentence that is taken, in months: a hundred years.
pub const SENTENCE_MONTHS_MAX: u32 = 1200;

/// For how many years recordings are kept after the decision, by class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionPolicy {
    /// After an acquittal.
    pub acquittal_years: u16,
    /// After a sentence without custody.
    pub non_custodial_years: u16,
    /// After a sentence of custody, at the least: if the sentence is longer, as long as that.
    pub custodial_years: u16,
    /// After a sentence for life.
    pub life_years: u16,
}

impl Default for RetentionPolicy {
    fn default() -> Self {
        Self {
            acquittal_years: 1,
            non_custodial_years: 7,
            custodial_years: 7,
            life_years: 99,
        }
    }
}

impl RetentionPolicy {
    /// The last day on which a recording is kept; none where the calendar ends before it. `sentence_months` counts for a sentence
    /// of custody alone.
    pub fn kept_until(
        &self,
        class: RetentionClass,
        decided_on: Date,
        sentence_months: Option<u32>,
    ) -> Option<Date> {
        let months = |years: u16| u32::from(years) * 12;
        let months = match class {
            RetentionClass::Acquittal => months(self.acquittal_years),
            RetentionClass::NonCustodial => months(self.non_custodial_years),
            RetentionClass::Custodial => months(self.custodial_years).max(sentence_months.unwrap_or(0)),
            RetentionClass::Life => months(self.life_years),
        };
        months_later(decided_on, months)
    }
}

/// The same day so many months later, or the last of the month where there is no such day.
fn months_later(day: Date, months: u32) -> Option<Date> {
    let month = u32::from(u8::from(day.month()) - 1) + months % 12;
    let years = months / 12 + month / 12;
    let year = day.year().checked_add(i32::try_from(years).ok()?)?;
    let month = Month::try_from(u8::try_from(month % 12 + 1).ok()?).ok()?;
    Date::from_calendar_date(year, month, day.day().min(month.length(year))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn a_recording_is_kept_as_long_as_the_class_says() {
        use RetentionClass::*;
        let policy = RetentionPolicy::default();
        let until = |class, decided, months| policy.kept_until(class, decided, months).unwrap();
        let day = date!(2026 - 11 - 28);
        assert_eq!(until(Acquittal, day, None), date!(2027 - 11 - 28));
        assert_eq!(until(NonCustodial, day, None), date!(2033 - 11 - 28));
        assert_eq!(until(Life, day, None), date!(2125 - 11 - 28));
        // The longer of seven years and the sentence; of other classes a sentence says nothing.
        assert_eq!(until(Custodial, day, None), date!(2033 - 11 - 28));
        assert_eq!(until(Custodial, day, Some(83)), date!(2033 - 11 - 28));
        assert_eq!(until(Custodial, day, Some(85)), date!(2033 - 12 - 28));
        assert_eq!(until(Custodial, day, Some(12 * 15 + 3)), date!(2042 - 02 - 28));
        assert_eq!(until(Acquittal, day, Some(120)), date!(2027 - 11 - 28));
        // There is no such day: the last of the month.
        assert_eq!(
            until(Acquittal, date!(2028 - 02 - 29), None),
            date!(2029 - 02 - 28)
        );
        assert_eq!(
            until(Custodial, date!(2026 - 08 - 31), Some(85)),
            date!(2033 - 09 - 30)
        );
        assert_eq!(policy.kept_until(Life, date!(9950 - 01 - 01), None), None);
    }

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

//! Numbers that wrap on the wire, made to run on.

/// RTP sequence numbers (RFC 3550, section 5.1) as 64-bit numbers that do not wrap.
#[derive(Debug, Clone, Copy, Default)]
pub struct SequenceUnwrapper {
    last: Option<i64>,
}

impl SequenceUnwrapper {
    /// The number nearest to the one before whose low 16 bits are `sequence`.
    pub fn unwrap(&mut self, sequence: u16) -> i64 {
        let value = match self.last {
            None => i64::from(sequence),
            Some(last) => last + i64::from(sequence.wrapping_sub(last as u16) as i16),
        };
        self.last = Some(value);
        value
    }
}

/// RTP timestamps (RFC 3550, section 5.1) as 64-bit numbers that do not wrap.
#[derive(Debug, Clone, Copy, Default)]
pub struct TimestampUnwrapper {
    last: Option<i64>,
}

impl TimestampUnwrapper {
    /// The number nearest to the one before whose low 32 bits are `timestamp`.
    pub fn unwrap(&mut self, timestamp: u32) -> i64 {
        let value = self.peek(timestamp);
        self.last = Some(value);
        value
    }

    /// As [`Self::unwrap`], without remembering it: for a timestamp out of a sender report.
    pub fn peek(&self, timestamp: u32) -> i64 {
        match self.last {
            None => i64::from(timestamp),
            Some(last) => last + i64::from(timestamp.wrapping_sub(last as u32) as i32),
        }
    }

    /// True before the first timestamp.
    pub fn is_empty(&self) -> bool {
        self.last.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sequence_follows_steps_smaller_than_half_the_range(
            start in any::<u16>(),
            steps in proptest::collection::vec(-32_000i64..32_000, 1..200),
        ) {
            let mut unwrapper = SequenceUnwrapper::default();
            let mut truth = i64::from(start);
            prop_assert_eq!(unwrapper.unwrap(start), truth);
            for step in steps {
                truth += step;
                prop_assert_eq!(unwrapper.unwrap(truth as u16), truth);
            }
        }

        #[test]
        fn timestamp_follows_steps_smaller_than_half_the_range(
            start in any::<u32>(),
            steps in proptest::collection::vec(-2_000_000_000i64..2_000_000_000, 1..200),
        ) {
            let mut unwrapper = TimestampUnwrapper::default();
            let mut truth = i64::from(start);
            prop_assert_eq!(unwrapper.unwrap(start), truth);
            for step in steps {
                truth += step;
                prop_assert_eq!(unwrapper.peek(truth as u32), truth);
                prop_assert_eq!(unwrapper.unwrap(truth as u32), truth);
            }
        }
    }
}

//! Bodies of requests for recordings and of releases.

use super::api::AccessCopy;
use super::redaction::ReleasedRedacted;
use crate::court::custody::{ReleaseForm, RequestState};
use crate::court::id::{RecordingId, RequestId};
use serde::{Deserialize, Serialize};

macro_rules! body {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident : $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
        #[ts(export_to = "wire.ts")]
        pub struct $name { $($(#[$field_doc])* pub $field: $type),* }
    };
}
body!(
    /// `GET /hearings/{id}/recordings`: a sealed recording that may be asked for.
    RecordedHearing {
        /// The recording.
        recording: RecordingId,
        /// Title of the hearing.
        title: String,
        /// Unix milliseconds.
        #[ts(type = "number")]
        sealed_at: i64,
        /// Milliseconds on record.
        #[ts(type = "number")]
        duration_ms: i64,
        /// References of the orders by which parts of it are redacted; what is handed out is the redacted copy.
        redacted: Vec<String>,
    }
);
body!(
    /// `POST /recordings/{id}/requests`
    NewMediaRequest {
        /// In which form.
        form: ReleaseForm,
        /// Why it is asked for.
        reason: String,
        /// For whom, if a clerk enters it for somebody; everybody else asks for themselves.
        released_to: Option<String>,
    }
);
body!(
    /// What the court, or a member of it, decided.
    Decision {
        /// Who.
        by: String,
        /// Why.
        reason: String,
        /// Unix milliseconds.
        #[ts(type = "number")]
        at: i64,
    }
);
body!(
    /// A request for a recording. One that was granted is a release.
    MediaRequest {
        /// Identifier.
        id: RequestId,
        /// What people call it.
        #[ts(type = "number")]
        number: i64,
        /// What is asked for.
        recording: RecordingId,
        /// In which form.
        form: ReleaseForm,
        /// Who asked, or entered it for somebody.
        requested_by: String,
        /// Whom it is released to, or is to be.
        released_to: String,
        /// Why it is asked for.
        reason: String,
        /// Unix milliseconds.
        #[ts(type = "number")]
        requested_at: i64,
        /// Where it stands.
        state: RequestState,
        /// Who granted or refused it, and why.
        decision: Option<Decision>,
        /// Until when the release opens, in Unix milliseconds.
        #[ts(type = "number | null")]
        expires_at: Option<i64>,
        /// True while the release opens the recording.
        opens: bool,
        /// True when the caller may open it themselves, without its link.
        own: bool,
        /// Who took the release back, and why.
        withdrawal: Option<Decision>,
        /// Of a release of a copy for watching: how that copy stands.
        copy: Option<AccessCopy>,
    }
);
body!(
    /// `POST /requests/{id}/grant`
    GrantRequest {
        /// Why.
        reason: String,
        /// How many days the release opens, from 1 to 365.
        valid_days: u32,
    }
);
body!(
    /// `POST /requests/{id}/refuse` and `…/withdraw`
    Reason {
        /// Why.
        reason: String,
    }
);
body!(
    /// `POST /requests/{id}/grant` and `…/link`: the link is shown once; only its hash is kept.
    ReleaseLink {
        /// The request.
        request: MediaRequest,
        /// Whoever has it opens the release.
        link: String,
    }
);
body!(
    /// `POST /releases/open`
    OpenRelease {
        /// The secret of the link: what follows `#`.
        secret: String,
    }
);
body!(
    /// `POST /releases/open`, `POST /requests/{id}/open`: a short-lived address.
    OpenedRelease {
        /// Base path: `<base>/release`, and `<base>/access.mp4` or `<base>/bundle.tar`.
        base: String,
        /// Until when the address is good, in Unix milliseconds.
        #[ts(type = "number")]
        expires_at: i64,
        /// What it opens.
        release: Release,
    }
);
body!(
    /// A release, as the person sees it whom it is for.
    Release {
        /// Number of the request.
        #[ts(type = "number")]
        number: i64,
        /// In which form.
        form: ReleaseForm,
        /// Title of the hearing.
        title: String,
        /// The case.
        case_reference: String,
        /// Whom it is for.
        released_to: String,
        /// Until when it opens, in Unix milliseconds.
        #[ts(type = "number")]
        expires_at: i64,
        /// Milliseconds on record.
        #[ts(type = "number")]
        duration_ms: i64,
        /// Of a copy for watching: how it stands.
        copy: Option<AccessCopy>,
        /// Parts were redacted by order of the court; null if none were.
        redacted: Option<ReleasedRedacted>,
    }
);
body!(
    /// `POST /recordings/{id}/playbacks`, `POST /tickets/{ticket}/playbacks`: a stretch that was played.
    Playback {
        /// The part on record, from 1; none for a copy, which has all parts one after another.
        segment: Option<u32>,
        /// Milliseconds from its beginning.
        #[ts(type = "number")]
        from_ms: u64,
        /// Milliseconds from its beginning; more than `from_ms`.
        #[ts(type = "number")]
        to_ms: u64,
    }
);

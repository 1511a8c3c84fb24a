//! JSON of the WebSocket and of the REST API.

use oyer::court::act::Act;
use oyer::wire::api::RedeemRequest;
use oyer::wire::message::ClientMessage;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

fn there_and_back<T: DeserializeOwned + Serialize + PartialEq + Debug>(data: &[u8]) {
    let Ok(read) = serde_json::from_slice::<T>(data) else {
        return;
    };
    let written = serde_json::to_vec(&read).expect("what was read can be written");
    let again = serde_json::from_slice::<T>(&written).expect("and read again");
    assert_eq!(again, read);
}

/// What a client says, and the bodies that it sends.
pub fn wire_messages(data: &[u8]) {
    there_and_back::<ClientMessage>(data);
    there_and_back::<Act>(data);
    there_and_back::<RedeemRequest>(data);
}

//! Shopping and to-do lists (observed with aioamazondevices 17).

use serde_json::json;

use crate::answer::{self, Answer};
use crate::call::Call;
use crate::pages;

/// `www.D/alexashoppinglists/...`.
pub(crate) fn route(call: &Call) -> Answer {
    if call.path.ends_with("/lists/fetch") {
        return answer::json(&json!({ "listInfoList": [
            { "listId": "YW16bjEuYWNjb3VudC5TSE9Q", "listType": "SHOP", "version": 1 },
            { "listId": "YW16bjEuYWNjb3VudC5UT0RP", "listType": "TODO", "version": 1 },
        ] }));
    }
    if call.path.ends_with("/items/fetch") {
        return answer::json(&json!({ "itemInfoList": [] }));
    }
    pages::not_found()
}
